/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/*
 * How much may be under way at once: what this machine lets us have open, and holds in memory.
 * limits_derive is pure; the machine is asked by limits_of_machine alone.
 */
struct limits {
    uint32_t descriptors; /* the limit on open files, the soft one raised to the hard one */
    uint32_t processes;   /* that have so many each */
    uint64_t memory;      /* octets of this machine, or of the group that we are confined to */
    uint32_t connections; /* at once, whatever the concurrency */
    uint32_t concurrency; /* targets at once */
};

/* More than this is never derived: one core is busy long before, and the network behind one address
 * has its bounds too. */
#define LIMITS_CONCURRENCY_MAX 20000

/* Sets `connections` and `concurrency` from the rest.  `ports`: of each target; `chosen`: the
 * concurrency that the user wants, 0: what fits. */
void limits_derive(struct limits *l, size_t ports, uint32_t chosen);

/* Raises the limit on open files, and says what there is. */
struct limits limits_of_machine(void);
