/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "database_parts.h"

/*
 * The model is made of two tables of levels, counted over the specimens: how often a server of the
 * same class, but of another version or configuration, reacts this closely (per question), and how
 * often a server of another product does (per question and specimen).  The logarithm of their ratio
 * is the evidence that a reaction carries.  Versions have a table of their own: how often two
 * specimens of one release say the same, and how often two of different releases do.
 */

/* What we believe before counting; it stands for `PRIOR_WEIGHT` observations. */
static const float prior_same[IDENTIFY_LEVEL__COUNT] = {0.70f, 0.12f, 0.07f, 0.05f, 0.03f, 0.03f};
static const float prior_background[IDENTIFY_LEVEL__COUNT] = {0.02f, 0.02f, 0.10f,
                                                              0.20f, 0.36f, 0.30f};
/* Two specimens of one release, and of two. */
static const float prior_one[IDENTIFY_NEAR__COUNT] = {0.90f, 0.06f, 0.04f};
static const float prior_two[IDENTIFY_NEAR__COUNT] = {0.75f, 0.15f, 0.10f};
#define PRIOR_WEIGHT 2.0f
#define LEVEL_LEAST  0.004f /* no reaction, however odd, rules a class out by itself */

/* ---- classes and releases ---- */

static bool is_same_class(const struct specimen *a, const struct specimen *b)
{
    return octets_is_equal(a->product, b->product) && octets_is_equal(a->front, b->front);
}

static size_t product_number(struct identify_database *db, size_t class)
{
    for (size_t c = 0; c < class; c++)
        if (octets_is_equal(db->classes[c].product, db->classes[class].product))
            return db->classes[c].product_number;
    return db->product_count++;
}

static size_t release_number(struct identify_database *db, const struct identify_class *class,
                             const struct identify_specimen *s)
{
    for (size_t i = 0; i + 1 < class->count; i++) {
        const struct identify_specimen *other = &db->specimens[class->specimens[i]];
        if (octets_is_equal(other->about.version, s->about.version))
            return other->release;
    }
    return db->release_count++;
}

/* What stands in front changes the answers, not how many run the product: it has a class's plain
 * share. */
static void share_priors(struct identify_database *db)
{
    double sum = 0;
    for (size_t c = 0; c < db->class_count; c++) {
        struct identify_class *class = &db->classes[c];
        class->prior = class->front.size ? 1 : identify_model_prior(&db->model, class->product);
        sum += class->prior;
    }
    for (size_t c = 0; c < db->class_count; c++)
        db->classes[c].prior /= sum;
}

enum err identify_database_classes(struct identify_database *db)
{
    db->classes = arena_alloc_array(&db->arena, db->specimen_count, sizeof *db->classes);
    if (!db->classes)
        return ERR_NOMEM;
    for (size_t i = 0; i < db->specimen_count; i++) {
        struct identify_specimen *s = &db->specimens[i];
        size_t c = 0;
        while (c < db->class_count &&
               !is_same_class(&db->specimens[db->classes[c].specimens[0]].about, &s->about))
            c++;
        struct identify_class *class = &db->classes[c];
        if (c == db->class_count) {
            *class = (struct identify_class){.product = s->about.product, .front = s->about.front};
            class->specimens =
                arena_alloc_array(&db->arena, db->specimen_count - i, sizeof *class->specimens);
            if (!class->specimens)
                return ERR_NOMEM;
            class->product_number = product_number(db, db->class_count++);
        }
        class->specimens[class->count++] = i;
        s->class = c;
        s->release = release_number(db, class, s);
    }
    share_priors(db);
    return ERR_OK;
}

/* ---- levels ---- */

enum identify_level identify_coarse_level(const struct reaction_keys *a,
                                          const struct reaction_keys *b)
{
    if (a->at[REACTION_ENHANCED] == b->at[REACTION_ENHANCED])
        return IDENTIFY_LEVEL_ENHANCED;
    if (a->at[REACTION_CODE] == b->at[REACTION_CODE])
        return IDENTIFY_LEVEL_CODE;
    return a->at[REACTION_CLASS] == b->at[REACTION_CLASS] ? IDENTIFY_LEVEL_CLASS
                                                          : IDENTIFY_LEVEL_NONE;
}

/* Specimens of one class that say the same to a question. */
struct voice {
    size_t class, product;
    struct reaction_keys keys;
    float count;                           /* specimens */
    float share;                           /* of those of its class that were asked */
    float evidence[IDENTIFY_LEVEL__COUNT]; /* what the specimens are given in the end */
};

struct question_voices {
    struct voice *at; /* those of a class side by side */
    size_t count;
    size_t *of; /* for each specimen: its voice, or `count` */
};

static void gather_class(const struct identify_database *db, const struct identify_question *q,
                         size_t class, const bool *excluded, struct question_voices *v)
{
    const struct identify_class *c = &db->classes[class];
    size_t first = v->count;
    float asked = 0;
    for (size_t k = 0; k < c->count; k++) {
        size_t i = c->specimens[k], at = first;
        v->of[i] = SIZE_MAX;
        if (!q->keys[i].at[REACTION_TEXT] || (excluded && excluded[i]))
            continue;
        while (at < v->count &&
               v->at[at].keys.at[REACTION_TEXT] != q->keys[i].at[REACTION_TEXT])
            at++;
        if (at == v->count)
            v->at[v->count++] = (struct voice){
                .class = class, .product = c->product_number, .keys = q->keys[i]};
        v->at[at].count++;
        v->of[i] = at;
        asked++;
    }
    for (size_t at = first; at < v->count; at++)
        v->at[at].share = v->at[at].count / asked;
}

static void normalise(float *levels, const float *counts, const float *prior)
{
    float sum = PRIOR_WEIGHT;
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++)
        sum += counts[l];
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++) {
        float p = (counts[l] + PRIOR_WEIGHT * prior[l]) / sum;
        levels[l] = p > LEVEL_LEAST ? p : LEVEL_LEAST;
    }
}

/* Adds one class: each of its specimens held out in turn, against each of the others. */
static void count_same(const struct voice *at, size_t count, float *counts)
{
    float own[IDENTIFY_LEVEL__COUNT] = {0}, pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            float n = i == k ? at[i].count * (at[i].count - 1) : at[i].count * at[k].count;
            enum identify_level level = i == k ? IDENTIFY_LEVEL_TEXT
                                        : at[k].count > 1
                                            ? IDENTIFY_LEVEL_SIBLING
                                            : identify_coarse_level(&at[i].keys, &at[k].keys);
            own[level] += n;
            pairs += n;
        }
    }
    for (unsigned l = 0; pairs > 0 && l < IDENTIFY_LEVEL__COUNT; l++)
        counts[l] += own[l] / pairs;
}

/* Each class counts as one observation, however many specimens it has. */
static void weigh_same(struct identify_question *q, const struct question_voices *v)
{
    float counts[IDENTIFY_LEVEL__COUNT] = {0};
    for (size_t first = 0, end; first < v->count; first = end) {
        for (end = first; end < v->count && v->at[end].class == v->at[first].class;)
            end++;
        count_same(v->at + first, end - first, counts);
    }
    normalise(q->same, counts, prior_same);
}

/* `said[text]` is the number of the class, from 1, that gives such a text. */
static void weigh_voice(const struct identify_question *q, const struct question_voices *v,
                        struct voice *own, const uint32_t *said)
{
    float counts[IDENTIFY_LEVEL__COUNT] = {0}, background[IDENTIFY_LEVEL__COUNT];
    for (size_t i = 0; i < v->count; i++) {
        const struct voice *other = &v->at[i];
        uint32_t text = other->keys.at[REACTION_TEXT];
        /* The same product behind another front is no stranger. */
        if (other->product == own->product)
            continue;
        enum identify_level level = text == own->keys.at[REACTION_TEXT] ? IDENTIFY_LEVEL_TEXT
                                    : said[text] == own->class + 1
                                        ? IDENTIFY_LEVEL_SIBLING
                                        : identify_coarse_level(&own->keys, &other->keys);
        counts[level] += other->share;
    }
    normalise(background, counts, prior_background);
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++)
        own->evidence[l] = logf(q->same[l] / background[l]);
}

static void weigh_strangers(const struct identify_question *q, struct question_voices *v,
                            uint32_t *said)
{
    for (size_t first = 0, end; first < v->count; first = end) {
        for (end = first; end < v->count && v->at[end].class == v->at[first].class; end++)
            said[v->at[end].keys.at[REACTION_TEXT]] = (uint32_t)v->at[first].class + 1;
        for (size_t i = first; i < end; i++)
            weigh_voice(q, v, &v->at[i], said);
    }
    for (size_t i = 0; i < v->count; i++)
        said[v->at[i].keys.at[REACTION_TEXT]] = 0;
}

/* ---- versions ---- */

enum identify_near identify_near_of(const struct reaction_keys *a, const struct reaction_keys *b)
{
    if (a->at[REACTION_TEXT] == b->at[REACTION_TEXT])
        return IDENTIFY_NEAR_TEXT;
    return a->at[REACTION_ENHANCED] == b->at[REACTION_ENHANCED] ? IDENTIFY_NEAR_CODES
                                                                : IDENTIFY_NEAR_NOT;
}

/* How near two specimens of a class come to each other: of one release, and of two. */
struct nearness {
    float one[IDENTIFY_NEAR__COUNT], two[IDENTIFY_NEAR__COUNT];
};

static struct nearness count_pairs(const struct identify_database *db,
                                   const struct identify_question *q, size_t class,
                                   const struct question_voices *v)
{
    const struct identify_class *c = &db->classes[class];
    struct nearness n = {0};
    for (size_t i = 0; i < c->count; i++) {
        size_t a = c->specimens[i];
        for (size_t k = 0; k < i && v->of[a] != SIZE_MAX; k++) {
            size_t b = c->specimens[k];
            if (v->of[b] == SIZE_MAX)
                continue;
            float *counts = db->specimens[a].release == db->specimens[b].release ? n.one : n.two;
            counts[identify_near_of(&q->keys[a], &q->keys[b])]++;
        }
    }
    return n;
}

/* Shares of `counts`, with `prior` standing for PRIOR_WEIGHT of them. */
static void add_shares(float *sum, const float *counts, const float *prior)
{
    float all = PRIOR_WEIGHT;
    for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++)
        all += counts[n];
    for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++)
        sum[n] += (counts[n] + PRIOR_WEIGHT * prior[n]) / all;
}

/*
 * How near releases come to each other is a matter of the product: what all classes show is the
 * prior for each, what it shows itself comes on top.
 */
static void weigh_releases(const struct identify_database *db, struct identify_question *q,
                           const struct question_voices *v)
{
    struct nearness all = {0}, pooled = {0};
    for (size_t c = 0; c < db->class_count; c++) {
        struct nearness own = count_pairs(db, q, c, v), shares = {0};
        add_shares(shares.one, own.one, prior_one);
        add_shares(shares.two, own.two, prior_two);
        for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++) {
            all.one[n] += shares.one[n] / (float)db->class_count;
            all.two[n] += shares.two[n] / (float)db->class_count;
        }
    }
    for (size_t c = 0; c < db->class_count; c++) {
        struct nearness own = count_pairs(db, q, c, v);
        pooled = (struct nearness){0};
        add_shares(pooled.one, own.one, all.one);
        add_shares(pooled.two, own.two, all.two);
        for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++)
            q->release[c][n] = logf((pooled.one[n] + LEVEL_LEAST) / (pooled.two[n] + LEVEL_LEAST));
    }
}

/* ---- what choosing needs of a question ---- */

static void weigh_choice(const struct identify_database *db, struct identify_question *q,
                         const struct question_voices *v)
{
    float asked = 0, errors = 0, sum = 0;
    for (size_t i = 0; i < v->count; i++)
        asked += v->at[i].count;
    for (size_t i = 0; i < db->specimen_count; i++)
        errors += v->of[i] == SIZE_MAX ? 0 : (float)q->errors[i];
    /* By voice: a text that two products share is parted here, which the sum does not mind much. */
    for (size_t i = 0; i < v->count; i++)
        sum -= v->at[i].count / asked * log2f(v->at[i].count / asked);
    q->entropy = sum;
    q->risk = asked > 0 ? errors / asked : q->program ? (float)q->program->errors : 0;
}

enum err identify_database_weigh(struct identify_database *db, const bool *excluded)
{
    struct question_voices v = {.at = calloc(db->specimen_count + 1, sizeof *v.at),
                                .of = calloc(db->specimen_count + 1, sizeof *v.of)};
    uint32_t *said = calloc(db->texts.count + 1, sizeof *said);
    bool has_room = v.at && v.of && said;
    for (size_t q = 0; has_room && q < db->question_count; q++) {
        struct identify_question *question = &db->questions[q];
        v.count = 0;
        for (size_t c = 0; c < db->class_count; c++)
            gather_class(db, question, c, excluded, &v);
        weigh_same(question, &v);
        weigh_strangers(question, &v, said);
        weigh_releases(db, question, &v);
        weigh_choice(db, question, &v);
        for (size_t i = 0; i < db->specimen_count; i++)
            if (v.of[i] != SIZE_MAX)
                memcpy(question->evidence[i], v.at[v.of[i]].evidence, sizeof *question->evidence);
    }
    free(v.at);
    free(v.of);
    free(said);
    return has_room ? ERR_OK : ERR_NOMEM;
}
