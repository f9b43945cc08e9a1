/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/err.h"

/*
 * The errors that were provoked at each address in this run, so that its budget does not begin anew with every line of a list
 * that leads to it.  24 octets an address, for those that answered with errors; past SPENT_MAX of them the rest is
 * not remembered.
 */
#define RUN_SPENT_MAX ((size_t)4 * 1024 * 1024)

struct run_spent {
    struct run_spent_entry *entries; /* open addressing; room is a power of two */
    size_t count, room;
};

void run_spent_release(struct run_spent *s);
uint32_t run_spent_get(const struct run_spent *s, const struct address *a);
/* Sets it; out of memory or past the cap it is forgotten. */
void run_spent_set(struct run_spent *s, const struct address *a, uint32_t errors);
