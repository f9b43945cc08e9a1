/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/permute.h"
#include "target.h"

/*
 * The addresses of a network or a range in a random order, each once, without memory for them.
 *
 * Two orders are laid over each other.  The first depends on the block alone: by it the addresses
 * are dealt out to the shards, so that all machines agree whatever their seeds.  The second, the
 * seed's, is the order in which this shard's are visited.
 */
struct target_shard {
    uint32_t part;  /* from 0 */
    uint32_t parts; /* 1 or more */
};

struct target_block {
    struct address_number first;
    uint8_t family;
    unsigned spread_bits; /* host bits past 64 */
    struct permute dealt, order;
    uint64_t begin, parts; /* this shard's places in the first order: begin, begin + parts.. */
    uint64_t count, next;  /* of this shard's */
};

/*
 * t is of any kind but NAME.  Of a network with more than 2^64 - 1 addresses that many are taken,
 * spread over all of it.
 */
void target_block_init(struct target_block *b, const struct target *t, struct target_shard shard,
                       uint64_t seed);
/* The next address; false at the end. */
bool target_block_next(struct target_block *b, struct address *ret);
/* How many addresses t has in all, whatever the shard; UINT64_MAX when there are more. */
uint64_t target_block_size(const struct target *t);

/* Whether what has this text belongs to the shard: for targets that are one. */
bool target_shard_has(struct target_shard shard, struct octets text);
