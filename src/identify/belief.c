/* SPDX-License-Identifier: Apache-2.0 */
#include "belief.h"

#include <math.h>

#define NAMED_PRIOR    0.3        /* of what a product with specimens has beforehand */
#define NAMED_MOST     13.0f      /* nats: words beyond that make nothing surer */
#define SPECIMEN_SHARE 0.5        /* of a specimen's evidence against others of its release */
#define NEGLIGIBLE     40.0f      /* nats behind the best: not worth an exponential */
#define MASKED_MAX     (1u << 20) /* octets of one masked reaction, its lines' array included */

struct identify_belief *identify_belief_new(const struct identify_database *db,
                                            const struct identify_options *options, struct arena *a)
{
    struct identify_belief *b = arena_alloc(a, sizeof *b);
    if (!b)
        return NULL;
    *b = (struct identify_belief){
        .db = db,
        .options = *options,
        .seen = arena_alloc_array(a, db->question_count, sizeof *b->seen),
        .evidence = arena_alloc_array(a, db->specimen_count, sizeof *b->evidence),
        .release_evidence = arena_alloc_array(a, db->release_count, sizeof *b->release_evidence),
        .voices = arena_alloc_array(a, db->specimen_count, sizeof *b->voices),
        .near = arena_alloc_array(a, db->release_count, sizeof *b->near),
        .configs = arena_alloc_array(a, db->release_count, sizeof *b->configs),
        .class_p = arena_alloc_array(a, db->class_count, sizeof *b->class_p),
        .p = arena_alloc_array(a, db->specimen_count, sizeof *b->p),
        .unknown = 1,
    };
    if (!b->seen || !b->evidence || !b->release_evidence || !b->voices || !b->near || !b->configs ||
        !b->class_p || !b->p)
        return NULL;
    memset(b->near, IDENTIFY_NEAR__COUNT, db->release_count);
    return b;
}

static bool is_excluded(const struct identify_belief *b, size_t specimen)
{
    return b->options.excluded && b->options.excluded[specimen];
}

/* The voices from which a specimen that is not excluded speaks. */
static void find_known(struct identify_belief *b, const struct identify_question *q)
{
    for (size_t v = 0; v < q->voice_count; v++)
        b->voices[v].is_known = !b->options.excluded;
    for (size_t i = 0; b->options.excluded && i < b->db->specimen_count; i++)
        if (!is_excluded(b, i) && q->voice_of[i] != IDENTIFY_SILENT)
            b->voices[q->voice_of[i]].is_known = true;
}

/* What the reaction is worth to each voice. */
static void hear_voices(struct identify_belief *b, const struct identify_question *q,
                        const struct reaction_keys *seen)
{
    find_known(b, q);
    for (size_t first = 0, end; first < q->voice_count; first = end) {
        bool is_said = false;
        for (end = first; end < q->voice_count && q->voices[end].class == q->voices[first].class;
             end++)
            is_said = is_said ||
                      (b->voices[end].is_known && reaction_is_same(&q->voices[end].keys, seen));
        for (size_t v = first; v < end; v++) {
            const struct identify_voice *voice = &q->voices[v];
            b->voices[v].worth = voice->evidence[identify_level_of(&voice->keys, seen, is_said)];
            b->voices[v].near = (uint8_t)identify_near_of(&voice->keys, seen);
        }
    }
}

/* A release is as near as the nearest of its specimens; one whose specimens were not asked stands
 * aside (COUNT).  Returns the configurations in which some release says what was heard. */
static uint32_t find_near(struct identify_belief *b, const struct identify_question *q,
                          const struct identify_class *c)
{
    uint32_t says = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t s = c->specimens[i];
        uint8_t *near = &b->near[c->releases[i]];
        if (q->voice_of[s] == IDENTIFY_SILENT || is_excluded(b, s))
            continue;
        uint8_t own = b->voices[q->voice_of[s]].near;
        *near = own < *near ? own : *near;
        b->configs[c->releases[i]] |= b->db->specimens[s].config;
        says |= own == IDENTIFY_NEAR_TEXT ? b->db->specimens[s].config : 0;
    }
    return says;
}

static void hear_releases(struct identify_belief *b, const struct identify_question *q,
                          size_t class, float worth)
{
    const struct identify_class *c = &b->db->classes[class];
    uint32_t says = find_near(b, q, c);
    for (size_t i = 0; i < c->count; i++) {
        size_t release = c->releases[i];
        if (b->near[release] < IDENTIFY_NEAR__COUNT)
            b->release_evidence[release] +=
                worth * q->release[class][identify_near_refuted(b->near[release],
                                                                b->configs[release], says)];
        b->near[release] = IDENTIFY_NEAR__COUNT; /* once for all its specimens */
        b->configs[release] = 0;
    }
}

/* How many questions were answered by just this text, this one included.  What a setting makes a
 * server say to every MAIL tells of its release once. */
static size_t count_said(const struct identify_belief *b, const struct reaction_keys *seen)
{
    size_t count = 0;
    for (size_t q = 0; q < b->db->question_count; q++)
        count +=
            b->seen[q].at[REACTION_CODE] && b->seen[q].at[REACTION_TEXT] == seen->at[REACTION_TEXT];
    return count;
}

void identify_hear(struct identify_belief *b, size_t question, const struct reaction_keys *seen)
{
    const struct identify_question *q = &b->db->questions[question];
    if (!seen->at[REACTION_TEXT] || b->seen[question].at[REACTION_TEXT])
        return;
    b->seen[question] = *seen;
    b->heard++;
    b->asked += question >= IDENTIFY_PSEUDO__COUNT;
    if (question == IDENTIFY_GREETING && b->options.ignore_greeting)
        return;
    hear_voices(b, q, seen);
    float worth = 1.0f / (float)count_said(b, seen);
    for (size_t i = 0; i < b->db->specimen_count; i++)
        if (q->voice_of[i] != IDENTIFY_SILENT)
            b->evidence[i] += b->voices[q->voice_of[i]].worth;
    for (size_t c = 0; c < b->db->class_count; c++)
        if (b->db->classes[c].count > 1)
            hear_releases(b, q, c, worth);
}

double identify_evidence_of(struct identify_belief *b, size_t specimen, size_t question)
{
    const struct identify_question *q = &b->db->questions[question];
    if (!b->seen[question].at[REACTION_CODE] || q->voice_of[specimen] == IDENTIFY_SILENT)
        return 0;
    hear_voices(b, q, &b->seen[question]);
    return (double)b->voices[q->voice_of[specimen]].worth;
}

static struct identify_named *named_of(struct identify_belief *b, struct octets product)
{
    for (size_t i = 0; i < b->named_count; i++)
        if (octets_is_equal(b->named[i].product, product))
            return &b->named[i];
    if (b->named_count == IDENTIFY_NAMED_MAX)
        return NULL;
    b->named[b->named_count] = (struct identify_named){.product = product};
    return &b->named[b->named_count++];
}

void identify_hear_name(struct identify_belief *b, struct octets product, float nats)
{
    const struct identify_database *db = b->db;
    struct identify_named *n = named_of(b, product);
    if (!n || n->evidence + nats > NAMED_MOST)
        return;
    n->evidence += nats;
    for (size_t i = 0; i < db->specimen_count; i++) {
        if (is_excluded(b, i) || !octets_is_equal(db->specimens[i].about.product, product))
            continue;
        n->has_specimens = true;
        if (db->specimens[i].known < IDENTIFY_WHOLE)
            b->evidence[i] += nats;
    }
}

/* Shares out what a class is believed among its releases by their evidence, and what a release is
 * among its specimens by theirs. */
static void share_out(struct identify_belief *b, const struct identify_class *class, double p)
{
    const struct identify_database *db = b->db;
    float top = -INFINITY, nearest = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < class->count; i++) {
        size_t s = class->specimens[i];
        if (is_excluded(b, s))
            continue;
        top = fmaxf(top, b->evidence[s]);
        nearest = fmaxf(nearest, b->release_evidence[class->releases[i]]);
    }
    for (size_t i = 0; i < class->count; i++) {
        size_t s = class->specimens[i];
        float behind = nearest - b->release_evidence[class->releases[i]];
        b->p[s] =
            is_excluded(b, s)
                ? 0
                : (float)exp(-db->model.version_temper * (double)behind -
                             db->model.temper * SPECIMEN_SHARE * (double)(top - b->evidence[s]));
        sum += (double)b->p[s];
    }
    for (size_t i = 0; i < class->count; i++)
        b->p[class->specimens[i]] = (float)(p * (double)b->p[class->specimens[i]] / sum);
}

void identify_settle(struct identify_belief *b)
{
    const struct identify_database *db = b->db;
    const struct identify_model *m = &db->model;
    double floor = m->unknown + m->unknown_each * (double)b->heard, sum;
    float top = (float)floor;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (!is_excluded(b, i))
            top = fmaxf(top, b->evidence[i]);
    for (size_t i = 0; i < b->named_count; i++)
        top = fmaxf(top, b->named[i].evidence);
    b->unknown = IDENTIFY_PRIOR_UNKNOWN * exp(m->temper * (floor - (double)top));
    sum = b->unknown;
    for (size_t c = 0; c < db->class_count; c++) {
        const struct identify_class *class = &db->classes[c];
        double all = 0,
               prior = b->options.flat_priors ? 1.0 / (double)db->class_count : class->prior;
        for (size_t i = 0; i < class->count; i++) {
            float behind = top - b->evidence[class->specimens[i]];
            if (!is_excluded(b, class->specimens[i]) && behind < NEGLIGIBLE)
                all += exp(-m->temper * (double)behind);
        }
        /* A class with many specimens is not more likely for it. */
        b->class_p[c] = (1 - IDENTIFY_PRIOR_UNKNOWN) * prior / (double)class->count * all;
        sum += b->class_p[c];
    }
    for (size_t i = 0; i < b->named_count; i++) {
        struct identify_named *n = &b->named[i];
        n->p = n->has_specimens ? 0
                                : NAMED_PRIOR / (double)db->class_count *
                                      exp(m->temper * (double)(n->evidence - top));
        sum += n->p;
    }
    for (size_t i = 0; i < b->named_count; i++)
        b->named[i].p /= sum;
    for (size_t c = 0; c < db->class_count; c++) {
        b->class_p[c] /= sum;
        if (b->class_p[c] > 0)
            share_out(b, &db->classes[c], b->class_p[c]);
        else
            for (size_t i = 0; i < db->classes[c].count; i++)
                b->p[db->classes[c].specimens[i]] = 0;
    }
    b->unknown /= sum;
}

/* ---- from facts ---- */

static uint32_t find_text(void *table, struct octets text)
{
    return intern_find(table, text);
}

/* How the visit may be read. */
struct masks {
    struct mask at[2];
    size_t count;
};

static void masks_init(struct masks *m, const struct facts_visit *v)
{
    mask_init(&m->at[0], v);
    m->count = 1 + mask_by_address(&m->at[0], &m->at[1]);
}

static enum err find_keys(const struct identify_belief *b, const struct facts_reaction *seen,
                          const struct mask *m, struct reaction_keys *ret)
{
    struct intern texts = b->db->texts; /* finding changes nothing */
    struct reaction masked;
    struct arena a;
    arena_init(&a, MASKED_MAX);
    enum err e = specimen_mask(seen, m, &a, &masked);
    if (!e)
        reaction_keys(&masked, find_text, &texts, ret);
    arena_release(&a);
    return e;
}

static bool says_our_name(const struct facts_reply *r, const struct masks *m)
{
    for (size_t i = 0; i < r->line_count; i++)
        if (octets_find_nocase(r->lines[i], m->at[0].me, 0) < r->lines[i].size)
            return true;
    return false;
}

static void add_reading(struct reaction_keys *keys, const struct reaction_keys *others)
{
    uint32_t text = others->at[REACTION_TEXT];
    if (text == INTERN_UNSEEN)
        return;
    if (keys->at[REACTION_TEXT] == INTERN_UNSEEN)
        keys->at[REACTION_TEXT] = text;
    else
        keys->other_text = text;
}

static enum err hear_masked(struct identify_belief *b, size_t question,
                            const struct facts_reaction *seen, const struct masks *m)
{
    struct reaction_keys keys = {0}, others = {0};
    bool is_twofold = false;
    enum err e = find_keys(b, seen, &m->at[0], &keys);
    for (size_t i = 0; m->count > 1 && i < seen->reply_count && !is_twofold; i++)
        is_twofold = says_our_name(&seen->replies[i], m);
    if (!e && is_twofold)
        e = find_keys(b, seen, &m->at[1], &others);
    if (!e && is_twofold)
        add_reading(&keys, &others);
    if (!e)
        identify_hear(b, question, &keys);
    return e;
}

static enum err hear_reply(struct identify_belief *b, enum identify_pseudo question,
                           const struct facts_reply *reply, const struct masks *m)
{
    struct facts_reply copy = *reply;
    struct facts_reaction seen = {
        .ask = b->db->questions[question].name, .replies = &copy, .reply_count = 1};
    return reply->line_count && !b->seen[question].at[REACTION_TEXT]
               ? hear_masked(b, question, &seen, m)
               : ERR_OK;
}

static enum err mask_hello(const struct facts_reply *reply, const struct mask *m, struct arena *a,
                           struct reaction *ret)
{
    struct facts_reply copy = *reply;
    struct facts_reaction seen = {.ask = "ehlo", .replies = &copy, .reply_count = 1};
    return specimen_mask(&seen, m, a, ret);
}

/* Of the EHLO in clear, that under TLS, or both. */
static enum err find_keys_hello(const struct identify_belief *b, const struct facts_visit *v,
                                const struct mask *m, struct reaction_keys *ret)
{
    bool has_plain = v->ehlo.line_count, has_tls = v->ehlo_tls.line_count;
    struct reaction plain, tls;
    struct intern texts = b->db->texts;
    struct arena a;
    arena_init(&a, 2 * MASKED_MAX);
    enum err e = has_plain ? mask_hello(&v->ehlo, m, &a, &plain) : ERR_OK;
    if (!e && has_tls)
        e = mask_hello(&v->ehlo_tls, m, &a, &tls);
    if (!e)
        identify_keys_hello(has_plain ? &plain : NULL, has_tls ? &tls : NULL, find_text, &texts,
                            ret);
    arena_release(&a);
    return e;
}

static enum err hear_hello(struct identify_belief *b, const struct facts_visit *v,
                           const struct masks *m)
{
    bool has_plain = v->ehlo.line_count, has_tls = v->ehlo_tls.line_count;
    struct reaction_keys keys[IDENTIFY_PSEUDO__COUNT] = {0}, others[IDENTIFY_PSEUDO__COUNT] = {0};
    bool is_new =
        !b->seen[has_plain && has_tls ? IDENTIFY_TLS_CHANGE : IDENTIFY_HELLO].at[REACTION_TEXT];
    if (!is_new || (!has_plain && !has_tls))
        return ERR_OK;
    bool is_twofold = m->count > 1 && says_our_name(has_plain ? &v->ehlo : &v->ehlo_tls, m);
    enum err e = find_keys_hello(b, v, &m->at[0], keys);
    if (!e && is_twofold)
        e = find_keys_hello(b, v, &m->at[1], others);
    if (!e && is_twofold)
        add_reading(&keys[IDENTIFY_HELLO], &others[IDENTIFY_HELLO]);
    for (size_t q = 0; q < IDENTIFY_PSEUDO__COUNT && !e; q++)
        identify_hear(b, q, &keys[q]);
    return e;
}

/* The keywords that an EHLO asked for once more lists under TLS; specimens hold those in clear. */
static bool lists_under_tls(const struct facts_reaction *r)
{
    return r->tls && strncmp(r->ask, "ehlo-", 5) == 0 && r->reply_count &&
           r->replies[0].line_count > 1;
}

enum err identify_follow(struct identify_belief *b, const struct facts_visit *v)
{
    struct masks m;
    masks_init(&m, v);
    enum err e = hear_reply(b, IDENTIFY_GREETING, &v->greeting, &m);
    if (!e)
        e = hear_hello(b, v, &m);
    for (; b->follows < v->reaction_count && !e; b->follows++) {
        const struct facts_reaction *r = &v->reactions[b->follows];
        size_t q = identify_question_of(b->db, octets_of(r->ask));
        bool is_stimulus = q >= IDENTIFY_PSEUDO__COUNT && q < b->db->question_count;
        if (is_stimulus && lists_under_tls(r))
            b->seen[q].at[REACTION_TEXT] = INTERN_UNSEEN; /* asked, and not to be weighed */
        else if (is_stimulus)
            e = hear_masked(b, q, r, &m);
    }
    return e ? e : hear_reply(b, IDENTIFY_QUIT, &v->quit, &m);
}
