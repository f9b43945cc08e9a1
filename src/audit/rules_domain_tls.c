/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

/* Rules over MTA-STS, TLS-RPT and the TLSA records as they are published. */

static bool is_failed(const struct facts_dns *a)
{
    return !a->is_asked || a->status == DNS_FAILED;
}

static enum audit_said expose(const struct audit_domain_view *w, struct finding *f,
                              struct octets what, const char *between, struct octets more)
{
    if (audit_domain_line(w, f, what, between, more) != AUDIT_SAID)
        return AUDIT_NO_MEMORY;
    return audit_domain_by_evidence(f);
}

/* ---- MTA-STS ---- */

static bool has_policy(const struct audit_domain_view *w)
{
    return w->d->policy.outcome == FACTS_POLICY_FOUND && !w->policy.problems.has_fatal;
}

static enum audit_said mtasts_missing(const struct audit_domain_view *w, struct finding *f)
{
    if (!w->takes_mail)
        return AUDIT_SILENT;
    if (is_failed(&w->d->mtasts))
        return audit_domain_failed(&w->d->mtasts, f);
    if (!w->mtasts.count && !w->mtasts.nearly.size)
        return expose(w, f, OCTETS("_mta-sts."), "", w->d->name);
    return audit_domain_by_evidence(f);
}

static enum audit_said mtasts_record(const struct audit_domain_view *w, struct finding *f)
{
    if (!w->mtasts.count && w->mtasts.nearly.size)
        return expose(w, f, w->mtasts.nearly, " - ", OCTETS("no record of version STSv1"));
    if (!w->mtasts.count)
        return AUDIT_SILENT;
    if (w->mtasts.count > 1)
        return expose(w, f, OCTETS("_mta-sts."), "", OCTETS("more than one record: none counts"));
    return audit_domain_problems(w, f, &w->mtasts_record.problems, w->mtasts_record.text);
}

static enum audit_said mtasts_unreachable(const struct audit_domain_view *w, struct finding *f)
{
    const struct facts_policy *p = &w->d->policy;
    struct buf text;
    if (w->mtasts.count != 1)
        return AUDIT_SILENT;
    if (p->outcome == FACTS_POLICY_FOUND)
        return audit_domain_by_evidence(f);
    bool is_ours = p->outcome == FACTS_POLICY_NOT_ASKED || p->outcome == FACTS_POLICY_DNS_FAILED ||
                   p->outcome == FACTS_POLICY_FAILED || p->outcome == FACTS_POLICY_SPECIAL_USE ||
                   p->outcome == FACTS_POLICY_TIMEOUT;
    if (is_ours)
        return audit_say_why(f, FINDING_UNTESTABLE, facts_policy_name(p->outcome));
    buf_init(&text, 400);
    buf_append_text(&text, facts_policy_name(p->outcome));
    if (p->outcome == FACTS_POLICY_STATUS)
        buf_append_format(&text, " %u", p->status);
    if (p->error.size) {
        buf_append_text(&text, ": ");
        buf_append(&text, octets_sub(p->error, 0, 200));
    }
    enum audit_said said = expose(w, f, OCTETS("mta-sts."), "", w->d->name);
    if (said == AUDIT_SAID)
        said = expose(w, f, buf_octets(&text), "", OCTETS_NONE);
    buf_release(&text);
    return said;
}

static enum audit_said mtasts_syntax(const struct audit_domain_view *w, struct finding *f)
{
    if (w->d->policy.outcome != FACTS_POLICY_FOUND)
        return AUDIT_SILENT;
    return audit_domain_problems(w, f, &w->policy.problems, w->d->policy.text);
}

static enum audit_said mtasts_testing(const struct audit_domain_view *w, struct finding *f)
{
    if (!has_policy(w))
        return AUDIT_SILENT;
    if (w->policy.mode == MTASTS_ENFORCE)
        return audit_domain_by_evidence(f);
    return expose(w, f, OCTETS("mode: "), "",
                  w->policy.mode == MTASTS_TESTING ? OCTETS("testing") : OCTETS("none"));
}

/* In mode none a policy promises nothing. */
static bool promises(const struct audit_domain_view *w)
{
    return has_policy(w) && w->policy.mode != MTASTS_NONE && w->policy.mode != MTASTS_ABSENT;
}

/* Senders deliver all the same while it is being tested (RFC 8461 s5). */
static void lower_in_testing(const struct audit_domain_view *w, struct finding *f)
{
    if (w->policy.mode == MTASTS_TESTING)
        f->severity = FINDING_MEDIUM;
}

static enum audit_said mtasts_mx_mismatch(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    if (!promises(w) || !w->takes_mail)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++)
        if (!mtasts_is_allowed(&w->policy, w->d->exchanges[i].host))
            said = audit_domain_line(w, f, w->d->exchanges[i].host,
                                     " is an exchange that the policy does not name", OCTETS_NONE);
    lower_in_testing(w, f);
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

/* What a sender that keeps to the policy finds wrong with an exchange (RFC 8461 s4.2); NULL:
 * nothing. */
static const char *sts_fault(const struct facts_seen *s, uint64_t now_ms)
{
    if (!s->is_up)
        return s->starttls_offered ? " offers STARTTLS, which failed" : " does not offer STARTTLS";
    if (s->not_after_ms && s->not_after_ms < now_ms)
        return " has a certificate that has expired";
    if (!s->is_trusted)
        return " has a certificate that leads to no trusted root";
    if (s->has_name && !s->name_matches)
        return " has a certificate for another name";
    return NULL;
}

static bool is_answering_mx(const struct facts_seen *s)
{
    return s->port == 25 && s->outcome == FACTS_OUTCOME_ANSWERED && !(s->has_cut && !s->is_up);
}

static enum audit_said mtasts_certificate(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    struct audit_domain_looks looks = {0};
    if (!promises(w) || !w->takes_mail)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->seen_count && said == AUDIT_SAID; i++) {
        const struct facts_seen *s = &w->d->seen[i];
        bool is_answering = is_answering_mx(s);
        looks.looked_at += is_answering;
        looks.missed += s->port == 25 && !is_answering;
        const char *fault = is_answering ? sts_fault(s, w->d->time_ms) : NULL;
        if (fault)
            said = audit_domain_line(w, f, s->host, fault,
                                     s->verify_error.size && !s->is_trusted ? s->verify_error
                                                                            : OCTETS_NONE);
    }
    lower_in_testing(w, f);
    return said == AUDIT_SAID ? audit_domain_by_looks(w, f, looks) : said;
}

static enum audit_said mtasts_max_age(const struct audit_domain_view *w, struct finding *f)
{
    struct buf text;
    if (!promises(w))
        return AUDIT_SILENT;
    if (w->policy.max_age_s >= MTASTS_MAX_AGE_WISE_S || w->policy.mode != MTASTS_ENFORCE)
        return audit_domain_by_evidence(f);
    buf_init(&text, 60);
    buf_append_format(&text, "max_age: %u", (unsigned)w->policy.max_age_s);
    enum audit_said said = expose(w, f, buf_octets(&text), "", OCTETS_NONE);
    buf_release(&text);
    return said;
}

/* ---- TLS-RPT ---- */

static enum audit_said tlsrpt_missing(const struct audit_domain_view *w, struct finding *f)
{
    if (!w->takes_mail)
        return AUDIT_SILENT;
    if (is_failed(&w->d->tlsrpt))
        return audit_domain_failed(&w->d->tlsrpt, f);
    if (!w->tlsrpt.count && !w->tlsrpt.nearly.size)
        return expose(w, f, OCTETS("_smtp._tls."), "", w->d->name);
    return audit_domain_by_evidence(f);
}

static enum audit_said tlsrpt_syntax(const struct audit_domain_view *w, struct finding *f)
{
    struct tlsrpt_record r;
    if (!w->tlsrpt.count && w->tlsrpt.nearly.size)
        return expose(w, f, w->tlsrpt.nearly, " - ", OCTETS("no record of version TLSRPTv1"));
    if (!w->tlsrpt.count)
        return AUDIT_SILENT;
    if (w->tlsrpt.count > 1)
        return expose(w, f, OCTETS("_smtp._tls: "), "",
                      OCTETS("more than one record: none counts"));
    tlsrpt_parse(w->tlsrpt.first, &r);
    return audit_domain_problems(w, f, &r.problems, r.text);
}

const struct audit_domain_row audit_rules_domain_tls[] = {
    {"mtasts.missing", mtasts_missing},
    {"mtasts.record", mtasts_record},
    {"mtasts.policy-unreachable", mtasts_unreachable},
    {"mtasts.policy-syntax", mtasts_syntax},
    {"mtasts.testing", mtasts_testing},
    {"mtasts.mx-mismatch", mtasts_mx_mismatch},
    {"mtasts.certificate", mtasts_certificate},
    {"mtasts.max-age", mtasts_max_age},
    {"tlsrpt.missing", tlsrpt_missing},
    {"tlsrpt.syntax", tlsrpt_syntax},
    {0},
};
