/* SPDX-License-Identifier: Apache-2.0 */
#include "done.h"

#include <stdlib.h>
#include <string.h>

void run_done_release(struct run_done *d)
{
    free(d->ranges);
    *d = (struct run_done){.max = d->max};
}

void run_done_clear(struct run_done *d)
{
    d->count = 0;
    d->forgotten = 0;
}

/* The first range that ends at or behind `index`; d->count when there is none. */
static size_t find(const struct run_done *d, uint64_t index)
{
    size_t low = 0, high = d->count;
    if (d->count && d->ranges[d->count - 1].end < index)
        return d->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->ranges[middle].end < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct run_done *d)
{
    if (d->count < d->room)
        return true;
    size_t room = d->room ? d->room * 2 : 64;
    struct run_range *ranges = realloc(d->ranges, room * sizeof *ranges);
    if (!ranges)
        return false;
    d->ranges = ranges;
    d->room = room;
    return true;
}

static void move(struct run_done *d, size_t to, size_t from)
{
    memmove(&d->ranges[to], &d->ranges[from], (d->count - from) * sizeof *d->ranges);
    d->count = d->count - from + to;
}

enum err run_done_add(struct run_done *d, uint64_t first, uint64_t end)
{
    if (first >= end)
        return ERR_OK;
    size_t at = find(d, first), behind = at;
    while (behind < d->count && d->ranges[behind].first <= end)
        behind++;
    if (behind > at) { /* it touches some: they become one */
        struct run_range *r = &d->ranges[at];
        r->first = first < r->first ? first : r->first;
        r->end = end > d->ranges[behind - 1].end ? end : d->ranges[behind - 1].end;
        move(d, at + 1, behind);
        return ERR_OK;
    }
    if (d->count == (d->max ? d->max : RUN_DONE_RANGES_MAX)) {
        d->forgotten += end - first;
        return ERR_OK;
    }
    if (!make_room(d))
        return ERR_NOMEM;
    move(d, at + 1, at);
    d->ranges[at] = (struct run_range){first, end};
    return ERR_OK;
}

enum err run_done_add_from(struct run_done *d, const struct run_done *other, uint64_t from)
{
    enum err e = ERR_OK;
    for (size_t i = find(other, from); i < other->count && !e; i++) {
        const struct run_range *r = &other->ranges[i];
        e = run_done_add(d, r->first < from ? from : r->first, r->end);
    }
    return e;
}

bool run_done_has(const struct run_done *d, uint64_t index)
{
    if (index == UINT64_MAX) /* no range can hold it: its end would be past the last number */
        return false;
    size_t at = find(d, index + 1);
    return at < d->count && d->ranges[at].first <= index;
}

uint64_t run_done_count(const struct run_done *d)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += d->ranges[i].end - d->ranges[i].first;
    return sum;
}
