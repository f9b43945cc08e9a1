/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "problem.h"

/* DKIM key records (RFC 6376 s3.6.1; RFC 8301 on sizes and hashes; RFC 8463 on Ed25519).  Pure;
 * borrows the text. */

enum dkim_type { DKIM_RSA, DKIM_ED25519, DKIM_UNKNOWN };

/* As bits. */
enum dkim_hash { DKIM_SHA1 = 1, DKIM_SHA256 = 2, DKIM_OTHER_HASH = 4 };

struct dkim_key {
    struct octets text;
    enum dkim_type type; /* RSA unless k says otherwise */
    unsigned hashes;     /* enum dkim_hash; 0: all, for there is no h */
    bool is_for_mail;    /* s is absent, or holds * or email */
    bool is_testing;     /* t=y */
    bool is_strict;      /* t=s: no subdomains in i= */
    bool is_revoked;     /* p is empty */
    bool has_version;    /* v=DKIM1 */
    struct octets key;   /* p decoded, in the arena; none when it is malformed */
    size_t bits;         /* of an RSA modulus; 256 of Ed25519; 0: not known */
    struct octets notes;
    struct dns_problems problems; /* fatal ones: verifiers find no key */
};

/* RFC 8301 s3.2: verifiers take no shorter RSA keys than the one, signers should use the other. */
#define DKIM_RSA_BITS_MIN  1024
#define DKIM_RSA_BITS_WISE 2048

/* Whether a TXT record says that it is a key (v=DKIM1), or has at least a p. */
bool dkim_is_key(struct octets text);
/* ERR_NOMEM past the arena's cap. */
MUST_CHECK enum err dkim_parse(struct octets text, struct arena *a, struct dkim_key *ret);
/* Whether no hash but SHA-1 is allowed, which RFC 8301 s3.1 forbids. */
bool dkim_is_sha1_only(const struct dkim_key *k);
