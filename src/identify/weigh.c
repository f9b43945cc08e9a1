/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "database_parts.h"

/*
 * The model is made of two tables of levels, counted over the specimens: how often a server of the
 * same class, but of another version or configuration, reacts this closely (per question), and how
 * often a server of another product does (per question and specimen).  The logarithm of their ratio
 * is the evidence that a reaction carries.  Versions have a table of their own: how near its
 * own release comes to a specimen held out, and how near other releases do.
 */

/* What we believe before counting; it stands for `PRIOR_WEIGHT` observations. */
#define COUNTED IDENTIFY_LEVEL_CODE_ONLY
static const float prior_same[COUNTED] = {0.70f, 0.12f, 0.07f, 0.05f, 0.03f, 0.03f};
static const float prior_background[COUNTED] = {0.02f, 0.02f, 0.10f, 0.20f, 0.36f, 0.30f};
/* A configuration that is not known, of a release that is: how near that one comes, and others. */
static const float prior_own[IDENTIFY_NEAR__COUNT] = {0.90f, 0.05f, 0.03f, 0.01f, 0.01f};
static const float prior_other[IDENTIFY_NEAR__COUNT] = {0.82f, 0.05f, 0.03f, 0.06f, 0.04f};
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

/* A bit for each name of a configuration; the last for all that are left. */
static uint32_t config_bit(const struct identify_database *db, const struct identify_class *class,
                           const struct identify_specimen *s)
{
    uint32_t free = 1;
    for (size_t i = 0; i + 1 < class->count; i++) {
        const struct identify_specimen *other = &db->specimens[class->specimens[i]];
        if (octets_is_equal(other->about.config, s->about.config))
            return other->config;
        while (free <= other->config && free < 1u << 31)
            free <<= 1;
    }
    return free;
}

/* The share of the questions that its specimens hold. */
static double known_share(const struct identify_database *db, const struct identify_class *c)
{
    double known = 0;
    for (size_t i = 0; i < c->count; i++)
        known += (double)db->specimens[c->specimens[i]].known;
    return known / (double)c->count / (double)db->question_count;
}

/* What stands in front changes the answers, not how many run the product: it has a class's plain
 * share.  And each has it as far as it is known, for what nobody asked cannot speak against it. */
static void share_priors(struct identify_database *db)
{
    double sum = 0;
    for (size_t c = 0; c < db->class_count; c++) {
        struct identify_class *class = &db->classes[c];
        class->prior = known_share(db, class) *
                       (class->front.size ? 1 : identify_model_prior(&db->model, class->product));
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
            size_t room = db->specimen_count - i;
            class->specimens = arena_alloc_array(&db->arena, room, sizeof *class->specimens);
            class->releases = arena_alloc_array(&db->arena, room, sizeof *class->releases);
            if (!class->specimens || !class->releases)
                return ERR_NOMEM;
            class->product_number = product_number(db, db->class_count++);
        }
        class->specimens[class->count++] = (uint32_t)i;
        s->class = c;
        s->release = release_number(db, class, s);
        class->releases[class->count - 1] = (uint32_t)s->release;
        s->config = config_bit(db, class, s);
    }
    share_priors(db);
    return ERR_OK;
}

/* ---- levels ---- */

enum identify_level identify_level_of(const struct reaction_keys *own,
                                      const struct reaction_keys *seen, bool is_sibling)
{
    bool has_text = !own->is_code_only && !seen->is_code_only;
    if (has_text && reaction_is_same(own, seen))
        return IDENTIFY_LEVEL_TEXT;
    if (has_text && is_sibling)
        return IDENTIFY_LEVEL_SIBLING;
    if (has_text && own->at[REACTION_ENHANCED] == seen->at[REACTION_ENHANCED])
        return IDENTIFY_LEVEL_ENHANCED;
    if (own->at[REACTION_CODE] == seen->at[REACTION_CODE])
        return has_text ? IDENTIFY_LEVEL_CODE : IDENTIFY_LEVEL_CODE_ONLY;
    return own->at[REACTION_CLASS] == seen->at[REACTION_CLASS] ? IDENTIFY_LEVEL_CLASS
                                                               : IDENTIFY_LEVEL_NONE;
}

/* A voice while it is weighed. */
struct voice {
    struct identify_voice made;
    size_t product;
    float count; /* specimens */
    float share; /* of those of its class that were asked */
};

struct question_voices {
    struct voice *at;
    size_t count;
};

static uint32_t text_of(const struct voice *v)
{
    return v->made.keys.at[REACTION_TEXT];
}

static void gather_class(const struct identify_database *db, struct identify_question *q,
                         size_t class, const bool *excluded, struct question_voices *v)
{
    const struct identify_class *c = &db->classes[class];
    size_t first = v->count;
    float asked = 0;
    for (size_t k = 0; k < c->count; k++) {
        size_t i = c->specimens[k], at = first;
        q->voice_of[i] = IDENTIFY_SILENT;
        if (!q->keys[i].at[REACTION_TEXT] || (excluded && excluded[i]))
            continue;
        while (at < v->count && text_of(&v->at[at]) != q->keys[i].at[REACTION_TEXT])
            at++;
        if (at == v->count)
            v->at[v->count++] =
                (struct voice){.made = {.class = (uint32_t) class, .keys = q->keys[i]},
                               .product = c->product_number};
        v->at[at].count++;
        q->voice_of[i] = (uint32_t)at;
        asked++;
    }
    for (size_t at = first; at < v->count; at++)
        v->at[at].share = v->at[at].count / asked;
}

static void normalise(float *levels, const float *counts, const float *prior)
{
    float sum = PRIOR_WEIGHT;
    for (unsigned l = 0; l < COUNTED; l++)
        sum += counts[l];
    for (unsigned l = 0; l < COUNTED; l++) {
        float p = (counts[l] + PRIOR_WEIGHT * prior[l]) / sum;
        levels[l] = p > LEVEL_LEAST ? p : LEVEL_LEAST;
    }
    /* The same code, and nothing known beyond it: all that is at least as close may be true. */
    levels[IDENTIFY_LEVEL_CODE_ONLY] =
        levels[IDENTIFY_LEVEL_TEXT] + levels[IDENTIFY_LEVEL_SIBLING] +
        levels[IDENTIFY_LEVEL_ENHANCED] + levels[IDENTIFY_LEVEL_CODE];
}

/* Adds one class: each of its specimens held out in turn, against each of the others.  What is
 * known by its code alone shows nothing of how steady words are. */
static void count_same(const struct voice *at, size_t count, float *counts)
{
    float own[IDENTIFY_LEVEL__COUNT] = {0}, pairs = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            float n = i == k ? at[i].count * (at[i].count - 1) : at[i].count * at[k].count;
            if (at[i].made.keys.is_code_only || at[k].made.keys.is_code_only)
                continue;
            own[identify_level_of(&at[i].made.keys, &at[k].made.keys, at[k].count > 1)] += n;
            pairs += n;
        }
    }
    for (unsigned l = 0; pairs > 0 && l < COUNTED; l++)
        counts[l] += own[l] / pairs;
}

static size_t class_end(const struct question_voices *v, size_t first)
{
    size_t end = first + 1;
    while (end < v->count && v->at[end].made.class == v->at[first].made.class)
        end++;
    return end;
}

/* Each class counts as one observation, however many specimens it has. */
static void weigh_same(struct identify_question *q, const struct question_voices *v)
{
    float counts[IDENTIFY_LEVEL__COUNT] = {0};
    for (size_t first = 0, end; first < v->count; first = end) {
        end = class_end(v, first);
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
        bool is_sibling = said[text_of(other)] == own->made.class + 1;
        /* The same product behind another front is no stranger. */
        if (other->product != own->product &&
            (own->made.keys.is_code_only || !other->made.keys.is_code_only))
            counts[identify_level_of(&own->made.keys, &other->made.keys, is_sibling)] +=
                other->share;
    }
    counts[IDENTIFY_LEVEL_CODE] += counts[IDENTIFY_LEVEL_CODE_ONLY];
    normalise(background, counts, prior_background);
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++)
        own->made.evidence[l] = logf(q->same[l] / background[l]);
}

static void weigh_strangers(const struct identify_question *q, struct question_voices *v,
                            uint32_t *said)
{
    for (size_t first = 0, end; first < v->count; first = end) {
        end = class_end(v, first);
        for (size_t i = first; i < end; i++)
            said[text_of(&v->at[i])] = v->at[i].made.class + 1;
        for (size_t i = first; i < end; i++)
            weigh_voice(q, v, &v->at[i], said);
    }
    for (size_t i = 0; i < v->count; i++)
        said[text_of(&v->at[i])] = 0;
}

/* ---- versions ---- */

enum identify_near identify_near_of(const struct reaction_keys *a, const struct reaction_keys *b)
{
    if (reaction_is_same(a, b))
        return IDENTIFY_NEAR_TEXT;
    return a->at[REACTION_ENHANCED] == b->at[REACTION_ENHANCED] ? IDENTIFY_NEAR_CODES
                                                                : IDENTIFY_NEAR_NOT;
}

enum identify_near identify_near_refuted(enum identify_near near, uint32_t own, uint32_t says)
{
    if (!(own & says))
        return near;
    return near == IDENTIFY_NEAR_CODES ? IDENTIFY_NEAR_CODES_REFUTED
           : near == IDENTIFY_NEAR_NOT ? IDENTIFY_NEAR_NOT_REFUTED
                                       : near;
}

/* How near its own release comes to a specimen that is not known, and how near others do. */
struct nearness {
    float own[IDENTIFY_NEAR__COUNT], other[IDENTIFY_NEAR__COUNT];
};

/* A release as the specimen held out finds it; near is COUNT when it was not asked. */
struct known_release {
    enum identify_near near;
    uint32_t configs;
};

/* Holds specimen number `held` of the class out, and looks how near each release comes.  Returns
 * the configurations in which some release says the same. */
static uint32_t hold_out(const struct identify_database *db, const struct identify_question *q,
                         const struct identify_class *c, size_t held, struct known_release *known)
{
    const struct reaction_keys *seen = &q->keys[c->specimens[held]];
    uint32_t says = 0;
    for (size_t i = 0; i < c->count; i++)
        known[c->releases[i]] = (struct known_release){.near = IDENTIFY_NEAR__COUNT};
    for (size_t i = 0; i < c->count; i++) {
        size_t s = c->specimens[i];
        struct known_release *r = &known[c->releases[i]];
        if (i == held || q->voice_of[s] == IDENTIFY_SILENT)
            continue;
        enum identify_near near = identify_near_of(&q->keys[s], seen);
        says |= near == IDENTIFY_NEAR_TEXT ? db->specimens[s].config : 0;
        r->configs |= db->specimens[s].config;
        r->near = near < r->near ? near : r->near;
    }
    return says;
}

static struct nearness count_near(const struct identify_database *db,
                                  const struct identify_question *q, size_t class,
                                  struct known_release *known)
{
    const struct identify_class *c = &db->classes[class];
    struct nearness n = {0};
    for (size_t held = 0; held < c->count && c->count > 1; held++) {
        if (q->voice_of[c->specimens[held]] == IDENTIFY_SILENT)
            continue;
        uint32_t says = hold_out(db, q, c, held, known);
        for (size_t i = 0; i < c->count; i++) {
            struct known_release *r = &known[c->releases[i]];
            bool is_own = c->releases[i] == c->releases[held];
            if (r->near < IDENTIFY_NEAR__COUNT)
                (is_own ? n.own : n.other)[identify_near_refuted(r->near, r->configs, says)]++;
            r->near = IDENTIFY_NEAR__COUNT; /* once for all its specimens */
        }
    }
    return n;
}

/* Shares of `counts`, with `prior` standing for PRIOR_WEIGHT of them. */
static void share(float *ret, const float *counts, const float *prior)
{
    float all = PRIOR_WEIGHT;
    for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++)
        all += counts[n];
    for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++)
        ret[n] = (counts[n] + PRIOR_WEIGHT * prior[n]) / all;
}

/*
 * A release that comes nearer is never the less likely for it.  Where the counts say so it is the
 * holding out: the one held out misses in its own release, while others have its configuration.
 * Such neighbours in the order of nearness are counted as one.
 */
static void order_evidence(const struct nearness *n, float *ret)
{
    float own = 0, other = 0;
    for (unsigned first = IDENTIFY_NEAR_TEXT, end; first <= IDENTIFY_NEAR_NOT; first = end) {
        float best = -INFINITY;
        own = other = 0;
        end = first;
        for (unsigned k = first; k <= IDENTIFY_NEAR_NOT; k++) {
            own += n->own[k] + LEVEL_LEAST;
            other += n->other[k] + LEVEL_LEAST;
            if (logf(own / other) < best)
                continue;
            best = logf(own / other);
            end = k + 1;
        }
        for (unsigned k = first; k < end; k++)
            ret[k] = best;
    }
    for (unsigned k = IDENTIFY_NEAR_CODES_REFUTED; k < IDENTIFY_NEAR__COUNT; k++)
        ret[k] = fminf(ret[k - IDENTIFY_NEAR_CODES_REFUTED + IDENTIFY_NEAR_CODES],
                       logf((n->own[k] + LEVEL_LEAST) / (n->other[k] + LEVEL_LEAST)));
}

/*
 * How near releases come to each other is a matter of the product: what all classes show is the
 * prior for each, what it shows itself comes on top.
 */
struct release_room {
    struct nearness *counts;     /* for each class */
    struct known_release *known; /* for each release */
};

static void weigh_releases(const struct identify_database *db, struct identify_question *q,
                           const struct release_room *room)
{
    struct nearness all = {0}, shares;
    for (size_t c = 0; c < db->class_count; c++) {
        room->counts[c] = count_near(db, q, c, room->known);
        share(shares.own, room->counts[c].own, prior_own);
        share(shares.other, room->counts[c].other, prior_other);
        for (unsigned n = 0; n < IDENTIFY_NEAR__COUNT; n++) {
            all.own[n] += shares.own[n] / (float)db->class_count;
            all.other[n] += shares.other[n] / (float)db->class_count;
        }
    }
    for (size_t c = 0; c < db->class_count; c++) {
        share(shares.own, room->counts[c].own, all.own);
        share(shares.other, room->counts[c].other, all.other);
        order_evidence(&shares, q->release[c]);
    }
}

/* ---- what choosing needs of a question ---- */

static void weigh_choice(const struct identify_database *db, struct identify_question *q,
                         const struct question_voices *v)
{
    float asked = 0, errors = 0, hang_ups = 0, sum = 0;
    for (size_t i = 0; i < v->count; i++)
        asked += v->at[i].count;
    for (size_t i = 0; i < db->specimen_count; i++) {
        errors += q->voice_of[i] == IDENTIFY_SILENT ? 0 : (float)q->errors[i];
        hang_ups += q->voice_of[i] == IDENTIFY_SILENT ? 0 : (float)q->hangs_up[i];
    }
    /* By voice: a text that two products share is parted here, which the sum does not mind much. */
    for (size_t i = 0; i < v->count; i++)
        sum -= v->at[i].count / asked * log2f(v->at[i].count / asked);
    q->entropy = sum;
    q->risk = asked > 0 ? errors / asked : q->program ? (float)q->program->errors : 0;
    q->hang_up_risk = asked > 0 ? hang_ups / asked : 0;
}

/* Into the database; a second weighing finds no more voices than the first. */
static bool keep_voices(struct identify_database *db, struct identify_question *q,
                        const struct question_voices *v)
{
    if (!q->voices)
        q->voices = arena_alloc_array(&db->arena, v->count, sizeof *q->voices);
    for (size_t i = 0; i < v->count && q->voices; i++)
        q->voices[i] = v->at[i].made;
    q->voice_count = v->count;
    return q->voices != NULL;
}

enum err identify_database_weigh(struct identify_database *db, const bool *excluded)
{
    struct question_voices v = {.at = calloc(db->specimen_count + 1, sizeof *v.at)};
    uint32_t *said = calloc(db->texts.count + 1, sizeof *said);
    struct release_room room = {.counts = calloc(db->class_count + 1, sizeof *room.counts),
                                .known = calloc(db->release_count + 1, sizeof *room.known)};
    bool has_room = v.at && said && room.counts && room.known;
    for (size_t q = 0; has_room && q < db->question_count; q++) {
        struct identify_question *question = &db->questions[q];
        v.count = 0;
        for (size_t c = 0; c < db->class_count; c++)
            gather_class(db, question, c, excluded, &v);
        weigh_same(question, &v);
        weigh_strangers(question, &v, said);
        weigh_releases(db, question, &room);
        weigh_choice(db, question, &v);
        has_room = keep_voices(db, question, &v);
    }
    free(v.at);
    free(said);
    free(room.counts);
    free(room.known);
    return has_room ? ERR_OK : ERR_NOMEM;
}
