/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

/*
 * What waits to begin, in lanes: one for each operator, or network.  Lanes take turns, so that one
 * huge operator does not hold the rest back; one whose turn must wait sleeps until its time.  Items
 * are embedded in what they stand for.
 */
struct run_item {
    struct run_item *next;
};

struct run_lane;
struct run_queue {
    struct run_lane **lanes; /* by key, chained; room is a power of two */
    size_t lane_count, room;
    struct run_lane *awake, **awake_end; /* in the order of their turns */
    struct run_lane **sleeping;          /* a heap, the first to wake on top */
    size_t sleeping_count, sleeping_room;
    size_t count; /* items */
};

void run_queue_init(struct run_queue *q);
void run_queue_release(struct run_queue *q); /* of lanes; items are their owner's */

/* To the end of the lane.  ERR_NOMEM. */
MUST_CHECK enum err run_queue_add(struct run_queue *q, uint64_t lane, struct run_item *item);

/* The item whose turn it is, NULL when all lanes are empty or asleep.  It stays where it is... */
struct run_item *run_queue_peek(struct run_queue *q, uint64_t now_us);
/* ...until it is taken, and its lane goes behind the others... */
void run_queue_take(struct run_queue *q);
/* ...or its lane is put to sleep. */
void run_queue_sleep(struct run_queue *q, uint64_t until_us);

/* There are items, and all their lanes sleep. */
bool run_queue_is_asleep(const struct run_queue *q);

/* Microseconds until a sleeping lane wakes; UINT64_MAX when none sleeps. */
uint64_t run_queue_wakes_in(const struct run_queue *q, uint64_t now_us);

/* Forgets all items. */
void run_queue_clear(struct run_queue *q);
