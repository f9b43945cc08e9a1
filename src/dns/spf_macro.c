/* SPDX-License-Identifier: Apache-2.0 */
#include "spf_macro.h"

#include "name.h"

/*
 * RFC 7208 s7.1:
 *   macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 *   transformers = *DIGIT [ "r" ]
 *   delimiter    = "." / "-" / "+" / "," / "/" / "_" / "="
 */
static const char letters[] = "slodiphvcrt"; /* in the order of enum spf_letter */
static const char delimiters[] = ".-+,/_=";

#define PARTS_MAX   128 /* more labels than a domain name has (RFC 1035 s2.3.4) */
#define NAME_OCTETS 253

struct macro {
    unsigned letter; /* its place in `letters` */
    bool is_escaped, is_reversed;
    size_t parts; /* how many of the right; PARTS_MAX: all */
    struct octets delimiters;
    size_t size; /* in the text, from % to } */
};

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

/* After "%{X": *DIGIT ["r"] *delimiter "}". */
static const char *read_transformers(struct octets text, size_t at, struct macro *m)
{
    size_t digits = at;
    m->parts = 0;
    while (at < text.size && octet_is_digit(text.at[at])) {
        m->parts = m->parts * 10 + (size_t)(text.at[at++] - '0');
        m->parts = m->parts < PARTS_MAX ? m->parts : PARTS_MAX;
    }
    if (at > digits && m->parts == 0)
        return "a macro that takes none of the parts";
    m->parts = at > digits ? m->parts : PARTS_MAX;
    m->is_reversed = at < text.size && octet_to_lower(text.at[at]) == 'r';
    at += m->is_reversed;
    size_t from = at;
    while (at < text.size && is_one_of(text.at[at], delimiters))
        at++;
    m->delimiters = at > from ? octets_sub(text, from, at) : OCTETS(".");
    if (at == text.size || text.at[at] != '}')
        return "a macro without its end";
    m->size = at + 1;
    return NULL;
}

/* text begins with "%{". */
static const char *read_macro(struct octets text, struct macro *ret)
{
    uint8_t c = text.size > 2 ? text.at[2] : 0;
    if (!is_one_of(octet_to_lower(c), letters))
        return "not the letter of a macro";
    ret->letter = (unsigned)(strchr(letters, octet_to_lower(c)) - letters);
    ret->is_escaped = c != octet_to_lower(c);
    return read_transformers(text, 3, ret);
}

/* What stands at the start of text: a literal octet (size 1), %%, %_ or %- (size 2), or a macro. */
static const char *read_next(struct octets text, bool *ret_is_macro, struct macro *ret)
{
    *ret_is_macro = false;
    ret->size = 1;
    if (text.at[0] != '%')
        return NULL;
    uint8_t c = text.size > 1 ? text.at[1] : 0;
    ret->size = 2;
    if (is_one_of(c, "%_-"))
        return NULL;
    *ret_is_macro = true;
    return c == '{' ? read_macro(text, ret) : "a percent sign that begins no macro";
}

unsigned spf_macro_letters(struct octets text)
{
    unsigned seen = 0;
    struct macro m;
    bool is_macro;
    for (size_t i = 0; i < text.size; i += m.size) {
        if (read_next(octets_sub(text, i, text.size), &is_macro, &m))
            break;
        if (is_macro)
            seen |= 1u << m.letter;
    }
    return seen;
}

const char *spf_macro_check(struct octets text, bool is_explanation, size_t *ret_at)
{
    struct macro m;
    bool is_macro;
    for (size_t i = 0; i < text.size; i += m.size) {
        const char *wrong = read_next(octets_sub(text, i, text.size), &is_macro, &m);
        *ret_at = i;
        if (wrong)
            return wrong;
        if (is_macro && !is_explanation && (SPF_LETTERS_EXPLAIN & 1u << m.letter))
            return "a macro that only explanations may hold";
        bool is_visible = text.at[i] > ' ' && text.at[i] < 0x7f;
        if (!is_visible && (!is_explanation || text.at[i] != ' '))
            return "not a visible ASCII character";
    }
    return NULL;
}

/* toplabel of RFC 7208 s7.1: letters, digits and hyphens, none of them at the ends, not all
 * digits. */
bool spf_macro_is_top_label(struct octets o)
{
    bool has_other = false;
    for (size_t i = 0; i < o.size; i++) {
        uint8_t c = o.at[i];
        bool is_inner = i > 0 && i + 1 < o.size;
        if (!octet_is_alpha(c) && !octet_is_digit(c) && (c != '-' || !is_inner))
            return false;
        has_other = has_other || !octet_is_digit(c);
    }
    return has_other;
}

/* Where the last macro ends, 0 for none. */
static size_t last_macro_end(struct octets text)
{
    struct macro m;
    bool is_macro;
    size_t end = 0;
    for (size_t i = 0; i < text.size; i += m.size) {
        (void)read_next(octets_sub(text, i, text.size), &is_macro, &m);
        if (is_macro || m.size == 2)
            end = i + m.size;
    }
    return end;
}

const char *spf_macro_check_domain(struct octets text, size_t *ret_at)
{
    const char *wrong = spf_macro_check(text, false, ret_at);
    *ret_at = wrong ? *ret_at : 0;
    if (wrong || text.size == 0)
        return wrong ? wrong : "no domain";
    size_t macro_end = last_macro_end(text);
    if (macro_end == text.size)
        return NULL;
    struct octets tail = octets_sub(text, macro_end, text.size);
    if (tail.at[tail.size - 1] == '.')
        tail.size--;
    size_t dot = tail.size;
    while (dot > 0 && tail.at[dot - 1] != '.')
        dot--;
    *ret_at = macro_end + dot;
    if (dot == 0)
        return "a domain of one label";
    return spf_macro_is_top_label(octets_sub(tail, dot, tail.size)) ? NULL
                                                                    : "not a top-level domain";
}

static void append_escaped(struct buf *out, struct octets o)
{
    for (size_t i = 0; i < o.size; i++) {
        uint8_t c = o.at[i];
        if (octet_is_alpha(c) || octet_is_digit(c) || is_one_of(c, "-._~")) /* RFC 3986 s2.3 */
            buf_append_octet(out, c);
        else
            buf_append_format(out, "%%%02X", c);
    }
}

static bool is_in(uint8_t c, struct octets set)
{
    return octets_find_octet(set, c, 0) < set.size;
}

/* The parts of a value, the last PARTS_MAX of them, in a ring. */
static size_t split(struct octets value, struct octets at, struct octets ret[PARTS_MAX])
{
    size_t count = 0, from = 0;
    for (size_t i = 0; i <= value.size; i++)
        if (i == value.size || is_in(value.at[i], at)) {
            ret[count++ % PARTS_MAX] = octets_sub(value, from, i);
            from = i + 1;
        }
    return count;
}

static void append_macro(struct buf *out, const struct macro *m, struct octets value)
{
    struct octets parts[PARTS_MAX];
    size_t count = split(value, m->delimiters, parts);
    size_t held = count < PARTS_MAX ? count : PARTS_MAX;
    size_t take = m->parts < held ? m->parts : held;
    for (size_t i = held - take; i < held; i++) {
        size_t nth = count - held + (m->is_reversed ? held - 1 - i : i);
        if (i > held - take)
            buf_append_text(out, ".");
        if (m->is_escaped)
            append_escaped(out, parts[nth % PARTS_MAX]);
        else
            buf_append(out, parts[nth % PARTS_MAX]);
    }
}

void spf_macro_expand(struct buf *out, struct octets text, const struct spf_values *values)
{
    struct macro m;
    bool is_macro;
    for (size_t i = 0; i < text.size; i += m.size) {
        if (read_next(octets_sub(text, i, text.size), &is_macro, &m))
            return;
        if (is_macro)
            append_macro(out, &m, values->of[m.letter]);
        else if (m.size == 1)
            buf_append_octet(out, text.at[i]);
        else
            buf_append_text(out, text.at[i + 1] == '%' ? "%" : text.at[i + 1] == '_' ? " " : "%20");
    }
}

enum err spf_macro_copy(struct arena *a, struct octets text, const struct spf_values *values,
                        struct octets *ret)
{
    struct buf out;
    buf_init(&out, SPF_EXPANDED_OCTETS);
    spf_macro_expand(&out, text, values);
    enum err e = buf_error(&out);
    if (!e && !arena_copy(a, buf_octets(&out), ret))
        e = ERR_NOMEM;
    buf_release(&out);
    if (e == ERR_LIMIT)
        *ret = OCTETS_NONE;
    return e == ERR_LIMIT ? ERR_OK : e;
}

struct octets spf_macro_shorten(struct octets name)
{
    name = dns_name_without_dot(name);
    while (name.size > NAME_OCTETS)
        name = octets_sub(name, octets_find_octet(name, '.', 0) + 1, name.size);
    return name;
}

bool spf_is_domain(struct octets name)
{
    return dns_name_is_valid(name) && dns_name_labels(name) > 1 &&
           spf_macro_is_top_label(dns_name_suffix(name, 1));
}
