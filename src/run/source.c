/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#define LINE_OCTETS_MAX ((size_t)16 * 1024)

void run_source_init(struct run_source *s, const struct run_options *options,
                     const struct run_sink *sink, struct run_counts *counts)
{
    *s = (struct run_source){.options = options, .sink = sink, .counts = counts};
    arena_init(&s->line_arena, LINE_OCTETS_MAX);
}

void run_source_release(struct run_source *s)
{
    target_list_close(s->list);
    arena_release(&s->line_arena);
}

/* The next line that is a target.  False at the end of this list, or on an error. */
static bool next_line(struct run_source *s, struct target *ret)
{
    struct target_line line;
    while ((s->error = target_list_next(s->list, &line)) == ERR_OK) {
        const char *problem = line.problem;
        arena_release(&s->line_arena);
        if (!problem && target_parse(line.text, &s->line_arena, ret, &problem) == ERR_OK)
            return true;
        s->counts->skipped++;
        s->sink->bad_line(s->sink->owner, s->path, line.number,
                          problem ? problem : "out of memory");
    }
    return false;
}

static bool next_of_lists(struct run_source *s, struct target *ret)
{
    while (s->list || s->next_list < s->options->list_count) {
        if (!s->list) {
            s->path = s->options->lists[s->next_list++];
            s->error = target_list_open(s->path, &s->list);
            if (s->error)
                return false;
        }
        if (next_line(s, ret))
            return true;
        if (s->error != ERR_NOT_FOUND)
            return false; /* ERR_AGAIN too: the list goes on later */
        s->error = ERR_OK;
        target_list_close(s->list);
        s->list = NULL;
    }
    return false;
}

static bool next_typed(struct run_source *s, struct target *ret)
{
    if (s->next_target < s->options->target_count) {
        *ret = s->options->targets[s->next_target++];
        return true;
    }
    return next_of_lists(s, ret);
}

bool run_source_next(struct run_source *s, struct target *ret)
{
    for (;;) {
        if (s->is_walking && target_walk_next(&s->walk, &s->current.address)) {
            *ret = s->current;
            ret->kind = TARGET_ADDRESS;
            s->is_expanded = true;
            return true;
        }
        s->is_walking = s->is_expanded = false;
        if (!next_typed(s, ret))
            return false;
        s->counts->targets++;
        if (ret->kind != TARGET_NETWORK)
            return true;
        s->current = *ret;
        target_walk_init(&s->walk, ret);
        s->is_walking = true;
    }
}
