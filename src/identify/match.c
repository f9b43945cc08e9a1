/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include <math.h>

#include "../smtp/reply.h"
#include "versions.h"

#define LINE_SHOWN_MAX 1024 /* octets of a line that are masked to be shown */
#define SHOWN_MAX      4096

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
    const struct identify_database *db = b->db;
    double sum = 0;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (db->classes[db->specimens[i].class].product_number == product)
            sum += (double)b->p[i];
    return sum * db->model.trust;
}

static void rank_products(const struct identify_belief *b, struct identify_answer *r)
{
    size_t next = 0;
    /* Products are numbered in the order of their first class. */
    for (size_t c = 0; c < b->db->class_count; c++)
        if (b->db->classes[c].product_number == next)
            add_candidate(r, b->db->classes[c].product, product_probability(b, next++));
}

size_t identify_best_of(const struct identify_belief *b, struct octets product)
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
    if (!r.is_unknown) {
        const struct specimen *best =
            &b->db->specimens[identify_best_of(b, r.candidates[0].product)].about;
        r.product = best->product;
        r.vendor = best->vendor;
        r.front = best->front;
        identify_versions(b, &r);
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
    size_t best = identify_best_of(b, r->product), questions[IDENTIFY_EVIDENCE_MAX];
    struct mask m;
    for (size_t q = 0; q < b->db->question_count; q++) {
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
    struct identify_belief *b = identify_belief_new(db, options, a);
    enum err e = b ? identify_follow(b, v) : ERR_NOMEM;
    if (e)
        return e;
    identify_settle(b);
    identify_conclude(b, ret);
    const struct signature *claim = claim_of(db, v, ret);
    if (ret->is_unknown)
        return ERR_OK;
    ret->is_altered = claim && !signature_is_true_of(claim, ret->product);
    return gather_evidence(b, v, a, ret);
}
