/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "message.h"

/*
 * TLSA records for SMTP (RFC 6698 s2.1, RFC 7671, RFC 7672).  Pure: certificates and what is hashed
 * of them are given as octets.  Whether a chain is valid up to a trust anchor is for TLS to say.
 */

enum tlsa_usage { TLSA_PKIX_TA, TLSA_PKIX_EE, TLSA_DANE_TA, TLSA_DANE_EE };
enum tlsa_selector { TLSA_CERTIFICATE, TLSA_PUBLIC_KEY, TLSA_SELECTOR__COUNT };
enum tlsa_matching { TLSA_FULL, TLSA_SHA256, TLSA_SHA512, TLSA_MATCHING__COUNT };

/* What is wrong with a record for SMTP, NULL for nothing: then it is usable (RFC 7672 s3.1; the
 * PKIX usages are not, s3.1.3). */
const char *tlsa_fault(const struct dns_tlsa *t);

/* A certificate as selectors and matching types see it (s2.1.2, s2.1.3). */
struct tlsa_certificate {
    struct octets of[TLSA_SELECTOR__COUNT][TLSA_MATCHING__COUNT];
};

#define TLSA_NO_MATCH SIZE_MAX
/*
 * Which certificate of a chain, the server's own first, the record names: of DANE-EE the first alone
 * (RFC 7671 s5.1), of DANE-TA any of those above it, or the first if it is its own issuer
 * (s5.2).  TLSA_NO_MATCH for none and for records that are not usable.
 */
size_t tlsa_match(const struct dns_tlsa *t, const struct tlsa_certificate *chain, size_t count);

/* Whether senders pass over the record for a stronger digest: a usable one of SHA-256 beside a usable
 * one of SHA-512, usage and selector alike (RFC 7671 s9). */
bool tlsa_is_outdone(const struct dns_record *records, size_t count, const struct dns_tlsa *t);

struct tlsa_verdict {
    size_t usable, unusable; /* records */
    size_t matching;         /* usable ones that name a certificate of the chain */
    size_t stale;            /* usable ones that name none: a key to come, or one that is gone */
    bool has_end_entity;     /* one that matches is DANE-EE: names and dates do not count (s5.1) */
};
/* Of all TLSA records among these. */
struct tlsa_verdict tlsa_judge(const struct dns_record *records, size_t count,
                               const struct tlsa_certificate *chain, size_t chain_count);

/* Appends where the records of a server stand: _25._tcp.NAME (RFC 7672 s2.2.3). */
void tlsa_append_name(struct buf *out, uint16_t port, struct octets host);
/* Appends the record as zones have it, the digits in lower case (RFC 6698 s2.2). */
void tlsa_append(struct buf *out, const struct dns_tlsa *t);
