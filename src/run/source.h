/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../target/block.h"
#include "../target/networks.h"
#include "run.h"

/*
 * Targets one after another: the arguments, then the lists.  What is one target is given as soon as
 * it is read.  Networks and ranges are opened, and wait until RUN_OPEN_MAX of them are, or there is
 * nothing more to read; then one address of each is given in turn, so that none is visited at a
 * stretch.  Memory holds the open ones, and what target/networks.h says.
 *
 * The sequence depends on the arguments, the lists, the exclusions, the seed and the shard alone,
 * never on time: a list that is still being written is waited for.  So a target's index, which
 * counts what was given and what was left out as excluded or repeated, is the same in every run.
 * A change to the sequence makes files of --resume another version (run/state.h).
 */
#define RUN_OPEN_MAX ((size_t)256)

struct run_open {
    struct arena arena; /* what the target borrows */
    struct target target;
    struct target_block block;
    uint32_t number; /* among the networks of the input */
};

struct run_source {
    const struct run_options *options;
    const struct run_sink *sink;
    struct run_counts *counts;
    size_t next_target, next_list;
    struct target_list *list;
    const char *path;
    bool is_first_line;
    struct arena line_arena; /* of the list's current line */
    struct run_open *open;
    size_t open_count, turn;
    struct target_networks networks;
    uint32_t network_count;
    uint64_t index, given;  /* the next target's; targets given, but for the excluded */
    enum facts_named named; /* the current target */
    bool is_excluded;       /* the current target is not to be visited */
    struct target back;     /* given, and put back */
    bool has_back;
    enum err error;
};

void run_source_init(struct run_source *s, const struct run_options *options,
                     const struct run_sink *sink, struct run_counts *counts);
void run_source_release(struct run_source *s);
/*
 * False at the end and on an error; with ERR_AGAIN to be called again: later when a list is still
 * being written, and with ERR_LIMIT at once, for much was left out.  *ret borrows until the next
 * call.
 */
bool run_source_next(struct run_source *s, struct target *ret);
/* The target that was given last will be given again. */
void run_source_put_back(struct run_source *s, const struct target *t);
