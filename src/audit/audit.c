/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include "../identify/unmet.h"
#include "rules.h"
#include "software.h"
#include "tls_probe.h"

/* ---- why a dialogue was not played ---- */

static bool needs_domain(const struct smtp_program *p)
{
    static const enum smtp_var vars[] = {SMTP_VAR_DOMAIN, SMTP_VAR_POSTMASTER, SMTP_VAR_ABUSE};
    for (size_t i = 0; i < sizeof vars / sizeof *vars; i++)
        if (p->vars & 1u << vars[i])
            return true;
    return false;
}

static enum err needs(struct octets what, struct arena *a, struct octets *ret)
{
    struct buf text;
    buf_init(&text, 200);
    buf_append_text(&text, "needs ");
    buf_append(&text, what);
    enum err e = buf_error(&text);
    if (!e && !arena_copy(a, buf_octets(&text), ret))
        e = ERR_NOMEM;
    buf_release(&text);
    return e;
}

static enum err explain_silence(const struct audit_input *in, const struct smtp_program *p,
                                struct arena *a, struct finding *f)
{
    const struct facts_visit *v = in->visit;
    const struct facts_reaction *mail =
        p->state == SMTP_STATE_MAIL ? audit_reaction(v, OCTETS("mail-refused")) : NULL;
    struct octets unmet = identify_unmet_anew(v, p->needs);
    f->verdict = FINDING_NOT_ASKED;
    if (unmet.size)
        return needs(unmet, a, &f->reason);
    if (p->class == SMTP_CLASS_NOISY && v->named != FACTS_NAMED_ARGUMENT) {
        f->reason = OCTETS("asked of targets typed as arguments only");
    } else if (p->class > SMTP_CLASS_SESSION && v->named == FACTS_NAMED_NETWORK) {
        f->reason = OCTETS("the addresses of a network are asked no transactions");
    } else if (needs_domain(p) && !v->domain.size) {
        f->reason = OCTETS("needs a domain (--domain)");
    } else if (v->cut_stage) {
        f->verdict = FINDING_UNTESTABLE;
        f->reason = v->cut_reply.size ? v->cut_reply : OCTETS("the connection was lost before");
    } else if (mail) {
        f->verdict = FINDING_UNTESTABLE;
        return audit_give_words(mail, a, &f->reason);
    } else if (smtp_program_shakes_hands(p) && v->starttls != FACTS_STARTTLS_OK) {
        f->reason = OCTETS("needs a TLS handshake that succeeds");
    } else {
        f->reason = OCTETS("what the server bears, or what one address is asked, was spent before");
    }
    return ERR_OK;
}

/* ---- all of them ---- */

static enum err judge_dialogue(const struct audit_input *in, const struct audit_check *c,
                               struct arena *a, struct finding_list *list)
{
    enum smtp_class most =
        in->visit->level == FACTS_LEVEL_FULL ? SMTP_CLASS_NOISY : SMTP_CLASS_TRANSACTION;
    const struct facts_reaction *r = audit_reaction(in->visit, c->id);
    if ((!r && c->program->class > most) || !audit_select_has(&in->select, c->id))
        return ERR_OK;
    struct finding *f = audit_finding(c, a, list);
    if (!f)
        return ERR_NOMEM;
    return r ? audit_verdict(in->known, c, r, a, f) : explain_silence(in, c->program, a, f);
}

static enum err judge_rules(const struct audit_input *in, const struct audit_rule_row *rows,
                            struct arena *a, struct finding_list *list)
{
    const struct audit_rule_view view = {
        .known = in->known, .v = in->visit, .provider = in->provider, .arena = a};
    for (const struct audit_rule_row *row = rows; row->id; row++) {
        const struct audit_check *c = audit_check(in->known, octets_of(row->id));
        if (!c || !audit_select_has(&in->select, c->id))
            continue;
        struct finding *f = audit_finding(c, a, list);
        enum audit_said said = f ? row->decide(&view, f) : AUDIT_NO_MEMORY;
        if (said == AUDIT_NO_MEMORY)
            return ERR_NOMEM;
        const struct audit_check *under =
            row->rests_on ? audit_check(in->known, octets_of(row->rests_on)) : NULL;
        if (said != AUDIT_SILENT)
            continue;
        if (!under || !under->program || audit_reaction(in->visit, under->id))
            list->count--;
        else if (explain_silence(in, under->program, a, f))
            return ERR_NOMEM;
    }
    return ERR_OK;
}

static enum err judge_software(const struct audit_input *in, struct arena *a,
                               struct finding_list *list)
{
    size_t kept = 0;
    if (!in->software)
        return ERR_OK;
    enum err e = audit_software(in->known, in->software, in->visit->time_ms, a, list);
    for (size_t i = 0; i < list->count; i++)
        if (audit_select_has(&in->select, list->at[i].id))
            list->at[kept++] = list->at[i];
    list->count = kept;
    return e;
}

static const struct audit_rule_row *const rules[] = {audit_rules_service, audit_rules_auth,
                                                     audit_rules_tls, audit_rules_address};

bool audit_wants_dialogue(const struct audit_select *select, struct octets id)
{
    const struct audit_select not_skipped = {.skip = select->skip};
    bool wants = audit_select_has(select, id);
    if (!audit_select_has(&not_skipped, id))
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        for (const struct audit_rule_row *row = rules[i]; row->id; row++)
            wants = wants || (row->hears && octets_is_equal(octets_of(row->hears), id) &&
                              audit_select_has(select, octets_of(row->id)));
    return wants;
}

/* "PRODUCT: lines" for this product; else what helps any. */
static struct octets remedy_of(const struct audit_check *c, const struct identify_answer *software)
{
    struct octets product = software && !software->is_unknown ? software->product : OCTETS_NONE;
    for (size_t i = 0; i < c->configure.count; i++) {
        struct octets lines = c->configure.at[i].text;
        struct octets name = octets_take_until(&lines, ':');
        if (product.size && octets_is_equal(name, product))
            return c->configure.at[i].text;
    }
    return c->remedy.count ? c->remedy.at[0].text : OCTETS_NONE;
}

static void add_remedies(const struct audit_input *in, struct finding_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct finding *f = &list->at[i];
        const struct audit_check *c = audit_check(in->known, f->id);
        if (f->verdict == FINDING_EXPOSED && c)
            f->remedy = remedy_of(c, in->software);
    }
}

enum err audit_service(const struct audit_input *in, struct arena *a, struct finding_list *list)
{
    const struct facts_visit *v = in->visit;
    enum err e = ERR_OK;
    if (v->outcome != FACTS_OUTCOME_ANSWERED)
        return ERR_OK;
    e = judge_software(in, a, list);
    if (v->level < FACTS_LEVEL_AUDIT)
        return e;
    for (size_t i = 0; i < in->known->check_count && !e; i++)
        if (in->known->checks[i].program)
            e = judge_dialogue(in, &in->known->checks[i], a, list);
    for (size_t i = 0; i < sizeof rules / sizeof *rules && !e; i++)
        e = judge_rules(in, rules[i], a, list);
    if (!e)
        e = audit_tls_probe(in->known, v, &in->select, a, list);
    finding_list_sort(list);
    add_remedies(in, list);
    return e;
}
