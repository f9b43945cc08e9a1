/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

struct dns_cache_entry {
    struct dns_cache_entry *chained;       /* the next of the same slot */
    struct dns_cache_entry *older, *newer; /* by their last use */
    uint64_t expires_ms;
    enum dns_type type;
    unsigned status;
    uint32_t name_octets, raw_octets;
    uint8_t octets[]; /* the name, then the message */
};

void dns_cache_init(struct dns_cache *c, size_t entries_max, size_t octets_max)
{
    *c = (struct dns_cache){.entries_max = entries_max, .octets_max = octets_max, .room = 1};
    while (c->room < entries_max)
        c->room *= 2;
}

static struct dns_cache_entry **slot_of(const struct dns_cache *c, struct octets name,
                                        enum dns_type type)
{
    uint64_t hash = octets_hash(name) + (uint64_t)type * 0x9E3779B97F4A7C15u;
    return &c->slots[(hash ^ hash >> 32) & (c->room - 1)];
}

static struct octets name_of(const struct dns_cache_entry *e)
{
    return (struct octets){e->octets, e->name_octets};
}

static size_t size_of(const struct dns_cache_entry *e)
{
    return sizeof *e + e->name_octets + e->raw_octets;
}

static void unlink_use(struct dns_cache *c, struct dns_cache_entry *e)
{
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
}

static void link_newest(struct dns_cache *c, struct dns_cache_entry *e)
{
    e->older = c->newest;
    e->newer = NULL;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct dns_cache *c, struct dns_cache_entry *e)
{
    struct dns_cache_entry **at = slot_of(c, name_of(e), e->type);
    while (*at != e)
        at = &(*at)->chained;
    *at = e->chained;
    unlink_use(c, e);
    c->count--;
    c->octets -= size_of(e);
    free(e);
}

void dns_cache_release(struct dns_cache *c)
{
    while (c->oldest)
        drop(c, c->oldest);
    free(c->slots);
    c->slots = NULL;
}

static struct dns_cache_entry *find(const struct dns_cache *c, struct octets name,
                                    enum dns_type type)
{
    struct dns_cache_entry *e = c->slots ? *slot_of(c, name, type) : NULL;
    while (e && (e->type != type || !octets_is_equal(name_of(e), name)))
        e = e->chained;
    return e;
}

bool dns_cache_get(struct dns_cache *c, uint64_t now_ms, struct octets name, enum dns_type type,
                   struct dns_cached *ret)
{
    struct dns_cache_entry *e = find(c, name, type);
    if (!e)
        return false;
    if (e->expires_ms <= now_ms) {
        drop(c, e);
        return false;
    }
    unlink_use(c, e);
    link_newest(c, e);
    *ret = (struct dns_cached){.status = e->status};
    if (e->raw_octets)
        ret->raw = (struct octets){e->octets + e->name_octets, e->raw_octets};
    return true;
}

/* The entry, in its slot and among the used. */
static void keep(struct dns_cache *c, struct dns_cache_entry *e)
{
    struct dns_cache_entry **slot = slot_of(c, name_of(e), e->type);
    e->chained = *slot;
    *slot = e;
    link_newest(c, e);
    c->count++;
    c->octets += size_of(e);
    while (c->count > c->entries_max || c->octets > c->octets_max)
        drop(c, c->oldest);
}

void dns_cache_put(struct dns_cache *c, uint64_t now_ms, struct octets name, enum dns_type type,
                   const struct dns_cached *answer, uint32_t ttl_s)
{
    struct dns_cache_entry *e = find(c, name, type);
    if (e)
        drop(c, e);
    if (!c->slots)
        c->slots = calloc(c->room, sizeof(struct dns_cache_entry *));
    if (!c->slots || !ttl_s || name.size + answer->raw.size > c->octets_max)
        return;
    e = malloc(sizeof *e + name.size + answer->raw.size);
    if (!e)
        return;
    uint32_t ttl = ttl_s < DNS_CACHE_TTL_MAX_S ? ttl_s : DNS_CACHE_TTL_MAX_S;
    *e = (struct dns_cache_entry){.expires_ms = now_ms + (uint64_t)ttl * 1000,
                                  .type = type,
                                  .status = answer->status,
                                  .name_octets = (uint32_t)name.size,
                                  .raw_octets = (uint32_t)answer->raw.size};
    memcpy(e->octets, name.at, name.size);
    if (answer->raw.size)
        memcpy(e->octets + name.size, answer->raw.at, answer->raw.size);
    keep(c, e);
}
