/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_script.h"

#include "../../src/base/buf.h"

#define FLOOD_MAX       ((uint64_t)1 << 40)
#define SEND_OCTETS_MAX ((size_t)1 << 20)
#define SPLIT_MS        1 /* enough to read one segment before the next one comes */
#define CRLF            OCTETS("\r\n")

struct reader {
    struct arena *arena;
    struct peer_script script;
    size_t room;
    struct buf sending; /* of the lines that leave as one segment */
    struct dialogue_problem *problem;
};

static enum err refuse(struct reader *r, const struct dialogue_line *line, const char *what)
{
    return dialogue_problem_set(r->problem, line->number, what, line->text);
}

/* ---- one function for each shape of line ---- */

static enum err read_client(struct reader *r, const struct dialogue_line *line,
                            struct peer_step *step)
{
    struct octets text = line->text;
    bool has_rest = text.size && text.at[text.size - 1] == '*';
    (void)r;
    step->kind = has_rest ? PEER_AWAIT_PREFIX : PEER_AWAIT_LINE;
    step->octets = octets_sub(text, 0, text.size - has_rest);
    return ERR_OK;
}

static enum err read_quoted(struct reader *r, const struct dialogue_line *line,
                            struct peer_step *step)
{
    struct octets rest = line->text;
    enum err e = dialogue_take_quoted(&rest, r->arena, &step->octets);
    if (e == ERR_SYNTAX || (!e && rest.size))
        return refuse(r, line, "one quoted string is wanted");
    step->kind = line->word == DIALOGUE_CLIENT_RAW ? PEER_AWAIT_RAW : PEER_SEND;
    return e;
}

static enum err read_server(struct reader *r, const struct dialogue_line *line,
                            struct peer_step *step)
{
    uint8_t *octets = arena_alloc(r->arena, line->text.size + 2);
    if (!octets)
        return ERR_NOMEM;
    if (line->text.size)
        memcpy(octets, line->text.at, line->text.size);
    memcpy(octets + line->text.size, CRLF.at, CRLF.size);
    step->kind = PEER_SEND;
    step->octets = (struct octets){octets, line->text.size + 2};
    return ERR_OK;
}

static enum err read_wait(struct reader *r, const struct dialogue_line *line,
                          struct peer_step *step)
{
    step->kind = PEER_WAIT;
    if (!dialogue_duration(octets_trim(line->text), &step->ms))
        return refuse(r, line, "wait takes a time such as 100ms or 5s");
    return ERR_OK;
}

static enum err read_split(struct reader *r, const struct dialogue_line *line,
                           struct peer_step *step)
{
    struct octets rest = line->text;
    struct octets count = octets_take_word(&rest);
    step->kind = PEER_SPLIT;
    step->ms = SPLIT_MS;
    if (!octets_to_number(count, UINT32_MAX, &step->count) ||
        (rest.size && !dialogue_duration(octets_trim(rest), &step->ms)))
        return refuse(r, line, "split takes a number of octets, and a time such as 1ms");
    return ERR_OK;
}

/* A number with k, M or G behind it. */
static bool read_size(struct octets word, uint64_t *ret)
{
    static const struct {
        uint8_t unit;
        unsigned shift;
    } units[] = {{'k', 10}, {'M', 20}, {'G', 30}};
    unsigned shift = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units && word.size && !shift; i++)
        if (word.at[word.size - 1] == units[i].unit)
            shift = units[i].shift;
    if (!octets_to_number(octets_sub(word, 0, word.size - (shift > 0)), FLOOD_MAX >> shift, ret))
        return false;
    *ret <<= shift;
    return true;
}

static enum err read_flood(struct reader *r, const struct dialogue_line *line,
                           struct peer_step *step)
{
    struct octets rest = line->text;
    struct octets count = octets_take_word(&rest);
    step->kind = PEER_FLOOD;
    step->octets = OCTETS("x");
    enum err e = rest.size ? dialogue_take_quoted(&rest, r->arena, &step->octets) : ERR_OK;
    if (e == ERR_SYNTAX || (!e && (rest.size || !step->octets.size)) ||
        !read_size(count, &step->count))
        return refuse(r, line, "flood takes a number such as 64k or 1G, and a quoted string");
    return e;
}

static enum err read_end(struct reader *r, const struct dialogue_line *line, struct peer_step *step)
{
    step->kind = line->word == DIALOGUE_CLOSE ? PEER_CLOSE : PEER_RESET;
    return octets_trim(line->text).size ? refuse(r, line, "nothing stands behind it") : ERR_OK;
}

static enum err read_tls(struct reader *r, const struct dialogue_line *line, struct peer_step *step)
{
    step->kind = PEER_TLS;
    step->tls = peer_tls_of(octets_trim(line->text));
    r->script.has_tls = true;
    if (step->tls == PEER_TLS__COUNT)
        return refuse(r, line, "tls takes good, expired, ... (see peer_tls.h)");
    return ERR_OK;
}

/* clang-format off */
static enum err (*const readers[DIALOGUE_WORD__COUNT])(struct reader *, const struct dialogue_line *,
                                                       struct peer_step *) = {
    [DIALOGUE_CLIENT]     = read_client,
    [DIALOGUE_CLIENT_RAW] = read_quoted,
    [DIALOGUE_SERVER]     = read_server,
    [DIALOGUE_SERVER_RAW] = read_quoted,
    [DIALOGUE_WAIT]       = read_wait,
    [DIALOGUE_SPLIT]      = read_split,
    [DIALOGUE_FLOOD]      = read_flood,
    [DIALOGUE_CLOSE]      = read_end,
    [DIALOGUE_RESET]      = read_end,
    [DIALOGUE_TLS]        = read_tls,
};
/* clang-format on */

/* ---- all lines ---- */

static enum err add_step(struct reader *r, const struct peer_step *step)
{
    void *steps = r->script.steps;
    if (!arena_grow(r->arena, &steps, r->script.count, &r->room, sizeof *step))
        return ERR_NOMEM;
    r->script.steps = steps;
    r->script.steps[r->script.count++] = *step;
    return ERR_OK;
}

/* What was to be sent so far becomes one step. */
static enum err add_sending(struct reader *r)
{
    struct peer_step step = {.kind = PEER_SEND};
    enum err e = buf_error(&r->sending);
    if (e || r->sending.size == 0)
        return e;
    if (!arena_copy(r->arena, buf_octets(&r->sending), &step.octets))
        return ERR_NOMEM;
    buf_clear(&r->sending);
    return add_step(r, &step);
}

static enum err add_line(struct reader *r, const struct dialogue_line *line)
{
    struct peer_step step = {0};
    enum err e =
        readers[line->word] ? readers[line->word](r, line, &step) : refuse(r, line, "no such word");
    if (!e && step.kind == PEER_SEND)
        buf_append(&r->sending, step.octets);
    else if (!e && !(e = add_sending(r)))
        e = add_step(r, &step);
    return e;
}

enum err peer_script_read(struct octets text, struct arena *a, struct peer_script *ret,
                          struct dialogue_problem *ret_problem)
{
    struct dialogue d;
    struct reader r = {.arena = a, .problem = ret_problem};
    enum err e = dialogue_parse(text, a, &d, ret_problem);
    if (e)
        return e;
    if (d.kind != DIALOGUE_PEER)
        return dialogue_problem_set(ret_problem, 1, "a file of kind peer is wanted", OCTETS_NONE);
    buf_init(&r.sending, SEND_OCTETS_MAX);
    for (size_t i = 0; i < d.line_count && !e; i++)
        e = add_line(&r, &d.lines[i]);
    if (!e && !(e = add_sending(&r)))
        *ret = r.script;
    buf_release(&r.sending);
    return e;
}

bool peer_step_awaits(const struct peer_step *step)
{
    return step->kind == PEER_AWAIT_LINE || step->kind == PEER_AWAIT_PREFIX ||
           step->kind == PEER_AWAIT_RAW;
}

static bool is_any_line(const struct peer_step *step)
{
    return step->kind == PEER_AWAIT_PREFIX && step->octets.size == 0;
}

static bool matches(const struct peer_step *step, struct octets line)
{
    if (step->kind == PEER_AWAIT_RAW)
        return octets_is_equal(step->octets, line);
    size_t end = line.size;
    while (end > 0 && (line.at[end - 1] == '\n' || line.at[end - 1] == '\r'))
        end--;
    line = octets_sub(line, 0, end);
    return step->kind == PEER_AWAIT_PREFIX ? octets_has_prefix_nocase(line, step->octets)
                                           : octets_is_equal_nocase(line, step->octets);
}

/* The awaiting step among [from, to) which is, or is not, `C: *`; `to` when there is none. */
static size_t find_among(const struct peer_script *s, size_t from, size_t to, bool any_line,
                         struct octets line)
{
    size_t i = from;
    while (i < to && !(peer_step_awaits(&s->steps[i]) && is_any_line(&s->steps[i]) == any_line &&
                       matches(&s->steps[i], line)))
        i++;
    return i;
}

size_t peer_script_find(const struct peer_script *s, size_t section, size_t at, struct octets line)
{
    size_t end = at;
    while (end < s->count && s->steps[end].kind != PEER_TLS)
        end++;
    if (at < end && matches(&s->steps[at], line))
        return at + 1;
    for (int any_line = 0; any_line < 2; any_line++) {
        size_t behind = find_among(s, at, end, any_line, line);
        if (behind < end)
            return behind + 1;
        size_t before = find_among(s, section, at, any_line, line);
        if (before < at)
            return before + 1;
    }
    return s->count + 1;
}
