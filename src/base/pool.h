/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"

#include <stddef.h>

/*
 * Blocks of one size that come and go by the thousand.  What was given back last is taken first, and
 * nothing is noted in a block or beside it: with ten thousand in use, no cache would hold the notes.
 * Zero it at the start.
 */
struct pool {
    void **spare;
    size_t count, room;
    size_t octets; /* of a block */
};

/* A block of so many octets, which are the same for all of the pool; not cleared.  NULL: no memory. */
MUST_CHECK void *pool_take(struct pool *p, size_t octets);
/* AddressSanitizer tells who touches a block from now on. */
void pool_give(struct pool *p, void *block);
/* Frees what was given back. */
void pool_release(struct pool *p);
