/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "../smtp/reply.h"

/* Rules over what DNS says of the address. */

#define NAMES_SHOWN     3
#define EVIDENCE_OCTETS 400

/* "WHAT TEXT" as a line of evidence. */
static bool add_line(const struct audit_rule_view *w, struct finding *f, const char *what,
                     struct octets text)
{
    struct buf line;
    buf_init(&line, EVIDENCE_OCTETS);
    buf_append_text(&line, what);
    buf_append(&line, octets_sub(text, 0, EVIDENCE_OCTETS / 2));
    enum err e = audit_evidence_line(f, w->arena, buf_octets(&line));
    buf_release(&line);
    return !e;
}

/* ---- names ---- */

/* The name that the first line of a reply begins with; none when that is no name. */
static struct octets name_in(const struct facts_reply *r)
{
    struct octets text = r->line_count ? smtp_line_text(r->lines[0]) : OCTETS_NONE;
    struct octets word = octets_take_word(&text);
    bool has_dot = octets_find_octet(word, '.', 0) < word.size;
    return has_dot && word.at[0] != '[' ? word : OCTETS_NONE;
}

static bool is_among(const struct facts_reverse *r, struct octets name)
{
    if (name.size && name.at[name.size - 1] == '.')
        name.size--;
    for (size_t i = 0; i < r->name_count; i++)
        if (octets_is_equal_nocase(r->names[i], name))
            return true;
    return false;
}

static enum audit_said show_names(const struct audit_rule_view *w, struct finding *f,
                                  enum finding_verdict verdict, const char *reason)
{
    const struct facts_reverse *r = &w->v->standing->reverse;
    f->verdict = verdict;
    f->reason = octets_of(reason);
    for (size_t i = 0; i < r->name_count && i < NAMES_SHOWN; i++)
        if (!add_line(w, f, "PTR ", r->names[i]))
            return AUDIT_NO_MEMORY;
    return AUDIT_SAID;
}

/* Whether the server calls itself by another name than DNS does.  Who gives no name is judged by
 * smtp.greeting.syntax. */
static enum audit_said compare_names(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reverse *r = &w->v->standing->reverse;
    struct octets greeting = name_in(&w->v->greeting), ehlo = name_in(audit_ehlo(w->v));
    if ((!greeting.size && !ehlo.size) || is_among(r, greeting) || is_among(r, ehlo))
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (r->name_total > r->name_count)
        return show_names(w, f, FINDING_UNTESTABLE,
                          "the address has more names than were looked at");
    enum audit_said said = show_names(w, f, FINDING_EXPOSED, "the server calls itself otherwise");
    if (said == AUDIT_SAID &&
        !add_line(w, f, greeting.size ? "greeting " : "EHLO ", greeting.size ? greeting : ehlo))
        said = AUDIT_NO_MEMORY;
    return said;
}

static enum audit_said fcrdns(const struct audit_rule_view *w, struct finding *f)
{
    if (!w->v->standing)
        return AUDIT_SILENT;
    const struct facts_reverse *r = &w->v->standing->reverse;
    switch (r->outcome) {
    case FACTS_LOOKUP_ABSENT:
        return audit_say_why(f, FINDING_EXPOSED, "the address has no name");
    case FACTS_LOOKUP_FAILED:
        return show_names(w, f, FINDING_UNTESTABLE, "DNS gave no answer but a failure");
    case FACTS_LOOKUP_TIMEOUT:
        return show_names(w, f, FINDING_UNTESTABLE, "DNS did not answer in time");
    case FACTS_LOOKUP_FOUND:
        if (r->is_confirmed)
            return compare_names(w, f);
        return r->name_total > r->name_count
                   ? show_names(w, f, FINDING_UNTESTABLE,
                                "none of the first ten names leads back to the address")
                   : show_names(w, f, FINDING_EXPOSED, "no name of the address leads back to it");
    case FACTS_LOOKUP_NOT_ASKED:
    case FACTS_LOOKUP__COUNT:
        break;
    }
    return AUDIT_SILENT;
}

/* ---- lists ---- */

enum listed { LISTED_NO, LISTED_YES, LISTED_UNKNOWN };

/* RFC 5782 s2.1: listed by an address in 127.0.0.0/8.  Any other tells that the zone is no list any
 * more; and 127.255.255.0/24 that it answers us nothing
 * (https://www.spamhaus.org/news/article/788/). */
static enum listed is_listed(const struct facts_listing *l, const char **ret_why)
{
    *ret_why = l->outcome == FACTS_LOOKUP_TIMEOUT ? "does not answer in time"
                                                  : "gives no answer but a failure";
    if (l->outcome == FACTS_LOOKUP_ABSENT)
        return LISTED_NO;
    for (size_t i = 0; i < l->address_count; i++) {
        const uint8_t *o = l->addresses[i].octets;
        *ret_why = "answers with an address outside 127.0.0.0/8: it is no list";
        if (o[0] == 127 && o[1] == 255 && o[2] == 255)
            *ret_why = "refuses to answer queries that come this way";
        else if (o[0] == 127)
            return LISTED_YES;
    }
    return LISTED_UNKNOWN;
}

/* "ZONE ADDRESS TEXT", or "ZONE WHY". */
static bool add_listing(const struct audit_rule_view *w, struct finding *f,
                        const struct facts_listing *l, const char *why)
{
    struct buf line;
    buf_init(&line, 2 * EVIDENCE_OCTETS);
    buf_append(&line, octets_sub(l->zone, 0, EVIDENCE_OCTETS / 2));
    for (size_t i = 0; i < l->address_count; i++) {
        buf_append_text(&line, " ");
        address_append(&line, &l->addresses[i]);
    }
    buf_append_text(&line, why || l->text.size ? " " : "");
    if (why)
        buf_append_text(&line, why);
    else
        buf_append(&line, l->text);
    bool is_added = add_line(w, f, "", buf_octets(&line));
    buf_release(&line);
    return is_added;
}

static enum audit_said dnsbl(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_standing *s = w->v->standing;
    enum listed most = LISTED_NO;
    size_t asked = 0;
    for (size_t i = 0; s && i < s->listing_count; i++) {
        const char *why;
        enum listed listed = is_listed(&s->listings[i], &why);
        if (s->listings[i].outcome == FACTS_LOOKUP_NOT_ASKED)
            continue;
        asked++;
        if (listed == LISTED_NO)
            continue;
        if (most != LISTED_YES)
            most = listed;
        if (!add_listing(w, f, &s->listings[i], listed == LISTED_YES ? NULL : why))
            return AUDIT_NO_MEMORY;
    }
    if (!asked)
        return AUDIT_SILENT;
    f->verdict = most == LISTED_YES       ? FINDING_EXPOSED
                 : most == LISTED_UNKNOWN ? FINDING_UNTESTABLE
                                          : FINDING_SAFE;
    if (most == LISTED_UNKNOWN)
        f->reason = OCTETS("not every list gave an answer");
    return AUDIT_SAID;
}

const struct audit_rule_row audit_rules_address[] = {
    {"dns.fcrdns", fcrdns, NULL, NULL},
    {"dns.dnsbl", dnsbl, NULL, NULL},
    {0},
};
