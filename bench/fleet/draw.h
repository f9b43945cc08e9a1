/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../src/base/address.h"
#include "cast.h"

/*
 * Who an address is: drawn from the seed and the address alone, so that the fleet is the same
 * whoever comes first, and the truth can be printed without a run.
 */
#define DRAW_ODDITY_MAP(X) \
    X(NONE, "none", "as recorded") \
    X(REFUSED, "refused", "reset as soon as it is connected") \
    X(SILENT, "silent", "accepts, and never greets") \
    X(TARPIT, "tarpit", "every reply is held back") \
    X(GREYLIST, "greylist", "450 to every MAIL and RCPT that it would accept") \
    X(BUSY, "busy", "421 in the place of a greeting") \
    X(LIMIT, "limit", "421 and closes at its third to tenth error") \
    X(ALTERED, "altered", "the greeting of another product") \
    X(LOSS, "loss", "every session is reset at its first to sixth command")

#define X(id, name, about) DRAW_##id,
enum draw_oddity { DRAW_ODDITY_MAP(X) DRAW_ODDITY__COUNT };
#undef X
const char *draw_oddity_name(enum draw_oddity o);
const char *draw_oddity_about(enum draw_oddity o);

struct draw_rules {
    uint64_t seed;
    double odd[DRAW_ODDITY__COUNT]; /* shares; NONE has the rest */
    double starttls;                /* share of those that offer it who have it */
    double latency_ms, latency_cap_ms;
    uint32_t tarpit_ms;
    double *weights; /* for each product of the cast, summed up to there; the last is the sum */
};

struct draw {
    const struct cast_role *role;
    const struct script *greeting; /* another product's, if ALTERED */
    const struct cast_role *borrowed;
    enum draw_oddity oddity;
    bool has_tls;
    unsigned limit;      /* the error, or the command, at which LIMIT and LOSS strike */
    uint32_t latency_ms; /* of a reply, about */
    uint64_t hash;
};

void draw_address(const struct draw_rules *rules, const struct cast *cast, const struct address *a,
                  struct draw *ret);

/* How long this address's n-th reply takes. */
uint32_t draw_delay(const struct draw_rules *rules, const struct draw *d, unsigned n);

#define DRAW_HOST_OCTETS 40
/* A host name that no mask takes for an identifier; returns its length. */
size_t draw_host(const struct draw *d, char ret[DRAW_HOST_OCTETS]);
