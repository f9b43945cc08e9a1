/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

/* Rules over a domain's exchanges, their addresses, DNSSEC and CAA; and over one without mail. */

static enum audit_said mx_missing(const struct audit_domain_view *w, struct finding *f)
{
    const struct facts_dns *mx = &w->d->mx;
    if (mx->status == DNS_FAILED || !mx->is_asked)
        return audit_domain_failed(mx, f);
    f->verdict = mx->status == DNS_FOUND ? FINDING_SAFE : FINDING_EXPOSED;
    if (mx->status == DNS_FOUND)
        return AUDIT_SAID;
    return audit_domain_line(w, f, w->d->name, " has no MX record", OCTETS_NONE);
}

/* What one exchange has to show for a check: 1 exposed, 0 not, -1 not known. */
typedef int ask_exchange(const struct facts_exchange *x);

static enum audit_said each(const struct audit_domain_view *w, struct finding *f, ask_exchange *ask,
                            const char *words)
{
    bool is_unknown = false;
    enum audit_said said = AUDIT_SAID;
    if (!w->takes_mail)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++) {
        int is = ask(&w->d->exchanges[i]);
        is_unknown = is_unknown || is < 0;
        if (is > 0)
            said = audit_domain_line(w, f, w->d->exchanges[i].host, words, OCTETS_NONE);
    }
    if (said != AUDIT_SAID)
        return said;
    if (!f->evidence_count && is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "asking DNS for the addresses of an exchange failed");
    return audit_domain_by_evidence(f);
}

static bool has_failed(const struct facts_dns *a)
{
    return !a->is_asked || a->status == DNS_FAILED;
}

static bool is_found(const struct facts_dns *a)
{
    return a->is_asked && a->status == DNS_FOUND;
}

static int is_alias(const struct facts_exchange *x)
{
    const struct facts_dns *of[] = {&x->a, &x->aaaa};
    if (x->is_address)
        return 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < of[i]->count; k++)
            if (of[i]->records[k].type == DNS_TYPE_CNAME)
                return 1;
    return has_failed(&x->a) && has_failed(&x->aaaa) ? -1 : 0;
}

static int has_no_address(const struct facts_exchange *x)
{
    if (x->is_address || x->a.status == DNS_NO_SUCH_NAME)
        return 0; /* said by others */
    if (x->a.is_asked && x->aaaa.is_asked && x->a.status == DNS_NO_DATA &&
        x->aaaa.status == DNS_NO_DATA)
        return 1;
    bool has_one = is_found(&x->a) || is_found(&x->aaaa);
    return !has_one && (has_failed(&x->a) || has_failed(&x->aaaa)) ? -1 : 0;
}

static int does_not_exist(const struct facts_exchange *x)
{
    if (x->is_address)
        return 0;
    if (x->a.is_asked && x->a.status == DNS_NO_SUCH_NAME)
        return 1;
    return has_failed(&x->a) && has_failed(&x->aaaa) ? -1 : 0;
}

static bool has_special(const struct facts_dns *a, enum dns_type type)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->records[i].type == type && address_special_use(&a->records[i].address))
            return true;
    return false;
}

static int is_private(const struct facts_exchange *x)
{
    if (x->is_address)
        return 0;
    if (has_special(&x->a, DNS_TYPE_A) || has_special(&x->aaaa, DNS_TYPE_AAAA))
        return 1;
    return has_failed(&x->a) && has_failed(&x->aaaa) ? -1 : 0;
}

static int is_address(const struct facts_exchange *x)
{
    return x->is_address;
}

static enum audit_said mx_cname(const struct audit_domain_view *w, struct finding *f)
{
    return each(w, f, is_alias, " is an alias (CNAME)");
}

static enum audit_said mx_no_address(const struct audit_domain_view *w, struct finding *f)
{
    return each(w, f, has_no_address, " has neither A nor AAAA");
}

static enum audit_said mx_dangling(const struct audit_domain_view *w, struct finding *f)
{
    return each(w, f, does_not_exist, " does not exist (NXDOMAIN)");
}

static enum audit_said mx_private(const struct audit_domain_view *w, struct finding *f)
{
    return each(w, f, is_private, " has an address that the Internet does not reach");
}

static enum audit_said mx_is_address(const struct audit_domain_view *w, struct finding *f)
{
    return each(w, f, is_address, " is an address, not a name");
}

static enum audit_said mx_no_ipv6(const struct audit_domain_view *w, struct finding *f)
{
    bool is_unknown = false;
    if (!w->takes_mail)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        if (is_found(&x->aaaa))
            return audit_say_why(f, FINDING_SAFE, "");
        is_unknown = is_unknown || (!x->is_address && has_failed(&x->aaaa));
    }
    if (is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE, "asking DNS for an AAAA record failed");
    f->verdict = FINDING_NOTED;
    return AUDIT_SAID;
}

/* ---- DNSSEC, CAA ---- */

static const char no_validator[] =
    "needs a validating resolver on this host (--resolver) or a trust anchor (--trust-anchor)";

static enum audit_said dnssec_unsigned(const struct audit_domain_view *w, struct finding *f)
{
    if (w->d->dnssec == FACTS_DNSSEC_UNKNOWN)
        return audit_say_why(f, FINDING_UNTESTABLE, no_validator);
    f->verdict = w->d->dnssec == FACTS_DNSSEC_INSECURE ? FINDING_NOTED : FINDING_SAFE;
    return AUDIT_SAID;
}

static enum audit_said dnssec_bogus(const struct audit_domain_view *w, struct finding *f)
{
    static const char words[] = ": the signatures do not hold";
    enum audit_said said = AUDIT_SAID;
    if (w->d->dnssec == FACTS_DNSSEC_BOGUS)
        said = audit_domain_line(w, f, w->d->name, words, OCTETS_NONE);
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        if (x->address_dnssec == FACTS_DNSSEC_BOGUS)
            said = audit_domain_line(w, f, x->host, words, OCTETS_NONE);
        else if (x->tlsa_dnssec == FACTS_DNSSEC_BOGUS)
            said = audit_domain_line(
                w, f, x->host, ": the signatures of its TLSA records do not hold", OCTETS_NONE);
    }
    if (said == AUDIT_SAID && !f->evidence_count && w->d->dnssec == FACTS_DNSSEC_UNKNOWN)
        return audit_say_why(f, FINDING_UNTESTABLE, no_validator);
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said mx_unsigned(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    bool is_unknown = false;
    if (!w->takes_mail || w->d->dnssec != FACTS_DNSSEC_SECURE)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->exchange_count && said == AUDIT_SAID; i++) {
        const struct facts_exchange *x = &w->d->exchanges[i];
        is_unknown = is_unknown || (!x->is_address && x->address_dnssec == FACTS_DNSSEC_UNKNOWN);
        if (x->address_dnssec == FACTS_DNSSEC_INSECURE)
            said = audit_domain_line(w, f, x->host, " is in an unsigned zone", OCTETS_NONE);
    }
    if (said == AUDIT_SAID && !f->evidence_count && is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "asking DNS for the addresses of an exchange failed");
    f->verdict = f->evidence_count ? FINDING_NOTED : FINDING_SAFE;
    return said;
}

static enum audit_said caa_missing(const struct audit_domain_view *w, struct finding *f)
{
    const struct facts_dns *caa = &w->d->caa;
    if (has_failed(caa))
        return audit_domain_failed(caa, f);
    f->verdict = caa->status == DNS_FOUND ? FINDING_SAFE : FINDING_NOTED;
    return AUDIT_SAID;
}

/* ---- a domain without mail ---- */

static bool sends_nothing(const struct facts_domain *d)
{
    const struct spf_node *n = d->spf && d->spf->count ? d->spf->nodes[0] : NULL;
    return n && n->found == SPF_FOUND_RECORD && n->record.count == 1 && n->record.all &&
           n->record.all->qualifier == SPF_MINUS;
}

static enum audit_said parked_open(const struct audit_domain_view *w, struct finding *f)
{
    const struct facts_domain *d = w->d;
    if (!w->is_parked)
        return AUDIT_SILENT;
    if (!d->dmarc || d->dmarc->has_failed)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for DMARC");
    bool rejects = audit_dmarc_policy(d) == DMARC_REJECT;
    enum audit_said said = AUDIT_SAID;
    if (!sends_nothing(d))
        said = audit_domain_line(w, f, OCTETS("SPF is not"), " ", OCTETS("v=spf1 -all"));
    if (!rejects && said == AUDIT_SAID)
        said = audit_domain_line(w, f, OCTETS("DMARC is not"), " ", OCTETS("p=reject"));
    if (!d->has_null_mx && said == AUDIT_SAID && f->evidence_count)
        said = audit_domain_line(w, f, OCTETS("there is no null MX"), "", OCTETS_NONE);
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

const struct audit_domain_row audit_rules_domain_mx[] = {
    {"dns.mx.missing", mx_missing},
    {"dns.mx.cname", mx_cname},
    {"dns.mx.no-address", mx_no_address},
    {"dns.mx.private", mx_private},
    {"dns.mx.dangling", mx_dangling},
    {"dns.mx.is-address", mx_is_address},
    {"dns.mx.no-ipv6", mx_no_ipv6},
    {"dns.dnssec.unsigned", dnssec_unsigned},
    {"dns.dnssec.bogus", dnssec_bogus},
    {"dns.mx.unsigned", mx_unsigned},
    {"dns.caa.missing", caa_missing},
    {"parked.open", parked_open},
    {0},
};
