/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"
#include "octets.h"

/*
 * Memory that is released all at once: one arena per visit, per file parsed, per database.
 * An arena takes its cap at birth; past it, or when memory is out, allocation returns NULL.
 */
struct arena {
    uint8_t *at; /* the next free octet, and how many there are from it on */
    size_t room;
    size_t used; /* octets handed out */
    size_t cap;
    struct arena_block *blocks;
    bool is_large, is_small;
};

void arena_init(struct arena *a, size_t cap_octets);
/* The first of it in memory of the caller's, aligned for any type, until arena_release. */
void arena_init_over(struct arena *a, void *memory, size_t octets, size_t cap_octets);
/* For a few octets, mostly, of which there are thousands at once. */
void arena_init_small(struct arena *a, size_t cap_octets);
/* For megabytes that are filled at once and stay: in blocks that the kernel may back by huge pages,
 * where filling page by page would cost as much as what is put there. */
void arena_init_large(struct arena *a, size_t cap_octets);
void arena_release(struct arena *a); /* frees all that it handed out */

/* Zeroed, aligned for any type; NULL when the cap or the memory is exhausted. */
MUST_CHECK void *arena_alloc(struct arena *a, size_t octets);
MUST_CHECK void *arena_alloc_array(struct arena *a, size_t count, size_t octets_each);

/* A copy of o in the arena.  Size zero gives none and succeeds. */
MUST_CHECK bool arena_copy(struct arena *a, struct octets o, struct octets *ret);
/* The same as a NUL-terminated string, for names of our own; NULL when exhausted. */
MUST_CHECK const char *arena_copy_text(struct arena *a, struct octets o);

/*
 * Makes room for one more item in an array that lives in the arena: *items may move (the old place
 * stays allocated), *room grows by doubling.  False when exhausted.
 */
MUST_CHECK bool arena_grow(struct arena *a, void **items, size_t count, size_t *room,
                           size_t octets_each);
