/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include "../audit/domain.h"
#include "../base/escape.h"
#include "findings.h"
#include "page.h"
#include "paint.h"
#include "publish.h"

/* ---- what is there, a line each ---- */

static void begin_line(struct buf *out, const struct report_text_style *s, const char *name,
                       bool is_good)
{
    label(out, s, name);
    painted(out, s, is_good ? GREEN : YELLOW, is_good ? "yes " : "no  ");
}

static void append_spf(struct buf *out, const struct report_text_style *s,
                       const struct facts_domain *d)
{
    const struct spf_node *n = d->spf && d->spf->count ? d->spf->nodes[0] : NULL;
    if (!n)
        return;
    bool has = n->found == SPF_FOUND_RECORD;
    begin_line(out, s, "SPF", has);
    if (!has) {
        buf_append_text(out, spf_found_name(n->found));
    } else {
        escape_visible(out, octets_sub(n->record.text, 0, s->verbose ? n->record.text.size : 90));
        buf_append_format(out, " (%u lookup%s of 10)", n->lookups, n->lookups == 1 ? "" : "s");
    }
    buf_append_text(out, "\n");
}

static void append_dmarc(struct buf *out, const struct report_text_style *s,
                         const struct facts_domain *d)
{
    const struct dmarc_step *p = d->dmarc ? d->dmarc->policy : NULL;
    if (!d->dmarc)
        return;
    bool has = p && p->record;
    enum dmarc_policy policy = audit_dmarc_policy(d);
    begin_line(out, s, "DMARC", policy == DMARC_QUARANTINE || policy == DMARC_REJECT);
    if (has)
        escape_visible(out, octets_sub(p->record->text, 0, s->verbose ? p->record->text.size : 90));
    else
        buf_append_text(out, d->dmarc->has_failed ? "DNS failed" : "no record");
    if (has && !octets_is_equal_nocase(p->domain, d->name)) {
        buf_append_text(out, " (of ");
        escape_visible(out, p->domain);
        buf_append_text(out, ")");
    }
    buf_append_text(out, "\n");
}

static void append_mtasts(struct buf *out, const struct report_text_style *s,
                          const struct facts_domain *d)
{
    struct mtasts_policy policy = {0};
    bool has = d->policy.outcome == FACTS_POLICY_FOUND;
    if (has)
        mtasts_parse_policy(d->policy.text, &policy);
    bool is_void = policy.problems.has_fatal;
    begin_line(out, s, "MTA-STS", has && policy.mode == MTASTS_ENFORCE && !is_void);
    if (is_void)
        buf_append_text(out, "the policy is malformed: senders take it for none");
    else if (has)
        buf_append_text(out, policy.mode == MTASTS_ENFORCE   ? "enforced"
                             : policy.mode == MTASTS_TESTING ? "in testing"
                                                             : "mode none");
    else if (d->policy.outcome)
        buf_append_format(out, "the policy was not had: %s", facts_policy_name(d->policy.outcome));
    else
        buf_append_text(out, d->mtasts.status == DNS_FAILED ? "DNS failed" : "no policy");
    buf_append_text(out, "\n");
}

static void append_dane(struct buf *out, const struct report_text_style *s,
                        const struct facts_domain *d)
{
    size_t with = 0, secure = 0;
    for (size_t i = 0; i < d->exchange_count; i++) {
        const struct facts_exchange *x = &d->exchanges[i];
        bool has = x->tlsa.is_asked && x->tlsa.status == DNS_FOUND;
        with += has;
        secure += has && x->tlsa_dnssec == FACTS_DNSSEC_SECURE;
    }
    begin_line(out, s, "DANE", d->exchange_count && secure == d->exchange_count);
    buf_append_format(out, "%zu of %zu exchanges have TLSA records", with, d->exchange_count);
    if (with)
        buf_append_format(out, ", %zu of them known to be signed", secure);
    buf_append_text(out, "\n");
}

static void append_reports(struct buf *out, const struct report_text_style *s,
                           const struct facts_domain *d)
{
    bool has = d->tlsrpt.is_asked && d->tlsrpt.status == DNS_FOUND;
    begin_line(out, s, "TLS-RPT", has);
    for (size_t i = 0; has && i < d->tlsrpt.count; i++)
        if (d->tlsrpt.records[i].type == DNS_TYPE_TXT)
            escape_visible(out, octets_sub(d->tlsrpt.records[i].text, 0, 90));
    buf_append_text(out, has                              ? "\n"
                         : d->tlsrpt.status == DNS_FAILED ? "DNS failed\n"
                                                          : "no record\n");
}

static void append_dnssec(struct buf *out, const struct report_text_style *s,
                          const struct facts_domain *d)
{
    if (!d->dnssec)
        return;
    begin_line(out, s, "DNSSEC", d->dnssec == FACTS_DNSSEC_SECURE);
    buf_append_format(out, "%s (%s)\n", facts_dnssec_name(d->dnssec),
                      d->validator == FACTS_VALIDATOR_OURS ? "validated here"
                                                           : "as the resolver on this host says");
}

/* ---- what is to be published ---- */

struct lines {
    struct buf *out;
    const struct report_text_style *style;
};

static void append_line(void *owner, struct octets line)
{
    const struct lines *l = owner;
    label(l->out, l->style, "");
    buf_append_text(l->out, "  ");
    escape_visible(l->out, line);
    buf_append_text(l->out, "\n");
}

static struct octets exchange_host(const void *of, size_t i)
{
    const struct facts_domain *d = of;
    return d->exchanges[i].host;
}

static void append_remedies(struct buf *out, const struct report_text_style *s,
                            const struct facts_domain *d, const struct finding_list *list,
                            const struct audit_knowledge *known)
{
    const struct report_names names = {d->name, d->exchange_count, exchange_host, d};
    struct lines lines = {out, s};
    bool is_first = true;
    for (size_t i = 0; i < list->count; i++) {
        const struct finding *f = &list->at[i];
        const struct audit_check *c = audit_check(known, f->id);
        if (!c || f->verdict != FINDING_EXPOSED || f->is_accepted || !c->remedy.count)
            continue;
        label(out, s, is_first ? "to do" : "");
        is_first = false;
        escape_visible(out, f->id);
        buf_append_text(out, ":");
        size_t column = PAGE_INDENT + f->id.size + sizeof ":" - 1;
        for (size_t k = 0; k < c->remedy.count; k++) {
            buf_append_text(out, " ");
            column++;
            page_words(out, PAGE_INDENT + 2, &column, c->remedy.at[k].text);
        }
        buf_append_text(out, "\n");
        report_publish(c, &names, append_line, &lines);
    }
}

void report_text_posture(struct buf *out, const struct report_text_style *style,
                         const struct facts_domain *d, const struct finding_list *findings,
                         const struct audit_knowledge *known)
{
    append_spf(out, style, d);
    append_dmarc(out, style, d);
    if (d->exchange_count) {
        append_mtasts(out, style, d);
        append_dane(out, style, d);
        append_reports(out, style, d);
    }
    append_dnssec(out, style, d);
    report_text_findings(out, style, findings);
    append_remedies(out, style, d, findings, known);
    buf_append_text(out, "\n");
}
