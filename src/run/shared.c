/* SPDX-License-Identifier: Apache-2.0 */
#include "shared.h"

#include <stdlib.h>

#define ROOM_LEAST 1024

struct run_shared_entry {
    struct address address; /* family 0: a free place */
    uint16_t port;
};

void run_shared_release(struct run_shared *s)
{
    free(s->entries);
    *s = (struct run_shared){.max = s->max};
}

static struct run_shared_entry *place_of(struct run_shared_entry *entries, size_t room,
                                         const struct address *a, uint16_t port)
{
    uint64_t hash = octets_hash((struct octets){a->octets, address_bits(a) / 8}) + port;
    size_t at = (size_t)(hash * 0x9E3779B97F4A7C15u >> 32) & (room - 1);
    while (entries[at].address.family &&
           (entries[at].port != port || !address_is_equal(&entries[at].address, a)))
        at = (at + 1) & (room - 1);
    return &entries[at];
}

bool run_shared_has(const struct run_shared *s, const struct address *a, uint16_t port)
{
    return s->room && place_of(s->entries, s->room, a, port)->address.family;
}

static bool make_room(struct run_shared *s)
{
    if (s->count >= (s->max ? s->max : RUN_SHARED_MAX))
        return false;
    if (s->count * 2 < s->room)
        return true;
    size_t room = s->room ? s->room * 2 : ROOM_LEAST;
    struct run_shared_entry *entries = calloc(room, sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < s->room; i++) {
        const struct run_shared_entry *e = &s->entries[i];
        if (e->address.family)
            *place_of(entries, room, &e->address, e->port) = *e;
    }
    free(s->entries);
    s->entries = entries;
    s->room = room;
    return true;
}

void run_shared_add(struct run_shared *s, const struct address *a, uint16_t port)
{
    if (!make_room(s)) {
        s->forgotten++;
        return;
    }
    *place_of(s->entries, s->room, a, port) =
        (struct run_shared_entry){.address = *a, .port = port};
    s->count++;
}

/* ---- domains ---- */

void run_domains_init(struct run_domains *d)
{
    *d = (struct run_domains){0};
    arena_init(&d->arena, FACTS_DOMAINS_MAX * (size_t)512);
}

void run_domains_release(struct run_domains *d)
{
    arena_release(&d->arena);
}

void run_domains_add(struct run_domains *d, struct octets domain)
{
    if (!domain.size)
        return;
    for (size_t i = 0; i < d->count; i++)
        if (octets_is_equal(d->at[i], domain))
            return;
    d->total++;
    if (d->count < FACTS_DOMAINS_MAX && arena_copy(&d->arena, domain, &d->at[d->count]))
        d->count++;
}
