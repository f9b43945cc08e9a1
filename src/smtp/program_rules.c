/* SPDX-License-Identifier: Apache-2.0 */
#include "program_parts.h"

static const char *const names[SMTP_VERDICT__COUNT] = {
#define X(id, name) name,
    SMTP_VERDICT_MAP(X)
#undef X
};

const char *smtp_verdict_name(enum smtp_verdict v)
{
    return v < SMTP_VERDICT__COUNT ? names[v] : "?";
}

enum smtp_verdict smtp_verdict_of(struct octets name)
{
    unsigned v = SMTP_VERDICT_NONE + 1;
    while (v < SMTP_VERDICT__COUNT && !octets_is_equal(name, octets_of(names[v])))
        v++;
    return (enum smtp_verdict)v;
}

static enum err take_words(struct octets *rest, struct arena *a, struct octets *ret)
{
    return rest->size && rest->at[0] == '"' ? dialogue_take_quoted(rest, a, ret) : ERR_OK;
}

enum err smtp_program_arrow(struct octets *rest, struct arena *a, enum smtp_verdict *ret,
                            struct octets *ret_words)
{
    struct octets left = *rest;
    if (!octets_is_equal(octets_take_word(&left), OCTETS("->")))
        return ERR_SYNTAX;
    enum smtp_verdict v = smtp_verdict_of(octets_take_word(&left));
    if (v == SMTP_VERDICT__COUNT)
        return ERR_SYNTAX;
    enum err e = take_words(&left, a, ret_words);
    if (e)
        return e;
    *ret = v;
    *rest = left;
    return ERR_OK;
}

/* Whether some alternative of the program names its reply so. */
static bool is_named(const struct smtp_program *p, struct octets name)
{
    for (size_t i = 0; i < p->alternative_count; i++)
        if (name.size && octets_is_equal(p->alternatives[i].as, name))
            return true;
    return false;
}

/* NAME PATTERN | NAME = NAME | NAME != NAME, at the start of *rest up to a comma, a quote or the
 * end. */
static enum err take_condition(const struct smtp_program *p, struct octets *rest,
                               struct smtp_regex_set *set, struct smtp_condition *ret,
                               const char **what)
{
    struct smtp_condition c = {0};
    c.name = octets_take_word(rest);
    if (!is_named(p, c.name)) {
        *what = "no reply has this name (S: PATTERN as NAME)";
        return ERR_SYNTAX;
    }
    struct octets left = *rest;
    struct octets sign = octets_take_word(&left);
    bool same = octets_is_equal(sign, OCTETS("=")), different = octets_is_equal(sign, OCTETS("!="));
    enum err e = ERR_OK;
    if (same || different) {
        c.compare = same ? SMTP_COMPARE_SAME : SMTP_COMPARE_DIFFERENT;
        c.other = octets_take_word(&left);
        if (!is_named(p, c.other))
            e = ERR_SYNTAX;
        *rest = left;
    } else {
        e = smtp_pattern_take(rest, set, &c.pattern, what);
    }
    *ret = c;
    return e;
}

/* The end of the condition that the text begins with: a comma or a quote that stands in no regular
 * expression, or the end. */
static size_t condition_end(struct octets text)
{
    bool in_regex = false;
    size_t i = 0;
    for (; i < text.size; i++) {
        uint8_t o = text.at[i];
        if (in_regex && o == '\\')
            i++;
        else if (o == '/')
            in_regex = !in_regex;
        else if (!in_regex && (o == ',' || o == '"'))
            break;
    }
    return i < text.size ? i : text.size;
}

/* VERDICT CONDITION {, CONDITION} ["words"] */
static enum err compile_rule(const struct dialogue_line *l, struct arena *a,
                             struct smtp_regex_set *set, struct smtp_program *p,
                             struct dialogue_problem *problem)
{
    struct smtp_rule *r = &p->rules[p->rule_count++];
    const char *what = "verdict VERDICT NAME PATTERN, ... \"words\"";
    struct octets rest = octets_trim(l->text);
    r->verdict = smtp_verdict_of(octets_take_word(&rest));
    if (r->verdict == SMTP_VERDICT__COUNT)
        return dialogue_problem_set(problem, l->number, what, l->text);
    while (rest.size && rest.at[0] != '"') {
        size_t end = condition_end(rest);
        struct octets one = octets_trim(octets_sub(rest, 0, end));
        bool more = end < rest.size && rest.at[end] == ',';
        rest = octets_sub(rest, end + more, rest.size);
        if (r->count == SMTP_CONDITIONS_MAX)
            return dialogue_problem_set(problem, l->number, "at most eight conditions",
                                        OCTETS_NONE);
        enum err e = take_condition(p, &one, set, &r->conditions[r->count++], &what);
        if (e == ERR_SYNTAX || (!e && one.size))
            return dialogue_problem_set(problem, l->number, what, l->text);
        if (e)
            return e;
    }
    enum err e = rest.size ? take_words(&rest, a, &r->words) : ERR_OK;
    if (e == ERR_SYNTAX || (!e && (rest.size || r->count == 0)))
        return dialogue_problem_set(problem, l->number, what, l->text);
    return e;
}

enum err smtp_program_rules(const struct dialogue *d, struct arena *a, struct smtp_regex_set *set,
                            struct smtp_program *p, struct dialogue_problem *problem)
{
    size_t count = 0;
    for (size_t i = 0; i < d->line_count; i++)
        count += d->lines[i].word == DIALOGUE_VERDICT;
    p->rules = arena_alloc_array(a, count, sizeof *p->rules);
    if (!p->rules)
        return ERR_NOMEM;
    for (size_t i = 0; i < d->line_count; i++) {
        enum err e = ERR_OK;
        if (d->lines[i].word == DIALOGUE_VERDICT)
            e = compile_rule(&d->lines[i], a, set, p, problem);
        if (e)
            return e;
    }
    return ERR_OK;
}
