/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "needs.h"
#include "program_parts.h"

#define NAME_OCTETS_MAX 200 /* of a program: the dialogue's, and that of a row */

static const char *const state_names[SMTP_STATE__COUNT] = {"connected", "greeted", "ehlo", "tls",
                                                           "mail"};

const char *smtp_state_name(enum smtp_state s)
{
    return s < SMTP_STATE__COUNT ? state_names[s] : "?";
}

/* A visit that knows everything, to show the guard what a program would write.  No reserved names:
 * they may do more. */
static const struct smtp_scope sample_scope = {
    .domain = OCTETS_INIT("scanned.alt"),
    .sender = OCTETS_INIT("smtpscan@ours.alt"),
    .outsider = OCTETS_INIT("outsider@elsewhere.alt"),
    .tag = OCTETS_INIT("tag4ag7q"),
    .address = OCTETS_INIT("192.0.2.1"),
};

static struct smtp_vars sample_vars(void)
{
    struct smtp_vars v = {0};
    v.value[SMTP_VAR_ME] = OCTETS("scanner.example.org");
    v.value[SMTP_VAR_CLIENT] = OCTETS("192.0.2.2");
    v.value[SMTP_VAR_DOMAIN] = sample_scope.domain;
    v.value[SMTP_VAR_ADDRESS] = sample_scope.address;
    v.value[SMTP_VAR_HOST] = OCTETS("mx.scanned.alt");
    v.value[SMTP_VAR_SENDER] = sample_scope.sender;
    v.value[SMTP_VAR_OUTSIDER] = sample_scope.outsider;
    v.value[SMTP_VAR_OUTSIDER_LOCAL] = OCTETS("outsider");
    v.value[SMTP_VAR_OUTSIDER_DOMAIN] = OCTETS("elsewhere.alt");
    v.value[SMTP_VAR_POSTMASTER] = OCTETS("postmaster@scanned.alt");
    v.value[SMTP_VAR_ABUSE] = OCTETS("abuse@scanned.alt");
    v.value[SMTP_VAR_RANDOM_1] = OCTETS("tag4ag7q-1");
    v.value[SMTP_VAR_RANDOM_2] = OCTETS("tag4ag7q-2");
    return v;
}

static enum err check_guard(const struct smtp_program *p, struct dialogue_problem *problem)
{
    struct smtp_vars vars = sample_vars();
    struct buf filled;
    enum err e = ERR_OK;
    buf_init(&filled, SMTP_TEMPLATE_MAX);
    for (size_t i = 0; i < p->step_count && !e; i++) {
        const struct smtp_step *s = &p->steps[i];
        const char *why = "a write is at most 32 KiB";
        if (s->op != SMTP_OP_SEND)
            continue;
        buf_clear(&filled);
        e = smtp_template_fill(&s->text, &vars, &filled);
        if (!e && !smtp_guard_allows(&sample_scope, p->class, buf_octets(&filled), &why))
            e = ERR_REFUSED;
        if (e && e != ERR_NOMEM && dialogue_problem_set(problem, s->line, why, OCTETS_NONE))
            e = ERR_REFUSED;
    }
    buf_release(&filled);
    return e;
}

/* The line of a header; the first one of the file when it is not there. */
static unsigned line_of(const struct dialogue *d, const char *key)
{
    size_t behind = 0;
    return dialogue_header(d, key, &behind).size ? d->headers[behind - 1].number : 1;
}

static enum err compile_header(const struct dialogue *d, struct smtp_program *p,
                               struct dialogue_problem *problem)
{
    struct octets class = dialogue_header(d, "class", NULL);
    struct octets state = dialogue_header(d, "state", NULL);
    struct octets errors = dialogue_header(d, "errors", NULL);
    uint64_t count = d->kind == DIALOGUE_STIMULUS ? 1 : 0;
    p->class = smtp_class_of(class);
    if (p->class == SMTP_CLASS__COUNT)
        return dialogue_problem_set(problem, line_of(d, "class"),
                                    "class is passive, session, transaction, noisy or consent, not",
                                    class);
    if (p->class == SMTP_CLASS_CONSENT)
        return dialogue_problem_set(problem, line_of(d, "class"),
                                    "class consent is not played from files", OCTETS_NONE);
    unsigned s = SMTP_STATE_EHLO;
    if (state.size)
        for (s = 0; s < SMTP_STATE__COUNT && !octets_is_equal(state, octets_of(state_names[s]));)
            s++;
    if (s == SMTP_STATE__COUNT)
        return dialogue_problem_set(problem, line_of(d, "state"),
                                    "state is connected, greeted, ehlo, tls or mail, not", state);
    p->state = (enum smtp_state)s;
    if (p->state == SMTP_STATE_CONNECTED && p->class < SMTP_CLASS_NOISY)
        return dialogue_problem_set(problem, line_of(d, "state"),
                                    "speaking before the greeting is class noisy", OCTETS_NONE);
    if (p->state == SMTP_STATE_MAIL && p->class < SMTP_CLASS_TRANSACTION)
        return dialogue_problem_set(problem, line_of(d, "state"),
                                    "state mail is class transaction or above", OCTETS_NONE);
    if (errors.size && !octets_to_number(errors, 25, &count))
        return dialogue_problem_set(problem, line_of(d, "errors"),
                                    "errors is a number up to 25, not", errors);
    p->errors = (uint32_t)count;
    p->needs = dialogue_header(d, "needs", NULL);
    struct octets unknown = smtp_needs_unknown(p->needs);
    if (unknown.size)
        return dialogue_problem_set(problem, line_of(d, "needs"), SMTP_NEEDS_ACCEPTS, unknown);
    struct octets connection = dialogue_header(d, "connection", NULL);
    p->is_alone = octets_is_equal(connection, OCTETS("own"));
    if (connection.size && !p->is_alone)
        return dialogue_problem_set(problem, line_of(d, "connection"), "connection is own, not",
                                    connection);
    return ERR_OK;
}

/* again 6m on 4xx */
static enum err compile_again(const struct dialogue *d, struct smtp_regex_set *set,
                              struct smtp_program *p, struct dialogue_problem *problem)
{
    struct octets rest = dialogue_header(d, "again", NULL);
    const char *what = "again DURATION on PATTERN, not";
    if (rest.size == 0)
        return ERR_OK;
    struct octets shown = rest;
    struct octets delay = octets_take_word(&rest);
    struct octets on = octets_take_word(&rest);
    if (!dialogue_duration(delay, &p->again_ms) || !p->again_ms ||
        !octets_is_equal(on, OCTETS("on")))
        return dialogue_problem_set(problem, line_of(d, "again"), what, shown);
    enum err e = smtp_pattern_take(&rest, set, &p->again_on, &what);
    if (e == ERR_SYNTAX || (!e && rest.size))
        return dialogue_problem_set(problem, line_of(d, "again"), what, shown);
    return e;
}

static enum err compile_one(const struct dialogue *d, struct arena *a, struct smtp_regex_set *set,
                            struct smtp_program *p, struct dialogue_problem *problem)
{
    p->kind = d->kind;
    p->source = d;
    enum err e = compile_header(d, p, problem);
    if (!e)
        e = compile_again(d, set, p, problem);
    if (!e)
        e = smtp_program_steps(d, a, set, p, problem);
    if (!e)
        e = smtp_program_rules(d, a, set, p, problem);
    return e ? e : check_guard(p, problem);
}

static size_t count_rows(const struct dialogue *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->line_count; i++)
        n += d->lines[i].word == DIALOGUE_EACH;
    return n;
}

/* The name of the program for the n-th `each` row, and its value; the dialogue's own name when
 * there are no rows. */
static enum err name_program(const struct dialogue *d, size_t n, struct arena *a,
                             struct smtp_program *p, struct dialogue_problem *problem)
{
    struct octets suffix = OCTETS_NONE;
    for (size_t i = 0; i < d->line_count; i++) {
        if (d->lines[i].word != DIALOGUE_EACH || n-- > 0)
            continue;
        p->each = d->lines[i].text;
        suffix = octets_take_word(&p->each);
        if (p->each.size == 0)
            return dialogue_problem_set(problem, d->lines[i].number, "each SUFFIX VALUE, not",
                                        d->lines[i].text);
        break;
    }
    struct buf name;
    buf_init(&name, NAME_OCTETS_MAX);
    buf_append(&name, d->name);
    buf_append_text(&name, suffix.size ? "." : "");
    buf_append(&name, suffix);
    enum err e = buf_error(&name);
    p->name = e ? NULL : arena_copy_text(a, buf_octets(&name));
    buf_release(&name);
    if (e == ERR_LIMIT)
        return dialogue_problem_set(problem, 1, "a name is at most 200 octets long", OCTETS_NONE);
    return p->name ? ERR_OK : ERR_NOMEM;
}

bool smtp_program_shakes_hands(const struct smtp_program *p)
{
    size_t i = 0;
    while (i < p->step_count && p->steps[i].op != SMTP_OP_TLS)
        i++;
    return i < p->step_count;
}

enum err smtp_program_compile(const struct dialogue *d, struct arena *a, struct smtp_regex_set *set,
                              struct smtp_program **ret_programs, size_t *ret_count,
                              struct dialogue_problem *ret_problem)
{
    if (d->kind != DIALOGUE_STIMULUS && d->kind != DIALOGUE_CHECK)
        return dialogue_problem_set(ret_problem, 1, "only stimuli and checks are played",
                                    OCTETS_NONE);
    size_t rows = count_rows(d);
    size_t count = rows ? rows : 1;
    struct smtp_program *programs = arena_alloc_array(a, count, sizeof *programs);
    if (!programs)
        return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        enum err e = name_program(d, i, a, &programs[i], ret_problem);
        if (!e)
            e = compile_one(d, a, set, &programs[i], ret_problem);
        if (e)
            return e;
    }
    *ret_programs = programs;
    *ret_count = count;
    return ERR_OK;
}
