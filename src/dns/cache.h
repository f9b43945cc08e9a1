/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "message.h"

/*
 * Answers as they came, by name and type, until they expire.  Pure: time is an argument.  Bounded in
 * entries and in octets: the answer that was not asked for the longest makes room.
 */
struct dns_cache_entry;
struct dns_cache {
    struct dns_cache_entry *
        *slots; /* chained; room is a power of two, made with the first answer */
    struct dns_cache_entry *oldest, *newest; /* by their last use */
    size_t room, count, octets;
    size_t entries_max, octets_max;
};

struct dns_cached {
    unsigned status;   /* the owner's own */
    struct octets raw; /* the message, or none */
};

/* RFC 2308 s5 has a cap of one to three hours for what does not exist; a run is no longer bound to
 * what it once heard than this. */
#define DNS_CACHE_TTL_MAX_S 3600

void dns_cache_init(struct dns_cache *c, size_t entries_max, size_t octets_max);
void dns_cache_release(struct dns_cache *c);

/* False when there is none, or it has expired.  *ret borrows until the next put.  Names are
 * compared as they are: the caller gives them one form. */
bool dns_cache_get(struct dns_cache *c, uint64_t now_ms, struct octets name, enum dns_type type,
                   struct dns_cached *ret);
/* Copies; replaces what there was.  With a ttl of 0, without memory, or when it is larger than all
 * of the room, it is not kept. */
void dns_cache_put(struct dns_cache *c, uint64_t now_ms, struct octets name, enum dns_type type,
                   const struct dns_cached *answer, uint32_t ttl_s);
