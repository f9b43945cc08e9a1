/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks begin small and double: thousands of visits at once hold a few hundred octets each. */
#define BLOCK_OCTETS_SMALL ((size_t)64)
#define BLOCK_OCTETS_LEAST ((size_t)512)
#define BLOCK_OCTETS_MOST  ((size_t)8 * 1024)

#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a, size_t cap_octets)
{
    *a = (struct arena){.cap = cap_octets};
}

void arena_init_over(struct arena *a, void *memory, size_t octets, size_t cap_octets)
{
    *a = (struct arena){.at = memory, .room = octets, .cap = cap_octets};
}

void arena_init_small(struct arena *a, size_t cap_octets)
{
    *a = (struct arena){.cap = cap_octets, .is_small = true};
}

void arena_init_large(struct arena *a, size_t cap_octets)
{
    *a = (struct arena){.cap = cap_octets, .is_large = true};
}

void arena_release(struct arena *a)
{
    struct arena_block *b = a->blocks;
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = (struct arena){.cap = a->cap, .is_large = a->is_large, .is_small = a->is_small};
}

static size_t block_room(const struct arena *a, size_t size)
{
    size_t first = a->is_small ? BLOCK_OCTETS_SMALL : BLOCK_OCTETS_LEAST;
    size_t room = a->blocks ? 2 * a->blocks->size : first;
    if (room > BLOCK_OCTETS_MOST)
        room = BLOCK_OCTETS_MOST;
    return size > room ? size : room;
}

/* A block with room for `size` octets, and *ret_room of them. */
static struct arena_block *new_block(const struct arena *a, size_t size, size_t *ret_room)
{
    *ret_room = block_room(a, size);
    if (!a->is_large)
        return malloc(sizeof(struct arena_block) + *ret_room);
    size_t all = (sizeof(struct arena_block) + size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    struct arena_block *b = aligned_alloc(HUGE_PAGE, all);
    *ret_room = all - sizeof *b;
    if (b)
        (void)madvise(b, all, MADV_HUGEPAGE); /* a hint: without it there are more pages */
    return b;
}

static bool add_block(struct arena *a, size_t size)
{
    size_t room;
    struct arena_block *b = new_block(a, size, &room);
    if (!b)
        return false;
    b->next = a->blocks;
    b->size = room;
    a->blocks = b;
    a->at = b->data;
    a->room = room;
    return true;
}

/* Where `size` octets stand that are aligned so, not cleared. */
static void *take(struct arena *a, size_t size, size_t align)
{
    size_t pad = -(uintptr_t)a->at & (align - 1);
    if (a->room < pad || a->room - pad < size) {
        if (!add_block(a, size))
            return NULL;
        pad = 0;
    }
    uint8_t *at = a->at + pad;
    a->at = at + size;
    a->room -= pad + size;
    a->used += size;
    return at;
}

void *arena_alloc(struct arena *a, size_t octets)
{
    const size_t align = alignof(max_align_t);
    if (octets > a->cap - a->used || octets > SIZE_MAX / 2) /* half: rounding up must not wrap */
        return NULL;
    size_t size = octets ? (octets + align - 1) / align * align : align;
    void *at = size > a->cap - a->used ? NULL : take(a, size, align);
    if (at)
        memset(at, 0, size);
    return at;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t octets_each)
{
    if (octets_each && count > SIZE_MAX / octets_each)
        return NULL;
    return arena_alloc(a, count * octets_each);
}

bool arena_copy(struct arena *a, struct octets o, struct octets *ret)
{
    if (o.size == 0) {
        *ret = OCTETS_NONE;
        return true;
    }
    uint8_t *at = o.size > a->cap - a->used ? NULL : take(a, o.size, 1);
    if (!at)
        return false;
    memcpy(at, o.at, o.size);
    *ret = (struct octets){at, o.size};
    return true;
}

const char *arena_copy_text(struct arena *a, struct octets o)
{
    char *at = arena_alloc(a, o.size + 1);
    if (at && o.size)
        memcpy(at, o.at, o.size);
    return at;
}

bool arena_grow(struct arena *a, void **items, size_t count, size_t *room, size_t octets_each)
{
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : 8;
    void *at = arena_alloc_array(a, more, octets_each);
    if (!at)
        return false;
    if (count)
        memcpy(at, *items, count * octets_each);
    *items = at;
    *room = more;
    return true;
}
