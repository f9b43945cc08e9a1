/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"

/*
 * The endpoints of this run, each of which is visited once whoever leads to it: those whose visit is
 * queued or under way, and those that were visited.  32 octets an endpoint in a table at most half
 * full; past RUN_SHARED_MAX of them (128 MiB) no more are remembered, but counted: they may be
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
/* Whether it is known; then *ret_visit is its visit, NULL once that has ended. */
bool run_shared_find(const struct run_shared *s, const struct address *a, uint16_t port,
                     void **ret_visit);
/* One that is not known; `visit` is the caller's, and not NULL. */
void run_shared_add(struct run_shared *s, const struct address *a, uint16_t port, void *visit);
/* Its visit has ended. */
void run_shared_end(struct run_shared *s, const struct address *a, uint16_t port);

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
