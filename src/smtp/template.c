/* SPDX-License-Identifier: Apache-2.0 */
#include "template.h"

static const char *const names[SMTP_VAR__COUNT] = {
#define X(id, name) name,
    SMTP_VAR_MAP(X)
#undef X
};

const char *smtp_var_name(enum smtp_var v)
{
    return v < SMTP_VAR__COUNT ? names[v] : "?";
}

/* {name} or {text*count} between the braces. */
static enum err parse_placeholder(struct octets inside, struct smtp_template_part *ret,
                                  const char **what)
{
    size_t star = octets_find_octet(inside, '*', 0);
    if (star < inside.size) {
        uint64_t times;
        *what = "a repetition is {TEXT*COUNT}, COUNT up to 20000";
        if (star == 0 ||
            !octets_to_number(octets_sub(inside, star + 1, inside.size), 20000, &times) ||
            times == 0)
            return ERR_SYNTAX;
        *ret = (struct smtp_template_part){.text = octets_sub(inside, 0, star),
                                           .times = (uint32_t)times};
        return ERR_OK;
    }
    for (unsigned v = 0; v < SMTP_VAR__COUNT; v++) {
        if (!octets_is_equal(inside, octets_of(names[v])))
            continue;
        *ret = (struct smtp_template_part){.var = (enum smtp_var)v, .times = 1};
        return ERR_OK;
    }
    *what = "unknown placeholder";
    return ERR_SYNTAX;
}

/* The next part of *rest, which loses it. */
static enum err take_part(struct octets *rest, struct smtp_template_part *ret, const char **what)
{
    size_t brace = octets_find_octet(*rest, '{', 0);
    if (brace > 0 || octets_has_prefix(*rest, OCTETS("{{"))) {
        bool doubled = brace == 0;
        *ret = (struct smtp_template_part){.text = octets_sub(*rest, 0, doubled ? 1 : brace),
                                           .times = 1};
        *rest = octets_sub(*rest, doubled ? 2 : brace, rest->size);
        return ERR_OK;
    }
    size_t end = octets_find_octet(*rest, '}', 0);
    if (end == rest->size) {
        *what = "'{' without '}' (a literal one is '{{')";
        return ERR_SYNTAX;
    }
    struct octets inside = octets_sub(*rest, 1, end);
    *rest = octets_sub(*rest, end + 1, rest->size);
    return parse_placeholder(inside, ret, what);
}

enum err smtp_template_parse(struct octets text, struct arena *a, struct smtp_template *ret,
                             const char **ret_what)
{
    struct smtp_template t = {0};
    size_t room = 0;
    while (text.size) {
        void *at = t.parts;
        if (!arena_grow(a, &at, t.count, &room, sizeof *t.parts))
            return ERR_NOMEM;
        t.parts = at;
        struct smtp_template_part *part = &t.parts[t.count++];
        enum err e = take_part(&text, part, ret_what);
        if (e)
            return e;
        if (part->text.size == 0)
            t.vars |= 1u << part->var;
    }
    *ret = t;
    return ERR_OK;
}

enum err smtp_template_fill(const struct smtp_template *t, const struct smtp_vars *vars,
                            struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct smtp_template_part *part = &t->parts[i];
        struct octets text = part->text.size ? part->text : vars->value[part->var];
        if (text.size == 0)
            return ERR_NOT_FOUND;
        for (uint32_t n = 0; n < part->times; n++)
            buf_append(out, text);
    }
    return buf_error(out);
}
