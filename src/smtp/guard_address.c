/* SPDX-License-Identifier: Apache-2.0 */
#include "guard_parts.h"

#include "../base/err.h"

static bool is_one_of(uint8_t c, const char *set)
{
    struct octets all = octets_of(set);
    return octets_find_octet(all, c, 0) < all.size;
}

/* ---- whose is it ---- */

static bool is_reserved(struct octets domain)
{
    /* RFC 2606 s2 and s3, RFC 6761 */
    static const char *const names[] = {"example.org", "example.com", "example.net",
                                        "test",        "example",     "invalid"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct octets name = octets_of(names[i]);
        if (octets_is_equal_nocase(domain, name))
            return true;
        if (domain.size > name.size && domain.at[domain.size - name.size - 1] == '.' &&
            octets_has_suffix_nocase(domain, name))
            return true;
    }
    return false;
}

static struct octets domain_of(struct octets address)
{
    size_t at = address.size;
    while (at > 0 && address.at[at - 1] != '@')
        at--;
    return at ? octets_sub(address, at, address.size) : OCTETS_NONE;
}

/* What stands before the last '@' of an address; none when there is no '@'. */
static struct octets local_of(struct octets address)
{
    struct octets domain = domain_of(address);
    bool has_at = domain.size || octets_find_octet(address, '@', 0) < address.size;
    return has_at ? octets_sub(address, 0, address.size - domain.size - 1) : OCTETS_NONE;
}

static bool is_role(struct octets local)
{
    return octets_is_equal_nocase(local, OCTETS("postmaster")) ||
           octets_is_equal_nocase(local, OCTETS("abuse"));
}

static bool is_here(const struct smtp_scope *s, struct octets domain)
{
    return s->domain.size && octets_is_equal_nocase(domain, s->domain);
}

static bool is_address(const struct smtp_scope *s, struct octets literal)
{
    return s->address.size && octets_is_equal_nocase(literal, s->address);
}

/*
 * A name that begins with our tag: what only holds it might be somebody's with our tag as the
 * detail (RFC 5233 s1, "user+tag").  Below the domain under test it may be a domain.
 */
static bool is_tagged(const struct smtp_scope *s, struct octets name)
{
    bool dotted = false;
    if (s->tag.size < 6 || !octets_has_prefix_nocase(name, s->tag))
        return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        if (!octet_is_alpha(c) && !octet_is_digit(c) && !is_one_of(c, "-_+=."))
            return false;
        dotted = dotted || c == '.';
    }
    size_t own = s->domain.size;
    return !dotted || (own && name.size > own && name.at[name.size - own - 1] == '.' &&
                       octets_has_suffix_nocase(name, s->domain));
}

/* ---- recipients ---- */

static bool is_separator(uint8_t c)
{
    return is_one_of(c, "@%!,:;\"'()[]<> \\");
}

/* Whether `domain` begins at `at`, and a separator or the end follows it. */
static bool domain_follows(struct octets address, size_t at, struct octets domain)
{
    size_t end = at + domain.size;
    return octets_has_prefix_nocase(octets_sub(address, at, address.size), domain) &&
           (end == address.size || is_separator(address.at[end]));
}

/*
 * Whether the name at [from, to) is the outsider's and says so: local@domain, "local"@domain,
 * local%domain or domain!local.  Alone, or at another domain, it may be anybody.
 */
static bool is_outsider(const struct smtp_scope *s, struct octets address, size_t from, size_t to)
{
    struct octets local = local_of(s->outsider), domain = domain_of(s->outsider);
    size_t before = from > domain.size ? from - domain.size - 1 : address.size;
    if (!local.size || !domain.size ||
        !octets_is_equal_nocase(octets_sub(address, from, to), local))
        return false;
    if (to < address.size && address.at[to] == '"' && from > 0 && address.at[from - 1] == '"')
        to++;
    if (to < address.size && (address.at[to] == '@' || address.at[to] == '%') &&
        domain_follows(address, to + 1, domain))
        return true;
    return before < from && address.at[from - 1] == '!' &&
           domain_follows(address, before, domain) &&
           (before == 0 || is_separator(address.at[before - 1]));
}

/* What the names of a recipient add up to. */
struct names {
    bool has_role, has_ours, has_foreign_domain, has_stranger;
};

static void judge_name(const struct smtp_scope *s, struct octets address, size_t from, size_t to,
                       struct names *sum)
{
    struct octets name = octets_sub(address, from, to);
    if (is_here(s, name) || is_address(s, name))
        return;
    if (is_outsider(s, address, from, to) || is_tagged(s, name))
        sum->has_ours = true;
    else if (is_role(name))
        sum->has_role = true;
    else if (s->outsider.size && octets_is_equal_nocase(name, domain_of(s->outsider)))
        sum->has_foreign_domain = true;
    else
        sum->has_stranger = true;
}

/* The length of "[IPv6:...]" with the server's own address at `at`: its colons part nothing.  0:
 * something else. */
static size_t own_literal(const struct smtp_scope *s, struct octets address, size_t at)
{
    const struct octets open = OCTETS("[IPv6:");
    struct octets rest = octets_sub(address, at, address.size);
    if (!octets_has_prefix_nocase(rest, open))
        return 0;
    size_t end = octets_find_octet(rest, ']', 0);
    return end < rest.size && is_address(s, octets_sub(rest, open.size, end)) ? end + 1 : 0;
}

/*
 * A recipient, or the argument of VRFY and EXPN.  However a server takes it apart - source routes,
 * percent, bang, quotes, literals - each name must be ours: a role or a tagged name, the outsider,
 * the domain under test.
 */
static bool recipient_is_allowed(const struct smtp_scope *s, struct octets address)
{
    struct names sum = {0};
    size_t from = 0, count = 0, skip = 0;
    for (size_t i = 0; i <= address.size; i += skip ? skip : 1) {
        bool part = i == address.size || is_separator(address.at[i]);
        skip = i < address.size ? own_literal(s, address, i) : 0;
        if (!part)
            continue;
        if (i > from) {
            judge_name(s, address, from, i, &sum);
            count++;
        }
        from = i + (skip ? skip : 1);
    }
    if (count == 0)
        return true; /* RCPT TO:<> and the like reach nobody */
    if (sum.has_stranger || (sum.has_role && sum.has_foreign_domain))
        return false;
    return sum.has_role || sum.has_ours;
}

/* ---- senders ---- */

/* Whether a name before the '@' of a sender leads nowhere else, however it is read. */
static bool is_plain_local(struct octets local)
{
    for (size_t i = 0; i < local.size; i++)
        if (is_one_of(local.at[i], "@%!()<>:;,\\[]"))
            return false;
    return local.size > 0;
}

/* The hosts of a source route, "@one,@two". */
static bool route_is_ours(const struct smtp_scope *s, struct octets route)
{
    while (route.size) {
        struct octets host = octets_trim(octets_take_until(&route, ','));
        struct octets name = octets_sub(host, 1, host.size);
        if (!host.size || host.at[0] != '@')
            return false;
        if (!is_reserved(name) && !is_here(s, name) &&
            !octets_is_equal_nocase(name, domain_of(s->sender)))
            return false;
    }
    return true;
}

static bool sender_is_ours(const struct smtp_scope *s, struct octets address)
{
    if (address.size && address.at[0] == '@') {
        struct octets route = octets_take_until(&address, ':');
        if (!address.size || !route_is_ours(s, route))
            return false;
    }
    if (address.size == 0 || octets_is_equal_nocase(address, s->sender))
        return true;
    struct octets local = local_of(address), domain = domain_of(address);
    if (is_reserved(domain))
        return is_plain_local(local);
    return is_here(s, domain) && (is_tagged(s, local) || is_role(local));
}

/* ---- paths and what follows them ---- */

/* The path behind FROM: or TO:, without its brackets; *ret_params gets what follows it. */
static struct octets take_path(struct octets rest, struct octets *ret_params)
{
    size_t open = octets_find_octet(rest, '<', 0);
    if (open == rest.size) {
        *ret_params = rest;
        return octets_take_word(ret_params);
    }
    size_t end = octets_find_octet(rest, '>', open);
    *ret_params = octets_sub(rest, end + 1, rest.size);
    /* What stands before the bracket belongs to the address as far as we know. */
    return octets_trim(octets_sub(rest, 0, open)).size ? rest : octets_sub(rest, open + 1, end);
}

/* One parameter (RFC 5321 s4.1.2, esmtp-param) names nobody: no address, plain or as xtext, no
 * further path. */
static bool param_names_nobody(struct octets param)
{
    bool empty_path = octets_has_suffix_nocase(param, OCTETS("=<>"));
    if (octets_has_prefix_nocase(param, OCTETS("AUTH=")) && !empty_path)
        return false;
    for (size_t i = 0; i + (empty_path ? 3 : 0) < param.size; i++)
        if (param.at[i] > 0x7e || is_one_of(param.at[i], "@<>,;!%+\"()[]\\"))
            return false;
    return true;
}

static const char *judge_params(struct octets params, bool with_value)
{
    if (params.size && params.at[0] != ' ')
        return "text joined to a path, or behind one without brackets";
    while (params.size) {
        struct octets word = octets_take_word(&params);
        if (!param_names_nobody(word))
            return "an address among the parameters";
        /* A bare word behind a recipient might be taken for one more. */
        if (word.size && with_value && octets_find_octet(word, '=', 0) == word.size)
            return "a word behind the recipient";
    }
    return NULL;
}

/* Skips a preposition and the colon where they are there, blanks or none between them. */
static struct octets skip_preposition(struct octets rest, const char *preposition)
{
    if (octets_has_prefix_nocase(rest, octets_of(preposition)))
        rest = octets_trim(octets_sub(rest, strlen(preposition), rest.size));
    if (rest.size && rest.at[0] == ':')
        rest = octets_trim(octets_sub(rest, 1, rest.size));
    return rest;
}

const char *smtp_guard_sender(const struct smtp_scope *s, enum smtp_class class,
                              struct octets argument)
{
    struct octets params;
    struct octets rest = skip_preposition(argument, "FROM");
    struct octets path = take_path(rest, &params);
    /* "MAIL" and "MAIL FROM:" begin nothing; a path might. */
    if (class < SMTP_CLASS_TRANSACTION && rest.size)
        return "class session begins no transaction";
    if (!sender_is_ours(s, path))
        return "a sender that is not ours";
    return judge_params(params, false);
}

const char *smtp_guard_recipient(const struct smtp_scope *s, enum smtp_class class,
                                 struct octets argument)
{
    struct octets params;
    struct octets path = take_path(skip_preposition(argument, "TO"), &params);
    if (class < SMTP_CLASS_TRANSACTION && path.size)
        return "class session names no recipient";
    if (!recipient_is_allowed(s, path))
        return "a recipient that is not ours, a role or the outsider";
    return judge_params(params, true);
}

const char *smtp_guard_lookup(const struct smtp_scope *s, struct octets argument)
{
    return recipient_is_allowed(s, argument) ? NULL : "a name that is not ours or a role";
}
