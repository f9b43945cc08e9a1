/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

/*
 * A random order of the numbers below `size` that needs no memory: a bijection, chosen by the seed.
 * It is a Feistel network over the smallest power of four that holds them all, walked on from until
 * the number is one of them (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002): four
 * steps on the average at most.  It scatters; it is no secret.
 */
struct permute {
    uint64_t size;
    uint64_t seed;
    unsigned half_bits; /* the network is over numbers of twice as many bits */
};

/* size is 1 or more. */
void permute_init(struct permute *p, uint64_t size, uint64_t seed);
/* The number at place i, which is below size. */
uint64_t permute_at(const struct permute *p, uint64_t i);

/* One number out of another, all bits of it depending on all bits; a bijection too. */
uint64_t permute_mix(uint64_t n);
