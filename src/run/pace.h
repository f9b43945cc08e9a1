/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/err.h"
#include "../base/octets.h"

/*
 * When the next connection may begin.  Pure: time comes in.  Connections are spaced by three
 * clocks: the run's (--rate), the operator's (all hosts of one registered domain) and the network's
 * (a /24 of IPv4, a /48 of IPv6); and at most so many visits are under way at one operator and in
 * one network.  Who turned us away is left alone for a while, longer each time.
 */
struct pace_limits {
    double rate;              /* connections begun a second, by the run; 0: no limit */
    double operator_rate;     /* by one operator */
    double network_rate;      /* in one network */
    uint32_t operator_visits; /* under way at once */
    uint32_t network_visits;
    uint32_t unanswered;  /* connects that nothing answered yet, in one network */
    uint64_t back_off_us; /* after the first refusal; doubled each time */
    uint64_t back_off_most_us;
};

extern const struct pace_limits pace_standard;

/* Whom a visit weighs on: the operator ("party", for formatters that know C++) and the network. */
struct pace_place {
    uint64_t party, network; /* numbers from pace_place_of */
};

/* `domain`: the registered domain of the host, or none: then the address is its own operator. */
struct pace_place pace_place_of(const struct address *a, struct octets domain);

struct pace {
    struct pace_limits limits;
    uint64_t next_us;           /* of the run's clock */
    struct pace_entry *entries; /* open addressing; room is a power of two */
    size_t count, room;
};

void pace_init(struct pace *p, const struct pace_limits *limits);
void pace_release(struct pace *p);

#define PACE_UNTIL_END UINT64_MAX

/*
 * 0: the visit may begin, and is counted as begun.  Else how long to wait before asking again, in
 * microseconds; PACE_UNTIL_END: until another visit of the place has ended or was answered.
 */
uint64_t pace_begin(struct pace *p, uint64_t now_us, const struct pace_place *place);

/* How long the party alone would let it wait, as above: the rest of the network need not. */
uint64_t pace_party_wait(const struct pace *p, uint64_t now_us, const struct pace_place *place);

/* How long the run's own clock (--rate) holds everything back. */
uint64_t pace_wait(const struct pace *p, uint64_t now_us);

/* The host answered the connect, in whatever way. */
void pace_answered(struct pace *p, const struct pace_place *place);

/* The visit has ended; `turned_away`: by 421, or by a reset. */
void pace_end(struct pace *p, uint64_t now_us, const struct pace_place *place, bool turned_away);

/* Connections that a visit made beyond its first: all clocks go on by as many. */
void pace_charge(struct pace *p, uint64_t now_us, const struct pace_place *place,
                 uint32_t connections);

/* How long the operator is left alone from now; 0 when it is not. */
uint64_t pace_back_off(const struct pace *p, uint64_t now_us, const struct pace_place *place);
