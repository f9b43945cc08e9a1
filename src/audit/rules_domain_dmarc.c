/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include "../dns/dkim.h"

/* Rules over DMARC, DKIM keys and BIMI. */

/* ---- DMARC ---- */

static const struct dmarc_step *own_step(const struct audit_domain_view *w)
{
    return w->d->dmarc && w->d->dmarc->count ? &w->d->dmarc->steps[0] : NULL;
}

static const struct dmarc_record *policy_of(const struct audit_domain_view *w)
{
    const struct dmarc_walked *d = w->d->dmarc;
    return d && d->policy ? d->policy->record : NULL;
}

/* Whether subdomains without a record have the policy of this one: of a name within an organization
 * they have the organization's (RFC 9989 s4.7 on sp, s4.10.1). */
static bool is_for_subdomains(const struct audit_domain_view *w)
{
    const struct dmarc_walked *d = w->d->dmarc;
    return policy_of(w) && d->policy == d->steps &&
           octets_is_equal(d->policy->domain, d->organization);
}

static bool is_dmarc_unknown(const struct audit_domain_view *w)
{
    return !w->d->dmarc || (w->d->dmarc->has_failed && !policy_of(w));
}

static const char dmarc_failed[] = "DNS did not answer for the DMARC record";

static enum audit_said dmarc_missing(const struct audit_domain_view *w, struct finding *f)
{
    if (is_dmarc_unknown(w))
        return audit_say_why(f, FINDING_UNTESTABLE, dmarc_failed);
    if (own_step(w)->count > 1 || w->is_parked)
        return AUDIT_SILENT; /* said of several, or with what else is open */
    if (!policy_of(w))
        return audit_domain_line(w, f, OCTETS("_dmarc."), "", w->d->name) == AUDIT_SAID
                   ? audit_domain_by_evidence(f)
                   : AUDIT_NO_MEMORY;
    return audit_domain_by_evidence(f);
}

static enum audit_said dmarc_multiple(const struct audit_domain_view *w, struct finding *f)
{
    if (is_dmarc_unknown(w) || own_step(w)->status == DNS_FAILED)
        return audit_say_why(f, FINDING_UNTESTABLE, dmarc_failed);
    if (own_step(w)->count > 1 &&
        audit_domain_line(w, f, OCTETS("_dmarc."), "", w->d->name) != AUDIT_SAID)
        return AUDIT_NO_MEMORY;
    return audit_domain_by_evidence(f);
}

static enum audit_said dmarc_syntax(const struct audit_domain_view *w, struct finding *f)
{
    const struct dmarc_record *r = policy_of(w);
    return r ? audit_domain_problems(w, f, &r->problems, r->text) : AUDIT_SILENT;
}

/* The record itself, when it is so. */
static enum audit_said dmarc_if(const struct audit_domain_view *w, struct finding *f, bool is)
{
    const struct dmarc_record *r = policy_of(w);
    if (is && audit_domain_line(w, f, w->d->dmarc->policy->domain, ": ", r->text) != AUDIT_SAID)
        return AUDIT_NO_MEMORY;
    return audit_domain_by_evidence(f);
}

static enum audit_said dmarc_none(const struct audit_domain_view *w, struct finding *f)
{
    if (!policy_of(w) || w->is_parked)
        return AUDIT_SILENT;
    enum dmarc_policy p = audit_dmarc_policy(w->d);
    return dmarc_if(w, f, p == DMARC_NONE || p == DMARC_INVALID);
}

static enum audit_said dmarc_subdomain_none(const struct audit_domain_view *w, struct finding *f)
{
    if (!is_for_subdomains(w) || audit_dmarc_policy(w->d) == DMARC_NONE)
        return AUDIT_SILENT;
    return dmarc_if(w, f, dmarc_policy_for(policy_of(w), DMARC_SUBDOMAIN) == DMARC_NONE);
}

static enum audit_said dmarc_np_missing(const struct audit_domain_view *w, struct finding *f)
{
    const struct dmarc_record *r = policy_of(w);
    if (!is_for_subdomains(w))
        return AUDIT_SILENT;
    bool rejects = dmarc_policy_for(r, DMARC_NO_SUCH_SUBDOMAIN) == DMARC_REJECT;
    return dmarc_if(w, f, r->np == DMARC_ABSENT && !rejects);
}

static enum audit_said dmarc_rua_missing(const struct audit_domain_view *w, struct finding *f)
{
    const struct dmarc_record *r = policy_of(w);
    return r ? dmarc_if(w, f, r->rua.count == 0) : AUDIT_SILENT;
}

static enum audit_said tell_receiver(const struct audit_domain_view *w, struct finding *f,
                                     const struct facts_receiver *r)
{
    static const char *const words[] = {
        [DMARC_LEAVE_NONE] = " does not allow reports on ",
        [DMARC_LEAVE_ASTRAY] = " leads to another host the reports on ",
    };
    enum dmarc_leave leave =
        dmarc_leave(policy_of(w), r->domain, r->answer.records, r->answer.count);
    if (leave == DMARC_LEAVE_GIVEN)
        return AUDIT_SAID;
    return audit_domain_line(w, f, r->domain, words[leave], w->d->dmarc->policy->domain);
}

static enum audit_said dmarc_rua_unauthorised(const struct audit_domain_view *w, struct finding *f)
{
    enum audit_said said = AUDIT_SAID;
    bool is_unknown = false;
    if (!policy_of(w) || !w->d->receiver_count)
        return AUDIT_SILENT;
    for (size_t i = 0; i < w->d->receiver_count && said == AUDIT_SAID; i++) {
        const struct facts_receiver *r = &w->d->receivers[i];
        bool is_failed = !r->answer.is_asked || r->answer.status == DNS_FAILED;
        is_unknown = is_unknown || is_failed;
        if (!is_failed)
            said = tell_receiver(w, f, r);
    }
    if (said == AUDIT_SAID && !f->evidence_count && is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for the permission");
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said dmarc_removed(const struct audit_domain_view *w, struct finding *f)
{
    const struct dmarc_record *r = policy_of(w);
    return r ? dmarc_if(w, f, r->removed != 0) : AUDIT_SILENT;
}

/* ---- DKIM ---- */

enum key_is { KEY_WEAK, KEY_TESTING, KEY_SHA1, KEY_REVOKED, KEY_MALFORMED };

static bool is_so(const struct dkim_key *k, enum key_is what)
{
    switch (what) {
    case KEY_WEAK:
        return k->type == DKIM_RSA && k->bits && k->bits < DKIM_RSA_BITS_WISE;
    case KEY_TESTING:
        return k->is_testing && !k->is_revoked;
    case KEY_SHA1:
        return dkim_is_sha1_only(k);
    case KEY_REVOKED:
        return k->is_revoked;
    case KEY_MALFORMED:
        return k->problems.count && !k->is_revoked && !(k->bits && k->bits < DKIM_RSA_BITS_MIN);
    }
    return false;
}

static enum audit_said tell_key(const struct audit_domain_view *w, struct finding *f,
                                const struct facts_selector *s, const struct dkim_key *k,
                                enum key_is what)
{
    struct buf text;
    buf_init(&text, 200);
    if (what == KEY_WEAK)
        buf_append_format(&text, "RSA of %zu bits", k->bits);
    else if (what == KEY_MALFORMED)
        buf_append_text(&text, k->problems.at[0].what);
    else
        buf_append(&text, octets_sub(k->text, 0, 60));
    enum audit_said said = audit_domain_line(w, f, s->name, ": ", buf_octets(&text));
    buf_release(&text);
    return said;
}

/* Keys at the selectors that were asked for; *ret_count is how many there are. */
static enum audit_said each_key(const struct audit_domain_view *w, struct finding *f,
                                enum key_is what)
{
    enum audit_said said = AUDIT_SAID;
    size_t count = 0;
    for (size_t i = 0; i < w->d->selector_count; i++) {
        const struct facts_selector *s = &w->d->selectors[i];
        for (size_t k = 0; k < s->answer.count && said == AUDIT_SAID; k++) {
            const struct dns_record *r = &s->answer.records[k];
            struct dkim_key key;
            if (r->type != DNS_TYPE_TXT || !dkim_is_key(r->text))
                continue;
            count++;
            if (dkim_parse(r->text, w->arena, &key))
                return AUDIT_NO_MEMORY;
            if (is_so(&key, what))
                said = tell_key(w, f, s, &key, what);
        }
    }
    if (!count)
        return AUDIT_SILENT;
    return said == AUDIT_SAID ? audit_domain_by_evidence(f) : said;
}

static enum audit_said dkim_weak(const struct audit_domain_view *w, struct finding *f)
{
    return each_key(w, f, KEY_WEAK);
}

static enum audit_said dkim_testing(const struct audit_domain_view *w, struct finding *f)
{
    return each_key(w, f, KEY_TESTING);
}

static enum audit_said dkim_sha1(const struct audit_domain_view *w, struct finding *f)
{
    return each_key(w, f, KEY_SHA1);
}

static enum audit_said dkim_revoked(const struct audit_domain_view *w, struct finding *f)
{
    return each_key(w, f, KEY_REVOKED);
}

static enum audit_said dkim_syntax(const struct audit_domain_view *w, struct finding *f)
{
    return each_key(w, f, KEY_MALFORMED);
}

/* That none of the common ones is there proves nothing: a selector may have any name. */
static enum audit_said dkim_none_found(const struct audit_domain_view *w, struct finding *f)
{
    bool is_unknown = false;
    for (size_t i = 0; i < w->d->selector_count; i++) {
        const struct facts_dns *a = &w->d->selectors[i].answer;
        is_unknown = is_unknown || !a->is_asked || a->status == DNS_FAILED;
        for (size_t k = 0; k < a->count; k++)
            if (a->records[k].type == DNS_TYPE_TXT && dkim_is_key(a->records[k].text))
                return audit_domain_by_evidence(f);
    }
    if (!w->d->selector_count || !w->takes_mail)
        return AUDIT_SILENT;
    if (is_unknown)
        return audit_say_why(f, FINDING_UNTESTABLE, "DNS did not answer for all selectors");
    return audit_say_why(f, FINDING_NOTED, "of the common names; --dkim-selector takes yours");
}

/* ---- BIMI ---- */

static enum audit_said bimi_syntax(const struct audit_domain_view *w, struct finding *f)
{
    struct bimi_record r;
    if (!w->bimi.count)
        return AUDIT_SILENT;
    bimi_parse(w->bimi.first, &r);
    return audit_domain_problems(w, f, &r.problems, r.text);
}

static enum audit_said bimi_too_weak(const struct audit_domain_view *w, struct finding *f)
{
    if (!w->bimi.count)
        return AUDIT_SILENT;
    if (is_dmarc_unknown(w))
        return audit_say_why(f, FINDING_UNTESTABLE, dmarc_failed);
    enum dmarc_policy p = audit_dmarc_policy(w->d);
    const struct dmarc_record *r = policy_of(w);
    bool is_partial = r && r->pct < 100 && p == DMARC_QUARANTINE;
    if (((p != DMARC_QUARANTINE && p != DMARC_REJECT) || is_partial) &&
        audit_domain_line(w, f, OCTETS("DMARC: "), "", r ? r->text : OCTETS("none")) != AUDIT_SAID)
        return AUDIT_NO_MEMORY;
    return audit_domain_by_evidence(f);
}

const struct audit_domain_row audit_rules_domain_dmarc[] = {
    {"dmarc.missing", dmarc_missing},
    {"dmarc.multiple", dmarc_multiple},
    {"dmarc.syntax", dmarc_syntax},
    {"dmarc.none", dmarc_none},
    {"dmarc.subdomain-none", dmarc_subdomain_none},
    {"dmarc.np-missing", dmarc_np_missing},
    {"dmarc.rua-missing", dmarc_rua_missing},
    {"dmarc.rua-unauthorised", dmarc_rua_unauthorised},
    {"dmarc.removed-tags", dmarc_removed},
    {"dkim.none-found", dkim_none_found},
    {"dkim.weak-key", dkim_weak},
    {"dkim.testing", dkim_testing},
    {"dkim.sha1", dkim_sha1},
    {"dkim.revoked", dkim_revoked},
    {"dkim.syntax", dkim_syntax},
    {"bimi.syntax", bimi_syntax},
    {"bimi.dmarc-too-weak", bimi_too_weak},
    {0},
};
