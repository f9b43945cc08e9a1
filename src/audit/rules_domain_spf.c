/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

/* Rules over SPF and all that it leads to: each tells the flaws of one kind. */

static bool has_failed_below(const struct spf_tree *t)
{
    for (size_t i = 1; i < t->count; i++)
        if (t->nodes[i]->found == SPF_FOUND_FAILED)
            return true;
    return t->is_cut;
}

/* "example.org: it names ... (include:...)" */
static enum audit_said tell_flaw(const struct audit_domain_view *w, struct finding *f,
                                 const struct spf_flaw *flaw)
{
    enum audit_said said;
    struct buf text;
    buf_init(&text, 600);
    buf_append_text(&text, flaw->what);
    if (flaw->term) {
        buf_append_text(&text, " (");
        buf_append(&text, octets_sub(flaw->term->text, 0, 200));
        buf_append_text(&text, ")");
    }
    if (flaw->name.size && flaw->kind == SPF_FLAW_TAKEOVER) {
        buf_append_text(&text, ": ");
        buf_append(&text, octets_sub(flaw->name, 0, 255));
    }
    said = audit_domain_line(w, f, flaw->node->domain, ": ", buf_octets(&text));
    buf_release(&text);
    return said;
}

static enum audit_said of_kind(const struct audit_domain_view *w, struct finding *f,
                               enum spf_flaw_kind kind)
{
    const struct spf_tree *t = w->d->spf;
    enum audit_said said = AUDIT_SAID;
    if (!t || !t->count || t->nodes[0]->found == SPF_FOUND_FAILED)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for the SPF record");
    if (kind == SPF_FLAW_MISSING && w->is_parked)
        return AUDIT_SILENT; /* said with what else is open */
    bool is_of_record = kind != SPF_FLAW_MISSING && kind != SPF_FLAW_MULTIPLE;
    if (is_of_record && t->nodes[0]->found != SPF_FOUND_RECORD)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->spf.count && said == AUDIT_SAID; i++)
        if (w->spf.at[i].kind == kind)
            said = tell_flaw(w, f, &w->spf.at[i]);
    if (said != AUDIT_SAID)
        return said;
    if (!f->evidence_count && is_of_record && kind != SPF_FLAW_NEUTRAL_ALL && has_failed_below(t))
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for all that it includes");
    return audit_domain_by_evidence(f);
}

#define X(id, name) \
    static enum audit_said on_##id(const struct audit_domain_view *w, struct finding *f) \
    { \
        return of_kind(w, f, SPF_FLAW_##id); \
    }
SPF_FLAW_MAP(X)
#undef X

/* ---- whom the domain itself sends by ---- */

/* Mail servers that take mail often send too (bounces, replies); a domain may well keep the two
 * apart, so this is said of those whose result is a refusal. */
static enum audit_said mx_not_allowed(const struct audit_domain_view *w, struct finding *f)
{
    struct buf text;
    enum audit_said said = AUDIT_SAID;
    bool is_known = false, has_failed = false;
    if (!w->takes_mail)
        return AUDIT_SILENT;
    buf_init(&text, 400);
    for (size_t i = 0; i < w->d->spf_sender_count && said == AUDIT_SAID; i++) {
        const struct facts_sender *s = &w->d->spf_senders[i];
        bool is_refused = s->result == SPF_RESULT_FAIL || s->result == SPF_RESULT_SOFTFAIL;
        is_known = is_known || is_refused || s->result == SPF_RESULT_PASS ||
                   s->result == SPF_RESULT_NEUTRAL;
        has_failed = has_failed || s->result == SPF_RESULT_TEMPERROR;
        if (!is_refused)
            continue;
        buf_clear(&text);
        address_append(&text, &s->address);
        buf_append_text(&text, ": ");
        buf_append_text(&text, spf_result_name(s->result));
        said = audit_domain_line(w, f, s->host, " ", buf_octets(&text));
    }
    buf_release(&text);
    if (said == AUDIT_SAID && !f->evidence_count && has_failed)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for all that SPF asks");
    if (said == AUDIT_SAID && !is_known)
        return AUDIT_SILENT;
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

const struct audit_domain_row audit_rules_domain_spf[] = {
#define X(id, name) {name, on_##id},
    SPF_FLAW_MAP(X)
#undef X
        {"spf.mx-not-allowed", mx_not_allowed},
    {0},
};
