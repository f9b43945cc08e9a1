/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "../smtp/ehlo.h"
#include "../smtp/reply.h"

/* Rules over what AUTH offers, and over what dialogues of other checks heard besides. */

#define PORT_SMTP 25

/* ---- AUTH ---- */

/* Whether the reply lists one of the mechanisms; *ret_line is where. */
static bool offers(const struct facts_reply *ehlo, const char *const *mechanisms,
                   struct octets *ret_line)
{
    for (size_t i = 1; i < ehlo->line_count; i++) {
        struct smtp_keyword k = smtp_ehlo_keyword(ehlo->lines[i]);
        if (!octets_is_equal_nocase(k.name, OCTETS("AUTH")))
            continue;
        while (k.value.size) {
            struct octets name = octets_take_word(&k.value);
            for (size_t n = 0; mechanisms[n]; n++) {
                if (!octets_is_equal_nocase(name, octets_of(mechanisms[n])))
                    continue;
                *ret_line = ehlo->lines[i];
                return true;
            }
        }
    }
    return false;
}

static enum audit_said offered(const struct audit_rule_view *w, struct finding *f,
                               const struct facts_reply *ehlo, const char *const *mechanisms)
{
    struct octets line;
    f->seen_at = FINDING_SEEN_OFFER;
    return offers(ehlo, mechanisms, &line) ? audit_say(w, f, FINDING_EXPOSED, line)
                                           : audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
}

static enum audit_said cleartext(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const mechanisms[] = {"PLAIN", "LOGIN", NULL};
    if (w->v->tls.implicit)
        return audit_say_why(f, FINDING_SAFE, "TLS from the first octet");
    if (!w->v->ehlo.line_count)
        return audit_say_why(f, FINDING_SAFE, "EHLO is not understood in clear");
    return offered(w, f, &w->v->ehlo, mechanisms);
}

/* Before TLS and under it: the longer list is looked at too. */
static enum audit_said on_either(const struct audit_rule_view *w, struct finding *f,
                                 const char *const *mechanisms)
{
    struct octets line;
    const struct facts_reply *e = &w->v->ehlo;
    if (!e->line_count || (!offers(e, mechanisms, &line) && w->v->ehlo_tls.line_count))
        e = &w->v->ehlo_tls;
    return e->line_count ? offered(w, f, e, mechanisms) : AUDIT_SILENT;
}

static enum audit_said weak_mechanisms(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const mechanisms[] = {"CRAM-MD5", "DIGEST-MD5", "NTLM", NULL};
    return on_either(w, f, mechanisms);
}

static enum audit_said anonymous(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const mechanisms[] = {"ANONYMOUS", NULL};
    return on_either(w, f, mechanisms);
}

static enum audit_said on_mx(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *const replies[] = {&w->v->ehlo, &w->v->ehlo_tls};
    if (w->v->port != PORT_SMTP || !audit_ehlo(w->v)->line_count)
        return AUDIT_SILENT;
    f->seen_at = FINDING_SEEN_OFFER;
    for (size_t r = 0; r < 2; r++)
        for (size_t i = 1; i < replies[r]->line_count; i++)
            if (octets_is_equal_nocase(smtp_ehlo_keyword(replies[r]->lines[i]).name,
                                       OCTETS("AUTH")))
                return audit_say(w, f, FINDING_EXPOSED, replies[r]->lines[i]);
    return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
}

/* ---- what harvest.rcpt heard besides ---- */

/* The dialogue's replies: to the first unknown name, the second, and postmaster. */
enum { FIRST_UNKNOWN, SECOND_UNKNOWN, POSTMASTER, RCPT_REPLIES };

static const struct facts_reply *rcpt_reply(const struct audit_rule_view *w, size_t i)
{
    const struct facts_reaction *r = audit_reaction(w->v, OCTETS("harvest.rcpt"));
    return r && i < r->reply_count ? &r->replies[i] : NULL;
}

static bool is_class(const struct facts_reply *r, unsigned digit)
{
    return r && r->code / 100 == digit;
}

static enum audit_said postmaster(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *r = rcpt_reply(w, POSTMASTER);
    if (!r || !r->line_count)
        return AUDIT_SILENT;
    f->seen_at = FINDING_SEEN_RCPT;
    if (is_class(r, 2))
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    struct octets cause = audit_other_cause(w->known, r);
    static const char *const policies[] = {"relay", "access denied", "not permitted", "auth"};
    bool is_policy = false;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        is_policy = is_policy ||
                    octets_find_nocase(r->lines[0], octets_of(policies[i]), 0) < r->lines[0].size;
    if (!cause.size && !is_policy)
        return audit_say(w, f, FINDING_EXPOSED, r->lines[0]);
    f->reason = cause.size ? cause : OCTETS("refused by a policy, not for the name");
    return audit_say(w, f, FINDING_UNTESTABLE, r->lines[0]);
}

static enum audit_said catch_all(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *first = rcpt_reply(w, FIRST_UNKNOWN),
                             *second = rcpt_reply(w, SECOND_UNKNOWN);
    f->seen_at = FINDING_SEEN_RCPT;
    if (is_class(first, 4))
        return audit_say(w, f, FINDING_UNTESTABLE, first->lines[0]);
    if (!is_class(first, 2) || !is_class(second, 2))
        return AUDIT_SILENT;
    return audit_say(w, f, FINDING_NOTED, first->lines[0]);
}

static enum audit_said greylist(const struct audit_rule_view *w, struct finding *f)
{
    for (size_t i = 0; i < w->v->reaction_count; i++) {
        const struct facts_reaction *r = &w->v->reactions[i];
        if (!octets_is_equal(octets_of(r->ask), OCTETS("harvest.rcpt")) || !r->reply_count ||
            !is_class(&r->replies[0], 4) || r->replies[0].code == 421)
            continue;
        f->seen_at = FINDING_SEEN_RCPT;
        return audit_say(w, f, FINDING_NOTED, r->replies[0].lines[0]);
    }
    return AUDIT_SILENT;
}

/* Our envelope sender is at a reserved name that publishes "-all" (RFC 2606, RFC 7208). */
static enum audit_said spf_not_enforced(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *known = rcpt_reply(w, POSTMASTER);
    const struct facts_reaction *mail = audit_reaction(w->v, OCTETS("mail-refused"));
    static const char *const words[] = {"spf", "5.7.23", "5.7.24", "5.7.7"};
    if (!known && (!mail || !mail->reply_count))
        return AUDIT_SILENT;
    const struct facts_reply *r = known ? known : &mail->replies[0];
    f->seen_at = known ? FINDING_SEEN_RCPT : FINDING_SEEN_MAIL;
    if (is_class(r, 2))
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "accepted at RCPT; content may be judged later");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_class(r, 5) &&
            octets_find_nocase(r->lines[0], octets_of(words[i]), 0) < r->lines[0].size)
            return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    return audit_words(r, w->arena, &f->reason) ? AUDIT_NO_MEMORY
                                                : audit_say(w, f, FINDING_UNTESTABLE, OCTETS_NONE);
}

/* What Exchange Online says of mail that comes past the domain's filter. */
static enum audit_said direct_send(const struct audit_rule_view *w, struct finding *f)
{
    static const struct octets suffix = OCTETS_INIT(".mail.protection.outlook.com");
    const struct facts_reaction *r = audit_reaction(w->v, OCTETS("spoof.self"));
    const struct facts_reply *last = r && r->reply_count ? &r->replies[r->reply_count - 1] : NULL;
    if (!octets_has_suffix_nocase(w->v->host, suffix) || !last || !last->line_count)
        return AUDIT_SILENT;
    f->seen_at = FINDING_SEEN_RCPT;
    if (octets_find(last->lines[0], OCTETS("5.7.68"), 0) < last->lines[0].size)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (is_class(last, 2))
        return audit_say_why(f, FINDING_UNTESTABLE,
                             "accepted at RCPT; content may be judged later");
    return audit_words(last, w->arena, &f->reason)
               ? AUDIT_NO_MEMORY
               : audit_say(w, f, FINDING_UNTESTABLE, OCTETS_NONE);
}

/* clang-format off */
const struct audit_rule_row audit_rules_auth[] = {
    {"auth.cleartext",         cleartext,        NULL,           NULL},
    {"auth.weak-mechanisms",   weak_mechanisms,  NULL,           NULL},
    {"auth.anonymous",         anonymous,        NULL,           NULL},
    {"auth.on-mx",             on_mx,            NULL,           NULL},
    {"smtp.role.postmaster",   postmaster,       "harvest.rcpt", "harvest.rcpt"},
    {"harvest.catch-all",      catch_all,        NULL,           "harvest.rcpt"},
    {"harvest.greylist",       greylist,         NULL,           "harvest.rcpt"},
    {"spoof.spf-not-enforced", spf_not_enforced, "harvest.rcpt", "harvest.rcpt"},
    {"spoof.direct-send",      direct_send,      NULL,           "spoof.self"},
    {0},
};
/* clang-format on */
