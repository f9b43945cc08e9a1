/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include <assert.h>
#include <string.h>

#include <idn2.h>

#define LABEL_OCTETS_MAX ((size_t)63) /* RFC 1035 s2.3.4 */

static const char not_ldh[] = "a name holds letters, digits, hyphens, underscores and dots only";
static const char label_too_long[] =
    "a label of a name is at most 63 octets long, as an A-label too";
static const char name_too_long[] = "a name is at most 253 octets long, in A-labels";
static const char bad_range[] =
    "a range is ADDRESS-ADDRESS without a port, or 192.0.2.1-99 for the last number of IPv4";

static enum err refuse(const char **ret_problem, const char *clause)
{
    *ret_problem = clause;
    return ERR_SYNTAX;
}

static bool is_ascii(struct octets o)
{
    for (size_t i = 0; i < o.size; i++)
        if (o.at[i] >= 0x80)
            return false;
    return true;
}

static enum err check_octets(struct octets in, const char **ret_problem)
{
    if (in.size == 0)
        return refuse(ret_problem, "the target is empty");
    if (in.size > TARGET_INPUT_OCTETS)
        return refuse(ret_problem, "a target is at most 1,024 octets long");
    for (size_t i = 0; i < in.size; i++) {
        if (in.at[i] == ' ' || in.at[i] == '\t')
            return refuse(ret_problem, "a target holds no blank: write one a line or argument");
        if (in.at[i] < 0x20 || in.at[i] == 0x7f)
            return refuse(ret_problem, "a target holds no control character");
    }
    return ERR_OK;
}

static enum err parse_port(struct octets digits, uint16_t *ret, const char **ret_problem)
{
    uint64_t n = 0;
    if (!octets_to_number(digits, UINT16_MAX, &n) || n == 0)
        return refuse(ret_problem, "port must be 1 to 65535");
    *ret = (uint16_t)n;
    return ERR_OK;
}

/* Clears the bits past the prefix. */
static struct address network_of(const struct address *a, unsigned bits)
{
    struct address n = *a;
    for (unsigned bit = bits; bit < address_bits(a); bit++)
        n.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    return n;
}

static enum err parse_network(struct octets in, size_t slash, struct target *t,
                              const char **ret_problem)
{
    uint64_t bits = 0;
    if (!address_parse(octets_sub(in, 0, slash), &t->address))
        return refuse(ret_problem,
                      "only an IPv4 or IPv6 address may stand before '/', as in 192.0.2.0/24");
    if (!octets_to_number(octets_sub(in, slash + 1, in.size), address_bits(&t->address), &bits))
        return refuse(ret_problem, t->address.family == 4 ? "prefix length must be 0 to 32"
                                                          : "prefix length must be 0 to 128");
    t->kind = TARGET_NETWORK;
    t->bits = (unsigned)bits;
    t->address = network_of(&t->address, t->bits);
    return ERR_OK;
}

static bool is_numeric(struct octets name)
{
    for (size_t i = 0; i < name.size; i++)
        if (!octet_is_digit(name.at[i]) && name.at[i] != '.')
            return false;
    return true;
}

/* Whether what stands in front of the first hyphen and what follows is meant as addresses:
 * 192.0.2.1-static.example.org is a name. */
static bool is_range(struct octets in, size_t hyphen)
{
    struct address first;
    struct octets tail = octets_sub(in, hyphen + 1, in.size);
    if (!address_parse(octets_sub(in, 0, hyphen), &first) || tail.size == 0)
        return false;
    tail = octets_sub(tail, 0, octets_find_octet(tail, ':', 0));
    return first.family == 6 || is_numeric(tail);
}

/* Their number does not fit into 64 bits. */
static bool is_too_wide(const struct address *first, const struct address *last)
{
    struct address_number f = address_to_number(first), l = address_to_number(last);
    uint64_t high = l.high - f.high - (l.low < f.low);
    return high || l.low - f.low == UINT64_MAX;
}

static enum err parse_range(struct octets in, size_t hyphen, struct target *t,
                            const char **ret_problem)
{
    struct octets tail = octets_sub(in, hyphen + 1, in.size);
    uint64_t number;
    t->kind = TARGET_RANGE;
    if (!address_parse(octets_sub(in, 0, hyphen), &t->address))
        return refuse(ret_problem, bad_range);
    if (!address_parse(tail, &t->last)) {
        if (t->address.family != 4 || !octets_to_number(tail, UINT8_MAX, &number))
            return refuse(ret_problem, bad_range);
        t->last = t->address;
        t->last.octets[3] = (uint8_t)number;
    }
    if (t->last.family != t->address.family)
        return refuse(ret_problem, "a range is of one address family");
    if (memcmp(t->address.octets, t->last.octets, sizeof t->last.octets) > 0)
        return refuse(ret_problem, "a range begins with its lowest address");
    if (is_too_wide(&t->address, &t->last))
        return refuse(ret_problem, "a range holds at most 2^64 - 1 addresses");
    return ERR_OK;
}

static enum err parse_bracketed(struct octets in, struct target *t, const char **ret_problem)
{
    size_t end = octets_find_octet(in, ']', 0);
    if (end == in.size)
        return refuse(ret_problem, "']' is missing after the IPv6 address");
    if (!address_parse(octets_sub(in, 1, end), &t->address) || t->address.family != 6)
        return refuse(ret_problem, "brackets must hold an IPv6 address without a zone");
    t->kind = TARGET_ADDRESS;
    struct octets rest = octets_sub(in, end + 1, in.size);
    if (rest.size == 0)
        return ERR_OK;
    if (rest.at[0] != ':')
        return refuse(ret_problem, "only :PORT may follow ']'");
    return parse_port(octets_sub(rest, 1, rest.size), &t->port, ret_problem);
}

/* Letters, digits and hyphens (RFC 5891 s4.2.3.1), and the underscore, which names in DNS do carry.
 */
static bool is_label_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '-' || c == '_';
}

static enum err check_label(struct octets label, const char **ret_problem)
{
    if (label.size == 0)
        return refuse(ret_problem, "the name has an empty label");
    if (label.size > LABEL_OCTETS_MAX)
        return refuse(ret_problem, label_too_long);
    for (size_t i = 0; i < label.size; i++)
        if (!is_label_octet(label.at[i]))
            return refuse(ret_problem, not_ldh);
    if (label.at[0] == '-' || label.at[label.size - 1] == '-')
        return refuse(ret_problem, "a label of a name neither begins nor ends with a hyphen");
    return ERR_OK;
}

/* The name is ASCII; its final dot is gone. */
static enum err check_name(struct octets name, const char **ret_problem)
{
    if (name.size == 0)
        return refuse(ret_problem, "the name is empty");
    if (name.size > TARGET_NAME_OCTETS)
        return refuse(ret_problem, name_too_long);
    if (is_numeric(name)) /* getaddrinfo would take 1.2.3 for 1.2.0.3 */
        return refuse(ret_problem, "malformed IPv4 address: four numbers of 0 to 255 are wanted");
    struct octets rest = name;
    for (size_t from = 0; from <= name.size;) {
        struct octets label = octets_take_until(&rest, '.');
        enum err e = check_label(label, ret_problem);
        if (e)
            return e;
        from += label.size + 1;
    }
    return ERR_OK;
}

/* Checks an ASCII name and copies it in lower case without its final dot. */
static enum err copy_name(struct octets name, struct arena *a, struct octets *ret,
                          const char **ret_problem)
{
    if (name.size && name.at[name.size - 1] == '.')
        name.size--;
    enum err e = check_name(name, ret_problem);
    if (e)
        return e;
    uint8_t *lower = arena_alloc(a, name.size);
    if (!lower)
        return ERR_NOMEM;
    for (size_t i = 0; i < name.size; i++)
        lower[i] = octet_to_lower(name.at[i]);
    *ret = (struct octets){lower, name.size};
    return ERR_OK;
}

static enum err idn_error(int status, const char **ret_problem)
{
    switch (status) {
    case IDN2_MALLOC:
        return ERR_NOMEM;
    case IDN2_ENCODING_ERROR:
    case IDN2_ICONV_FAIL:
        return refuse(ret_problem, "a name is written in ASCII or UTF-8");
    case IDN2_TOO_BIG_LABEL:
    case IDN2_PUNYCODE_BIG_OUTPUT:
        return refuse(ret_problem, label_too_long);
    case IDN2_TOO_BIG_DOMAIN:
        return refuse(ret_problem, name_too_long);
    default:
        return refuse(ret_problem, "the name is no internationalised domain name (RFC 5891)");
    }
}

/*
 * libidn2 sees names with U-labels only: names in DNS are allowed hyphens in places where IDNA
 * refuses them (r3---sn.example), and what is ASCII needs no conversion.
 */
static enum err convert_name(struct octets name, struct arena *a, struct octets *ret,
                             const char **ret_problem)
{
    if (is_ascii(name))
        return copy_name(name, a, ret, ret_problem);
    for (size_t i = 0; i < name.size; i++) /* libidn2 would call user@name a bad A-label */
        if (name.at[i] < 0x80 && name.at[i] != '.' && !is_label_octet(name.at[i]))
            return refuse(ret_problem, not_ldh);
    char text[TARGET_INPUT_OCTETS + 1];
    assert(name.size < sizeof text);
    memcpy(text, name.at, name.size);
    text[name.size] = 0;
    uint8_t *ascii = NULL;
    int status = idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NONTRANSITIONAL);
    if (status != IDN2_OK)
        return idn_error(status, ret_problem);
    enum err e = copy_name(octets_of((const char *)ascii), a, ret, ret_problem);
    idn2_free(ascii);
    return e;
}

/* NAME, NAME:PORT, ADDRESS, V4:PORT */
static enum err parse_plain(struct octets in, struct arena *a, struct target *t,
                            const char **ret_problem)
{
    t->kind = TARGET_ADDRESS;
    if (address_parse(in, &t->address))
        return ERR_OK;
    size_t colon = octets_find_octet(in, ':', 0);
    if (octets_find_octet(in, ':', colon + 1) < in.size)
        return refuse(ret_problem, "malformed IPv6 address; with a port it is [ADDRESS]:PORT");
    struct octets head = octets_sub(in, 0, colon);
    if (colon < in.size) {
        enum err e = parse_port(octets_sub(in, colon + 1, in.size), &t->port, ret_problem);
        if (e)
            return e;
    }
    if (address_parse(head, &t->address))
        return ERR_OK;
    t->kind = TARGET_NAME;
    return convert_name(head, a, &t->name, ret_problem);
}

enum err target_parse(struct octets text, struct arena *a, struct target *ret,
                      const char **ret_problem)
{
    struct octets in = octets_trim(text);
    struct target t = {0};
    enum err e = check_octets(in, ret_problem);
    if (e)
        return e;
    size_t slash = octets_find_octet(in, '/', 0), hyphen = octets_find_octet(in, '-', 0);
    if (slash < in.size)
        e = parse_network(in, slash, &t, ret_problem);
    else if (in.at[0] == '[')
        e = parse_bracketed(in, &t, ret_problem);
    else if (is_range(in, hyphen))
        e = parse_range(in, hyphen, &t, ret_problem);
    else
        e = parse_plain(in, a, &t, ret_problem);
    if (e)
        return e;
    if (!arena_copy(a, in, &t.input))
        return ERR_NOMEM;
    *ret = t;
    return ERR_OK;
}

struct address target_last(const struct target *t)
{
    struct address last = t->kind == TARGET_RANGE ? t->last : t->address;
    if (t->kind == TARGET_NETWORK)
        for (unsigned bit = t->bits; bit < address_bits(&last); bit++)
            last.octets[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
    return last;
}
