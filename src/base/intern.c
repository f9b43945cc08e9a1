/* SPDX-License-Identifier: Apache-2.0 */
#include "intern.h"

/* A power of two.  Small, for there is one for the keywords of each EHLO that is recorded. */
#define ROOM_LEAST 32

struct intern_entry {
    struct octets text;
    uint64_t hash;
    uint32_t number; /* 0: a free place */
};

void intern_init(struct intern *i, struct arena *a)
{
    *i = (struct intern){.arena = a};
}

static struct intern_entry *place_of(struct intern_entry *entries, size_t room, struct octets text,
                                     uint64_t hash)
{
    size_t at = hash & (room - 1);
    while (entries[at].number &&
           !(entries[at].hash == hash && octets_is_equal(entries[at].text, text)))
        at = (at + 1) & (room - 1);
    return &entries[at];
}

static bool make_room(struct intern *i)
{
    if (i->count * 2 < i->room)
        return true;
    size_t room = i->room ? i->room * 2 : ROOM_LEAST;
    struct intern_entry *entries = arena_alloc_array(i->arena, room, sizeof *entries);
    if (!entries)
        return false;
    for (size_t k = 0; k < i->room; k++)
        if (i->entries[k].number)
            *place_of(entries, room, i->entries[k].text, i->entries[k].hash) = i->entries[k];
    i->entries = entries;
    i->room = room;
    return true;
}

uint32_t intern_add(struct intern *i, struct octets text)
{
    if (!make_room(i))
        return 0;
    uint64_t hash = octets_hash(text);
    struct intern_entry *e = place_of(i->entries, i->room, text, hash);
    if (e->number)
        return e->number;
    struct octets copy;
    if (!arena_copy(i->arena, text, &copy))
        return 0;
    *e = (struct intern_entry){.text = copy, .hash = hash, .number = (uint32_t)++i->count};
    return e->number;
}

uint32_t intern_find(const struct intern *i, struct octets text)
{
    if (!i->room)
        return INTERN_UNSEEN;
    uint32_t number = place_of(i->entries, i->room, text, octets_hash(text))->number;
    return number ? number : INTERN_UNSEEN;
}

struct octets intern_text(const struct intern *i, struct octets text)
{
    return i->room ? place_of(i->entries, i->room, text, octets_hash(text))->text : OCTETS_NONE;
}
