/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "spf_tree.h"

/* What is wrong with a domain's SPF, from all that its record leads to (spf_tree.h).  Pure. */

#define SPF_FLAW_MAP(X) \
    X(MISSING, "spf.missing") \
    X(MULTIPLE, "spf.multiple") \
    X(SYNTAX, "spf.syntax") \
    X(LOOKUPS, "spf.lookups") \
    X(VOID_LOOKUPS, "spf.void-lookups") \
    X(PLUS_ALL, "spf.plus-all") \
    X(NEUTRAL_ALL, "spf.neutral-all") \
    X(PTR, "spf.ptr") \
    X(LOOP, "spf.loop") \
    X(TOO_WIDE, "spf.too-wide") \
    X(VOID_INCLUDE, "spf.void-include") \
    X(TAKEOVER, "spf.takeover")

#define X(id, name) SPF_FLAW_##id,
enum spf_flaw_kind { SPF_FLAW_MAP(X) SPF_FLAW__COUNT };
#undef X
const char *spf_flaw_name(enum spf_flaw_kind k);

struct spf_flaw {
    enum spf_flaw_kind kind;
    const struct spf_node *node; /* whose record */
    const struct spf_term *term; /* NULL: the record, or what is between its terms */
    size_t at;                   /* octets from the start of the record */
    const char *what;            /* a constant, for people */
    struct octets name; /* TAKEOVER: what can be registered; VOID_INCLUDE: what was named */
};

struct spf_flaws {
    struct spf_flaw *at;
    size_t count, room;
};

/*
 * Networks of which nobody's own mail servers take that much.  IPv4: the widest that a large
 * provider lists for itself is a /14 (spf.protection.outlook.com had 52.100.0.0/14).  IPv6: a /32 is
 * the block that ARIN hands out most often, to a provider for all of its customers (counted in
 * ARIN-prop-335 of 2024-05-31).
 */
#define SPF_WIDE_BITS4 14
#define SPF_WIDE_BITS6 32

/* Whether anybody may register names directly below this one: a public suffix. */
typedef bool spf_is_registry(struct octets name);

/* Adds what is wrong.  Without is_registry, top-level domains alone are ones.  ERR_NOMEM past the
 * arena's cap. */
MUST_CHECK enum err spf_lint(const struct spf_tree *t, spf_is_registry *is_registry,
                             struct arena *a, struct spf_flaws *ret);
