/* SPDX-License-Identifier: Apache-2.0 */
#include "program_parts.h"

/* What one compilation carries along. */
struct compiler {
    struct arena *arena;
    struct smtp_regex_set *set;
    struct smtp_program *program;
    struct dialogue_problem *problem;
    size_t step_room, alternative_room;
    uint32_t repeat;    /* for the next C: */
    uint32_t within_ms; /* for the next reply */
    bool has_ended;
};

static struct smtp_step *add_step(struct compiler *c, enum smtp_op op, unsigned line)
{
    void *at = c->program->steps;
    if (!arena_grow(c->arena, &at, c->program->step_count, &c->step_room,
                    sizeof *c->program->steps))
        return NULL;
    c->program->steps = at;
    struct smtp_step *s = &c->program->steps[c->program->step_count++];
    *s = (struct smtp_step){
        .op = op, .line = line, .repeat = 1, .first = c->program->alternative_count};
    return s;
}

static enum err add_reply(struct compiler *c, unsigned line)
{
    struct smtp_step *s = add_step(c, SMTP_OP_REPLY, line);
    if (!s)
        return ERR_NOMEM;
    s->within_ms = c->within_ms;
    c->within_ms = 0;
    return ERR_OK;
}

/* The row's value in the place of {each}; of "FIRST | SECOND" the parts in that of {each.1} and
 * {each.2}. */
static enum err put_row(struct compiler *c, const struct dialogue_line *l, struct octets *ret)
{
    struct octets second = c->program->each, first = octets_trim(octets_take_until(&second, '|'));
    const struct {
        struct octets name, value;
    } rows[] = {{OCTETS("{each}"), c->program->each},
                {OCTETS("{each.1}"), first},
                {OCTETS("{each.2}"), octets_trim(second)}};
    struct octets rest = l->text;
    struct buf text;
    bool is_known = true;
    buf_init(&text, SMTP_TEMPLATE_MAX);
    while (rest.size) {
        size_t at = octets_find(rest, OCTETS("{each"), 0), row = 0;
        buf_append(&text, octets_sub(rest, 0, at));
        rest = octets_sub(rest, at, rest.size);
        while (rest.size && row < 3 && !octets_has_prefix(rest, rows[row].name))
            row++;
        is_known = is_known && (!rest.size || (row < 3 && rows[row].value.size));
        if (!is_known || !rest.size)
            break;
        buf_append(&text, rows[row].value);
        rest = octets_sub(rest, rows[row].name.size, rest.size);
    }
    enum err e = buf_error(&text);
    if (!e && !arena_copy(c->arena, buf_octets(&text), ret))
        e = ERR_NOMEM;
    buf_release(&text);
    return is_known ? e
                    : dialogue_problem_set(c->problem, l->number,
                                           "{each} is the value of an each line, and there is none",
                                           OCTETS_NONE);
}

/* C: and C= */
static enum err compile_send(struct compiler *c, const struct dialogue_line *written)
{
    struct dialogue_line with_row = *written;
    const struct dialogue_line *l = &with_row;
    const char *what = "octets stand in double quotes";
    enum err e = put_row(c, written, &with_row.text);
    struct octets text = l->text;
    if (e)
        return e;
    if (l->word == DIALOGUE_CLIENT_RAW) {
        struct octets rest = l->text;
        e = dialogue_take_quoted(&rest, c->arena, &text);
        if (e == ERR_SYNTAX || (!e && rest.size))
            return dialogue_problem_set(c->problem, l->number, what, l->text);
    } else {
        uint8_t *line = arena_alloc(c->arena, l->text.size + 2);
        if (!line)
            return ERR_NOMEM;
        if (l->text.size)
            memcpy(line, l->text.at, l->text.size);
        line[l->text.size] = '\r';
        line[l->text.size + 1] = '\n';
        text = (struct octets){line, l->text.size + 2};
    }
    struct smtp_step *s = e ? NULL : add_step(c, SMTP_OP_SEND, l->number);
    if (!s)
        return ERR_NOMEM;
    s->written = l->text;
    s->repeat = c->repeat ? c->repeat : 1;
    c->repeat = 0;
    e = smtp_template_parse(text, c->arena, &s->text, &what);
    if (e == ERR_SYNTAX)
        return dialogue_problem_set(c->problem, l->number, what, l->text);
    c->program->vars |= s->text.vars;
    return e ? e : add_reply(c, l->number);
}

/* PATTERN [as NAME] [-> VERDICT ["words"]] */
static enum err compile_alternative(struct compiler *c, const struct dialogue_line *l)
{
    struct smtp_program *p = c->program;
    struct smtp_step *reply = p->step_count ? &p->steps[p->step_count - 1] : NULL;
    if (!reply || reply->op != SMTP_OP_REPLY)
        return dialogue_problem_set(c->problem, l->number,
                                    "an S: line stands under a C: line or next", OCTETS_NONE);
    void *at = p->alternatives;
    if (!arena_grow(c->arena, &at, p->alternative_count, &c->alternative_room,
                    sizeof *p->alternatives))
        return ERR_NOMEM;
    p->alternatives = at;
    struct smtp_alternative *alt = &p->alternatives[p->alternative_count++];
    *alt = (struct smtp_alternative){0};
    reply->count++;

    struct octets rest = octets_trim(l->text);
    const char *what = "PATTERN [as NAME] [-> VERDICT \"words\"]";
    enum err e = smtp_pattern_take(&rest, c->set, &alt->pattern, &what);
    struct octets after = rest;
    if (!e && octets_is_equal(octets_take_word(&after), OCTETS("as"))) {
        alt->as = octets_take_word(&after);
        rest = after;
        e = alt->as.size ? ERR_OK : ERR_SYNTAX;
    }
    if (!e && rest.size)
        e = smtp_program_arrow(&rest, c->arena, &alt->verdict, &alt->words);
    if (e == ERR_SYNTAX || (!e && rest.size))
        return dialogue_problem_set(c->problem, l->number, what, l->text);
    return e;
}

static enum err compile_repeat(struct compiler *c, const struct dialogue_line *l)
{
    uint64_t n;
    if (!octets_to_number(octets_trim(l->text), 25, &n) || n == 0)
        return dialogue_problem_set(c->problem, l->number, "repeat takes 1 to 25, not", l->text);
    if (c->program->class < SMTP_CLASS_NOISY)
        return dialogue_problem_set(c->problem, l->number, "repeat is class noisy", OCTETS_NONE);
    c->repeat = (uint32_t)n;
    return ERR_OK;
}

static enum err compile_end(struct compiler *c, const struct dialogue_line *l)
{
    struct octets rest = octets_trim(l->text);
    struct smtp_step *s = add_step(c, SMTP_OP_END, l->number);
    if (!s)
        return ERR_NOMEM;
    c->has_ended = true;
    enum err e = smtp_program_arrow(&rest, c->arena, &s->verdict, &s->words);
    if (e == ERR_SYNTAX || (!e && rest.size))
        return dialogue_problem_set(c->problem, l->number, "end -> VERDICT \"words\", not",
                                    l->text);
    return e;
}

static enum err compile_line(struct compiler *c, const struct dialogue_line *l)
{
    bool more = l->word != DIALOGUE_VERDICT && l->word != DIALOGUE_EACH;
    if (more && c->has_ended)
        return dialogue_problem_set(c->problem, l->number, "nothing is played after end",
                                    OCTETS_NONE);
    if (c->repeat && l->word != DIALOGUE_CLIENT && l->word != DIALOGUE_CLIENT_RAW &&
        l->word != DIALOGUE_WITHIN)
        return dialogue_problem_set(c->problem, l->number, "repeat stands before a C: line",
                                    OCTETS_NONE);
    if ((l->word == DIALOGUE_NEXT || l->word == DIALOGUE_TLS) && octets_trim(l->text).size)
        return dialogue_problem_set(c->problem, l->number, "next and tls stand alone, without",
                                    l->text);
    switch ((unsigned)l->word) {
    case DIALOGUE_CLIENT:
    case DIALOGUE_CLIENT_RAW:
        return compile_send(c, l);
    case DIALOGUE_SERVER:
        return compile_alternative(c, l);
    case DIALOGUE_NEXT:
        return add_reply(c, l->number);
    case DIALOGUE_TLS:
        return add_step(c, SMTP_OP_TLS, l->number) ? ERR_OK : ERR_NOMEM;
    case DIALOGUE_WITHIN:
        if (dialogue_duration(octets_trim(l->text), &c->within_ms) && c->within_ms)
            return ERR_OK;
        return dialogue_problem_set(c->problem, l->number,
                                    "within takes a duration such as 5s, not", l->text);
    case DIALOGUE_REPEAT:
        return compile_repeat(c, l);
    case DIALOGUE_END:
        return compile_end(c, l);
    default:
        return ERR_OK; /* verdict and each lines are read by others */
    }
}

enum err smtp_program_steps(const struct dialogue *d, struct arena *a, struct smtp_regex_set *set,
                            struct smtp_program *p, struct dialogue_problem *problem)
{
    struct compiler c = {.arena = a, .set = set, .program = p, .problem = problem};
    for (size_t i = 0; i < d->line_count; i++) {
        enum err e = compile_line(&c, &d->lines[i]);
        if (e)
            return e;
    }
    if (c.repeat)
        return dialogue_problem_set(problem, 1, "repeat stands before a C: line", OCTETS_NONE);
    if (c.within_ms)
        return dialogue_problem_set(problem, 1, "within stands before what is answered",
                                    OCTETS_NONE);
    if (p->step_count == 0)
        return dialogue_problem_set(problem, 1, "nothing is asked", OCTETS_NONE);
    return ERR_OK;
}
