/* SPDX-License-Identifier: Apache-2.0 */
#include "spent.h"

struct run_spent_entry {
    struct address address; /* family 0: a free place */
    uint8_t errors;
};

void run_spent_release(struct run_spent *s)
{
    free(s->entries);
    *s = (struct run_spent){.max = s->max};
}

static struct run_spent_entry *place_of(struct run_spent_entry *entries, size_t room,
                                        const struct address *a)
{
    uint64_t hash = octets_hash((struct octets){a->octets, address_bits(a) / 8});
    size_t at = hash & (room - 1);
    while (entries[at].address.family && !address_is_equal(&entries[at].address, a))
        at = (at + 1) & (room - 1);
    return &entries[at];
}

uint32_t run_spent_get(const struct run_spent *s, const struct address *a)
{
    return s->room ? place_of(s->entries, s->room, a)->errors : 0;
}

static bool make_room(struct run_spent *s)
{
    if (s->count == (s->max ? s->max : RUN_SPENT_MAX))
        return false;
    if (s->count * 2 < s->room)
        return true;
    size_t room = s->room ? s->room * 2 : 1024;
    struct run_spent_entry *entries = calloc(room, sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < s->room; i++)
        if (s->entries[i].address.family)
            *place_of(entries, room, &s->entries[i].address) = s->entries[i];
    free(s->entries);
    s->entries = entries;
    s->room = room;
    return true;
}

void run_spent_set(struct run_spent *s, const struct address *a, uint32_t errors)
{
    struct run_spent_entry *e = s->room ? place_of(s->entries, s->room, a) : NULL;
    if (!e || !e->address.family) {
        if (!make_room(s)) {
            s->forgotten++;
            return;
        }
        e = place_of(s->entries, s->room, a);
        s->count++;
    }
    e->address = *a;
    e->errors = errors < UINT8_MAX ? (uint8_t)errors : UINT8_MAX;
}
