/* SPDX-License-Identifier: Apache-2.0 */
#include "networks.h"

#include <stdlib.h>

struct target_network {
    struct address address; /* family 0: a free place */
    uint8_t bits;
    uint16_t port;
    uint32_t number;
};

void target_networks_release(struct target_networks *n)
{
    free(n->entries);
    *n = (struct target_networks){.max = n->max};
}

static struct address cut(const struct address *a, unsigned bits)
{
    struct address n = {.family = a->family};
    memcpy(n.octets, a->octets, bits / 8);
    if (bits % 8)
        n.octets[bits / 8] = a->octets[bits / 8] & (uint8_t)(0xff00u >> bits % 8);
    return n;
}

static struct target_network *find_place(struct target_network *entries, size_t room,
                                         const struct target_network *e)
{
    uint64_t hash = octets_hash((struct octets){e->address.octets, sizeof e->address.octets});
    size_t at = (hash ^ hash >> 32 ^ (uint64_t)e->bits << 24 ^ e->port) & (room - 1);
    while (entries[at].address.family &&
           !(entries[at].bits == e->bits && entries[at].port == e->port &&
             address_is_equal(&entries[at].address, &e->address)))
        at = (at + 1) & (room - 1);
    return &entries[at];
}

static bool make_room(struct target_networks *n)
{
    size_t max = n->max ? n->max : TARGET_NETWORKS_MAX, room = n->room ? n->room * 2 : 1024;
    if (n->count == max)
        return false;
    if (n->count * 2 < n->room)
        return true;
    struct target_network *entries = calloc(room, sizeof *entries);
    if (!entries)
        return false;
    for (size_t i = 0; i < n->room; i++)
        if (n->entries[i].address.family)
            *find_place(entries, room, &n->entries[i]) = n->entries[i];
    free(n->entries);
    n->entries = entries;
    n->room = room;
    return true;
}

static uint64_t *lengths_of(struct target_networks *n, uint8_t family, unsigned bits)
{
    return family == 4 ? &n->v4_lengths : &n->v6_lengths[bits / 64];
}

static void add(struct target_networks *n, const struct target_network *e)
{
    if (!make_room(n)) {
        n->forgotten++;
        return;
    }
    struct target_network *at = find_place(n->entries, n->room, e);
    if (at->address.family)
        return; /* the first one stays */
    *at = *e;
    n->count++;
    *lengths_of(n, e->address.family, e->bits) |= (uint64_t)1 << e->bits % 64;
}

/* The largest network that begins at `first` and ends at `last` or before. */
static unsigned widest(const struct address *first, const struct address *last)
{
    unsigned bits = address_bits(first);
    while (bits > 0) {
        struct address begin = cut(first, bits - 1), end = begin;
        for (unsigned bit = bits - 1; bit < address_bits(first); bit++)
            end.octets[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
        if (!address_is_equal(&begin, first) ||
            memcmp(end.octets, last->octets, sizeof end.octets) > 0)
            break;
        bits--;
    }
    return bits;
}

static void add_range(struct target_networks *n, const struct target *t, uint32_t number)
{
    struct address first = t->address;
    for (;;) {
        unsigned bits = widest(&first, &t->last), host = address_bits(&first) - bits;
        add(n, &(struct target_network){first, (uint8_t)bits, t->port, number});
        struct address_number at = address_to_number(&first), step = {0};
        step.low = host < 64 ? (uint64_t)1 << host : 0;
        step.high = host < 64 ? 0 : (uint64_t)1 << (host - 64);
        at.low += step.low;
        at.high += step.high + (at.low < step.low);
        struct address next = address_of_number(first.family, at);
        if (memcmp(next.octets, first.octets, sizeof next.octets) <= 0 || /* past the top */
            memcmp(next.octets, t->last.octets, sizeof next.octets) > 0)
            return;
        first = next;
    }
}

void target_networks_add(struct target_networks *n, const struct target *t, uint32_t number)
{
    if (t->kind == TARGET_RANGE)
        add_range(n, t, number);
    else if (t->kind == TARGET_NETWORK)
        add(n, &(struct target_network){t->address, (uint8_t)t->bits, t->port, number});
}

bool target_networks_has(const struct target_networks *n, const struct address *a, unsigned bits,
                         uint16_t port, uint32_t number)
{
    for (unsigned length = 0; n->count && length <= bits; length++) {
        uint64_t lengths = a->family == 4 ? n->v4_lengths : n->v6_lengths[length / 64];
        if (!(lengths >> length % 64 & 1))
            continue;
        struct target_network key = {cut(a, length), (uint8_t)length, port, 0};
        const struct target_network *e = find_place(n->entries, n->room, &key);
        if (e->address.family && e->number < number)
            return true;
    }
    return false;
}
