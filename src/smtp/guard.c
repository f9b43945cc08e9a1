/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include "../base/err.h"
#include "guard_parts.h"
#include "reply.h"

static const char *const class_names[SMTP_CLASS__COUNT] = {
#define X(id, name) name,
    SMTP_CLASS_MAP(X)
#undef X
};

const char *smtp_class_name(enum smtp_class c)
{
    return c < SMTP_CLASS__COUNT ? class_names[c] : "?";
}

enum smtp_class smtp_class_of(struct octets name)
{
    unsigned c = 0;
    while (c < SMTP_CLASS__COUNT && !octets_is_equal(name, octets_of(class_names[c])))
        c++;
    return (enum smtp_class)c;
}

/* ---- the ways in which a server may read what we write ---- */

#define WRITE_MAX ((size_t)32 * 1024)

/* What is neither text nor CRLF, and what a server may make of it. */
enum oddity { ODD_CR, ODD_LF, ODD_CONTROL, ODD_EIGHTH_BIT, ODD__COUNT };
enum taking { TAKEN_AS_END, TAKEN_AS_NOTHING, TAKEN_AS_BLANK, TAKING__COUNT };

/* One server's way.  For the eighth bit: kept, or (any other value) stripped before all else. */
struct reading {
    enum taking taking[ODD__COUNT];
};

/* The octet at i as this reading has it, one oddity or __COUNT in *ret_odd; CRLF gives LF and no
 * oddity. */
static uint8_t read_octet(struct octets o, size_t i, const struct reading *r, enum oddity *ret_odd)
{
    uint8_t bits = r->taking[ODD_EIGHTH_BIT] ? 0x7f : 0xff;
    uint8_t c = o.at[i] & bits;
    bool crlf = (c == '\r' && i + 1 < o.size && (o.at[i + 1] & bits) == '\n') ||
                (c == '\n' && i > 0 && (o.at[i - 1] & bits) == '\r');
    *ret_odd = ODD__COUNT;
    if (crlf)
        return '\n';
    if (c == '\r')
        *ret_odd = ODD_CR;
    else if (c == '\n')
        *ret_odd = ODD_LF;
    else if ((c < 0x20 && c != '\t') || c == 0x7f)
        *ret_odd = ODD_CONTROL;
    else if (c > 0x7f)
        *ret_odd = ODD_EIGHTH_BIT;
    return c == '\t' ? ' ' : c;
}

/* Printable ASCII and whole CRLFs, as nearly every write is. */
static bool is_plain(struct octets write)
{
    for (size_t i = 0; i < write.size; i++) {
        uint8_t c = write.at[i];
        bool crlf = c == '\r' && i + 1 < write.size && write.at[i + 1] == '\n';
        if (!crlf && (c < ' ' || c > '~'))
            return false;
        i += crlf;
    }
    return true;
}

/* Which oddities occur at all, as bits: readings that differ in others are the same. */
static unsigned find_oddities(struct octets write)
{
    static const struct reading kept, stripped = {.taking = {[ODD_EIGHTH_BIT] = TAKEN_AS_NOTHING}};
    unsigned found = 0;
    if (is_plain(write))
        return 0;
    for (size_t i = 0; i < write.size; i++) {
        enum oddity odd[2];
        (void)read_octet(write, i, &kept, &odd[0]);
        (void)read_octet(write, i, &stripped, &odd[1]);
        found |= 1u << odd[0] | 1u << odd[1];
    }
    return found;
}

/* The n-th reading; false when another one reads these oddities alike. */
static bool take_reading(unsigned n, unsigned oddities, struct reading *ret)
{
    for (unsigned odd = 0; odd < ODD__COUNT; odd++, n /= TAKING__COUNT) {
        ret->taking[odd] = (enum taking)(n % TAKING__COUNT);
        if (n % TAKING__COUNT && !(oddities & 1u << odd))
            return false;
    }
    return ret->taking[ODD_EIGHTH_BIT] != TAKEN_AS_BLANK;
}

#define READINGS (TAKING__COUNT * TAKING__COUNT * TAKING__COUNT * TAKING__COUNT)

struct line {
    struct octets text;      /* leading blanks gone */
    size_t dropped;          /* octets on the wire that are not in text, its end aside */
    uint8_t room[WRITE_MAX]; /* for a text that is no part of the write */
};

/* Cuts the next line off *rest, for a write without oddities: a part of it. */
static void line_take_plain(struct octets *rest, struct line *ret)
{
    struct octets whole = octets_take_until(rest, '\r');
    *rest = octets_sub(*rest, 1, rest->size); /* the LF */
    size_t blanks = 0;
    while (blanks < whole.size && whole.at[blanks] == ' ')
        blanks++;
    ret->text = octets_sub(whole, blanks, whole.size);
    ret->dropped = blanks;
}

/* Cuts the next line off *rest, as this reading has it. */
static void line_take(struct octets *rest, const struct reading *r, struct line *ret)
{
    size_t i = 0, size = 0;
    bool ended = false;
    ret->dropped = 0;
    while (i < rest->size && !ended) {
        enum oddity odd;
        uint8_t c = read_octet(*rest, i++, r, &odd);
        enum taking taking = odd < ODD_EIGHTH_BIT ? r->taking[odd] : TAKEN_AS_NOTHING;
        if (odd < ODD_EIGHTH_BIT && taking == TAKEN_AS_BLANK)
            c = ' ';
        ended = odd < ODD_EIGHTH_BIT ? taking == TAKEN_AS_END : c == '\n';
        bool nothing = odd < ODD_EIGHTH_BIT && taking == TAKEN_AS_NOTHING;
        if (ended)
            i += odd == ODD__COUNT; /* the LF of CRLF */
        else if (nothing || (size == 0 && c == ' '))
            ret->dropped++;
        else
            ret->room[size++] = c;
    }
    ret->text = (struct octets){ret->room, size};
    *rest = octets_sub(*rest, i, rest->size);
}

/* ---- verbs ---- */

enum rule { RULE_NEVER, RULE_MAIL, RULE_RCPT, RULE_LOOKUP, RULE_AUTH, RULE_STARTTLS };

/* By their first four letters, which is all that some servers compare. */
/* clang-format off */
static const struct verb {
    const char *letters;
    enum rule rule;
} verbs[] = {
    {"DATA", RULE_NEVER}, {"BDAT", RULE_NEVER}, {"BURL", RULE_NEVER}, {"ETRN", RULE_NEVER}, {"TURN", RULE_NEVER},
    {"ATRN", RULE_NEVER}, {"XCLI", RULE_NEVER}, {"XFOR", RULE_NEVER}, {"XEXC", RULE_NEVER}, {"VERB", RULE_NEVER},
    {"ONEX", RULE_NEVER}, {"DEBU", RULE_NEVER}, {"WIZ",  RULE_NEVER}, {"SEND", RULE_NEVER}, {"SOML", RULE_NEVER},
    {"SAML", RULE_NEVER},
    /* X-LINK2STATE; and the same under other names: X-EXPS is AUTH, X-ANONYMOUSTLS is STARTTLS, XTRN and XREMOTEQUEUE
     * start queue runs, XUSR, PROXY and XPROXY change who we are or what the session is. */
    {"X-",   RULE_NEVER}, {"XAUT", RULE_NEVER}, {"XTRN", RULE_NEVER}, {"XREM", RULE_NEVER}, {"XUSR", RULE_NEVER},
    {"PROX", RULE_NEVER}, {"XPRO", RULE_NEVER}, {"XSHA", RULE_NEVER}, {"XQDI", RULE_NEVER}, {"XRDS", RULE_NEVER},
    {"MAIL", RULE_MAIL},  {"RCPT", RULE_RCPT},  {"VRFY", RULE_LOOKUP}, {"EXPN", RULE_LOOKUP}, {"AUTH", RULE_AUTH},
    {"STARTTLS", RULE_STARTTLS},
};
/* clang-format on */

static bool begins(struct octets o, const char *verb)
{
    return octets_has_prefix_nocase(o, octets_of(verb));
}

/* As begins, but blanks between the letters count for nothing. */
static bool spells(struct octets o, const char *verb)
{
    for (size_t i = 0; i < o.size && *verb; i++) {
        if (o.at[i] == ' ')
            continue;
        if (octet_to_lower(o.at[i]) != octet_to_lower((uint8_t)*verb++))
            return false;
    }
    return !*verb;
}

/* The line begins with no blank. */
static const struct verb *find_verb(struct octets line)
{
    uint8_t first = line.size ? octet_to_lower(line.at[0]) : 0;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (octet_to_lower((uint8_t)verbs[i].letters[0]) == first && spells(line, verbs[i].letters))
            return &verbs[i];
    return NULL;
}

/* NTLM type 1 without names (MS-NLMP 2.2.1.1): it asks for the challenge and says nothing of
 * anybody. */
#define NTLM_NEGOTIATE "TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA="

static const char *judge_auth(struct octets rest)
{
    struct octets mechanism = octets_take_word(&rest);
    for (size_t i = 0; i < mechanism.size; i++)
        if (!octet_is_alpha(mechanism.at[i]) && !octet_is_digit(mechanism.at[i]) &&
            mechanism.at[i] != '-' && mechanism.at[i] != '_')
            return "AUTH with more than the name of a mechanism";
    if (mechanism.size > 20) /* RFC 4422 s3.1 */
        return "AUTH with more than the name of a mechanism";
    if (rest.size == 0)
        return NULL;
    bool ntlm = octets_is_equal_nocase(mechanism, OCTETS("NTLM")) &&
                octets_is_equal(rest, OCTETS(NTLM_NEGOTIATE));
    return ntlm ? NULL : "AUTH with an initial response";
}

/* A verb in letters beyond ASCII may become one of ours when a server changes its case (U+0131,
 * U+017F). */
static bool verb_is_ascii(struct octets line)
{
    for (size_t i = 0; i < line.size && line.at[i] != ' '; i++)
        if (line.at[i] > 0x7f)
            return false;
    return true;
}

/*
 * A server that reads long lines in pieces takes the next piece for a line of its own.  It has room
 * for 512 octets at least (RFC 5321 s4.5.3.1.4), some of them for a line end.
 */
#define SHORTEST_PIECE ((size_t)500)

static bool hides_verb(const struct line *l)
{
    struct octets text = l->text;
    for (size_t i = l->dropped < SHORTEST_PIECE ? SHORTEST_PIECE - l->dropped : 1; i < text.size;
         i++)
        if (text.at[i] != ' ' && find_verb(octets_sub(text, i, text.size)))
            return true;
    return false;
}

static const char *judge_line(const struct smtp_scope *s, enum smtp_class class,
                              const struct line *l)
{
    struct octets line = l->text;
    if (!verb_is_ascii(line))
        return "a verb beyond ASCII";
    if (hides_verb(l))
        return "a command within a long line";
    const struct verb *verb = find_verb(line);
    if (!verb)
        return NULL;
    if (verb->rule != RULE_NEVER && !begins(line, verb->letters))
        return "blanks within a verb";
    struct octets argument = octets_trim(octets_sub(line, strlen(verb->letters), line.size));
    switch (verb->rule) {
    case RULE_NEVER:
        return "a command that is never sent";
    case RULE_MAIL:
        return smtp_guard_sender(s, class, argument);
    case RULE_RCPT:
        return smtp_guard_recipient(s, class, argument);
    case RULE_LOOKUP:
        return smtp_guard_lookup(s, argument);
    case RULE_AUTH:
        return judge_auth(argument);
    case RULE_STARTTLS:
        break;
    }
    return NULL;
}

/* ---- writes ---- */

/* The length of CRLF at i, or 0. */
static size_t crlf_at(struct octets write, size_t i)
{
    return octets_has_prefix(octets_sub(write, i, write.size), OCTETS("\r\n")) ? 2 : 0;
}

/* Whether a server might drop this octet or begin a line behind it: anything but text, blanks and
 * CRLF. */
static bool is_odd(struct octets write, size_t i)
{
    uint8_t c = write.at[i] & 0x7f;
    return ((c < 0x20 && c != '\t') || c == 0x7f) && !crlf_at(write, i) &&
           !(i > 0 && crlf_at(write, i - 1));
}

/* Whether the verb stands at i when odd octets and blanks between its letters count for nothing. */
static bool spells_through(struct octets write, size_t i, const char *verb, bool *ret_odd)
{
    *ret_odd = false;
    for (; i < write.size && *verb; i++) {
        uint8_t c = write.at[i] & 0x7f;
        if (is_odd(write, i))
            *ret_odd = true;
        else if (c != ' ' && c != '\t' && octet_to_lower(c) != octet_to_lower((uint8_t)*verb++))
            return false;
    }
    return !*verb;
}

/* Readings take all octets of a kind alike.  For verbs, each may be taken in its own way.  Without an
 * oddity there is but one way, and judge_line knows it. */
static bool has_verb_in_pieces(struct octets write)
{
    for (size_t i = 0; i < write.size; i++) {
        if (i > 0 && (!is_odd(write, i - 1) || is_odd(write, i)))
            continue;
        for (size_t v = 0; v < sizeof verbs / sizeof *verbs; v++) {
            bool odd;
            if (spells_through(write, i, verbs[v].letters, &odd) &&
                (odd || verbs[v].rule == RULE_NEVER))
                return true;
        }
    }
    return false;
}

/* What a write asks for, in some server's reading. */
struct asked {
    bool starttls, auth, lookup;
};

/* VRFY or EXPN of something: who forgets the argument asks about nobody. */
static bool begins_lookup(struct octets line)
{
    return (begins(line, "VRFY") || begins(line, "EXPN")) &&
           octets_trim(octets_sub(line, 4, line.size)).size;
}

/* r: NULL for a write without oddities.  What is asked is added to *asked. */
static const char *judge_write(const struct smtp_scope *s, enum smtp_class class,
                               struct octets write, const struct reading *r, struct asked *asked)
{
    bool auth = false, starttls = false;
    struct line line;
    const char *why = NULL;
    while (write.size && !why) {
        if (r)
            line_take(&write, r, &line);
        else
            line_take_plain(&write, &line);
        /* An empty line is an empty response, and so a try at logging in. */
        if (auth && !octets_is_equal(line.text, OCTETS("*")))
            why = "text behind AUTH could be a credential";
        else if (starttls && line.text.size && class < SMTP_CLASS_NOISY)
            why = "text behind STARTTLS";
        else
            why = judge_line(s, class, &line);
        auth = auth || begins(line.text, "AUTH");
        starttls = starttls || begins(line.text, "STARTTLS");
        asked->lookup = asked->lookup || begins_lookup(line.text);
    }
    asked->auth = asked->auth || auth;
    asked->starttls = asked->starttls || starttls;
    return why;
}

static const char *judge_readings(const struct smtp_scope *s, enum smtp_class class,
                                  struct octets write, unsigned oddities, struct asked *asked)
{
    const char *why = NULL;
    struct reading r;
    if (!oddities)
        return judge_write(s, class, write, NULL, asked);
    for (unsigned n = 0; n < READINGS && !why; n++)
        if (take_reading(n, oddities, &r))
            why = judge_write(s, class, write, &r, asked);
    return why;
}

/* What begins the binary form of HAProxy's PROXY protocol, which changes who we are. */
#define PROXY_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static const char *judge(const struct smtp_scope *scope, enum smtp_class class, struct octets write,
                         struct asked *asked)
{
    unsigned oddities = find_oddities(write);
    if (class == SMTP_CLASS_PASSIVE)
        return "class passive writes nothing";
    if (class == SMTP_CLASS_CONSENT)
        return "class consent writes nothing, whatever is published";
    if (write.size > WRITE_MAX)
        return "a write is at most 32 KiB";
    if (oddities &&
        (octets_has_prefix(write, OCTETS(PROXY_SIGNATURE)) || has_verb_in_pieces(write)))
        return "a command that is never sent";
    if (oddities && (octets_find(write, OCTETS("\xe2\x80\xa8"), 0) < write.size ||
                     octets_find(write, OCTETS("\xe2\x80\xa9"), 0) < write.size))
        return "a line end of Unicode (U+2028, U+2029)";
    return judge_readings(scope, class, write, oddities, asked);
}

bool smtp_guard_allows(const struct smtp_scope *scope, enum smtp_class class, struct octets write,
                       const char **ret_why)
{
    struct asked asked = {0};
    const char *why = judge(scope, class, write, &asked);
    if (why)
        *ret_why = why;
    return !why;
}

/* ---- the sequence ---- */

bool smtp_guard_write(struct smtp_guard *g, const struct smtp_scope *scope, enum smtp_class class,
                      struct octets write, const char **ret_why)
{
    bool cancels = octets_is_equal(write, OCTETS("*\r\n")) && !g->cancelled;
    struct asked asked = {0};
    const char *why = NULL;
    if (g->must == SMTP_GUARD_RESET)
        why = "after 354, or a line of ours without its end, nothing is sent";
    else if (g->must == SMTP_GUARD_HANDSHAKE)
        why = "after 220 to STARTTLS only the handshake is sent";
    else if (g->must == SMTP_GUARD_CANCEL && !cancels)
        why = "after 334 only one '*' is sent";
    else
        why = judge(scope, class, write, &asked);
    if (why) {
        *ret_why = why;
        return false;
    }
    g->asked_starttls = g->asked_starttls || asked.starttls;
    g->asked_auth = asked.auth;
    g->asked_lookup = asked.lookup;
    g->cancelled = g->must == SMTP_GUARD_CANCEL;
    /* What came next would be the rest of this line: judged alone, it is not what the server reads. */
    if (write.size && write.at[write.size - 1] != '\n')
        g->must = SMTP_GUARD_RESET;
    return true;
}

struct codes {
    bool has_more; /* 354 or another 3xx, 334 aside: no command is awaited (RFC 5321 s4.2.1) */
    bool has_334, has_220;
    bool has_any;
    bool all_501; /* and at least one */
};

/* Where the line ends that holds what is at i. */
static size_t line_end(struct octets o, size_t i)
{
    return octets_find_octet(octets_sub(o, 0, octets_find_octet(o, '\n', i)), '\r', i);
}

/* The codes that begin lines, whatever ends a line and whatever blanks come before. */
static struct codes find_codes(struct octets reply)
{
    struct codes c = {0};
    bool others = false, at_start = true;
    for (size_t from = 0, i = 0; i <= reply.size; i++) {
        if (i < reply.size && reply.at[i] > ' ')
            continue;
        uint16_t code = at_start ? smtp_line_code(octets_sub(reply, from, i)) : 0;
        c.has_any = c.has_any || code;
        c.has_more = c.has_more || (code >= 300 && code < 400 && code != 334);
        c.has_334 = c.has_334 || code == 334;
        c.has_220 = c.has_220 || code == 220;
        c.all_501 = c.all_501 || code == 501;
        others = others || (at_start && i > from && code != 501);
        bool ends = i < reply.size && (reply.at[i] == '\r' || reply.at[i] == '\n');
        at_start = ends || (at_start && i == from);
        from = i + 1;
        if (!at_start && i < reply.size)
            i = line_end(reply, from) - 1; /* the rest of the line says nothing */
    }
    c.all_501 = c.all_501 && !others;
    return c;
}

/* Codes that nobody asked for, or that do not answer a cancellation: they may forbid. */
static void heed(struct smtp_guard *g, struct codes c)
{
    if (g->must == SMTP_GUARD_RESET || g->must == SMTP_GUARD_HANDSHAKE)
        return;
    if (c.has_more)
        g->must = SMTP_GUARD_RESET;
    else if (c.has_220 && g->asked_starttls)
        g->must = SMTP_GUARD_HANDSHAKE;
    else if (c.has_334)
        g->must = SMTP_GUARD_CANCEL;
}

void smtp_guard_stray(struct smtp_guard *g, struct octets stray)
{
    heed(g, find_codes(stray));
}

void smtp_guard_reply(struct smtp_guard *g, struct octets reply)
{
    struct codes c = find_codes(reply);
    if (g->must == SMTP_GUARD_CANCEL && g->cancelled)
        g->must = c.all_501 ? SMTP_GUARD_FREE : SMTP_GUARD_RESET;
    else if (g->asked_auth && !c.has_any)
        g->must = SMTP_GUARD_RESET; /* it may be a challenge after all */
    else
        heed(g, c);
    g->cancelled = g->asked_auth = false;
}
