/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/intern.h"

/* How often each of some texts was seen.  A peer does not choose our memory: past TALLY_ROWS_MAX
 * different ones new texts count together, as others. */
#define TALLY_ROWS_MAX ((size_t)4096)

struct tally_row {
    struct octets name;
    uint64_t count;
};

struct tally {
    struct arena *arena;
    struct intern names;
    struct tally_row *rows; /* until tally_sort: by the number of the name */
    size_t count, room;
    uint64_t total, others;
};

void tally_init(struct tally *t, struct arena *a);
/* One more of it; it is copied.  False when the arena is exhausted. */
MUST_CHECK bool tally_add(struct tally *t, struct octets name);
/* The commonest first, alike ones by name.  Nothing can be added afterwards. */
void tally_sort(struct tally *t);
