/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else /* a compiler that comes without sanitizers */
#define ASAN_POISON_MEMORY_REGION(memory, octets)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(memory, octets) ((void)0)
#endif

#define ROOM_LEAST 64

static void *take_spare(struct pool *p)
{
    void *block = p->spare[--p->count];
    ASAN_UNPOISON_MEMORY_REGION(block, p->octets);
    return block;
}

void *pool_take(struct pool *p, size_t octets)
{
    assert(!p->octets || octets == p->octets);
    p->octets = octets;
    return p->count ? take_spare(p) : malloc(octets);
}

static bool has_room(struct pool *p)
{
    if (p->count < p->room)
        return true;
    size_t room = p->room ? 2 * p->room : ROOM_LEAST;
    void **more = reallocarray(p->spare, room, sizeof *more);
    if (!more)
        return false;
    p->spare = more;
    p->room = room;
    return true;
}

void pool_give(struct pool *p, void *block)
{
    if (!has_room(p)) {
        free(block);
        return;
    }
    p->spare[p->count++] = block;
    ASAN_POISON_MEMORY_REGION(block, p->octets);
}

void pool_release(struct pool *p)
{
    while (p->count)
        free(take_spare(p));
    free(p->spare);
    *p = (struct pool){0};
}
