/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#include <sys/resource.h>
#include <uv.h>

#define DESCRIPTORS_OURS 64 /* files, the loop, name servers */
/* Visits to one address are all one process's, so that some have a few more than others. */
#define SLACK           16
#define DESCRIPTORS_MAX 1000000

/* One visit with TLS takes 34 kB at level identify, as measured with 18,000 at once; twice that, and
 * a quarter of the memory for all of them. */
#define MEMORY_EACH  ((uint64_t)64 * 1024)
#define MEMORY_SHARE 4

/* Connections to one address at a time, as the run allows. */
#define PORTS_AT_ONCE 4

static uint32_t at_least_one(uint64_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : n ? (uint32_t)n : 1;
}

void limits_derive(struct limits *l, size_t ports, uint32_t chosen)
{
    uint32_t ours =
        l->descriptors > 4 * DESCRIPTORS_OURS ? DESCRIPTORS_OURS : l->descriptors * 3 / 4;
    uint32_t processes = l->processes ? l->processes : 1;
    uint64_t open = l->descriptors - ours;
    if (processes > 1)
        open = (open - open / SLACK) * processes;
    uint64_t held = l->memory / MEMORY_SHARE / MEMORY_EACH;
    uint32_t fit = at_least_one(held < open ? held : open);
    size_t each = ports < 1 ? 1 : ports > PORTS_AT_ONCE ? PORTS_AT_ONCE : ports;
    uint32_t derived = at_least_one(fit / each);
    /* Who chooses answers for the memory; descriptors there are no more. */
    l->connections = at_least_one(open);
    l->concurrency = chosen                             ? chosen
                     : derived > LIMITS_CONCURRENCY_MAX ? LIMITS_CONCURRENCY_MAX
                                                        : derived;
    uint64_t most = (uint64_t)LIMITS_CONCURRENCY_MAX * each;
    if (!chosen)
        l->connections = at_least_one(fit < most ? fit : most);
}

static uint32_t raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 256;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit))
            limit.rlim_cur = before;
    }
    return limit.rlim_cur < DESCRIPTORS_MAX ? (uint32_t)limit.rlim_cur : DESCRIPTORS_MAX;
}

struct limits limits_of_machine(void)
{
    uint64_t all = uv_get_total_memory(), ours = uv_get_constrained_memory();
    return (struct limits){.descriptors = raise_descriptors(),
                           .memory = ours && ours < all ? ours : all};
}
