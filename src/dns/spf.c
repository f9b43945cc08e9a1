/* SPDX-License-Identifier: Apache-2.0 */
#include "spf.h"

#include "spf_macro.h"

/* What may stand behind the name of a term. */
enum argument {
    ARGUMENT_NONE,
    ARGUMENT_DOMAIN,      /* ":" or "=", and a domain-spec */
    ARGUMENT_MAY_DOMAIN,  /* the same, or nothing */
    ARGUMENT_DOMAIN_CIDR, /* both of it or neither, and dual-cidr-length */
    ARGUMENT_NETWORK,     /* ":", an address, a length */
    ARGUMENT_TEXT         /* "=", and a macro-string */
};

/* RFC 7208 s5, s6. */
static const struct {
    const char *name;
    enum argument argument;
    bool is_modifier;
} kinds[SPF_KIND__COUNT] = {
    [SPF_ALL] = {"all", ARGUMENT_NONE, false},
    [SPF_INCLUDE] = {"include", ARGUMENT_DOMAIN, false},
    [SPF_A] = {"a", ARGUMENT_DOMAIN_CIDR, false},
    [SPF_MX] = {"mx", ARGUMENT_DOMAIN_CIDR, false},
    [SPF_PTR] = {"ptr", ARGUMENT_MAY_DOMAIN, false},
    [SPF_IP4] = {"ip4", ARGUMENT_NETWORK, false},
    [SPF_IP6] = {"ip6", ARGUMENT_NETWORK, false},
    [SPF_EXISTS] = {"exists", ARGUMENT_DOMAIN, false},
    [SPF_REDIRECT] = {"redirect", ARGUMENT_DOMAIN, true},
    [SPF_EXP] = {"exp", ARGUMENT_DOMAIN, true},
    [SPF_OTHER] = {NULL, ARGUMENT_TEXT, true},
};

static const struct octets version = OCTETS_INIT("v=spf1");

bool spf_is_record(struct octets text)
{
    return octets_has_prefix_nocase(text, version) &&
           (text.size == version.size || text.at[version.size] == ' ');
}

bool spf_term_is_lookup(const struct spf_term *t)
{
    return t->kind == SPF_INCLUDE || t->kind == SPF_A || t->kind == SPF_MX || t->kind == SPF_PTR ||
           t->kind == SPF_EXISTS || t->kind == SPF_REDIRECT;
}

/* "/" and a number without leading zeros at the end of *o, cut off it.  False when there is none;
 * its place in *ret_at, for errors. */
static bool cut_length(struct octets *o, struct octets *ret_digits)
{
    size_t from = o->size;
    while (from > 0 && octet_is_digit(o->at[from - 1]))
        from--;
    if (from == o->size || from == 0 || o->at[from - 1] != '/')
        return false;
    *ret_digits = octets_sub(*o, from, o->size);
    o->size = from - 1;
    return true;
}

static bool to_bits(struct octets digits, unsigned max, uint8_t *ret)
{
    uint64_t n = 0;
    if (!octets_to_number(digits, max, &n) || (digits.at[0] == '0' && digits.size > 1))
        return false;
    *ret = (uint8_t)n;
    return true;
}

/* [ ip4-cidr-length ] [ "/" ip6-cidr-length ] (s5.6), from the end. */
static const char *cut_dual_length(struct octets *o, struct spf_term *t, size_t *at)
{
    struct octets digits, *rest = o;
    if (!cut_length(rest, &digits))
        return NULL;
    *at = (size_t)(digits.at - t->text.at);
    bool is_v6 = rest->size && rest->at[rest->size - 1] == '/';
    if (!is_v6)
        return to_bits(digits, 32, &t->bits4) ? NULL : "not the length of an IPv4 prefix";
    rest->size--;
    if (!to_bits(digits, 128, &t->bits6))
        return "not the length of an IPv6 prefix";
    if (!cut_length(rest, &digits))
        return NULL;
    *at = (size_t)(digits.at - t->text.at);
    return to_bits(digits, 32, &t->bits4) ? NULL : "not the length of an IPv4 prefix";
}

static const char *read_domain(struct octets o, struct spf_term *t, size_t *at)
{
    struct address address;
    size_t within = 0;
    *at = o.at ? (size_t)(o.at - t->text.at) : t->text.size;
    if (address_parse(o, &address))
        return "an address where a domain is meant";
    const char *wrong = spf_macro_check_domain(o, &within);
    *at += within;
    t->domain = o;
    return wrong;
}

static const char *read_domain_length(struct octets rest, struct spf_term *t, size_t *at)
{
    const char *wrong = cut_dual_length(&rest, t, at);
    if (wrong || rest.size == 0)
        return wrong;
    *at = (size_t)(rest.at - t->text.at);
    if (rest.at[0] != ':')
        return "neither a domain nor the length of a prefix";
    return read_domain((struct octets){rest.at + 1, rest.size - 1}, t, at);
}

static const char *read_network(struct octets rest, struct spf_term *t, size_t *at)
{
    bool is_v4 = t->kind == SPF_IP4;
    struct octets digits = OCTETS_NONE;
    *at = (size_t)(rest.at - t->text.at);
    if (rest.size == 0 || rest.at[0] != ':')
        return "no address";
    rest = octets_sub(rest, 1, rest.size);
    *at += 1;
    bool has_length = cut_length(&rest, &digits);
    if (!address_parse(rest, &t->network) || t->network.family != (is_v4 ? 4 : 6))
        return is_v4 ? "not an IPv4 address" : "not an IPv6 address";
    if (!has_length)
        return NULL;
    *at = (size_t)(digits.at - t->text.at);
    if (is_v4)
        return to_bits(digits, 32, &t->bits4) ? NULL : "not the length of an IPv4 prefix";
    return to_bits(digits, 128, &t->bits6) ? NULL : "not the length of an IPv6 prefix";
}

/* rest is what follows the name. */
static const char *read_argument(struct octets rest, struct spf_term *t, size_t *at)
{
    enum argument a = kinds[t->kind].argument;
    uint8_t separator = kinds[t->kind].is_modifier ? '=' : ':';
    *at = (size_t)(rest.at - t->text.at);
    size_t within = 0;
    const char *wrong;
    switch (a) {
    case ARGUMENT_NONE:
        return rest.size ? "nothing may follow here" : NULL;
    case ARGUMENT_DOMAIN_CIDR:
        return read_domain_length(rest, t, at);
    case ARGUMENT_NETWORK:
        return read_network(rest, t, at);
    case ARGUMENT_TEXT:
        wrong = spf_macro_check(octets_sub(rest, 1, rest.size), true, &within);
        *at += 1 + within;
        return wrong;
    case ARGUMENT_MAY_DOMAIN:
    case ARGUMENT_DOMAIN:
        break;
    }
    if (rest.size == 0 && a == ARGUMENT_MAY_DOMAIN)
        return NULL;
    if (rest.size == 0 || rest.at[0] != separator)
        return "no domain";
    return read_domain((struct octets){rest.at + 1, rest.size - 1}, t, at);
}

static bool read_qualifier(struct octets *rest, enum spf_qualifier *ret)
{
    static const char qualifiers[] = "+-~?"; /* as enum spf_qualifier */
    const char *hit = rest->at[0] ? strchr(qualifiers, rest->at[0]) : NULL;
    *ret = hit ? (enum spf_qualifier)(hit - qualifiers) : SPF_PLUS;
    *rest = octets_sub(*rest, hit != NULL, rest->size);
    return hit != NULL;
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) (s4.6.1) */
static size_t name_size(struct octets o)
{
    size_t n = 0;
    while (n < o.size &&
           (octet_is_alpha(o.at[n]) ||
            (n && (octet_is_digit(o.at[n]) || o.at[n] == '-' || o.at[n] == '_' || o.at[n] == '.'))))
        n++;
    return n;
}

static const char *find_kind(struct octets name, bool is_modifier, struct spf_term *t)
{
    for (size_t k = 0; k < SPF_OTHER; k++)
        if (octets_is_equal_nocase(name, octets_of(kinds[k].name))) {
            t->kind = (enum spf_kind)k;
            if (kinds[k].is_modifier != is_modifier)
                return is_modifier ? "a mechanism with an equals sign"
                                   : "a modifier without its equals sign";
            return NULL;
        }
    t->kind = SPF_OTHER;
    return is_modifier ? NULL : "no such mechanism";
}

/* What is wrong with it; *at is where, from the start of the term. */
static const char *read_term(struct octets text, struct spf_term *t, size_t *at)
{
    *t = (struct spf_term){.text = text, .at = t->at, .bits4 = 32, .bits6 = 128};
    for (*at = 0; *at < text.size; ++*at)
        if (text.at[*at] <= ' ' || text.at[*at] >= 0x7f)
            return "not a visible ASCII character";
    struct octets rest = text;
    bool has_qualifier = read_qualifier(&rest, &t->qualifier);
    *at = has_qualifier;
    size_t size = name_size(rest);
    if (size == 0)
        return "not the name of a mechanism or modifier";
    struct octets name = octets_sub(rest, 0, size);
    bool is_modifier = size < rest.size && rest.at[size] == '=';
    const char *wrong = find_kind(name, is_modifier, t);
    if (!wrong && is_modifier && has_qualifier)
        wrong = "a modifier with a qualifier";
    return wrong ? wrong : read_argument((struct octets){rest.at + size, rest.size - size}, t, at);
}

/* The terms that the record knows by name; s6 allows one redirect and one exp. */
static const char *note_term(const struct spf_term *t, struct spf_record *r)
{
    const struct spf_term **known = t->kind == SPF_REDIRECT ? &r->redirect
                                    : t->kind == SPF_EXP    ? &r->exp
                                    : t->kind == SPF_ALL    ? &r->all
                                                            : NULL;
    if (known && *known && t->kind != SPF_ALL)
        return "the modifier stands there twice";
    if (known && !*known)
        *known = t;
    return NULL;
}

static size_t count_terms(struct octets text)
{
    size_t count = 0;
    for (size_t i = 1; i < text.size; i++)
        count += text.at[i] != ' ' && text.at[i - 1] == ' ';
    return count < SPF_TERMS_MAX ? count : SPF_TERMS_MAX;
}

enum err spf_parse(struct octets text, struct arena *a, struct spf_record *ret)
{
    struct spf_record r = {.text = text};
    size_t room = count_terms(text);
    r.terms = arena_alloc_array(a, room, sizeof *r.terms);
    if (!r.terms)
        return ERR_NOMEM;
    for (size_t i = version.size; i < text.size;) {
        size_t end = octets_find_octet(text, ' ', i);
        struct spf_term *t = &r.terms[r.count];
        size_t at = 0;
        if (end > i && r.count == room) {
            dns_problem_add(&r.problems, true, i, "too many terms");
            break;
        }
        if (end > i) {
            t->at = i;
            const char *wrong = read_term(octets_sub(text, i, end), t, &at);
            if (!wrong) {
                at = 0;
                wrong = note_term(t, &r);
            }
            if (wrong)
                dns_problem_add(&r.problems, true, i + at, wrong);
            else
                r.count++;
        }
        i = end + 1;
    }
    *ret = r;
    return ERR_OK;
}
