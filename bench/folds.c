/* SPDX-License-Identifier: Apache-2.0 */
#include "folds.h"

#include <math.h>

#include "kin.h"

bool fold_is_partial(const struct identify_database *db, size_t specimen)
{
    return db->specimens[specimen].known < IDENTIFY_WHOLE;
}

static bool is_of_product(const struct specimen *a, const struct specimen *b)
{
    return octets_is_equal(a->product, b->product);
}

/* A product of which only one variant is known loses the one recording. */
static bool has_other_configuration(const struct identify_database *db, const struct specimen *s)
{
    for (size_t i = 0; i < db->specimen_count; i++)
        if (is_of_product(&db->specimens[i].about, s) &&
            !octets_is_equal(db->specimens[i].about.config, s->config))
            return true;
    return false;
}

static bool goes_with(const struct identify_database *db, enum fold_kind kind, size_t a, size_t b)
{
    const struct specimen *x = &db->specimens[a].about, *y = &db->specimens[b].about;
    if (a == b || kind == FOLD_PRODUCT)
        return is_of_product(x, y);
    bool is_release = octets_is_equal(x->version, y->version);
    bool is_config = octets_is_equal(x->config, y->config);
    if (!is_of_product(x, y))
        return false;
    return kind == FOLD_RELEASE         ? is_release
           : kind == FOLD_CONFIGURATION ? is_release && is_config
                                        : is_config && has_other_configuration(db, y);
}

size_t fold_mark(const struct identify_database *db, enum fold_kind kind, size_t specimen,
                 bool *ret_excluded)
{
    size_t left = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        ret_excluded[i] = goes_with(db, kind, i, specimen);
        left += !ret_excluded[i] &&
                is_of_product(&db->specimens[i].about, &db->specimens[specimen].about);
    }
    return left;
}

/* ---- versions ---- */

/* Releases of the class that are left, in release order; returns how many. */
static size_t releases_left(const struct identify_belief *b, size_t class, struct octets *ret)
{
    const struct identify_class *c = &b->db->classes[class];
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct octets v = b->db->specimens[c->specimens[i]].about.version;
        size_t at = 0;
        if (b->options.excluded[c->specimens[i]])
            continue;
        while (at < count && identify_version_compare(ret[at], v) < 0)
            at++;
        if ((at < count && identify_version_compare(ret[at], v) == 0) ||
            count == IDENTIFY_VERSIONS_MAX)
            continue;
        memmove(ret + at + 1, ret + at, (count - at) * sizeof *ret);
        ret[at] = v;
        count++;
    }
    return count;
}

static bool holds(const struct identify_answer *r, struct octets version)
{
    for (size_t i = 0; i < r->version_count; i++)
        if (octets_is_equal(r->versions[i], version))
            return true;
    return false;
}

bool fold_holds_version(const struct identify_belief *b, const struct identify_answer *r,
                        size_t specimen, size_t *ret_known)
{
    const struct identify_specimen *s = &b->db->specimens[specimen];
    struct octets left[IDENTIFY_VERSIONS_MAX];
    size_t count = releases_left(b, s->class, left), at = 0;
    *ret_known = count;
    while (at < count && identify_version_compare(left[at], s->about.version) < 0)
        at++;
    if (at < count && octets_is_equal(left[at], s->about.version))
        return holds(r, left[at]);
    return (at < count && holds(r, left[at])) || (at > 0 && holds(r, left[at - 1]));
}

static bool differ_in(const struct identify_database *db, const struct identify_question *q,
                      size_t a, size_t b)
{
    bool both = false;
    for (size_t i = 0; i < db->specimen_count; i++) {
        uint32_t text = q->keys[i].at[REACTION_TEXT];
        for (size_t k = 0; db->specimens[i].release == a && text && k < db->specimen_count; k++) {
            uint32_t other = q->keys[k].at[REACTION_TEXT];
            if (db->specimens[k].release != b || !other)
                continue;
            both = true;
            if (other == text)
                return false;
        }
    }
    return both;
}

bool fold_releases_differ(const struct identify_database *db, size_t a, size_t b)
{
    /* The greeting is withheld. */
    for (size_t q = IDENTIFY_GREETING + 1; q < db->question_count; q++)
        if (differ_in(db, &db->questions[q], a, b))
            return true;
    return false;
}

bool fold_class_differs(const struct identify_database *db, size_t class)
{
    const struct identify_class *c = &db->classes[class];
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < i; k++)
            if (fold_releases_differ(db, db->specimens[c->specimens[i]].release,
                                     db->specimens[c->specimens[k]].release))
                return true;
    return false;
}

/* ---- fitting ---- */

/* One trial, and what of it the figures of the model act on. */
#define RIVALS_MAX 48
struct sample {
    size_t specimen, heard;
    struct identify_belief *belief;
    struct rival {
        float evidence, prior;
        bool is_right;
    } rivals[RIVALS_MAX];
    size_t count;
    bool unknown_is_right;
};

struct samples {
    struct identify_database *db;
    const bool *excluded;
    struct arena arena;
    struct sample *at;
    size_t count;
};

static void boil_down(struct sample *s)
{
    const struct identify_belief *b = s->belief;
    const struct identify_database *db = b->db;
    float top = 0;
    s->heard = b->heard;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (!b->options.excluded[i])
            top = fmaxf(top, b->evidence[i]);
    for (size_t i = 0; i < db->specimen_count && s->count < RIVALS_MAX; i++) {
        const struct identify_class *class = &db->classes[db->specimens[i].class];
        if (b->options.excluded[i] || b->evidence[i] < top - 12)
            continue;
        s->rivals[s->count++] = (struct rival){
            .evidence = b->evidence[i],
            .prior = (float)(class->prior / (double)class->count),
            .is_right = kin_are(class->product, db->specimens[s->specimen].about.product)};
    }
}

/* The probability that the model gives to the truth. */
static double truth_of(const struct sample *s, const struct identify_model *m)
{
    double floor = m->unknown + m->unknown_each * (double)s->heard, top = floor;
    for (size_t i = 0; i < s->count; i++)
        top = fmax(top, (double)s->rivals[i].evidence);
    double unknown = IDENTIFY_PRIOR_UNKNOWN * exp(m->temper * (floor - top)), sum = unknown;
    double right = s->unknown_is_right ? unknown : 0;
    for (size_t i = 0; i < s->count; i++) {
        double p = (1 - IDENTIFY_PRIOR_UNKNOWN) * (double)s->rivals[i].prior *
                   exp(m->temper * ((double)s->rivals[i].evidence - top));
        sum += p;
        right += s->rivals[i].is_right ? p : 0;
    }
    return right / sum;
}

static double loss_of(const struct samples *s, const struct identify_model *m)
{
    double sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum -= log(m->trust * truth_of(&s->at[i], m) + (1 - m->trust) * 0.1);
    return sum / (double)s->count;
}

/* The trials are whole visits; one that ended early heard little, and must not name anybody for it. */
#define UNKNOWN_LEAST 4
#define SURE          0.99
static void fit_products(const struct samples *s, struct identify_model *m)
{
    double least = INFINITY;
    struct identify_model best = *m, tried = *m;
    for (tried.temper = 0.2; tried.temper < 1.05; tried.temper += 0.1) {
        for (tried.unknown = UNKNOWN_LEAST; tried.unknown < 12.5; tried.unknown += 1) {
            for (tried.unknown_each = 0; tried.unknown_each < 1.1; tried.unknown_each += 0.5) {
                double loss = loss_of(s, &tried);
                if (loss >= least)
                    continue;
                least = loss;
                best = tried;
            }
        }
    }
    *m = best;
}

/* The share of answers that are right, of those that the model is sure of: the most that any may be
 * trusted. */
static double trust_of(const struct samples *s, const struct identify_model *m)
{
    double right = 0, sure = 0;
    for (size_t i = 0; i < s->count; i++) {
        double truth = truth_of(&s->at[i], m);
        right += truth > SURE;
        sure += truth > SURE || truth < 1 - SURE;
    }
    return (right + 0.5) / (sure + 1);
}

/* The share of version sets that hold the truth. */
static double held_share(const struct samples *s)
{
    double held = 0, all = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct sample *one = &s->at[i];
        struct identify_answer r;
        size_t known = 0;
        if (one->unknown_is_right)
            continue;
        identify_conclude(one->belief, &r);
        if (!octets_is_equal(r.product, s->db->specimens[one->specimen].about.product))
            continue;
        bool holds_it = fold_holds_version(one->belief, &r, one->specimen, &known);
        all += known > 1;
        held += known > 1 && holds_it;
    }
    return all > 0 ? held / all : 1;
}

/* The sharpest with which enough of the version sets still hold the truth.  More than the 95 % that
 * are promised: the tables were counted with the samples in them, and of servers that nobody
 * recorded fewer do. */
#define VERSIONS_HELD 0.99
static void fit_versions(struct samples *s)
{
    double *temper = &s->db->model.version_temper;
    for (*temper = 4; *temper > 0.15; *temper -= 0.1)
        if (held_share(s) >= VERSIONS_HELD)
            return;
}

static enum err sample_one(struct samples *s, enum fold_kind kind, size_t specimen)
{
    const struct identify_database *db = s->db;
    bool *left_out = arena_alloc(&s->arena, db->specimen_count);
    struct sample *one = &s->at[s->count++];
    struct trial_cost cost;
    size_t kept = 0;
    if (!left_out)
        return ERR_NOMEM;
    fold_mark(db, kind, specimen, left_out);
    for (size_t k = 0; k < db->specimen_count; k++) {
        left_out[k] = left_out[k] || s->excluded[k];
        kept +=
            !left_out[k] && is_of_product(&db->specimens[k].about, &db->specimens[specimen].about);
    }
    struct identify_options options = {.ignore_greeting = true, .excluded = left_out};
    *one = (struct sample){.specimen = specimen, .unknown_is_right = kept == 0};
    one->belief = trial_run(db, specimen, &options, &s->arena, &cost);
    if (!one->belief)
        return ERR_NOMEM;
    boil_down(one);
    return ERR_OK;
}

enum err fold_fit(struct identify_database *db, const bool *excluded)
{
    static const enum fold_kind kinds[] = {FOLD_CONFIGURATION, FOLD_RELEASE, FOLD_VARIANT,
                                           FOLD_PRODUCT};
    const size_t kind_count = sizeof kinds / sizeof *kinds;
    struct samples s = {.db = db,
                        .excluded = excluded,
                        .at = calloc(kind_count * db->specimen_count, sizeof *s.at)};
    enum err e = s.at ? ERR_OK : ERR_NOMEM;
    arena_init(&s.arena, (size_t)1024 * 1024 * 1024);
    for (size_t k = 0; k < kind_count; k++)
        for (size_t i = 0; i < db->specimen_count && !e; i++)
            if (!excluded[i] && !fold_is_partial(db, i))
                e = sample_one(&s, kinds[k], i);
    if (!e && s.count) {
        fit_products(&s, &db->model);
        db->model.trust = trust_of(&s, &db->model);
        fit_versions(&s);
    }
    arena_release(&s.arena);
    free(s.at);
    return e;
}
