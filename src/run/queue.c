/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"

#include <stdlib.h>

#define ROOM_LEAST 64

struct run_lane {
    uint64_t key;
    struct run_lane *chained; /* the next of the same slot */
    struct run_lane *behind;  /* in the order of turns */
    struct run_item *first, **end;
    uint64_t wakes_us;
};

void run_queue_init(struct run_queue *q)
{
    *q = (struct run_queue){0};
    q->awake_end = &q->awake;
}

void run_queue_release(struct run_queue *q)
{
    run_queue_clear(q);
    free(q->lanes);
    free(q->sleeping);
    run_queue_init(q);
}

static struct run_lane **slot_of(const struct run_queue *q, uint64_t key)
{
    return &q->lanes[(size_t)(key * 0x9E3779B97F4A7C15u >> 20) & (q->room - 1)];
}

static bool grow(struct run_queue *q)
{
    struct run_queue old = *q;
    q->room = old.room ? 2 * old.room : ROOM_LEAST;
    q->lanes = calloc(q->room, sizeof(struct run_lane *));
    if (!q->lanes) {
        *q = old;
        return false;
    }
    for (size_t i = 0; i < old.room; i++) {
        for (struct run_lane *l = old.lanes[i], *next; l; l = next) {
            struct run_lane **slot = slot_of(q, l->key);
            next = l->chained;
            l->chained = *slot;
            *slot = l;
        }
    }
    free(old.lanes);
    return true;
}

static struct run_lane *find(const struct run_queue *q, uint64_t key)
{
    struct run_lane *l = q->room ? *slot_of(q, key) : NULL;
    while (l && l->key != key)
        l = l->chained;
    return l;
}

static void append_awake(struct run_queue *q, struct run_lane *l)
{
    l->behind = NULL;
    *q->awake_end = l;
    q->awake_end = &l->behind;
}

static struct run_lane *take_awake(struct run_queue *q)
{
    struct run_lane *l = q->awake;
    q->awake = l->behind;
    if (!q->awake)
        q->awake_end = &q->awake;
    return l;
}

static void forget(struct run_queue *q, struct run_lane *lane)
{
    struct run_lane **at = slot_of(q, lane->key);
    while (*at != lane)
        at = &(*at)->chained;
    *at = lane->chained;
    q->lane_count--;
    free(lane);
}

/* For all lanes that there are and one more, so that none has to stay awake. */
static bool make_beds(struct run_queue *q)
{
    if (q->lane_count < q->sleeping_room)
        return true;
    size_t room = q->sleeping_room ? 2 * q->sleeping_room : ROOM_LEAST;
    struct run_lane **more = reallocarray(q->sleeping, room, sizeof(struct run_lane *));
    if (!more)
        return false;
    q->sleeping = more;
    q->sleeping_room = room;
    return true;
}

enum err run_queue_add(struct run_queue *q, uint64_t key, struct run_item *item)
{
    struct run_lane *lane = find(q, key);
    item->next = NULL;
    if (!lane) {
        if ((q->lane_count >= q->room && !grow(q)) || !make_beds(q))
            return ERR_NOMEM;
        lane = malloc(sizeof *lane);
        if (!lane)
            return ERR_NOMEM;
        struct run_lane **slot = slot_of(q, key);
        *lane = (struct run_lane){.key = key, .chained = *slot};
        lane->end = &lane->first;
        *slot = lane;
        q->lane_count++;
        append_awake(q, lane);
    }
    *lane->end = item;
    lane->end = &item->next;
    q->count++;
    return ERR_OK;
}

/* ---- sleep ---- */

static void sift_up(struct run_queue *q, size_t at)
{
    struct run_lane *lane = q->sleeping[at];
    for (; at > 0 && q->sleeping[(at - 1) / 2]->wakes_us > lane->wakes_us; at = (at - 1) / 2)
        q->sleeping[at] = q->sleeping[(at - 1) / 2];
    q->sleeping[at] = lane;
}

static struct run_lane *take_first_to_wake(struct run_queue *q)
{
    struct run_lane *first = q->sleeping[0], *last = q->sleeping[--q->sleeping_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < q->sleeping_count; at = child) {
        if (child + 1 < q->sleeping_count &&
            q->sleeping[child + 1]->wakes_us < q->sleeping[child]->wakes_us)
            child++;
        if (q->sleeping[child]->wakes_us >= last->wakes_us)
            break;
        q->sleeping[at] = q->sleeping[child];
    }
    q->sleeping[at] = last;
    return first;
}

void run_queue_sleep(struct run_queue *q, uint64_t until_us)
{
    struct run_lane *lane = take_awake(q);
    lane->wakes_us = until_us;
    q->sleeping[q->sleeping_count++] = lane;
    sift_up(q, q->sleeping_count - 1);
}

bool run_queue_is_asleep(const struct run_queue *q)
{
    return q->sleeping_count && !q->awake;
}

uint64_t run_queue_wakes_in(const struct run_queue *q, uint64_t now_us)
{
    if (!q->sleeping_count)
        return UINT64_MAX;
    uint64_t at = q->sleeping[0]->wakes_us;
    return at > now_us ? at - now_us : 0;
}

/* ---- turns ---- */

struct run_item *run_queue_peek(struct run_queue *q, uint64_t now_us)
{
    while (q->sleeping_count && q->sleeping[0]->wakes_us <= now_us)
        append_awake(q, take_first_to_wake(q));
    return q->awake ? q->awake->first : NULL;
}

void run_queue_take(struct run_queue *q)
{
    struct run_lane *lane = take_awake(q);
    lane->first = lane->first->next;
    q->count--;
    if (lane->first)
        append_awake(q, lane);
    else
        forget(q, lane);
}

void run_queue_clear(struct run_queue *q)
{
    for (size_t i = 0; i < q->room; i++) {
        for (struct run_lane *l = q->lanes[i], *next; l; l = next) {
            next = l->chained;
            free(l);
        }
        q->lanes[i] = NULL;
    }
    q->lane_count = q->sleeping_count = q->count = 0;
    q->awake = NULL;
    q->awake_end = &q->awake;
}
