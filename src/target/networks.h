/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "target.h"

/*
 * The networks and ranges of the input so far, so that an address that several of them hold is
 * visited for the first one only.  24 octets for each network in a table at most half full, which
 * past TARGET_NETWORKS_MAX of them (48 MiB) remembers no more; a range is as many networks as it is made of.
 * Zeroed is empty.
 */
#define TARGET_NETWORKS_MAX ((size_t)1024 * 1024)

struct target_networks {
    struct target_network *entries; /* open addressing; room is a power of two */
    size_t count, room;
    size_t max;                         /* 0: TARGET_NETWORKS_MAX */
    uint64_t forgotten;                 /* networks past it, or for which memory was out */
    uint64_t v4_lengths, v6_lengths[3]; /* sets of the prefix lengths that occur */
};

void target_networks_release(struct target_networks *n);
/* The number says which of several was first; ports are apart, for each has its own visits. */
void target_networks_add(struct target_networks *n, const struct target *t, uint32_t number);
/* Whether a network added with a lower number, for the same port, holds all of a/bits. */
bool target_networks_has(const struct target_networks *n, const struct address *a, unsigned bits,
                         uint16_t port, uint32_t number);
