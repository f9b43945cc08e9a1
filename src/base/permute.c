/* SPDX-License-Identifier: Apache-2.0 */
#include "permute.h"

#include <assert.h>

/* Four make a pseudo-random permutation of a random function (Luby and Rackoff, 1988); the halves
 * of small networks are short, so it has a few more. */
#define ROUNDS 8

/* The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
 * Generators", 2014). */
uint64_t permute_mix(uint64_t n)
{
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

void permute_init(struct permute *p, uint64_t size, uint64_t seed)
{
    assert(size);
    *p = (struct permute){.size = size, .seed = permute_mix(seed), .half_bits = 1};
    while (p->half_bits < 32 && (size - 1) >> (2 * p->half_bits))
        p->half_bits++;
}

static uint64_t step(const struct permute *p, uint64_t n)
{
    uint64_t mask = ((uint64_t)1 << p->half_bits) - 1;
    uint64_t left = n >> p->half_bits, right = n & mask;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        /* Round and half stand in different bits: no two rounds share a function. */
        uint64_t next = left ^ (permute_mix(p->seed ^ (round << 32 | right)) & mask);
        left = right;
        right = next;
    }
    return left << p->half_bits | right;
}

uint64_t permute_at(const struct permute *p, uint64_t i)
{
    assert(i < p->size);
    do
        i = step(p, i);
    while (i >= p->size);
    return i;
}
