/* SPDX-License-Identifier: Apache-2.0 */
#include "draw.h"

#include <math.h>

static const struct {
    const char *name, *about;
} oddities[DRAW_ODDITY__COUNT] = {
#define X(id, name, about) {name, about},
    DRAW_ODDITY_MAP(X)
#undef X
};

const char *draw_oddity_name(enum draw_oddity o)
{
    return oddities[o].name;
}

const char *draw_oddity_about(enum draw_oddity o)
{
    return oddities[o].about;
}

/* What is drawn for one address; each has a stream of its own, so that a share that changes moves
 * nothing else. */
enum stream { PRODUCT, ROLE, ODDITY, TLS, LATENCY, LIMIT, BORROWED, DELAY };

/* The finalizer of splitmix64: public domain constants of Steele, Lea and Flood, 2014. */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* From 0 up to 1. */
static double share(uint64_t hash, enum stream stream, unsigned n)
{
    return (double)(mix(hash ^ mix((uint64_t)stream << 32 | n)) >> 11) * 0x1p-53;
}

static uint64_t hash_address(uint64_t seed, const struct address *a)
{
    uint64_t words[2] = {0};
    memcpy(words, a->octets, a->family == 4 ? 4 : sizeof words);
    return mix(mix(mix(seed ^ a->family) ^ words[0]) ^ words[1]);
}

static size_t pick(double at, size_t count)
{
    size_t i = (size_t)(at * (double)count);
    return i < count ? i : count - 1;
}

static const struct cast_product *draw_product(const struct draw_rules *rules, const struct cast *c,
                                               double at)
{
    size_t i = 0;
    double place = at * rules->weights[c->product_count - 1];
    while (i + 1 < c->product_count && rules->weights[i] <= place)
        i++;
    return &c->products[i];
}

static enum draw_oddity draw_oddity(const struct draw_rules *rules, double at)
{
    double sum = 0;
    for (unsigned o = DRAW_NONE + 1; o < DRAW_ODDITY__COUNT; o++) {
        sum += rules->odd[o];
        if (at < sum)
            return (enum draw_oddity)o;
    }
    return DRAW_NONE;
}

/* A greeting of somebody else's. */
static void borrow(const struct cast *c, struct draw *d)
{
    for (unsigned n = 0; n < 100; n++) {
        size_t i = pick(share(d->hash, BORROWED, n), c->role_count);
        const struct cast_role *other = &c->roles[i];
        const struct script *greeting = other->lines[0][CAST_GREETING];
        if (other->product_number == d->role->product_number || greeting->code != 220)
            continue;
        d->borrowed = other;
        d->greeting = greeting;
        return;
    }
}

void draw_address(const struct draw_rules *rules, const struct cast *cast, const struct address *a,
                  struct draw *ret)
{
    struct draw d = {.hash = hash_address(rules->seed, a)};
    const struct cast_product *p = draw_product(rules, cast, share(d.hash, PRODUCT, 0));
    d.role = &cast->roles[p->roles[pick(share(d.hash, ROLE, 0), p->count)]];
    d.greeting = d.role->lines[0][CAST_GREETING];
    d.oddity = draw_oddity(rules, share(d.hash, ODDITY, 0));
    d.has_tls = d.role->offers_tls && share(d.hash, TLS, 0) < rules->starttls;
    d.limit = d.oddity == DRAW_LIMIT ? 3 + (unsigned)pick(share(d.hash, LIMIT, 0), 8)
                                     : 1 + (unsigned)pick(share(d.hash, LIMIT, 0), 6);
    /* Most answer soon, some late: exponential. */
    double latency = rules->latency_ms * -log1p(-share(d.hash, LATENCY, 0));
    d.latency_ms = (uint32_t)fmin(latency, rules->latency_cap_ms);
    if (d.oddity == DRAW_ALTERED)
        borrow(cast, &d);
    *ret = d;
}

uint32_t draw_delay(const struct draw_rules *rules, const struct draw *d, unsigned n)
{
    if (d->oddity == DRAW_TARPIT)
        return rules->tarpit_ms;
    if (!d->latency_ms)
        return 0;
    return (uint32_t)((0.75 + 0.5 * share(d->hash, DELAY, n)) * d->latency_ms);
}

size_t draw_host(const struct draw *d, char ret[DRAW_HOST_OCTETS])
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";
    static const char before[] = "mx.", behind[] = ".example";
    uint64_t h = d->hash;
    size_t n = sizeof before - 1;
    memcpy(ret, before, n);
    for (unsigned syllable = 0; syllable < 7; syllable++, h >>= 6) {
        ret[n++] = consonants[h & 15];
        ret[n++] = vowels[h >> 4 & 3];
    }
    memcpy(ret + n, behind, sizeof behind - 1);
    return n + sizeof behind - 1;
}
