/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include "../base/digest.h"
#include "../dns/tlsa.h"

/* Rules that hold what is published against what the exchanges showed: DANE, and what differs among
 * them. */

#define PORT_SMTP 25

static bool has_tlsa(const struct facts_exchange *x)
{
    return x->tlsa.status == DNS_FOUND && x->tlsa.is_asked;
}

static const struct facts_exchange *exchange_of(const struct audit_domain_view *w,
                                                struct octets host)
{
    for (size_t i = 0; i < w->d->exchange_count; i++)
        if (octets_is_equal_nocase(w->d->exchanges[i].host, host))
            return &w->d->exchanges[i];
    return NULL;
}

static bool any_tlsa(const struct audit_domain_view *w)
{
    for (size_t i = 0; i < w->d->exchange_count; i++)
        if (has_tlsa(&w->d->exchanges[i]))
            return true;
    return false;
}

static bool is_answering(const struct facts_seen *s)
{
    return s->port == PORT_SMTP && s->outcome == FACTS_OUTCOME_ANSWERED;
}

/* "mx1.example.org 192.0.2.1", and what is said of it. */
static enum audit_said tell_seen(const struct audit_domain_view *w, struct finding *f,
                                 const struct facts_seen *s, const char *what)
{
    struct buf where;
    buf_init(&where, 400);
    buf_append(&where, octets_sub(s->host, 0, 255));
    buf_append_text(&where, s->host.size ? " " : "");
    address_append(&where, &s->address);
    enum audit_said said = audit_domain_line(w, f, buf_octets(&where), what, OCTETS_NONE);
    buf_release(&where);
    return said;
}

/* ---- TLSA records by themselves ---- */

static enum audit_said dane_missing(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    bool is_unknown = false;
    if (!w->takes_mail)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        bool is_failed = !x->tlsa.is_asked || x->tlsa.status == DNS_FAILED;
        is_unknown = is_unknown || (is_failed && !x->is_address);
        if (!is_failed && !has_tlsa(x))
            said = audit_domain_line(w, f, OCTETS("_25._tcp."), "", x->host);
    }
    if (said == AUDIT_SAID && !f->evidence_count && is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for TLSA records");
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said dane_unsigned(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    bool is_unknown = false;
    if (!any_tlsa(w))
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        if (!has_tlsa(x))
            continue;
        is_unknown = is_unknown || x->tlsa_dnssec == FACTS_DNSSEC_UNKNOWN;
        if (x->tlsa_dnssec == FACTS_DNSSEC_INSECURE)
            said = audit_domain_line(w, f, OCTETS("_25._tcp."), "", x->host);
    }
    if (said == AUDIT_SAID && !f->evidence_count && is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "needs a validating resolver on this host, or a trust anchor");
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said dane_usage(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    if (!any_tlsa(w))
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        for (size_t k = 0; k < x->tlsa.count && said == AUDIT_SAID; k++) {
            const struct dns_record *r = &x->tlsa.records[k];
            const char *fault = r->type == DNS_TYPE_TLSA ? tlsa_fault(&r->tlsa) : NULL;
            if (fault)
                said = audit_domain_line(w, f, x->host, ": ", octets_of(fault));
        }
    }
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

/* ---- TLSA records against certificates ---- */

static size_t chain_of(const struct facts_seen *s, struct tlsa_certificate *ret)
{
    size_t count = s->chain_count < FACTS_SEEN_CHAIN_MAX ? s->chain_count : FACTS_SEEN_CHAIN_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct facts_digest *c = &s->chain[i];
        struct octets *whole = ret[i].of[TLSA_CERTIFICATE], *key = ret[i].of[TLSA_PUBLIC_KEY];
        ret[i] = (struct tlsa_certificate){0};
        whole[TLSA_SHA256] = (struct octets){c->certificate, sizeof c->certificate};
        if (c->has_key)
            key[TLSA_SHA256] = (struct octets){c->key, sizeof c->key};
        if (c->has_sha512) {
            whole[TLSA_SHA512] = (struct octets){c->certificate512, sizeof c->certificate512};
            key[TLSA_SHA512] = (struct octets){c->key512, sizeof c->key512};
        }
    }
    return count;
}

/* Of certificates hashes alone are kept: a record that holds all of one is held against its hash. */
static bool hash_full(const struct audit_domain_view *w, struct dns_record *r)
{
    if (r->tlsa.matching != TLSA_FULL || tlsa_fault(&r->tlsa))
        return true;
    uint8_t *hash = arena_alloc(w->arena, DIGEST_SHA256_OCTETS);
    if (!hash || digest_sha256(r->tlsa.data, hash))
        return false;
    r->tlsa.matching = TLSA_SHA256;
    r->tlsa.data = (struct octets){hash, DIGEST_SHA256_OCTETS};
    return true;
}

/* A record in a form of which nothing was kept: it can be held against nothing. */
static bool is_beyond(const struct dns_tlsa *t, const struct facts_seen *s)
{
    const struct facts_digest *own = s->chain_count ? &s->chain[0] : NULL;
    if (tlsa_fault(t))
        return false;
    if (t->matching == TLSA_SHA512)
        return !own || !own->has_sha512;
    return t->selector == TLSA_PUBLIC_KEY && (!own || !own->has_key);
}

struct comparison {
    struct tlsa_verdict verdict; /* of the records that senders look at */
    bool is_beyond;              /* at least one record could not be compared */
    bool is_outdone;             /* one that names the certificate is passed over (RFC 7671 s9) */
};

/* False without memory. */
static bool compare(const struct audit_domain_view *w, const struct facts_exchange *x,
                    const struct facts_seen *s, struct comparison *ret)
{
    struct tlsa_certificate chain[FACTS_SEEN_CHAIN_MAX];
    size_t count = chain_of(s, chain);
    const struct facts_dns *a = &x->tlsa;
    size_t kept = 0;
    struct dns_record *records = arena_alloc_array(w->arena, a->count, sizeof *records);
    *ret = (struct comparison){0};
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_tlsa *t = &a->records[i].tlsa;
        if (!records)
            return false;
        if (a->records[i].type != DNS_TYPE_TLSA)
            continue;
        if (s->chain_count && s->chain[0].has_sha512 && tlsa_is_outdone(a->records, a->count, t)) {
            ret->is_outdone = ret->is_outdone || tlsa_match(t, chain, count) != TLSA_NO_MATCH;
            continue;
        }
        records[kept] = a->records[i];
        if (!hash_full(w, &records[kept]))
            return false;
        ret->is_beyond = ret->is_beyond || is_beyond(&records[kept++].tlsa, s);
    }
    ret->verdict = tlsa_judge(records, kept, chain, count);
    return true;
}

/* An endpoint on port 25 of an exchange with TLSA records. */
static const struct facts_exchange *dane_exchange(const struct audit_domain_view *w,
                                                  const struct facts_seen *s)
{
    const struct facts_exchange *x = s->port == PORT_SMTP ? exchange_of(w, s->host) : NULL;
    return x && has_tlsa(x) ? x : NULL;
}

static enum audit_said dane_mismatch(const struct audit_domain_view *w, struct finding *f)
{
    struct audit_domain_looks looks = {0};
    size_t beyond = 0, shown = 0;
    enum audit_said said = AUDIT_SAID;
    if (!any_tlsa(w))
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->seen_count && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        const struct facts_exchange *x = dane_exchange(w, s);
        looks.looked_at += x && is_answering(s);
        looks.missed += x && !is_answering(s);
        if (!x || !is_answering(s) || !s->is_up)
            continue;
        struct comparison c;
        if (!compare(w, x, s, &c))
            return AUDIT_NO_MEMORY;
        shown++;
        if (c.verdict.matching || !c.verdict.usable)
            continue;
        if (c.is_beyond)
            beyond++;
        else
            said =
                tell_seen(w, f, s,
                          c.is_outdone ? " shows a certificate that SHA-256 names, which senders "
                                         "pass over beside SHA-512"
                                       : " shows a certificate that no TLSA record names");
        if (x->tlsa_dnssec == FACTS_DNSSEC_INSECURE)
            f->severity = FINDING_MEDIUM; /* unsigned, nobody looks at it */
    }
    if (said != AUDIT_SAID)
        return said;
    if (!f->evidence_count && beyond)
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "the TLSA records are in a form that the facts do not hold");
    if (!f->evidence_count && !shown)
        return audit_say_why(f, FINDING_UNTESTABLE, "no exchange showed a certificate on port 25");
    return audit_domain_by_looks(w, f, looks);
}

static enum audit_said dane_rollover(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    size_t matching = 0;
    for (size_t i = 0; i < w->d->seen_count && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        const struct facts_exchange *x = dane_exchange(w, s);
        if (!x || !is_answering(s) || !s->is_up)
            continue;
        struct comparison c;
        if (!compare(w, x, s, &c))
            return AUDIT_NO_MEMORY;
        matching += c.verdict.matching;
        if (c.verdict.matching && c.verdict.stale && !c.is_beyond)
            said = tell_seen(w, f, s, ": a record names another key, of before or to come");
    }
    if (said != AUDIT_SAID || !matching)
        return said == AUDIT_SAID ? AUDIT_SILENT : said;
    return audit_domain_by_evidence(f);
}

static enum audit_said dane_no_starttls(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    struct audit_domain_looks looks = {0};
    if (!any_tlsa(w))
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->seen_count && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        if (!dane_exchange(w, s))
            continue;
        if (!is_answering(s) || (s->has_cut && !s->starttls_offered)) {
            looks.missed++;
            continue;
        }
        looks.looked_at++;
        if (!s->starttls_offered && !s->is_up)
            said = tell_seen(w, f, s, " does not offer STARTTLS");
    }
    return said == AUDIT_SAID ? audit_domain_by_looks(w, f, looks) : said;
}

/* ---- what differs among the exchanges ---- */

static enum audit_said starttls_not_everywhere(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    size_t with = 0, without = 0;
    for (size_t i = 0; i < w->d->seen_count; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        bool is = s->starttls_offered;
        with += is_answering(s) && is;
        without += is_answering(s) && !is && !s->has_cut;
    }
    if (with + without < 2 || !with)
        return AUDIT_SILENT; /* one alone, or all of them: said of each */
    for (size_t i = 0; i < w->d->seen_count && without && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        if (is_answering(s) && !s->starttls_offered && !s->has_cut)
            said = tell_seen(w, f, s, " does not offer STARTTLS, others do");
    }
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said ehlo_differs(const struct audit_domain_view *w, struct finding *f)
{
    const struct facts_seen *first = NULL;
    enum audit_said said = AUDIT_SAID;
    size_t count = 0;
    for (size_t i = 0; i < w->d->seen_count && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        if (!is_answering(s) || !s->keywords.size)
            continue;
        count++;
        if (!first) {
            first = s;
        } else if (!octets_is_equal(first->keywords, s->keywords)) {
            if (!f->evidence_count)
                said = audit_domain_line(w, f, first->host, ": ", first->keywords);
            if (said == AUDIT_SAID)
                said = audit_domain_line(w, f, s->host, ": ", s->keywords);
        }
    }
    if (count < 2)
        return AUDIT_SILENT;
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

const struct audit_domain_row audit_rules_domain_join[] = {
    {"dane.missing", dane_missing},
    {"dane.unsigned", dane_unsigned},
    {"dane.usage", dane_usage},
    {"dane.mismatch", dane_mismatch},
    {"dane.rollover", dane_rollover},
    {"dane.no-starttls", dane_no_starttls},
    {"tls.starttls.not-everywhere", starttls_not_everywhere},
    {"smtp.ehlo.differs", ehlo_differs},
    {0},
};
