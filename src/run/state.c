/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <inttypes.h>

/* ---- writing ---- */

static void append_number(struct buf *out, const char *name, uint64_t n)
{
    buf_append_format(out, "%s %" PRIu64 "\n", name, n);
}

void run_state_append(struct buf *out, const struct run_state *s)
{
    size_t begin = out->size;
    append_number(out, "smtpscan-state", RUN_STATE_VERSION);
    for (size_t i = 0; i < s->given_count; i++) {
        buf_append_text(out, "given ");
        buf_append(out, s->given[i].name);
        buf_append_octet(out, ' ');
        buf_append(out, s->given[i].hash);
        buf_append_octet(out, '\n');
    }
    append_number(out, "seed", s->seed);
    append_number(out, "part", s->part);
    append_number(out, "output", s->output);
    append_number(out, "reserved", s->reserved);
    append_number(out, "complete", s->is_complete);
    for (size_t i = 0; i < s->done.count; i++)
        buf_append_format(out, "done %" PRIu64 "-%" PRIu64 "\n", s->done.ranges[i].first,
                          s->done.ranges[i].end);
    struct octets all = octets_sub(buf_octets(out), begin, out->size);
    buf_append_format(out, "sum %016" PRIx64 "\n", octets_hash(all));
}

/* ---- reading ---- */

struct reading {
    struct octets text, rest;
    struct octets word, value; /* of the line: before the first blank, and behind it */
    struct run_state *state;
    struct run_state_problem *problem;
    size_t line_at; /* where it begins */
};

static enum err fault(struct reading *r, const char *text)
{
    r->problem->text = text;
    return ERR_SYNTAX;
}

/* The next line; the word is none at the end. */
static enum err read_line(struct reading *r)
{
    r->problem->line++;
    r->line_at = r->text.size - r->rest.size;
    size_t end = octets_find_octet(r->rest, '\n', 0);
    if (end == r->rest.size)
        return fault(r, r->rest.size ? "the line has no end" : "the file ends too early");
    r->value = octets_take_until(&r->rest, '\n');
    r->word = octets_take_until(&r->value, ' ');
    return ERR_OK;
}

static bool is_word(const struct reading *r, const char *word)
{
    return octets_is_equal(r->word, octets_of(word));
}

static enum err read_number(struct reading *r, const char *name, uint64_t max, uint64_t *ret)
{
    if (!is_word(r, name))
        return fault(r, "another line is expected here");
    if (!octets_to_number(r->value, max, ret))
        return fault(r, "no number, or too large");
    return read_line(r);
}

static bool is_name(struct octets o)
{
    for (size_t i = 0; i < o.size; i++)
        if (!((o.at[i] >= 'a' && o.at[i] <= 'z') || octet_is_digit(o.at[i]) || o.at[i] == '-'))
            return false;
    return o.size > 0 && o.size <= RUN_STATE_NAME_MAX;
}

static bool is_hash(struct octets o)
{
    for (size_t i = 0; i < o.size; i++)
        if (!octet_is_digit(o.at[i]) && !(o.at[i] >= 'a' && o.at[i] <= 'f'))
            return false;
    return o.size > 0 && o.size <= RUN_STATE_HASH_MAX;
}

static enum err read_given(struct reading *r)
{
    struct run_state *s = r->state;
    while (is_word(r, "given")) {
        struct octets name = octets_take_until(&r->value, ' ');
        if (!is_name(name) || !is_hash(r->value))
            return fault(r, "takes a name and a hash");
        if (s->given_count == RUN_STATE_GIVEN_MAX)
            return fault(r, "too many of these lines");
        s->given[s->given_count++] = (struct run_given){name, r->value};
        enum err e = read_line(r);
        if (e)
            return e;
    }
    return ERR_OK;
}

static enum err read_numbers(struct reading *r)
{
    struct run_state *s = r->state;
    uint64_t complete = 0;
    enum err e = read_number(r, "seed", UINT64_MAX, &s->seed);
    if (!e)
        e = read_number(r, "part", UINT32_MAX - 1, &s->part);
    if (!e)
        e = read_number(r, "output", INT64_MAX, &s->output);
    if (!e)
        e = read_number(r, "reserved", UINT64_MAX, &s->reserved);
    if (!e)
        e = read_number(r, "complete", 1, &complete);
    s->is_complete = complete;
    return e;
}

static enum err read_done(struct reading *r)
{
    uint64_t first, end, last = 0;
    for (size_t n = 0; is_word(r, "done"); n++) {
        struct octets from = octets_take_until(&r->value, '-');
        if (n == RUN_DONE_RANGES_MAX)
            return fault(r, "too many of these lines");
        if (!octets_to_number(from, UINT64_MAX, &first) ||
            !octets_to_number(r->value, UINT64_MAX, &end) || first >= end)
            return fault(r, "takes FIRST-END, and END is the larger");
        if (n && first <= last)
            return fault(r, "begins before the line above has ended");
        last = end;
        enum err e = run_done_add(&r->state->done, first, end);
        if (!e)
            e = read_line(r);
        if (e)
            return e;
    }
    return ERR_OK;
}

static enum err read_sum(struct reading *r)
{
    char sum[24];
    int size =
        snprintf(sum, sizeof sum, "%016" PRIx64, octets_hash(octets_sub(r->text, 0, r->line_at)));
    if (!is_word(r, "sum"))
        return fault(r, "another line is expected here");
    if (!octets_is_equal(r->value, (struct octets){(const uint8_t *)sum, (size_t)size}))
        return fault(r, "the sum does not fit: the file was changed or damaged");
    r->problem->line++;
    return r->rest.size ? fault(r, "there is something behind the end") : ERR_OK;
}

enum err run_state_parse(struct octets text, struct run_state *ret,
                         struct run_state_problem *ret_problem)
{
    struct run_state s = {0};
    struct reading r = {.text = text, .rest = text, .state = &s, .problem = ret_problem};
    uint64_t version;
    *ret_problem = (struct run_state_problem){0};
    enum err e = read_line(&r);
    if (!e && (!is_word(&r, "smtpscan-state") || !octets_to_number(r.value, UINT64_MAX, &version)))
        e = fault(&r, "this is no file of --resume");
    else if (!e && version != RUN_STATE_VERSION)
        e = fault(&r, "it is of another version of this program");
    else if (!e)
        e = read_line(&r);
    if (!e)
        e = read_given(&r);
    if (!e)
        e = read_numbers(&r);
    if (!e)
        e = read_done(&r);
    if (!e)
        e = read_sum(&r);
    if (e)
        run_done_release(&s.done);
    else
        *ret = s;
    return e;
}

/* ---- comparing ---- */

static const struct run_given *find(const struct run_state *s, struct octets name)
{
    for (size_t i = 0; i < s->given_count; i++)
        if (octets_is_equal(s->given[i].name, name))
            return &s->given[i];
    return NULL;
}

size_t run_state_difference(const struct run_state *a, const struct run_state *b, size_t from,
                            struct octets *ret_name)
{
    size_t i = from;
    for (; i < a->given_count + b->given_count; i++) {
        bool is_of_a = i < a->given_count;
        const struct run_given *one = is_of_a ? &a->given[i] : &b->given[i - a->given_count];
        const struct run_given *other = find(is_of_a ? b : a, one->name);
        *ret_name = one->name;
        if (!other || (is_of_a && !octets_is_equal(one->hash, other->hash)))
            break;
    }
    return i;
}
