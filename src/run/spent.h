/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/err.h"

/*
 * The errors that were provoked at each address in this run, so that its budget does not begin anew
 * with every line of a list that leads to it.  Only addresses that answered with errors take room:
 * 18 octets each in a table at most half full.  Past RUN_SPENT_MAX of them (144 MiB) no more are
 * remembered, but counted.
 */
#define RUN_SPENT_MAX ((size_t)4 * 1024 * 1024)

struct run_spent {
    struct run_spent_entry *entries; /* open addressing; room is a power of two */
    size_t count, room;
    size_t max;         /* 0: RUN_SPENT_MAX */
    uint64_t forgotten; /* addresses past it, or for which memory was out, each time */
};

void run_spent_release(struct run_spent *s);
uint32_t run_spent_get(const struct run_spent *s, const struct address *a);
/* Sets it; out of memory or past the cap it is forgotten. */
void run_spent_set(struct run_spent *s, const struct address *a, uint32_t errors);
