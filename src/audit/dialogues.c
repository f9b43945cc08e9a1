/* SPDX-License-Identifier: Apache-2.0 */
#include "dialogues.h"

/* ---- what is said of a check ---- */

static enum err take_seen(void *record, struct arena *a, const struct stanza_key *key,
                          const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct audit_check *c = record;
    (void)a;
    (void)key;
    for (unsigned i = 1; i < FINDING_SEEN__COUNT; i++) {
        if (!octets_is_equal(line->value, octets_of(finding_seen_name((enum finding_seen)i))))
            continue;
        c->seen_at = (enum finding_seen)i;
        return ERR_OK;
    }
    return dialogue_problem_set(
        problem, line->number, "seen-at is offer, mail, rcpt, data or delivered, not", line->value);
}

static enum err take_slowed(void *record, struct arena *a, const struct stanza_key *key,
                            const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct audit_check *c = record;
    (void)a;
    (void)key;
    if (dialogue_duration(line->value, &c->slowed_ms) && c->slowed_ms)
        return ERR_OK;
    return dialogue_problem_set(problem, line->number, "slowed takes a duration such as 400ms, not",
                                line->value);
}

#define FIELD(name) offsetof(struct audit_check, name)
static const struct stanza_key check_keys[] = {
    {"check", STANZA_MAY, stanza_take_text, FIELD(id)},
    {"title", STANZA_MUST, stanza_take_text, FIELD(title)},
    {"severity", STANZA_MUST, advisory_take_severity, FIELD(severity)},
    {"means", STANZA_MAY, stanza_take_values, FIELD(means)},
    {"remedy", STANZA_MAY, stanza_take_values, FIELD(remedy)},
    {"configure", STANZA_MAY, stanza_take_values, FIELD(configure)},
    {"source", STANZA_MAY, stanza_take_values, FIELD(sources)},
    {"seen-at", STANZA_MAY, take_seen, 0},
    {"slowed", STANZA_MAY, take_slowed, 0},
    {0},
};

enum err audit_check_fill(struct audit_knowledge *k, const struct stanza *s,
                          struct audit_check *ret, struct dialogue_problem *problem)
{
    return stanza_fill(ret, &k->arena, check_keys, s, problem);
}

enum err audit_check_add(struct audit_knowledge *k, const struct audit_check *c, unsigned line,
                         struct dialogue_problem *problem)
{
    void *at = k->checks;
    for (size_t i = 0; i < k->check_count; i++)
        if (octets_is_equal(k->checks[i].id, c->id))
            return dialogue_problem_set(problem, line, "stands twice", c->id);
    if (!arena_grow(&k->arena, &at, k->check_count, &k->check_room, sizeof *c))
        return ERR_NOMEM;
    k->checks = at;
    k->checks[k->check_count++] = *c;
    return ERR_OK;
}

/* ---- dialogues ---- */

/* The headers that the compiler of programs reads itself. */
static bool is_of_program(struct octets key)
{
    static const char *const keys[] = {"class", "state", "errors", "needs", "again", "connection"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (octets_is_equal(key, octets_of(keys[i])))
            return true;
    return false;
}

/* The other headers, as a stanza. */
static enum err say_of(struct audit_knowledge *k, const struct dialogue *d, struct audit_check *ret,
                       struct dialogue_problem *problem)
{
    struct stanza s = {0};
    s.lines = arena_alloc_array(&k->arena, d->header_count + 1, sizeof *s.lines);
    if (!s.lines)
        return ERR_NOMEM;
    s.lines[s.count++] =
        (struct stanza_line){.key = OCTETS("check"), .value = d->name, .number = 1};
    for (size_t i = 0; i < d->header_count; i++)
        if (!is_of_program(d->headers[i].key))
            s.lines[s.count++] = (struct stanza_line){.key = d->headers[i].key,
                                                      .value = octets_trim(d->headers[i].value),
                                                      .number = d->headers[i].number};
    return audit_check_fill(k, &s, ret, problem);
}

enum err audit_dialogue_add(struct audit_knowledge *k, struct octets text,
                            struct dialogue_problem *problem)
{
    struct dialogue *d = arena_alloc(&k->arena, sizeof *d);
    struct smtp_program *programs = NULL;
    struct audit_check check = {0};
    size_t count = 0;
    if (!d)
        return ERR_NOMEM;
    enum err e = dialogue_parse(text, &k->arena, d, problem);
    if (!e && d->kind != DIALOGUE_CHECK)
        e = dialogue_problem_set(problem, 1, "not a check", OCTETS_NONE);
    if (!e)
        e = say_of(k, d, &check, problem);
    if (!e)
        e = smtp_program_compile(d, &k->arena, &k->regexes, &programs, &count, problem);
    for (size_t i = 0; i < count && !e; i++) {
        check.id = octets_of(programs[i].name);
        check.program = &programs[i];
        e = audit_check_add(k, &check, 1, problem);
    }
    return e;
}

/* ---- order ---- */

static int by_id(const void *a, const void *b)
{
    const struct audit_check *x = a, *y = b;
    return octets_compare(x->id, y->id);
}

/* What may end a session comes last; what shares a transaction stands together; then the gravest
 * first, for budgets may end the asking. */
static int by_turn(const void *a, const void *b)
{
    const struct audit_check *x = *(const struct audit_check *const *)a,
                             *y = *(const struct audit_check *const *)b;
    const struct smtp_program *p = x->program, *q = y->program;
    if (p->is_alone != q->is_alone)
        return p->is_alone ? 1 : -1;
    if (p->class != q->class)
        return p->class < q->class ? -1 : 1;
    if (!x->slowed_ms != !y->slowed_ms)
        return x->slowed_ms ? 1 : -1;
    if ((p->state == SMTP_STATE_MAIL) != (q->state == SMTP_STATE_MAIL))
        return p->state == SMTP_STATE_MAIL ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    return octets_compare(x->id, y->id);
}

enum err audit_dialogues_order(struct audit_knowledge *k)
{
    const struct audit_check **turns = arena_alloc_array(&k->arena, k->check_count, sizeof *turns);
    k->programs = arena_alloc_array(&k->arena, k->check_count, sizeof(struct smtp_program *));
    if (!turns || !k->programs)
        return ERR_NOMEM;
    if (k->check_count)
        qsort(k->checks, k->check_count, sizeof *k->checks, by_id);
    k->program_count = 0;
    for (size_t i = 0; i < k->check_count; i++)
        if (k->checks[i].program)
            turns[k->program_count++] = &k->checks[i];
    if (k->program_count)
        qsort(turns, k->program_count, sizeof(struct audit_check *), by_turn);
    for (size_t i = 0; i < k->program_count; i++)
        k->programs[i] = turns[i]->program;
    return ERR_OK;
}
