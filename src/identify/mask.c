/* SPDX-License-Identifier: Apache-2.0 */
#include "mask.h"

#include "../base/escape.h"
#include "../smtp/reply.h"
#include "mask_date.h"

/* ---- the strings we know ---- */

static bool is_host_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '-' || c == '.' || c == '_';
}

/* A word that a server would give as its own name: dotted, letters and digits, no address. */
static bool looks_like_host(struct octets o)
{
    bool dotted = false, letters = false;
    for (size_t i = 0; i < o.size; i++) {
        if (!is_host_octet(o.at[i]))
            return false;
        dotted = dotted || (o.at[i] == '.' && i > 0 && i + 1 < o.size);
        letters = letters || octet_is_alpha(o.at[i]);
    }
    return letters && (dotted || octets_is_equal_nocase(o, OCTETS("localhost")));
}

/* Keeps names longest first, so that a longer one is not half masked by a shorter. */
static void add_name(struct octets *names, size_t *count, struct octets name)
{
    size_t at = 0;
    if (*count == MASK_HOSTS_MAX)
        return;
    for (size_t i = 0; i < *count; i++)
        if (octets_is_equal_nocase(names[i], name))
            return;
    while (at < *count && names[at].size >= name.size)
        at++;
    for (size_t i = *count; i > at; i--)
        names[i] = names[i - 1];
    names[at] = name;
    (*count)++;
}

static void add_host(struct mask *m, struct octets name)
{
    while (name.size && name.at[name.size - 1] == '.')
        name.size--;
    if (!looks_like_host(name) || octets_is_equal_nocase(name, m->me))
        return;
    add_name(m->hosts, &m->host_count, name);
    size_t dot = octets_find_octet(name, '.', 0);
    struct octets parent = octets_sub(name, dot + 1, name.size);
    if (octets_find_octet(parent, '.', 0) < parent.size)
        add_name(m->domains, &m->domain_count, parent);
}

static void add_first_word(struct mask *m, const struct facts_reply *r)
{
    for (size_t i = 0; i < r->line_count && i < 2; i++) {
        struct octets rest = smtp_line_text(r->lines[i]);
        add_host(m, octets_take_word(&rest));
    }
}

static void note_beginning(struct mask *m, struct octets known)
{
    if (known.size == 0)
        return;
    uint8_t c = octet_to_lower(known.at[0]);
    m->begins[c] = true;
    m->begins[c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c] = true;
}

void mask_prepare(struct mask *m)
{
    note_beginning(m, m->me);
    note_beginning(m, m->client);
    note_beginning(m, m->sender);
    note_beginning(m, m->tag);
    note_beginning(m, m->target);
    for (size_t i = 0; i < m->host_count; i++)
        note_beginning(m, m->hosts[i]);
    for (size_t i = 0; i < m->domain_count; i++)
        note_beginning(m, m->domains[i]);
}

void mask_init(struct mask *m, const struct facts_visit *v)
{
    struct buf target;
    *m = (struct mask){.me = v->asker.ehlo,
                       .client = v->asker.client,
                       .sender = v->asker.sender,
                       .tag = v->asker.tag};
    buf_init(&target, sizeof m->target_text);
    address_append(&target, &v->address);
    if (target.size)
        memcpy(m->target_text, target.data, target.size);
    m->target = (struct octets){m->target_text, target.size};
    buf_release(&target);
    add_first_word(m, &v->greeting);
    for (size_t i = 0; i < 3; i++) {
        const struct facts_reply *hello = i == 0 ? &v->ehlo : i == 1 ? &v->ehlo_tls : &v->helo;
        if (hello->line_count) {
            struct octets rest = smtp_line_text(hello->lines[0]);
            add_host(m, octets_take_word(&rest));
        }
    }
    add_host(m, v->host);
    if (v->domain.size)
        add_name(m->domains, &m->domain_count, v->domain);
    mask_prepare(m);
}

/* ---- one place of the text ---- */

struct place {
    struct octets text;
    size_t at;
};

static bool is_word(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c);
}

/* Whether text[at, at+size) stands alone: no letter or digit touches it. */
static bool is_bounded(const struct place *p, size_t size)
{
    size_t end = p->at + size;
    bool left = p->at == 0 || !is_word(p->text.at[p->at - 1]) || !is_word(p->text.at[p->at]);
    return left && (end == p->text.size || !is_word(p->text.at[end]));
}

static size_t match_known(const struct place *p, struct octets known)
{
    struct octets rest = octets_sub(p->text, p->at, p->text.size);
    if (known.size == 0 || !octets_has_prefix_nocase(rest, known) || !is_bounded(p, known.size))
        return 0;
    return known.size;
}

/* A local part that carries our tag, with its domain when one follows. */
static size_t match_tagged(const struct place *p, struct octets tag)
{
    struct octets rest = octets_sub(p->text, p->at, p->text.size);
    if (tag.size == 0 || !octets_has_prefix_nocase(rest, tag))
        return 0;
    size_t n = tag.size;
    while (n < rest.size && (is_host_octet(rest.at[n]) || rest.at[n] == '@'))
        n++;
    while (n > tag.size && rest.at[n - 1] == '.')
        n--;
    return n;
}

static size_t mask_known(const struct place *p, const struct mask *m, const char **name)
{
    const struct {
        const char *name;
        struct octets value;
    } fixed[] = {
        {"{sender}", m->sender}, {"{me}", m->me}, {"{client}", m->client}, {"{target}", m->target}};
    size_t n = match_tagged(p, m->tag);
    *name = "{rcpt}";
    for (size_t i = 0; !n && i < sizeof fixed / sizeof *fixed; i++) {
        *name = fixed[i].name;
        n = match_known(p, fixed[i].value);
    }
    for (size_t i = 0; !n && i < m->host_count; i++) {
        *name = "{host}";
        n = match_known(p, m->hosts[i]);
    }
    for (size_t i = 0; !n && i < m->domain_count; i++) {
        *name = "{domain}";
        n = match_known(p, m->domains[i]);
    }
    return n;
}

/* An IPv4 address in brackets (bare, it may be a version: Sendmail 8.17.1.9), or an IPv6 address
 * with at least two colons. */
static size_t mask_address(const struct place *p, const char **name)
{
    struct octets rest = octets_sub(p->text, p->at, p->text.size);
    struct address a;
    size_t n = 0, colons = 0;
    if (p->at && (is_word(p->text.at[p->at - 1]) || p->text.at[p->at - 1] == '.' ||
                  p->text.at[p->at - 1] == ':'))
        if (!(p->at >= 5 &&
              octets_is_equal_nocase(octets_sub(p->text, p->at - 5, p->at), OCTETS("IPv6:"))))
            return 0;
    while (n < rest.size && n < 45 &&
           (octet_is_hex(rest.at[n]) || rest.at[n] == '.' || rest.at[n] == ':'))
        colons += rest.at[n++] == ':';
    while (n && (rest.at[n - 1] == '.' || (rest.at[n - 1] == ':' && colons < 2)))
        n--;
    if (n < 7 && colons < 2)
        return 0;
    *name = "{ip}";
    bool is = address_parse(octets_sub(rest, 0, n), &a) && (n == rest.size || !is_word(rest.at[n]));
    bool opened = p->at && (p->text.at[p->at - 1] == '[' || p->text.at[p->at - 1] == '(');
    return is && (a.family == 4 ? opened : n > 4) ? n : 0;
}

/* Names of extensions and mechanisms, and citations, look like identifiers and are none. */
static bool is_term(struct octets token)
{
    /* clang-format off */
    static const char *const prefixes[] = {"8BIT", "SMTPUTF8", "UTF8", "RFC", "ISO-", "SCRAM-", "CRAM-MD5", "DIGEST-MD5", "XEXCH50", "X-LINK2STATE", "TLSv1", "X25519"};
    /* clang-format on */
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (octets_has_prefix_nocase(token, octets_of(prefixes[i])))
            return true;
    return false;
}

static bool is_token_octet(uint8_t c)
{
    return is_word(c) || c == '-' || c == '_';
}

/* Sixteen or more that swing between capitals and small letters as no word does. */
static bool is_random_case(struct octets token)
{
    size_t swings = 0;
    for (size_t i = 1; i < token.size; i++)
        swings += octet_is_alpha(token.at[i - 1]) && octet_is_alpha(token.at[i]) &&
                  (token.at[i - 1] >= 'a') != (token.at[i] >= 'a');
    return token.size >= 16 && swings * 5 >= token.size * 2;
}

/* Eight or more with letter and digit in one hyphen-free part (so "Debian-22" stays), or of hex
 * digits. */
static bool is_identifier(struct octets token)
{
    bool letter = false, digit = false, mixed = false, hex = true;
    if (token.size < 8 || is_term(token))
        return false;
    for (size_t i = 0; i < token.size; i++) {
        uint8_t c = token.at[i];
        if (c == '-' || c == '_') {
            letter = digit = false;
            hex = false;
            continue;
        }
        letter = letter || octet_is_alpha(c);
        digit = digit || octet_is_digit(c);
        mixed = mixed || (letter && digit);
        hex = hex && octet_is_hex(c);
    }
    return mixed || hex || is_random_case(token);
}

/* "(0F3CB8)": six hex digits or more, one of them a number, in parentheses of their own. */
static bool is_enclosed_hex(const struct place *p, struct octets token)
{
    size_t end = p->at + token.size;
    bool digit = false, hex = token.size >= 6;
    for (size_t i = 0; i < token.size && hex; i++) {
        hex = octet_is_hex(token.at[i]);
        digit = digit || octet_is_digit(token.at[i]);
    }
    return hex && digit && p->at && p->text.at[p->at - 1] == '(' && end < p->text.size &&
           p->text.at[end] == ')';
}

static size_t mask_token(const struct place *p, const char **name)
{
    size_t end = p->at;
    if (p->at && is_token_octet(p->text.at[p->at - 1]))
        return 0;
    while (end < p->text.size && is_token_octet(p->text.at[end]))
        end++;
    *name = "{id}";
    struct octets token = octets_sub(p->text, p->at, end);
    return is_identifier(token) || is_enclosed_hex(p, token) ? token.size : 0;
}

/* Three digits or more, unless they are part of a dotted number or a reply code that is quoted. */
static size_t mask_number(const struct place *p, const char **name)
{
    const uint8_t *t = p->text.at;
    size_t end = p->at, size = p->text.size;
    if (!octet_is_digit(t[p->at]) || (p->at && octet_is_digit(t[p->at - 1])))
        return 0;
    while (end < size && octet_is_digit(t[end]))
        end++;
    size_t n = end - p->at;
    bool dotted = (p->at >= 2 && t[p->at - 1] == '.' && octet_is_digit(t[p->at - 2])) ||
                  (end + 1 < size && t[end] == '.' && octet_is_digit(t[end + 1]));
    /* RFC 5321, RFC-2821, RFC5321 */
    struct octets before = octets_sub(p->text, p->at > 4 ? p->at - 4 : 0, p->at);
    bool citation = octets_find_nocase(before, OCTETS("RFC"), 0) < before.size;
    bool code = n == 3 && t[p->at] >= '2' && t[p->at] <= '5' && is_bounded(p, n);
    *name = "{n}";
    return n >= 3 && !dotted && !code && !citation ? n : 0;
}

/* The placeholder for what stands at the place, and how many octets it covers; 0 when the text
 * stays. */
static size_t mask_place(const struct place *p, const struct mask *m, enum mask_form form,
                         const char **name)
{
    uint8_t c = p->text.at[p->at];
    size_t n = m->begins[c] ? mask_known(p, m, name) : 0;
    if (n || form == MASK_KEYWORD)
        return n;
    if (octet_is_hex(c) || c == ':')
        n = mask_address(p, name);
    if (n || !is_word(c))
        return n;
    *name = "{date}";
    bool starts = p->at == 0 || !is_word(p->text.at[p->at - 1]);
    n = starts ? mask_date_length(octets_sub(p->text, p->at, p->text.size)) : 0;
    if (!n)
        n = mask_token(p, name);
    return n ? n : mask_number(p, name);
}

static void put_plain(struct buf *out, struct octets o)
{
    for (size_t from = 0, brace = 0; from < o.size; from = brace + 1) {
        brace = octets_find_octet(o, '{', from);
        escape_visible(out, octets_sub(o, from, brace));
        if (brace < o.size)
            buf_append_text(out, "{{");
    }
}

/*
 * Who has no name says hello by its address (RFC 5321 s4.1.3), which servers then say twice: as the
 * name that was given, and as the address that they see, which has brackets where the name is one.
 */
static const char *address_again(const struct mask *m)
{
    struct octets inner = octets_sub(m->me, 1, m->me.size ? m->me.size - 1 : 0);
    if (!octets_has_prefix(m->me, OCTETS("[")) || !m->client.size)
        return NULL;
    if (octets_is_equal_nocase(inner, m->client))
        return "[{client}]";
    bool is_tagged = octets_has_prefix_nocase(inner, OCTETS("IPv6:"));
    return is_tagged && octets_is_equal_nocase(octets_sub(inner, 5, inner.size), m->client)
               ? "[IPv6:{client}]"
               : NULL;
}

bool mask_by_address(const struct mask *m, struct mask *ret)
{
    if (!address_again(m))
        return false;
    *ret = *m;
    ret->me = OCTETS_NONE;
    return true;
}

void mask_line(struct buf *out, const struct mask *m, struct octets line, enum mask_form form)
{
    struct octets text = smtp_line_text(line);
    const char *again = NULL; /* what our name is, once it was said */
    size_t plain = 0;
    bool blank_end = text.size && (text.at[text.size - 1] == ' ' || text.at[text.size - 1] == '\t');
    put_plain(out, octets_sub(line, 0, line.size - text.size));
    text.size -= blank_end;
    for (struct place p = {.text = text}; p.at < text.size;) {
        const char *name = NULL;
        size_t n = mask_place(&p, m, form, &name);
        if (n) {
            bool is_me = strcmp(name, "{me}") == 0;
            put_plain(out, octets_sub(text, plain, p.at));
            buf_append_text(out, is_me && again ? again : name);
            again = is_me ? address_again(m) : again;
            plain = p.at + n;
        }
        p.at += n ? n : 1;
    }
    put_plain(out, octets_sub(text, plain, text.size));
    if (blank_end)
        buf_append_text(out, "\\x20");
}
