/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "../smtp/ehlo.h"
#include "../smtp/reply.h"

/* Rules over greeting, EHLO and what the port speaks. */

#define PORT_TLS_FIRST 465
#define TARPIT_MS      2000 /* a pause that no network makes */

enum audit_said audit_say(const struct audit_rule_view *w, struct finding *f,
                          enum finding_verdict verdict, struct octets evidence)
{
    f->verdict = verdict;
    bool is_told = evidence.size && verdict != FINDING_SAFE;
    return is_told && audit_evidence_line(f, w->arena, evidence) ? AUDIT_NO_MEMORY : AUDIT_SAID;
}

enum audit_said audit_say_why(struct finding *f, enum finding_verdict verdict, const char *reason)
{
    f->verdict = verdict;
    f->reason = octets_of(reason);
    return AUDIT_SAID;
}

const struct facts_reply *audit_ehlo(const struct facts_visit *v)
{
    return v->ehlo.line_count ? &v->ehlo : &v->ehlo_tls;
}

/* ---- the port ---- */

static enum audit_said port_open(const struct audit_rule_view *w, struct finding *f)
{
    struct buf text;
    buf_init(&text, 120);
    buf_append_format(&text, "port %u of ", w->v->port);
    address_append(&text, &w->v->address);
    buf_append_format(&text, " answers %s", facts_protocol_name(w->v->protocol));
    enum audit_said said = audit_say(w, f, FINDING_NOTED, buf_octets(&text));
    buf_release(&text);
    return said;
}

static enum audit_said tarpit(const struct audit_rule_view *w, struct finding *f)
{
    uint32_t most = 0;
    struct buf text;
    for (size_t i = 0; i < w->v->reaction_count; i++)
        for (size_t n = 0; n < w->v->reactions[i].reply_count; n++)
            if (w->v->reactions[i].replies[n].ms > most)
                most = w->v->reactions[i].replies[n].ms;
    if (w->v->greeting.ms < TARPIT_MS && most < TARPIT_MS)
        return AUDIT_SILENT;
    buf_init(&text, 120);
    buf_append_format(&text, "greeting after %u ms, the slowest reply after %u ms",
                      w->v->greeting.ms, most);
    enum audit_said said = audit_say(w, f, FINDING_NOTED, buf_octets(&text));
    buf_release(&text);
    return said;
}

static enum audit_said tls_port_plaintext(const struct audit_rule_view *w, struct finding *f)
{
    if (w->v->port != PORT_TLS_FIRST)
        return AUDIT_SILENT;
    const struct facts_reply *greeting = &w->v->greeting; /* which a record may lack */
    return w->v->tls.is_up && w->v->tls.implicit
               ? audit_say(w, f, FINDING_SAFE, OCTETS_NONE)
               : audit_say(w, f, FINDING_EXPOSED,
                           greeting->line_count ? greeting->lines[0] : OCTETS_NONE);
}

#define CONNECTIONS_MIN 25
#define SLOWED_MS       400

static enum audit_said connections(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reaction *r = audit_reaction(w->v, OCTETS("limit.connections"));
    bool was_due = w->v->level == FACTS_LEVEL_FULL && w->v->named == FACTS_NAMED_ARGUMENT;
    if (!r && was_due && w->v->cut_stage) {
        f->reason = w->v->cut_reply;
        return audit_say(w, f, FINDING_UNTESTABLE, OCTETS_NONE);
    }
    if (!r || (!r->reply_count && r->ended == FACTS_ENDED_OPEN))
        return AUDIT_SILENT;
    const struct facts_reply *first = r->replies, *last = r->replies;
    f->seen_at = FINDING_SEEN_OFFER;
    if (r->ended != FACTS_ENDED_OPEN)
        return audit_say_why(f, FINDING_SAFE, "a further connection was refused");
    last += r->reply_count - 1;
    if (last->code != 220)
        return audit_words(last, w->arena, &f->reason) ? AUDIT_NO_MEMORY
                                                       : audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (last->ms >= first->ms + SLOWED_MS)
        return audit_say_why(f, FINDING_SAFE, "greetings come later and later");
    if (r->reply_count < CONNECTIONS_MIN)
        return audit_say_why(f, FINDING_SAFE, "greets so late that 25 take more than a minute");
    return audit_say(w, f, FINDING_EXPOSED, last->lines[0]);
}

/* ---- the greeting ---- */

static bool is_host_name(struct octets name)
{
    size_t dots = 0;
    if (name.size && name.at[0] == '[') /* an address literal will do (RFC 5321 s4.1.3) */
        return name.at[name.size - 1] == ']';
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        dots += c == '.';
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '-' && c != '.' && c != '_')
            return false;
    }
    return dots > 0;
}

static enum audit_said greeting_syntax(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *g = &w->v->greeting;
    if (!g->line_count)
        return AUDIT_SILENT;
    struct octets text = smtp_line_text(g->lines[0]), name = octets_take_word(&text);
    const char *why = g->code != 220 && g->code != 554 ? "the code is neither 220 nor 554"
                      : g->anomalies                   ? "lines break the form of a reply"
                      : !is_host_name(name)            ? "no host name behind the code"
                                                       : NULL;
    f->seen_at = FINDING_SEEN_OFFER;
    if (!why)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    f->reason = octets_of(why);
    return audit_say(w, f, FINDING_EXPOSED, g->lines[0]);
}

/* A number with a dot, as versions have one. */
static bool names_version(struct octets line)
{
    for (size_t i = 1; i + 1 < line.size; i++) {
        bool is_start = octet_is_digit(line.at[i]) && !octet_is_digit(line.at[i - 1]) &&
                        line.at[i - 1] != '.' && line.at[i - 1] != '-' && line.at[i - 1] != '[';
        size_t end = i;
        while (is_start && end < line.size && octet_is_digit(line.at[end]))
            end++;
        if (is_start && end + 1 < line.size && line.at[end] == '.' &&
            octet_is_digit(line.at[end + 1]))
            return true;
    }
    return false;
}

/* The software that the words name, by our own signatures, is said elsewhere (`claim`); here counts
 * what an attacker reads without any of them: a name and a number. */
static enum audit_said greeting_leak(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *g = &w->v->greeting;
    struct octets rest = g->line_count ? smtp_line_text(g->lines[0]) : OCTETS_NONE;
    static const char *const products[] = {
        "postfix", "exim",     "sendmail",   "microsoft esmtp", "opensmtpd",
        "haraka",  "qpsmtpd",  "courier",    "mdaemon",         "icewarp",
        "kerio",   "zimbra",   "mailenable", "hmailserver",     "debian",
        "ubuntu",  "chasquid", "maddy",      "james",           "dovecot"};
    (void)octets_take_word(&rest);
    f->seen_at = FINDING_SEEN_OFFER;
    bool leaks = names_version(rest);
    for (size_t i = 0; i < sizeof products / sizeof *products && !leaks; i++)
        leaks = octets_find_nocase(rest, octets_of(products[i]), 0) < rest.size;
    return leaks ? audit_say(w, f, FINDING_EXPOSED, g->lines[0])
                 : audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
}

/* ---- EHLO ---- */

/* https://www.iana.org/assignments/mail-parameters, and the obsolete ones of RFC 821 and 1425. */
static bool is_registered(struct octets name)
{
    static const char *const names[] = {"SEND",          "SOML",          "SAML",
                                        "EXPN",          "HELP",          "TURN",
                                        "8BITMIME",      "SIZE",          "VERB",
                                        "ONEX",          "CHUNKING",      "BINARYMIME",
                                        "CHECKPOINT",    "DELIVERBY",     "PIPELINING",
                                        "DSN",           "ETRN",          "ENHANCEDSTATUSCODES",
                                        "STARTTLS",      "NO-SOLICITING", "MTRK",
                                        "SUBMITTER",     "ATRN",          "AUTH",
                                        "FUTURERELEASE", "CONPERM",       "CONNEG",
                                        "UTF8SMTP",      "VRFY",          "BURL",
                                        "SMTPUTF8",      "MT-PRIORITY",   "RRVS",
                                        "REQUIRETLS",    "LIMITS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (octets_is_equal_nocase(name, octets_of(names[i])))
            return true;
    return false;
}

/* "XXXXXXXA", "XXXX": what a middlebox makes of a keyword that it does not let through. */
static bool is_crossed_out(struct octets name)
{
    size_t crosses = 0;
    while (crosses < name.size && (name.at[crosses] == 'X' || name.at[crosses] == 'x'))
        crosses++;
    return name.size >= 4 && crosses + 1 >= name.size;
}

static enum audit_said listed(const struct audit_rule_view *w, struct finding *f,
                              const char *const *names, enum finding_verdict when)
{
    const struct facts_reply *e = audit_ehlo(w->v);
    f->seen_at = FINDING_SEEN_OFFER;
    if (!e->line_count)
        return audit_say_why(f, FINDING_UNTESTABLE, "EHLO is not understood");
    for (size_t i = 1; i < e->line_count; i++)
        for (size_t n = 0; names[n]; n++)
            if (octets_is_equal_nocase(smtp_ehlo_keyword(e->lines[i]).name, octets_of(names[n])))
                return audit_say(w, f, when, e->lines[i]);
    return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
}

static enum audit_said xclient(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const names[] = {"XCLIENT", "XFORWARD", NULL};
    return listed(w, f, names, FINDING_EXPOSED);
}

static enum audit_said vrfy_listed(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const names[] = {"VRFY", NULL};
    return listed(w, f, names, FINDING_NOTED);
}

static enum audit_said etrn_listed(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const names[] = {"ETRN", NULL};
    return listed(w, f, names, FINDING_NOTED);
}

static enum audit_said turn_listed(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const names[] = {"TURN", "ATRN", NULL};
    return listed(w, f, names, FINDING_EXPOSED);
}

static enum audit_said unknown_keywords(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *e = audit_ehlo(w->v);
    f->seen_at = FINDING_SEEN_OFFER;
    enum audit_said said = AUDIT_SILENT;
    for (size_t i = 1; i < e->line_count && said != AUDIT_NO_MEMORY; i++) {
        struct octets name = smtp_ehlo_keyword(e->lines[i]).name;
        if (name.size && !is_registered(name) && !is_crossed_out(name))
            said = audit_say(w, f, FINDING_NOTED, e->lines[i]);
    }
    return said;
}

static enum audit_said middlebox(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_reply *e = audit_ehlo(w->v);
    f->seen_at = FINDING_SEEN_OFFER;
    for (size_t i = 1; i < e->line_count; i++)
        if (is_crossed_out(smtp_ehlo_keyword(e->lines[i]).name))
            return audit_say(w, f, FINDING_EXPOSED, e->lines[i]);
    return e->line_count ? audit_say(w, f, FINDING_SAFE, OCTETS_NONE) : AUDIT_SILENT;
}

const struct audit_rule_row audit_rules_service[] = {
    {"net.port-open", port_open, NULL, NULL},
    {"net.tarpit", tarpit, NULL, NULL},
    {"limit.connections", connections, NULL, NULL},
    {"smtp.tls-port.plaintext", tls_port_plaintext, NULL, NULL},
    {"smtp.greeting.syntax", greeting_syntax, NULL, NULL},
    {"smtp.greeting.leak", greeting_leak, NULL, NULL},
    {"smtp.ehlo.xclient", xclient, NULL, NULL},
    {"smtp.ehlo.vrfy-listed", vrfy_listed, NULL, NULL},
    {"smtp.ehlo.etrn-listed", etrn_listed, NULL, NULL},
    {"smtp.ehlo.turn-listed", turn_listed, NULL, NULL},
    {"smtp.ehlo.unknown-keywords", unknown_keywords, NULL, NULL},
    {"smtp.ehlo.middlebox", middlebox, NULL, NULL},
    {0},
};
