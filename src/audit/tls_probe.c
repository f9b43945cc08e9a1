/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_probe.h"

/* What is asked of the facts: YES, the title is true; NO, it is false. */
typedef enum facts_answer derive(const struct facts_tls_probe *p, struct buf *ret_evidence);

struct rule {
    const char *id;
    enum facts_tls_ask ask;
    enum facts_answer wrong; /* the answer that makes the title true */
    derive *derive;          /* where YES and NO of the question do not decide by themselves */
};

/* DHE with a prime that was not read is undecided; without DHE there is no weak prime. */
static enum facts_answer has_weak_prime(const struct facts_tls_probe *p, struct buf *ret_evidence)
{
    if (p->dh_bits)
        buf_append_format(ret_evidence, "a prime of %u bits", p->dh_bits);
    if (p->dh_bits)
        return p->dh_bits < AUDIT_DH_BITS_MIN ? FACTS_ANSWER_YES : FACTS_ANSWER_NO;
    enum facts_answer dhe = p->answers[FACTS_TLS_DHE].answer;
    return dhe == FACTS_ANSWER_NO ? FACTS_ANSWER_NO : FACTS_ANSWER_UNDECIDED;
}

static enum facts_answer sni_differs(const struct facts_tls_probe *p, struct buf *ret_evidence)
{
    if (p->answers[FACTS_TLS_NAMELESS].answer == FACTS_ANSWER_NO) {
        buf_append_text(ret_evidence, "without a name it shakes no hands");
        return FACTS_ANSWER_YES;
    }
    if (!p->has_leaf || !p->has_nameless_leaf)
        return FACTS_ANSWER_UNDECIDED;
    bool is_same = memcmp(p->leaf_sha256, p->nameless_leaf_sha256, sizeof p->leaf_sha256) == 0;
    buf_append_text(ret_evidence, is_same ? "the same certificate with and without a name"
                                          : "another certificate without a name");
    return is_same ? FACTS_ANSWER_NO : FACTS_ANSWER_YES;
}

/* clang-format off */
static const struct rule rules[] = {
    {"tls.version.ssl2", FACTS_TLS_SSL2, FACTS_ANSWER_YES, NULL},
    {"tls.version.ssl3", FACTS_TLS_SSL3, FACTS_ANSWER_YES, NULL},
    {"tls.version.tls1-0", FACTS_TLS_TLS1_0, FACTS_ANSWER_YES, NULL},
    {"tls.version.tls1-1", FACTS_TLS_TLS1_1, FACTS_ANSWER_YES, NULL},
    {"tls.version.no-tls1-3", FACTS_TLS_TLS1_3, FACTS_ANSWER_NO, NULL},
    {"tls.cipher.null", FACTS_TLS_NULL, FACTS_ANSWER_YES, NULL},
    {"tls.cipher.export", FACTS_TLS_EXPORT, FACTS_ANSWER_YES, NULL},
    {"tls.cipher.rc4", FACTS_TLS_RC4, FACTS_ANSWER_YES, NULL},
    {"tls.cipher.3des", FACTS_TLS_3DES, FACTS_ANSWER_YES, NULL},
    {"tls.cipher.anonymous", FACTS_TLS_ANONYMOUS, FACTS_ANSWER_YES, NULL},
    {"tls.cipher.no-forward-secrecy", FACTS_TLS_FORWARD_SECRECY, FACTS_ANSWER_NO, NULL},
    {"tls.kex.weak-dh", FACTS_TLS_DHE, FACTS_ANSWER_YES, has_weak_prime},
    {"tls.pq", FACTS_TLS_ML_KEM, FACTS_ANSWER_YES, NULL},
    {"tls.sni-differs", FACTS_TLS_NAMELESS, FACTS_ANSWER_YES, sni_differs},
    {"tls.compression", FACTS_TLS_COMPRESSION, FACTS_ANSWER_YES, NULL},
    {"tls.insecure-renegotiation", FACTS_TLS_RENEGOTIATION, FACTS_ANSWER_NO, NULL},
    {"tls.no-ems", FACTS_TLS_EMS, FACTS_ANSWER_NO, NULL},
    {"tls.no-scsv", FACTS_TLS_FALLBACK, FACTS_ANSWER_NO, NULL},
};
/* clang-format on */

static enum err add_evidence(struct finding *f, struct octets text, struct arena *a)
{
    if (!text.size)
        return ERR_OK;
    f->evidence = arena_alloc(a, sizeof *f->evidence);
    if (!f->evidence || !arena_copy(a, text, f->evidence))
        return ERR_NOMEM;
    f->evidence_count = 1;
    return ERR_OK;
}

/* Severity info has no good or bad: both ways it is noted, and the reason says which. */
static void judge(struct finding *f, enum facts_answer is_true, struct octets words)
{
    bool is_info = f->severity == FINDING_INFO;
    switch (is_true) {
    case FACTS_ANSWER_YES:
        f->verdict = is_info ? FINDING_NOTED : FINDING_EXPOSED;
        f->reason = is_info ? OCTETS("yes") : OCTETS_NONE;
        break;
    case FACTS_ANSWER_NO:
        f->verdict = is_info ? FINDING_NOTED : FINDING_SAFE;
        f->reason = is_info ? OCTETS("no") : OCTETS_NONE;
        break;
    case FACTS_ANSWER_UNDECIDED:
    case FACTS_ANSWER_NONE:
    case FACTS_ANSWER__COUNT:
        f->verdict = FINDING_UNTESTABLE;
        f->reason = words.size ? words : OCTETS("not asked");
        break;
    }
}

static enum err apply(const struct rule *rule, const struct audit_check *check,
                      const struct facts_tls_probe *p, struct arena *a, struct finding_list *list)
{
    const struct facts_tls_answer *answer = &p->answers[rule->ask];
    struct finding *f = audit_finding(check, a, list);
    enum facts_answer is_true = answer->answer;
    struct buf derived;
    if (!f)
        return ERR_NOMEM;
    buf_init(&derived, 256);
    if (rule->derive)
        is_true = rule->derive(p, &derived);
    else if (is_true == FACTS_ANSWER_YES || is_true == FACTS_ANSWER_NO)
        is_true = is_true == rule->wrong ? FACTS_ANSWER_YES : FACTS_ANSWER_NO;
    judge(f, is_true, answer->words);
    enum err e = ERR_OK;
    if (f->verdict != FINDING_UNTESTABLE)
        e = add_evidence(f, derived.size ? buf_octets(&derived) : answer->words, a);
    buf_release(&derived);
    return e;
}

/* It would have been probed, had the server not turned us away before. */
static bool was_left_out(const struct facts_visit *v)
{
    bool has_tls = v->tls.is_up || v->starttls_offered;
    return v->level == FACTS_LEVEL_FULL && v->named == FACTS_NAMED_ARGUMENT && v->cut_stage &&
           has_tls && !v->tls_probe;
}

enum err audit_tls_probe(const struct audit_knowledge *k, const struct facts_visit *v,
                         const struct audit_select *select, struct arena *a,
                         struct finding_list *list)
{
    struct facts_tls_probe left_out = {0};
    const struct facts_tls_probe *p = was_left_out(v) ? &left_out : v->tls_probe;
    enum err e = ERR_OK;
    for (size_t i = 0; p == &left_out && i < FACTS_TLS__COUNT; i++)
        left_out.answers[i] = (struct facts_tls_answer){FACTS_ANSWER_UNDECIDED, v->cut_reply};
    if (!p || v->level == FACTS_LEVEL_AUDIT)
        return ERR_OK; /* nothing but a strict client's hello was sent */
    for (size_t i = 0; i < sizeof rules / sizeof *rules && !e; i++) {
        const struct audit_check *check = audit_check(k, octets_of(rules[i].id));
        if (check && audit_select_has(select, check->id))
            e = apply(&rules[i], check, p, a, list);
    }
    return e;
}

bool audit_tls_probe_is_wanted(const struct audit_select *select)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (audit_select_has(select, octets_of(rules[i].id)))
            return true;
    return false;
}
