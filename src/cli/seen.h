/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/domain.h"

/* The last endpoints that were visited, as domains look at them: the oldest makes room, but one that
 * was asked for since stays another round. */
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

/* What it showed, as the domain sees it that leads there by the name `host`, which is borrowed.
 * False without memory; *to is as it was then. */
MUST_CHECK bool seen_join(struct facts_seen *to, const struct facts_seen *from, struct octets host,
                          struct arena *a);
/* Takes out those that nobody joined, which are all zero: how many are left, in their order. */
size_t seen_pack(struct facts_seen *at, size_t count);
