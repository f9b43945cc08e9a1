/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#define LINE_OCTETS_MAX ((size_t)16 * 1024)

/* Steps without a target before the caller has its turn: some milliseconds. */
#define STEPS_MAX 10000

/* What one step came to. */
enum step {
    STEP_TARGET,
    STEP_NOTHING, /* left out, opened or skipped: go on */
    STEP_END,     /* of what is read now; or an error */
};

void run_source_init(struct run_source *s, const struct run_options *options,
                     const struct run_sink *sink, struct run_counts *counts)
{
    *s = (struct run_source){.options = options, .sink = sink, .counts = counts};
    arena_init(&s->line_arena, LINE_OCTETS_MAX);
}

void run_source_release(struct run_source *s)
{
    for (size_t i = 0; i < s->open_count; i++)
        arena_release(&s->open[i].arena);
    free(s->open);
    target_networks_release(&s->networks);
    target_list_close(s->list);
    arena_release(&s->line_arena);
}

/* ---- networks ---- */

static void add_capped(uint64_t *sum, uint64_t n)
{
    *sum = n > UINT64_MAX - *sum ? UINT64_MAX : *sum + n;
}

/* Whether an earlier network holds it.  One that has a name beside it is visited for that name's
 * sake, whatever else was. */
static bool is_repeated(const struct run_source *s, const struct target *t, unsigned bits,
                        uint32_t number)
{
    return !t->name.size && target_networks_has(&s->networks, &t->address, bits, t->port, number);
}

/* All of a network at once, so that nobody waits while 2^64 addresses are left out one by one. */
static bool is_left_out_whole(struct run_source *s, const struct target *t)
{
    const struct target_exclude *x = s->options->resolve.exclude;
    struct address last = target_last(t);
    uint64_t size = target_block_size(t);
    if (x &&
        (target_exclude_has_range(x, &t->address, &last) || target_exclude_has_name(x, t->name))) {
        add_capped(&s->counts->excluded, size);
        return true;
    }
    if (t->kind == TARGET_NETWORK && is_repeated(s, t, t->bits, UINT32_MAX)) {
        add_capped(&s->counts->repeated, size);
        return true;
    }
    return false;
}

static bool copy_target(struct run_open *o, const struct target *t)
{
    arena_init(&o->arena, LINE_OCTETS_MAX);
    o->target = *t;
    return arena_copy(&o->arena, t->input, &o->target.input) &&
           arena_copy(&o->arena, t->name, &o->target.name) &&
           arena_copy(&o->arena, t->tag, &o->target.tag);
}

static enum step open_network(struct run_source *s, const struct target *t)
{
    if (!s->open)
        s->open = calloc(RUN_OPEN_MAX, sizeof *s->open);
    if (is_left_out_whole(s, t))
        return STEP_NOTHING;
    struct run_open *o = s->open ? &s->open[s->open_count] : NULL;
    if (!o || !copy_target(o, t)) {
        if (o)
            arena_release(&o->arena);
        s->error = ERR_NOMEM;
        return STEP_END;
    }
    o->number = s->network_count;
    s->network_count += s->network_count < UINT32_MAX - 1;
    if (!t->name.size)
        target_networks_add(&s->networks, t, o->number);
    s->counts->networks_forgotten = s->networks.forgotten;
    target_block_init(&o->block, t, s->options->shard, s->options->seed);
    s->open_count++;
    return STEP_NOTHING;
}

static void close_network(struct run_source *s, struct run_open *o)
{
    arena_release(&o->arena);
    *o = s->open[--s->open_count];
}

/* The next address of the network whose turn it is. */
static enum step draw(struct run_source *s, struct target *ret)
{
    const struct target_exclude *x = s->options->resolve.exclude;
    struct address a;
    if (s->turn >= s->open_count)
        s->turn = 0;
    struct run_open *o = &s->open[s->turn];
    if (!target_block_next(&o->block, &a)) {
        close_network(s, o);
        return STEP_NOTHING;
    }
    uint64_t index = s->index++;
    s->turn++;
    if (x && target_exclude_has_address(x, &a)) {
        add_capped(&s->counts->excluded, 1);
        return STEP_NOTHING;
    }
    *ret = o->target;
    ret->kind = TARGET_ADDRESS;
    ret->address = a;
    ret->index = index;
    if (is_repeated(s, ret, address_bits(&a), o->number)) {
        add_capped(&s->counts->repeated, 1);
        return STEP_NOTHING;
    }
    s->named = FACTS_NAMED_NETWORK;
    return STEP_TARGET;
}

/* ---- what is read ---- */

static enum step take(struct run_source *s, struct target *t)
{
    const struct target_exclude *x = s->options->resolve.exclude;
    bool is_network = t->kind == TARGET_NETWORK || t->kind == TARGET_RANGE;
    if (!is_network && !target_shard_has(s->options->shard, t->input))
        return STEP_NOTHING;
    s->counts->targets++;
    if (is_network)
        return open_network(s, t);
    t->index = s->index++;
    s->is_excluded =
        x && (target_exclude_has_name(x, t->name) ||
              (t->kind == TARGET_ADDRESS && target_exclude_has_address(x, &t->address)));
    return STEP_TARGET;
}

/* ZMap's output begins with the name of its only column. */
static bool is_header(struct run_source *s, const struct target_line *line)
{
    bool is_first = s->is_first_line;
    s->is_first_line = false;
    return is_first && octets_is_equal(line->text, OCTETS("saddr"));
}

static enum step take_line(struct run_source *s, struct target *ret)
{
    struct target_line line;
    s->error = target_list_next(s->list, &line);
    if (s->error)
        return STEP_END;
    const char *problem = line.problem;
    arena_release(&s->line_arena);
    if (is_header(s, &line))
        return STEP_NOTHING;
    if (!problem && target_parse_line(line.text, &s->line_arena, ret, &problem) == ERR_OK)
        return take(s, ret);
    s->counts->skipped++;
    s->sink->bad_line(s->sink->owner, s->path, line.number, problem ? problem : "out of memory");
    return STEP_NOTHING;
}

static enum step take_from_lists(struct run_source *s, struct target *ret)
{
    if (!s->list && s->next_list == s->options->list_count)
        return STEP_END;
    if (!s->list) {
        s->path = s->options->lists[s->next_list++];
        s->is_first_line = true;
        s->error = target_list_open(s->path, &s->list);
        if (s->error)
            return STEP_END;
    }
    enum step step = take_line(s, ret);
    if (step != STEP_END || s->error != ERR_NOT_FOUND)
        return step; /* ERR_AGAIN too: the list goes on later */
    s->error = ERR_OK;
    target_list_close(s->list);
    s->list = NULL;
    return STEP_NOTHING;
}

/* Arguments come to their end before a list is looked at, for that may be still being written. */
static enum step step(struct run_source *s, struct target *ret)
{
    bool has_argument = s->next_target < s->options->target_count;
    bool may_read_on = has_argument || s->list || s->next_list < s->options->list_count;
    bool are_arguments_open = s->open_count && !has_argument && !s->list && s->next_list == 0;
    if (s->open_count == RUN_OPEN_MAX || are_arguments_open || (s->open_count && !may_read_on))
        return draw(s, ret);
    if (has_argument) {
        *ret = s->options->targets[s->next_target++];
        s->named = FACTS_NAMED_ARGUMENT;
        return take(s, ret);
    }
    s->named = FACTS_NAMED_LIST;
    return take_from_lists(s, ret);
}

void run_source_put_back(struct run_source *s, const struct target *t)
{
    s->back = *t;
    s->has_back = true;
}

bool run_source_next(struct run_source *s, struct target *ret)
{
    if (s->has_back) {
        *ret = s->back;
        s->has_back = false;
        return true;
    }
    s->is_excluded = false;
    s->error = ERR_OK;
    if (s->options->targets_max && s->given == s->options->targets_max)
        return false;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        enum step found = step(s, ret);
        if (found == STEP_END)
            return false;
        if (found == STEP_NOTHING)
            continue;
        s->given += !s->is_excluded;
        return true;
    }
    s->error = ERR_LIMIT;
    return false;
}
