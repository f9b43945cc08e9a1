/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"

/* FNV's low bits are its best, but not good enough to be dealt by. */
static uint64_t hash_of(struct octets o)
{
    return permute_mix(octets_hash(o));
}

bool target_shard_has(struct target_shard shard, struct octets text)
{
    return hash_of(text) % shard.parts == shard.part;
}

static unsigned host_bits(const struct target *t)
{
    return t->kind == TARGET_NETWORK ? address_bits(&t->address) - t->bits : 0;
}

uint64_t target_block_size(const struct target *t)
{
    if (t->kind == TARGET_RANGE)
        return address_to_number(&t->last).low - address_to_number(&t->address).low + 1;
    return host_bits(t) < 64 ? (uint64_t)1 << host_bits(t) : UINT64_MAX;
}

void target_block_init(struct target_block *b, const struct target *t, struct target_shard shard,
                       uint64_t seed)
{
    uint64_t size = target_block_size(t);
    uint64_t key = hash_of((struct octets){t->address.octets, sizeof t->address.octets}) ^ size;
    /* Not all small networks begin with the first part. */
    uint64_t begin = (key % shard.parts + shard.part) % shard.parts;
    uint64_t count = begin < size ? (size - 1 - begin) / shard.parts + 1 : 0;
    *b = (struct target_block){.first = address_to_number(&t->address),
                               .family = t->address.family,
                               .spread_bits = host_bits(t) > 64 ? host_bits(t) - 64 : 0,
                               .begin = begin,
                               .parts = shard.parts,
                               .count = count};
    permute_init(&b->dealt, size, key);
    permute_init(&b->order, count ? count : 1, permute_mix(seed) ^ key);
}

/* The number as host bits.  Past 64 of them it fills the highest; what is below follows from it. */
static struct address_number place(const struct target_block *b, uint64_t number)
{
    unsigned shift = b->spread_bits;
    if (shift == 0)
        return (struct address_number){0, number};
    uint64_t below = permute_mix(number) >> (64 - shift);
    if (shift == 64)
        return (struct address_number){number, below};
    return (struct address_number){number >> (64 - shift), number << shift | below};
}

bool target_block_next(struct target_block *b, struct address *ret)
{
    if (b->next == b->count)
        return false;
    uint64_t dealt = b->begin + b->parts * permute_at(&b->order, b->next++);
    struct address_number n = place(b, permute_at(&b->dealt, dealt));
    n.low += b->first.low;
    n.high += b->first.high + (n.low < b->first.low);
    *ret = address_of_number(b->family, n);
    return true;
}
