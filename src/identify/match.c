/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <math.h>

#include "../smtp/reply.h"
#include "versions.h"

#define NATS_OF_GREETING 3.0f /* by itself no more than "unknown" */
#define NATS_OF_WORDS    6.5f /* of a signature on any other reply */
#define LINE_SHOWN_MAX   1024 /* octets of a line that are masked to be shown */
#define SHOWN_MAX        4096

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

static double product_probability(const struct identify_belief *b, size_t product)
{
    double sum = 0;
    for (size_t c = 0; c < b->db->class_count; c++)
        if (b->db->classes[c].product_number == product)
            sum += b->class_p[c];
    return sum * b->db->model.trust;
}

static void rank_products(const struct identify_belief *b, struct identify_answer *r)
{
    size_t next = 0;
    /* Products are numbered in the order of their first class. */
    for (size_t c = 0; c < b->db->class_count; c++)
        if (b->db->classes[c].product_number == next)
            add_candidate(r, b->db->classes[c].product, product_probability(b, next++));
    for (size_t i = 0; i < b->named_count; i++)
        if (!b->named[i].has_specimens)
            add_candidate(r, b->named[i].product, b->named[i].p * b->db->model.trust);
}

/* The specimen of the product that explains most. */
static size_t best_of(const struct identify_belief *b, struct octets product)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < b->db->specimen_count; i++)
        if ((best == SIZE_MAX || b->evidence[i] > b->evidence[best]) &&
            !(b->options.excluded && b->options.excluded[i]) &&
            octets_is_equal(b->db->specimens[i].about.product, product))
            best = i;
    return best;
}

void identify_conclude(const struct identify_belief *b, struct identify_answer *ret)
{
    struct identify_answer r = {0};
    double unknown = b->unknown * b->db->model.trust;
    rank_products(b, &r);
    r.is_unknown =
        r.candidate_count == 0 || r.candidates[0].p <= unknown || r.candidates[0].p < 0.5;
    r.confidence = r.is_unknown ? unknown : r.candidates[0].p;
    size_t best = r.is_unknown ? SIZE_MAX : best_of(b, r.candidates[0].product);
    if (best != SIZE_MAX) {
        const struct specimen *s = &b->db->specimens[best].about;
        r.product = s->product;
        r.vendor = s->vendor;
        r.front = s->front;
        identify_versions(b, &r);
    } else if (!r.is_unknown) {
        r.product = r.candidates[0].product;
    }
    *ret = r;
}

/* ---- evidence, in the server's words ---- */

static enum err show(struct identify_evidence *e, const struct facts_reply *reply,
                     enum facts_ended ended, const struct mask *m, struct arena *a)
{
    struct buf line;
    e->reply = octets_of(facts_ended_name(ended));
    if (!reply || !reply->line_count)
        return ERR_OK;
    buf_init(&line, SHOWN_MAX);
    mask_line(&line, m, octets_sub(reply->lines[0], 0, LINE_SHOWN_MAX), MASK_TEXT);
    bool ok = arena_copy(a, buf_octets(&line), &e->reply);
    buf_release(&line);
    return ok ? ERR_OK : ERR_NOMEM;
}

static enum err show_evidence(const struct facts_visit *v, const struct mask *m, struct arena *a,
                              struct identify_evidence *e, size_t question)
{
    if (question == IDENTIFY_GREETING)
        return show(e, &v->greeting, FACTS_ENDED_OPEN, m, a);
    if (question == IDENTIFY_QUIT)
        return show(e, &v->quit, FACTS_ENDED_OPEN, m, a);
    if (question == IDENTIFY_TLS_CHANGE)
        return ERR_OK;
    /* Where TLS comes first, the EHLO under it stands for both. */
    if (question < IDENTIFY_PSEUDO__COUNT)
        return show(e, v->ehlo.line_count ? &v->ehlo : &v->ehlo_tls, FACTS_ENDED_OPEN, m, a);
    const struct facts_reaction *r = facts_visit_reaction(v, e->ask);
    return r ? show(e, r->reply_count ? &r->replies[0] : NULL, r->ended, m, a) : ERR_OK;
}

static enum err gather_evidence(struct identify_belief *b, const struct facts_visit *v,
                                struct arena *a, struct identify_answer *r)
{
    size_t best = best_of(b, r->product), questions[IDENTIFY_EVIDENCE_MAX];
    struct mask m;
    for (size_t q = 0; q < b->db->question_count && best != SIZE_MAX; q++) {
        double bits = identify_evidence_of(b, best, q) / log(2);
        size_t at = 0;
        while (at < r->evidence_count && fabs(r->evidence[at].bits) >= fabs(bits))
            at++;
        if (fabs(bits) < 0.5 || at == IDENTIFY_EVIDENCE_MAX)
            continue;
        if (r->evidence_count < IDENTIFY_EVIDENCE_MAX)
            r->evidence_count++;
        for (size_t i = r->evidence_count - 1; i > at; i--) {
            r->evidence[i] = r->evidence[i - 1];
            questions[i] = questions[i - 1];
        }
        r->evidence[at] = (struct identify_evidence){.ask = b->db->questions[q].name, .bits = bits};
        questions[at] = q;
        r->by_greeting = r->by_greeting || (q == IDENTIFY_GREETING && bits > 0);
        r->by_behaviour = r->by_behaviour || (q != IDENTIFY_GREETING && bits > 0);
    }
    mask_init(&m, v);
    enum err e = ERR_OK;
    for (size_t i = 0; i < r->evidence_count && !e; i++)
        e = show_evidence(v, &m, a, &r->evidence[i], questions[i]);
    return e;
}

/* ---- words that are known ---- */

struct words {
    struct signature_hit hits[IDENTIFY_HITS_MAX];
    size_t count;
    const struct signature *claim; /* the greeting's: of the software, else of what is in front */
};

static bool is_of_greeting(const struct signature_hit *hit)
{
    return strcmp(hit->ask, "greeting") == 0;
}

/* Whoever can type a greeting can type any: it is worth less than words that come with behaviour. */
static void hear_words(struct identify_belief *b, const struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct signature_hit *hit = &w->hits[i];
        if (hit->signature->role == SIGNATURE_SOFTWARE && !hit->signature->is_unproven &&
            !(is_of_greeting(hit) && b->options.ignore_greeting))
            identify_hear_name(b, hit->signature->product,
                               is_of_greeting(hit) ? NATS_OF_GREETING : NATS_OF_WORDS);
    }
}

static void find_claim(struct words *w, struct identify_answer *r)
{
    const struct signature_hit *claim = NULL;
    for (size_t i = 0; i < w->count && is_of_greeting(&w->hits[i]); i++) {
        bool is_front = w->hits[i].signature->role == SIGNATURE_FRONT;
        if (is_front && !r->claim_front.size)
            r->claim_front = w->hits[i].signature->product;
        if (!claim || (!is_front && claim->signature->role == SIGNATURE_FRONT))
            claim = &w->hits[i];
    }
    if (!claim)
        return;
    w->claim = claim->signature;
    r->claim_text = claim->line;
    r->claim_product = claim->signature->product;
    r->claim_version = claim->version;
}

/* What stands in front may be known by its words alone, and whatever the software behind it is. */
static void find_front(const struct words *w, struct identify_answer *r)
{
    for (size_t i = 0; i < w->count && !r->front.size; i++)
        if (w->hits[i].signature->role == SIGNATURE_FRONT &&
            !octets_is_equal(w->hits[i].signature->product, r->product))
            r->front = w->hits[i].signature->product;
}

/* What the words themselves tell, where the product has no specimen to hold them against. */
static void quote_words(const struct words *w, struct identify_answer *r)
{
    for (size_t i = 0; i < w->count && r->evidence_count < IDENTIFY_EVIDENCE_MAX; i++) {
        const struct signature_hit *hit = &w->hits[i];
        if (!octets_is_equal(hit->signature->product, r->product))
            continue;
        double nats = (double)(is_of_greeting(hit) ? NATS_OF_GREETING : NATS_OF_WORDS);
        r->evidence[r->evidence_count++] =
            (struct identify_evidence){.ask = hit->ask, .reply = hit->line, .bits = nats / log(2)};
        r->by_greeting = r->by_greeting || is_of_greeting(hit);
        r->by_behaviour = r->by_behaviour || !is_of_greeting(hit);
    }
}

/* ---- all together ---- */

/* A greeting that agrees with behaviour says which version it is more exactly. */
static void believe_version(const struct identify_belief *b, const struct words *w,
                            struct identify_answer *r)
{
    if (b->options.ignore_greeting || !w->claim || !r->claim_version.size ||
        !signature_is_true_of(w->claim, r->product) || w->claim->role != SIGNATURE_SOFTWARE ||
        !identify_versions_allow(b, r, r->claim_version))
        return;
    identify_versions_narrow(r, r->claim_version);
    r->by_greeting = true;
}

enum err identify_match(const struct identify_database *db, const struct facts_visit *v,
                        const struct identify_options *options, struct arena *a,
                        struct identify_answer *ret)
{
    struct identify_belief *b = identify_belief_new(db, options, a);
    struct words w = {0};
    enum err e = b ? identify_follow(b, v) : ERR_NOMEM;
    if (e)
        return e;
    w.count = signature_find(&db->signatures, v, w.hits, IDENTIFY_HITS_MAX);
    hear_words(b, &w);
    identify_settle(b);
    identify_conclude(b, ret);
    find_claim(&w, ret);
    find_front(&w, ret);
    if (ret->is_unknown)
        return ERR_OK;
    ret->is_altered = w.claim && !signature_is_true_of(w.claim, ret->product);
    believe_version(b, &w, ret);
    e = gather_evidence(b, v, a, ret);
    if (!e && best_of(b, ret->product) == SIZE_MAX)
        quote_words(&w, ret);
    return e;
}
