/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "../net/resolver.h"
#include "exclude.h"
#include "target.h"

/*
 * From a name to the addresses to visit: domain -> MX by preference -> A and AAAA of each (RFC 5321
 * s5.1). Null MX is RFC 7505's.  A domain and a host are told apart by asking for MX, unless `as`
 * decides.
 */
enum target_as { TARGET_AS_FOUND_OUT, TARGET_AS_DOMAIN, TARGET_AS_HOST };

struct target_resolve_options {
    enum target_as as;
    bool allow_special;  /* take special-use addresses although they come out of DNS */
    bool use_v4, use_v6; /* at least one */
    const struct target_exclude *exclude; /* addresses and names never to take; NULL: none */
};

/* Of a host only the DNS failures and refused addresses are noted: the rest is its outcome, or no
 * fault. */
#define TARGET_NOTE_MAP(X) \
    X(MX_IS_ADDRESS, "mx-is-address") /* the exchange is an IP address in text form */ \
    X(MX_IS_CNAME, "mx-is-cname")     /* RFC 2181 s10.3 forbids it; followed to detail */ \
    X(MX_NO_ADDRESS, "mx-no-address") /* the exchange has neither A nor AAAA */ \
    X(MX_NO_SUCH_NAME, "mx-no-such-name") \
    X(MX_DNS_FAILED, \
      "mx-dns-failed") /* asking for its addresses failed; detail is "A" or "AAAA" */ \
    X(MX_DNS_TIMEOUT, "mx-dns-timeout") /* the same, no answer in time */ \
    X(MX_SPECIAL_USE, "mx-special-use") /* an address refused; detail says which block */ \
    X(MX_EXCLUDED, "mx-excluded") /* detail is the address, which or whose name is excluded */ \
    X(NO_MX, "no-mx")             /* the name itself is visited */

#define X(id, name) TARGET_NOTE_##id,
enum target_note_kind { TARGET_NOTE_MAP(X) TARGET_NOTE__COUNT };
#undef X
const char *target_note_name(enum target_note_kind k);

struct target_note {
    enum target_note_kind kind;
    struct octets host;
    struct octets detail; /* the address, the CNAME's target, ... */
};

struct target_endpoint {
    struct octets host; /* the exchange, or the name itself */
    struct address address;
    uint16_t preference; /* of its MX; 0 for a host */
};

struct target_resolution {
    /* ANSWERED: endpoints has at least one; else NO_SUCH_NAME, NO_ADDRESS, NO_MAIL, DNS_FAILED,
     * DNS_TIMEOUT, EXCLUDED (every address is special-use or excluded), FAILED (our own). */
    enum facts_outcome outcome;
    struct octets reason; /* for people: "example.org has a null MX (RFC 7505)" */
    bool is_domain;       /* led here through MX records */
    struct target_endpoint
        *endpoints; /* by preference, then as answered, A before AAAA; no address twice */
    size_t endpoint_count;
    struct target_note *notes;
    size_t note_count;
};

/* The resolution and all in it live in the arena given to target_resolve, which may be released in
 * this call. */
typedef void target_resolved(void *owner, const struct target_resolution *r);

#define TARGET_RESOLVE_EXCHANGES_MAX 50
#define TARGET_RESOLVE_ADDRESSES_MAX 100
/* An arena with this much left is enough whatever DNS answers; a plain domain takes about 2 KiB. */
#define TARGET_RESOLVE_ARENA_OCTETS ((size_t)512 * 1024)

/*
 * Resolves a NAME target.  The arena must outlive the answer; the answer never comes from within
 * this call, and comes exactly once after ERR_OK, never after another return.  When the resolver is
 * freed or memory runs out on the way the answer is FAILED.  At most 50 exchanges and 100 addresses
 * are taken; what was left out is said in reason.
 */
MUST_CHECK enum err target_resolve(struct resolver *r, const struct target *t,
                                   const struct target_resolve_options *options, struct arena *a,
                                   target_resolved *done, void *owner);
