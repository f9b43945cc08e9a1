/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/domain.h"

/* The last endpoints that were visited, as domains look at them: the oldest makes room. */
struct seen_entry;
struct seen_ring {
    struct seen_entry *at;
    struct seen_entry **slots;
    size_t room, next, slot_count;
};

MUST_CHECK enum err seen_ring_init(struct seen_ring *r, size_t room);
void seen_ring_release(struct seen_ring *r);

/* Keeps the little that matters; NULL without memory.  Borrowed until as many others have come. */
struct facts_seen *seen_keep(struct seen_ring *r, const struct facts_visit *v);
/* NULL when it is not there. */
const struct facts_seen *seen_find(const struct seen_ring *r, const struct address *a,
                                   uint16_t port);
MUST_CHECK bool seen_copy(struct facts_seen *to, const struct facts_seen *from, struct arena *a);
