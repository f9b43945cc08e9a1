/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "run.h"

/* Targets one after another: the arguments, then the lists line by line; networks address by
 * address. */
struct run_source {
    const struct run_options *options;
    const struct run_sink *sink;
    struct run_counts *counts;
    size_t next_target, next_list;
    struct target_list *list;
    const char *path;
    struct arena line_arena; /* of the list's current line */
    struct target current;   /* a network under way */
    struct target_walk walk;
    bool is_walking;
    bool is_expanded; /* the current target is one address of a network */
    enum err error;
};

void run_source_init(struct run_source *s, const struct run_options *options,
                     const struct run_sink *sink, struct run_counts *counts);
void run_source_release(struct run_source *s);
/* False at the end, or on an error.  *ret borrows until the next call. */
bool run_source_next(struct run_source *s, struct target *ret);
