/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <math.h>

#include "../smtp/reply.h"
#include "versions.h"

#define PRIOR_UNKNOWN 0.02 /* before anything was asked */
/* Questions are not independent: what several of them tell alike must not count as often. */
#define TEMPER 0.6
#define UNKNOWN_LEAST_SCORE \
    3.0 /* nats: with less evidence than this for the best class, we do not know */

static uint32_t find_text(void *table, struct octets text)
{
    return intern_find(table, text);
}

enum err identify_seen(const struct identify_database *db, const struct facts_visit *v,
                       struct arena *a, struct specimen *ret_masked,
                       struct reaction_keys **ret_keys)
{
    struct intern texts = db->texts; /* finding changes nothing */
    struct reaction_keys *keys = arena_alloc_array(a, db->question_count, sizeof *keys);
    enum err e = keys ? specimen_from_facts(v, a, ret_masked) : ERR_NOMEM;
    if (e)
        return e;
    identify_keys(db, ret_masked, find_text, &texts, keys);
    *ret_keys = keys;
    return ERR_OK;
}

static double evidence_of(const struct identify_database *db, const struct identify_specimen *s,
                          size_t question, const struct reaction_keys *seen)
{
    enum identify_level level;
    if (!identify_level_of(db, s, question, &seen[question], &level))
        return 0;
    return log((double)db->questions[question].same[level] /
               (double)s->background[question][level]);
}

static double score_of(const struct identify_database *db, const struct identify_specimen *s,
                       const struct reaction_keys *seen, const struct identify_options *options)
{
    double sum = 0;
    for (size_t q = options->ignore_greeting ? IDENTIFY_GREETING + 1 : 0; q < db->question_count;
         q++)
        sum += evidence_of(db, s, q, seen);
    return sum;
}

enum err identify_posterior(const struct identify_database *db, const struct reaction_keys *seen,
                            const struct identify_options *options, struct arena *a,
                            struct identify_posterior *ret)
{
    struct identify_posterior p = {
        .specimens = arena_alloc_array(a, db->specimen_count, sizeof *p.specimens),
        .scores = arena_alloc_array(a, db->specimen_count, sizeof *p.scores)};
    if (!p.specimens || !p.scores)
        return ERR_NOMEM;
    double top = 0, sum = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        p.scores[i] = &db->specimens[i] == options->leave_out
                          ? -INFINITY
                          : score_of(db, &db->specimens[i], seen, options);
        top = fmax(top, p.scores[i]);
    }
    /* A class with many specimens is not more likely for it. */
    for (size_t i = 0; i < db->specimen_count; i++) {
        const struct identify_class *class = &db->classes[db->specimens[i].class];
        double prior = (1 - PRIOR_UNKNOWN) / (double)db->class_count / (double)class->count;
        p.specimens[i] = prior * exp(TEMPER * (p.scores[i] - top));
        sum += p.specimens[i];
    }
    p.unknown = PRIOR_UNKNOWN * exp(TEMPER * (UNKNOWN_LEAST_SCORE - top));
    sum += p.unknown;
    for (size_t i = 0; i < db->specimen_count; i++)
        p.specimens[i] /= sum;
    p.unknown /= sum;
    *ret = p;
    return ERR_OK;
}

/* ---- the answer ---- */

static void add_candidate(struct identify_answer *r, struct octets product, double p)
{
    size_t at = 0;
    while (at < r->candidate_count && r->candidates[at].p >= p)
        at++;
    if (at == IDENTIFY_CANDIDATES_MAX)
        return;
    if (r->candidate_count < IDENTIFY_CANDIDATES_MAX)
        r->candidate_count++;
    for (size_t i = r->candidate_count - 1; i > at; i--)
        r->candidates[i] = r->candidates[i - 1];
    r->candidates[at] = (struct identify_candidate){.product = product, .p = p};
}

static double product_probability(const struct identify_database *db,
                                  const struct identify_posterior *p, struct octets product)
{
    double sum = 0;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (octets_is_equal(db->specimens[i].about.product, product))
            sum += p->specimens[i];
    return sum;
}

static void rank_products(const struct identify_database *db, const struct identify_posterior *p,
                          struct identify_answer *r)
{
    for (size_t c = 0; c < db->class_count; c++) {
        bool first = true;
        for (size_t k = 0; k < c; k++)
            first = first && !octets_is_equal(db->classes[k].product, db->classes[c].product);
        if (first)
            add_candidate(r, db->classes[c].product,
                          product_probability(db, p, db->classes[c].product));
    }
}

/* The specimen of the product that explains most. */
static const struct identify_specimen *best_of(const struct identify_database *db,
                                               const struct identify_posterior *p,
                                               struct octets product)
{
    size_t best = db->specimen_count;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (octets_is_equal(db->specimens[i].about.product, product) &&
            (best == db->specimen_count || p->scores[i] > p->scores[best]))
            best = i;
    return best < db->specimen_count ? &db->specimens[best] : NULL;
}

static struct octets reply_shown(const struct specimen *masked, const char *ask)
{
    for (size_t i = 0; i < masked->section_count; i++) {
        const struct reaction *r = &masked->sections[i].reaction;
        if (octets_is_equal(masked->sections[i].ask, octets_of(ask)))
            return r->line_count ? r->lines[0] : octets_of(facts_ended_name(r->ended));
    }
    return OCTETS_NONE;
}

/* Where TLS comes first, the EHLO under it stands for both. */
static struct octets hello_shown(const struct specimen *masked)
{
    struct octets plain = reply_shown(masked, "ehlo");
    return plain.size ? plain : reply_shown(masked, "ehlo-tls");
}

static void gather_evidence(const struct identify_database *db,
                            const struct identify_specimen *best, const struct specimen *masked,
                            const struct reaction_keys *seen, struct identify_answer *r)
{
    for (size_t q = 0; q < db->question_count; q++) {
        double bits = evidence_of(db, best, q, seen) / log(2);
        const char *ask = db->questions[q].name;
        bool is_hello = q == IDENTIFY_HELLO || q == IDENTIFY_KEYWORDS;
        size_t at = 0;
        while (at < r->evidence_count && fabs(r->evidence[at].bits) >= fabs(bits))
            at++;
        if (fabs(bits) < 0.5 || at == IDENTIFY_EVIDENCE_MAX)
            continue;
        if (r->evidence_count < IDENTIFY_EVIDENCE_MAX)
            r->evidence_count++;
        for (size_t i = r->evidence_count - 1; i > at; i--)
            r->evidence[i] = r->evidence[i - 1];
        r->evidence[at] = (struct identify_evidence){.ask = ask,
                                                     .reply = is_hello ? hello_shown(masked)
                                                                       : reply_shown(masked, ask),
                                                     .bits = bits};
        r->by_greeting = r->by_greeting || (q == IDENTIFY_GREETING && bits > 0);
        r->by_behaviour = r->by_behaviour || (q != IDENTIFY_GREETING && bits > 0);
    }
}

/* What the greeting says: of the software, else of what stands in front. */
static const struct signature *claim_of(const struct identify_database *db,
                                        const struct facts_visit *v, struct identify_answer *r)
{
    struct signature_hit hits[IDENTIFY_HITS_MAX];
    const struct signature_hit *claim = NULL;
    size_t count = signature_find(&db->signatures, v, hits, IDENTIFY_HITS_MAX);
    for (size_t i = 0; i < count && strcmp(hits[i].ask, "greeting") == 0; i++) {
        bool is_front = hits[i].signature->role == SIGNATURE_FRONT;
        if (is_front && !r->claim_front.size)
            r->claim_front = hits[i].signature->product;
        if (!claim || (!is_front && claim->signature->role == SIGNATURE_FRONT))
            claim = &hits[i];
    }
    if (!claim)
        return NULL;
    r->claim_text = claim->line;
    r->claim_product = claim->signature->product;
    r->claim_version = claim->version;
    return claim->signature;
}

enum err identify_match(const struct identify_database *db, const struct facts_visit *v,
                        const struct identify_options *options, struct arena *a,
                        struct identify_answer *ret)
{
    struct identify_answer r = {0};
    struct identify_posterior p;
    struct specimen masked;
    struct reaction_keys *seen;
    enum err e = identify_seen(db, v, a, &masked, &seen);
    if (!e)
        e = identify_posterior(db, seen, options, a, &p);
    if (e)
        return e;
    rank_products(db, &p, &r);
    r.is_unknown =
        r.candidate_count == 0 || r.candidates[0].p <= p.unknown || r.candidates[0].p < 0.5;
    r.confidence = r.is_unknown ? p.unknown : r.candidates[0].p;
    const struct signature *claim = claim_of(db, v, &r);
    if (!r.is_unknown) {
        const struct identify_specimen *best = best_of(db, &p, r.candidates[0].product);
        r.product = best->about.product;
        r.vendor = best->about.vendor;
        r.front = best->about.front;
        r.is_altered = claim && !signature_is_true_of(claim, r.product);
        gather_evidence(db, best, &masked, seen, &r);
        identify_versions(db, &p, &r);
    }
    *ret = r;
    return ERR_OK;
}
