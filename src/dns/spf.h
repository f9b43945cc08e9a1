/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/arena.h"
#include "problem.h"

/* SPF records (RFC 7208): text in, terms out.  Pure; borrows the text. */

#define SPF_KIND_MAP(X) \
    X(ALL, "all") \
    X(INCLUDE, "include") \
    X(A, "a") \
    X(MX, "mx") \
    X(PTR, "ptr") \
    X(IP4, "ip4") \
    X(IP6, "ip6") \
    X(EXISTS, "exists") \
    X(REDIRECT, "redirect") \
    X(EXP, "exp") \
    X(OTHER, "") /* a modifier that nobody knows: without effect (s6) */

#define X(id, name) SPF_##id,
enum spf_kind { SPF_KIND_MAP(X) SPF_KIND__COUNT };
#undef X

/* s4.6.2 */
enum spf_qualifier { SPF_PLUS, SPF_MINUS, SPF_TILDE, SPF_QUESTION };

struct spf_term {
    enum spf_kind kind;
    enum spf_qualifier qualifier; /* of mechanisms */
    struct octets text;           /* all of it */
    size_t at;                    /* octets from the start of the record */
    struct octets domain;         /* domain-spec, macros not expanded; none when it is not there */
    struct address network;       /* IP4, IP6 */
    uint8_t bits4, bits6;         /* of the networks that IP4, IP6, A and MX name; 32, 128 */
};

/* Terms that are malformed are left out of `terms` and stand in `problems`; any of them makes the
 * whole record an error (s4.6). */
struct spf_record {
    struct octets text;
    struct spf_term *terms; /* in their order; modifiers too */
    size_t count;
    const struct spf_term *redirect, *exp, *all; /* the first; NULL: none */
    struct dns_problems problems;
};

/* A record of our own limit: s3.4 wants 450 octets, and the shortest term has two. */
#define SPF_TERMS_MAX 1024

/* Whether a TXT record is one of SPF (s4.5): "v=spf1", then its end or a space. */
bool spf_is_record(struct octets text);
/* ERR_NOMEM past the arena's cap.  Text must be an SPF record. */
MUST_CHECK enum err spf_parse(struct octets text, struct arena *a, struct spf_record *ret);

/* Whether evaluating the term asks DNS, and so counts against the limit of ten (s4.6.4). */
bool spf_term_is_lookup(const struct spf_term *t);

/* RFC 7208 s3.4: what is sure to fit an answer of 512 octets. */
#define SPF_OCTETS_WISE 450
