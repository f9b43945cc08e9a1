/* SPDX-License-Identifier: Apache-2.0 */
#include "pace.h"

#include <stdlib.h>

#define SECOND_US 1000000.0
/* What a clock that stood still may catch up: no more than this, so that no burst follows. */
#define SLACK_US   10000u
#define ROOM_LEAST 256

const struct pace_limits pace_standard = {
    .operator_rate = 50,
    .network_rate = 100,
    .operator_visits = 20,
    .network_visits = 64,
    .unanswered = 64,
    .back_off_us = 30u * 1000000u,
    .back_off_most_us = 600u * 1000000u,
};

/* An operator or a network that visits are under way at, or that must be let alone. */
struct pace_entry {
    uint64_t key; /* 0: free */
    uint64_t next_us, alone_until_us;
    uint32_t visits, unanswered;
    uint32_t refusals;
};

/* Never 0, which marks a free entry. */
static uint64_t key_of(const void *data, size_t size, uint8_t kind)
{
    uint64_t h = octets_hash((struct octets){data, size}) * 31 + kind;
    return h ? h : 1;
}

struct pace_place pace_place_of(const struct address *a, struct octets domain)
{
    size_t size = a->family == 4 ? 3 : 6;
    struct pace_place p = {.network = key_of(a->octets, size, a->family)};
    p.party = domain.size ? key_of(domain.at, domain.size, 1)
                          : key_of(a->octets, a->family == 4 ? 4 : 16, 2);
    return p;
}

void pace_init(struct pace *p, const struct pace_limits *limits)
{
    *p = (struct pace){.limits = *limits};
}

void pace_release(struct pace *p)
{
    free(p->entries);
    *p = (struct pace){0};
}

static struct pace_entry *place_of(const struct pace *p, uint64_t key)
{
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u) & (p->room - 1);
    while (p->entries[at].key && p->entries[at].key != key)
        at = (at + 1) & (p->room - 1);
    return &p->entries[at];
}

/* Who turned us away is remembered as long again as it may be left alone at most. */
static bool is_idle(const struct pace *p, const struct pace_entry *e, uint64_t now_us)
{
    uint64_t until = e->alone_until_us + (e->refusals ? p->limits.back_off_most_us : 0);
    return !e->visits && e->next_us <= now_us && until <= now_us;
}

/* Twice the room for those that still matter: idle ones are forgotten, so that the table follows
 * what is under way and not the length of the input. */
static bool make_room(struct pace *p, uint64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->room; i++)
        kept += p->entries[i].key && !is_idle(p, &p->entries[i], now_us);
    struct pace old = *p;
    p->room = ROOM_LEAST;
    while (p->room < 4 * (kept + 1))
        p->room *= 2;
    p->entries = calloc(p->room, sizeof *p->entries);
    if (!p->entries) {
        *p = old;
        return false;
    }
    p->count = kept;
    for (size_t i = 0; i < old.room; i++)
        if (old.entries[i].key && !is_idle(&old, &old.entries[i], now_us))
            *place_of(p, old.entries[i].key) = old.entries[i];
    free(old.entries);
    return true;
}

/* NULL when there is no entry and none is made. */
static struct pace_entry *find(const struct pace *p, uint64_t key)
{
    struct pace_entry *e = p->room ? place_of(p, key) : NULL;
    return e && e->key ? e : NULL;
}

/* Gives a free entry its key. */
static void enter(struct pace *p, struct pace_entry *e, uint64_t key)
{
    p->count += !e->key;
    e->key = key;
}

/* How long until a clock allows one more. */
static uint64_t wait_of(uint64_t next_us, uint64_t now_us)
{
    return next_us > now_us ? next_us - now_us : 0;
}

static void advance(uint64_t *next_us, uint64_t now_us, double rate)
{
    if (rate <= 0)
        return;
    uint64_t least = now_us > SLACK_US ? now_us - SLACK_US : 0;
    uint64_t from = *next_us > least ? *next_us : least;
    *next_us = from + (uint64_t)(SECOND_US / rate);
}

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t entry_wait(const struct pace_entry *e, uint64_t now_us, uint32_t visits,
                           uint32_t unanswered)
{
    if (e->visits >= visits || e->unanswered >= unanswered)
        return PACE_UNTIL_END;
    return longer(wait_of(e->next_us, now_us), wait_of(e->alone_until_us, now_us));
}

uint64_t pace_wait(const struct pace *p, uint64_t now_us)
{
    return p->limits.rate > 0 ? wait_of(p->next_us, now_us) : 0;
}

uint64_t pace_begin(struct pace *p, uint64_t now_us, const struct pace_place *place)
{
    const struct pace_limits *l = &p->limits;
    if (2 * (p->count + 2) > p->room && !make_room(p, now_us))
        return 0; /* without memory to count it, it goes uncounted */
    struct pace_entry *party = place_of(p, place->party);
    struct pace_entry *network = place_of(p, place->network);
    uint64_t wait = entry_wait(party, now_us, l->operator_visits, UINT32_MAX);
    wait = longer(wait, entry_wait(network, now_us, l->network_visits, l->unanswered));
    wait = longer(wait, pace_wait(p, now_us));
    if (wait)
        return wait;
    enter(p, party, place->party);
    if (network == party) /* the same free entry */
        network = place_of(p, place->network);
    enter(p, network, place->network);
    party->visits++;
    network->visits++;
    network->unanswered++;
    advance(&party->next_us, now_us, l->operator_rate);
    advance(&network->next_us, now_us, l->network_rate);
    advance(&p->next_us, now_us, l->rate);
    return 0;
}

uint64_t pace_party_wait(const struct pace *p, uint64_t now_us, const struct pace_place *place)
{
    const struct pace_entry *party = find(p, place->party);
    return party ? entry_wait(party, now_us, p->limits.operator_visits, UINT32_MAX) : 0;
}

void pace_answered(struct pace *p, const struct pace_place *place)
{
    struct pace_entry *e = find(p, place->network);
    if (e && e->unanswered)
        e->unanswered--;
}

void pace_charge(struct pace *p, uint64_t now_us, const struct pace_place *place,
                 uint32_t connections)
{
    if (!connections)
        return;
    struct pace_entry *party = find(p, place->party), *network = find(p, place->network);
    for (uint32_t i = 0; i < connections; i++) {
        advance(&p->next_us, now_us, p->limits.rate);
        if (party)
            advance(&party->next_us, now_us, p->limits.operator_rate);
        if (network)
            advance(&network->next_us, now_us, p->limits.network_rate);
    }
}

void pace_end(struct pace *p, uint64_t now_us, const struct pace_place *place, bool turned_away)
{
    struct pace_entry *party = find(p, place->party), *network = find(p, place->network);
    if (network && network->visits)
        network->visits--;
    if (!party)
        return;
    if (party->visits)
        party->visits--;
    if (!turned_away) {
        party->refusals /= 2;
        return;
    }
    if (party->alone_until_us > now_us)
        return; /* visits that were under way together were turned away together: that is once */
    uint64_t alone = p->limits.back_off_us << (party->refusals < 16 ? party->refusals : 16);
    if (alone > p->limits.back_off_most_us)
        alone = p->limits.back_off_most_us;
    party->alone_until_us = longer(party->alone_until_us, now_us + alone);
    party->refusals++;
}

uint64_t pace_back_off(const struct pace *p, uint64_t now_us, const struct pace_place *place)
{
    const struct pace_entry *e = find(p, place->party);
    return e ? wait_of(e->alone_until_us, now_us) : 0;
}
