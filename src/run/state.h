/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "../base/buf.h"
#include "done.h"

/*
 * The file of a run that can be continued (--resume), as text:
 *
 *     smtpscan-state 1
 *     given NAME HASH      what the run was begun with, so that the same is asked when it goes on
 *     seed N
 *     part N               how many times it was started
 *     output N             octets of the output that are known to be on disk
 *     reserved N           targets of this index and more were never asked
 *     complete 0|1
 *     done FIRST-END       targets, END itself not; none of them below an earlier line's
 *     sum HASH             of all above, so that a slip of a hand loses no target
 *
 * in this order.  Its version rises also when the sequence of targets that an input gives changes
 * (run/source.h).
 */
#define RUN_STATE_VERSION    1
#define RUN_STATE_OCTETS_MAX ((size_t)16 * 1024 * 1024)
#define RUN_STATE_GIVEN_MAX  64
#define RUN_STATE_NAME_MAX   32 /* a-z, 0-9 and '-' */
#define RUN_STATE_HASH_MAX   64 /* 0-9, a-f */

struct run_given {
    struct octets name, hash;
};

struct run_state {
    struct run_given given[RUN_STATE_GIVEN_MAX];
    size_t given_count;
    uint64_t seed, part, output, reserved;
    bool is_complete;
    struct run_done done;
};

struct run_state_problem {
    uint64_t line;
    const char *text; /* a constant */
};

/* Appends it; the buffer's sticky error is the only error. */
void run_state_append(struct buf *out, const struct run_state *s);
/*
 * Reads it back: ret->given borrows from the text, ret->done is the caller's to release.  ERR_SYNTAX
 * with a line and what is wrong there, ERR_NOMEM; then nothing is to be released.
 */
MUST_CHECK enum err run_state_parse(struct octets text, struct run_state *ret,
                                    struct run_state_problem *ret_problem);
/* The number of the first thing from `from` on that is not the same in both, or that only one has;
 * its name is in *ret_name.  a->given_count + b->given_count when there is no more. */
size_t run_state_difference(const struct run_state *a, const struct run_state *b, size_t from,
                            struct octets *ret_name);
