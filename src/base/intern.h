/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "arena.h"

/* Gives each distinct text a number from 1, so that texts are compared as numbers.  0 is no text.
 */
struct intern {
    struct arena *arena;
    struct intern_entry *entries; /* open addressing; room is a power of two */
    size_t count, room;
};

#define INTERN_UNSEEN UINT32_MAX /* a text that was never added: equal to none, itself included */

void intern_init(struct intern *i, struct arena *a);
/* The number of a text, new or old; the text is copied into the arena.  0 when that is exhausted.
 */
uint32_t intern_add(struct intern *i, struct octets text);
/* The number of a text that was added, else INTERN_UNSEEN. */
uint32_t intern_find(const struct intern *i, struct octets text);
/* The one copy of a text that was added, for as long as the arena stands; none of another. */
struct octets intern_text(const struct intern *i, struct octets text);
