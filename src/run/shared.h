/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"

/*
 * The endpoints of this run, each of which is visited once whoever leads to it: those whose visit is
 * queued or under way, and those that were visited.  20 octets an endpoint in a table at most half
 * full; past RUN_SHARED_MAX of them (80 MiB) no more are remembered, but counted: they may be
 * visited again.
 */
#define RUN_SHARED_MAX ((size_t)2 * 1024 * 1024)

struct run_shared {
    struct run_shared_entry *entries; /* open addressing; room is a power of two */
    size_t count, room;
    size_t max;         /* 0: RUN_SHARED_MAX */
    uint64_t forgotten; /* endpoints past it, or for which memory was out */
};

void run_shared_release(struct run_shared *s);
bool run_shared_has(const struct run_shared *s, const struct address *a, uint16_t port);
/* One that it does not have. */
void run_shared_add(struct run_shared *s, const struct address *a, uint16_t port);

/* The domains that lead to an endpoint: the first of them by name, all by number. */
struct run_domains {
    struct arena arena;
    struct octets at[FACTS_DOMAINS_MAX];
    size_t count;
    uint64_t total; /* one that comes again is not counted, if it is among the first */
};

void run_domains_init(struct run_domains *d);
void run_domains_release(struct run_domains *d);
void run_domains_add(struct run_domains *d, struct octets domain); /* copies; none is nothing */
