/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/err.h"
#include "../base/octets.h"

/*
 * Which targets are done, by their index: ranges in ascending order that neither overlap nor touch.
 * Targets are begun in the order of their indices, so there are about as many ranges as targets are
 * under way.  Past RUN_DONE_RANGES_MAX (4 MiB) a range that would be new is forgotten, and counted:
 * its targets are asked again, none is lost.
 */
#define RUN_DONE_RANGES_MAX ((size_t)256 * 1024)

struct run_range {
    uint64_t first, end; /* end itself does not belong to it */
};

struct run_done {
    struct run_range *ranges;
    size_t count, room;
    uint64_t forgotten; /* targets */
    size_t max;         /* of ranges; 0: RUN_DONE_RANGES_MAX */
};

void run_done_release(struct run_done *d);
void run_done_clear(struct run_done *d); /* keeps the memory */
/* Adds [first, end), which may overlap what is there; nothing when it is empty.  ERR_NOMEM, and
 * nothing is changed.  Cheap behind the last range. */
MUST_CHECK enum err run_done_add(struct run_done *d, uint64_t first, uint64_t end);
/* Adds all of the other's that is not below `from`. */
MUST_CHECK enum err run_done_add_from(struct run_done *d, const struct run_done *other,
                                      uint64_t from);
bool run_done_has(const struct run_done *d, uint64_t index);
/* How many targets; they are all different. */
uint64_t run_done_count(const struct run_done *d);
