/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include <string.h>

#define LINE_OCTETS 600

/* ---- what rules end with ---- */

enum audit_said audit_domain_line(const struct audit_domain_view *w, struct finding *f,
                                  struct octets a, const char *between, struct octets b)
{
    struct buf text;
    buf_init(&text, LINE_OCTETS);
    buf_append(&text, octets_sub(a, 0, 255));
    buf_append_text(&text, between);
    buf_append(&text, octets_sub(b, 0, 255));
    enum err e = audit_evidence_line(f, w->arena, buf_octets(&text));
    buf_release(&text);
    return e ? AUDIT_NO_MEMORY : AUDIT_SAID;
}

enum audit_said audit_domain_by_evidence(struct finding *f)
{
    f->verdict = f->evidence_count ? FINDING_EXPOSED : FINDING_SAFE;
    return AUDIT_SAID;
}

enum audit_said audit_domain_problems(const struct audit_domain_view *w, struct finding *f,
                                      const struct dns_problems *p, struct octets record)
{
    enum audit_said said = AUDIT_SAID;
    for (size_t i = 0; i < p->count && said == AUDIT_SAID; i++)
        if (strcmp(p->at[i].what, DMARC_REMOVED_WORDS) != 0) /* said of its own */
            said = audit_domain_line(w, f, octets_sub(record, p->at[i].at, p->at[i].at + 40), " - ",
                                     octets_of(p->at[i].what));
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

enum audit_said audit_domain_by_looks(const struct audit_domain_view *w, struct finding *f,
                                      struct audit_domain_looks looks)
{
    /* Endpoints of which nothing was kept may be such as well. */
    looks.missed += w->d->expected_count > w->d->seen_count;
    if (!f->evidence_count && !looks.looked_at)
        return audit_say_why(f, FINDING_UNTESTABLE, "no exchange answered on port 25");
    if (!f->evidence_count && looks.missed)
        return audit_say_why(f, FINDING_UNTESTABLE, "not all exchanges answered on port 25");
    return audit_domain_by_evidence(f);
}

enum audit_said audit_domain_failed(const struct facts_dns *answer, struct finding *f)
{
    if (!answer->is_asked)
        return audit_say_why(f, FINDING_UNTESTABLE, "it was not asked for");
    return audit_say_why(f, FINDING_UNTESTABLE,
                         answer->is_timeout ? "DNS did not answer in time"
                                            : "asking DNS failed (SERVFAIL or the like)");
}

/* ---- what several rules look at ---- */

enum dmarc_policy audit_dmarc_policy(const struct facts_domain *d)
{
    return d->dmarc ? dmarc_policy_applied(d->dmarc, d->mx.status != DNS_NO_SUCH_NAME)
                    : DMARC_ABSENT;
}

static struct audit_texts texts_of(const struct facts_dns *answer, bool (*is_one)(struct octets),
                                   bool (*is_nearly)(struct octets))
{
    struct audit_texts t = {0};
    for (size_t i = 0; i < answer->count; i++) {
        const struct dns_record *r = &answer->records[i];
        if (r->type != DNS_TYPE_TXT)
            continue;
        if (is_one(r->text)) {
            t.first = t.count++ ? t.first : r->text;
        } else if (is_nearly && is_nearly(r->text)) {
            t.nearly = r->text;
        }
    }
    return t;
}

/* Neither takes nor sends: without exchanges, and with no sender in SPF. */
static bool is_parked(const struct facts_domain *d)
{
    const struct spf_node *n = d->spf && d->spf->count ? d->spf->nodes[0] : NULL;
    bool is_known = d->mx.is_asked && d->mx.status != DNS_FAILED && n;
    if (!is_known || d->exchange_count || n->found == SPF_FOUND_FAILED)
        return false;
    return n->found != SPF_FOUND_RECORD || (n->record.count == 1 && n->record.all);
}

static enum err prepare(const struct audit_domain_input *in, struct arena *a,
                        struct audit_domain_view *w)
{
    const struct facts_domain *d = in->domain;
    *w = (struct audit_domain_view){.known = in->known, .d = d, .arena = a};
    w->takes_mail = d->exchange_count > 0;
    w->is_parked = is_parked(d);
    w->mtasts = texts_of(&d->mtasts, mtasts_is_record, mtasts_is_nearly);
    w->tlsrpt = texts_of(&d->tlsrpt, tlsrpt_is_record, tlsrpt_is_nearly);
    w->bimi = texts_of(&d->bimi, bimi_is_record, NULL);
    if (w->mtasts.count)
        mtasts_parse(w->mtasts.first, &w->mtasts_record);
    if (d->policy.outcome == FACTS_POLICY_FOUND)
        mtasts_parse_policy(d->policy.text, &w->policy);
    return d->spf && d->spf->count ? spf_lint(d->spf, in->is_registry, a, &w->spf) : ERR_OK;
}

/* ---- all of them ---- */

static enum err judge(const struct audit_domain_input *in, const struct audit_domain_view *w,
                      const struct audit_domain_row *row, struct finding_list *list)
{
    const struct audit_check *c = audit_check(in->known, octets_of(row->id));
    if (!c || !audit_select_has(&in->select, c->id))
        return ERR_OK;
    struct finding *f = audit_finding(c, w->arena, list);
    if (!f)
        return ERR_NOMEM;
    enum audit_said said = row->decide(w, f);
    if (said == AUDIT_SILENT)
        list->count--;
    else if (f->verdict == FINDING_EXPOSED && f->severity == FINDING_INFO)
        f->verdict = FINDING_NOTED; /* an observation without good or bad */
    return said == AUDIT_NO_MEMORY ? ERR_NOMEM : ERR_OK;
}

static const struct audit_domain_row *const rules[] = {
    audit_rules_domain_mx, audit_rules_domain_spf, audit_rules_domain_dmarc, audit_rules_domain_tls,
    audit_rules_domain_join};
#define RULES (sizeof rules / sizeof *rules)

bool audit_domain_is_wanted(const struct audit_select *s)
{
    for (size_t i = 0; i < RULES; i++)
        for (const struct audit_domain_row *row = rules[i]; row->id; row++)
            if (audit_select_has(s, octets_of(row->id)))
                return true;
    return false;
}

enum err audit_domain(const struct audit_domain_input *in, struct arena *a,
                      struct finding_list *list)
{
    struct audit_domain_view *w = arena_alloc(a, sizeof *w);
    enum err e = w ? prepare(in, a, w) : ERR_NOMEM;
    for (size_t i = 0; i < RULES; i++)
        for (const struct audit_domain_row *row = rules[i]; row->id && !e; row++)
            e = judge(in, w, row, list);
    finding_list_sort(list);
    return e;
}
