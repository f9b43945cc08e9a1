/* SPDX-License-Identifier: Apache-2.0 */
#include "literal.h"

/* The run that grows, and the longest that has ended. */
struct literal {
    struct octets rest;
    uint8_t run[LITERAL_PATTERN_MAX], best[LITERAL_PATTERN_MAX];
    size_t run_size, best_size;
};

static void end_run(struct literal *l)
{
    if (l->run_size > l->best_size) {
        memcpy(l->best, l->run, l->run_size);
        l->best_size = l->run_size;
    }
    l->run_size = 0;
}

static bool starts_with(const struct literal *l, uint8_t c)
{
    return l->rest.size && l->rest.at[0] == c;
}

static void step(struct literal *l, size_t octets)
{
    l->rest = octets_sub(l->rest, octets, l->rest.size);
}

/* Behind "[": to its end.  A "]" right at the start is a member (pcre2pattern). */
static bool skip_class(struct literal *l)
{
    if (starts_with(l, '^'))
        step(l, 1);
    if (starts_with(l, ']'))
        step(l, 1);
    for (; l->rest.size; step(l, l->rest.at[0] == '\\' ? 2 : 1)) {
        if (starts_with(l, ']')) {
            step(l, 1);
            return true;
        }
        if (octets_has_prefix(l->rest, OCTETS("[:")) || octets_has_prefix(l->rest, OCTETS("\\Q")))
            return false;
    }
    return false;
}

/* Behind "(": an option such as (?i) holds from there on, and (?x and (?# change what a parenthesis
 * is; both end our understanding.  (?i:...) holds within. */
static bool changes_options(struct octets inside)
{
    size_t end = 1;
    if (!octets_has_prefix(inside, OCTETS("?")))
        return false;
    while (end < inside.size && memchr("imsnJU^-", inside.at[end], 8))
        end++;
    if (end == inside.size || inside.at[end] == '#' || inside.at[end] == 'x')
        return true;
    return end > 1 && inside.at[end] != ':';
}

/* Behind "(": to its end, whatever is inside, for a group may be an alternative or a look ahead. */
static bool skip_group(struct literal *l)
{
    size_t depth = 1;
    bool at_start = true;
    while (l->rest.size) {
        uint8_t c = l->rest.at[0];
        if (at_start && (c == '*' || changes_options(l->rest)))
            return false;
        if (octets_has_prefix(l->rest, OCTETS("\\Q")))
            return false;
        step(l, c == '\\' ? 2 : 1);
        at_start = c == '(';
        if (c == '[' && !skip_class(l))
            return false;
        depth = depth + (c == '(') - (c == ')');
        if (!depth)
            return true;
    }
    return false;
}

/* Behind "\\": what stands for itself joins the run, known classes and assertions end it. */
static bool take_escape(struct literal *l)
{
    if (!l->rest.size)
        return false;
    uint8_t c = l->rest.at[0];
    step(l, 1);
    if (!octet_is_alpha(c) && !octet_is_digit(c) && c < 0x80) {
        l->run[l->run_size++] = c;
        return true;
    }
    end_run(l);
    if (octet_is_digit(c))
        while (l->rest.size && octet_is_digit(l->rest.at[0]))
            step(l, 1);
    return octet_is_digit(c) || memchr("dDsSwWbBAzZhHvVRNnrt", c, 20) != NULL;
}

/* "?", "*", "+" or "{...}" behind an item, and the mark of laziness or possession behind that. */
static bool take_quantifier(struct literal *l)
{
    uint8_t c = l->rest.at[0];
    size_t end = c == '{' ? octets_find_octet(l->rest, '}', 0) : 0;
    if (c == '{' && end == l->rest.size)
        return false;
    if (c != '+' && l->run_size)
        l->run_size--; /* it may be absent */
    end_run(l);
    step(l, end + 1);
    if (starts_with(l, '?') || starts_with(l, '+'))
        step(l, 1);
    return true;
}

static bool take_item(struct literal *l)
{
    uint8_t c = l->rest.at[0];
    if (memchr("?*+{", c, 4))
        return take_quantifier(l);
    step(l, 1);
    switch (c) {
    case '\\':
        return take_escape(l);
    case '[':
        end_run(l);
        return skip_class(l);
    case '(':
        end_run(l);
        return skip_group(l);
    case '^':
    case '$':
    case '.':
        end_run(l);
        return true;
    case '|':
    case ')':
        return false;
    default:
        l->run[l->run_size++] = c;
        return true;
    }
}

struct octets literal_of(struct octets pattern, struct arena *a)
{
    struct literal l = {.rest = pattern};
    struct octets found = OCTETS_NONE;
    if (pattern.size > LITERAL_PATTERN_MAX)
        return found;
    while (l.rest.size)
        if (!take_item(&l))
            return found;
    end_run(&l);
    return arena_copy(a, (struct octets){l.best, l.best_size}, &found) ? found : OCTETS_NONE;
}
