/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * ClientHello messages of any age, and what servers answer to them, up to the point where keys would
 * be needed: no key is ever made or used, no handshake ever completed.  Pure: octets in, octets
 * out; every octet of an answer is untrusted.  (RFC 8446, RFC 5246, RFC 6101; SSLv2 as in RFC 6101
 * appendix E.)
 */
enum {
    TLS_SSL2 = 0x0002,
    TLS_SSL3 = 0x0300,
    TLS_1_0 = 0x0301,
    TLS_1_1 = 0x0302,
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304
};

/* Alerts that say something about what was offered (RFC 8446 s6.2, RFC 7507 s3). */
enum {
    TLS_ALERT_HANDSHAKE_FAILURE = 40,
    TLS_ALERT_PROTOCOL_VERSION = 70,
    TLS_ALERT_INSUFFICIENT_SECURITY = 71,
    TLS_ALERT_INAPPROPRIATE_FALLBACK = 86,
    TLS_ALERT_UNRECOGNIZED_NAME = 112
};

enum tls_hello_with {
    TLS_HELLO_EMS = 1 << 0,             /* extended master secret (RFC 7627) */
    TLS_HELLO_RENEGOTIATION = 1 << 1,   /* renegotiation_info (RFC 5746); its SCSV below TLS 1.0 */
    TLS_HELLO_DEFLATE = 1 << 2,         /* compression by DEFLATE (RFC 3749), before none */
    TLS_HELLO_FALLBACK = 1 << 3,        /* TLS_FALLBACK_SCSV (RFC 7507) */
    TLS_HELLO_KEY_SHARE = 1 << 4,       /* one share of X25519: any 32 octets are one (RFC 7748) */
    TLS_HELLO_NO_SHA1 = 1 << 6,         /* among the signatures, nor DSA (RFC 9155) */
    TLS_HELLO_EMPTY_KEY_SHARE = 1 << 5, /* none: asks for a HelloRetryRequest (RFC 8446 s4.2.8) */
};

#define TLS_HELLO_RANDOM 64 /* octets: for the hello, and for a key share */

struct tls_hello {
    uint16_t version;         /* the highest that the header offers; SSL2: in the form of SSLv2 */
    const uint16_t *versions; /* supported_versions; none: not sent */
    size_t version_count;
    const uint16_t *suites; /* not for SSL2, which offers all that it has */
    size_t suite_count;
    const uint16_t *groups; /* none: not sent */
    size_t group_count;
    struct octets server_name;  /* none: not sent.  Must be a DNS name */
    uint32_t with;              /* set of enum tls_hello_with */
    const uint8_t *from_random; /* TLS_HELLO_RANDOM octets */
};

/* Appends the hello as a record.  Its errors are out's. */
void tls_hello_append(struct buf *out, const struct tls_hello *h);

enum tls_answer_kind {
    TLS_ANSWER_NONE,  /* nothing whole has come */
    TLS_ANSWER_HELLO, /* a ServerHello: the fields below say what was chosen */
    TLS_ANSWER_ALERT, /* a fatal one, or close_notify; also behind a ServerHello */
    TLS_ANSWER_ODD,   /* no TLS, or malformed */
};

enum tls_parse { TLS_PARSE_MORE, TLS_PARSE_DONE, TLS_PARSE_LIMIT };

#define TLS_ANSWER_OCTETS  ((size_t)64 * 1024) /* of handshake messages that are looked at */
#define TLS_ANSWER_RECORDS 512

struct tls_answer {
    enum tls_answer_kind kind;
    uint8_t alert;
    bool has_hello; /* there was a ServerHello, whatever came after it */
    uint16_t version, suite;
    bool is_retry;       /* HelloRetryRequest (RFC 8446 s4.1.4) */
    uint8_t compression; /* the method */
    bool has_ems, has_renegotiation;
    uint16_t group;   /* of the key share, the retry or the ServerKeyExchange; 0: none */
    uint32_t dh_bits; /* of the prime of a ServerKeyExchange; 0: none */
    uint32_t kinds;   /* SSLv2: kinds of cipher that are left to choose from */
    bool has_leaf;
    uint8_t leaf_sha256[32];

    /* Of the parser: */
    enum tls_parse state;
    struct buf record, messages;
    uint32_t records;
};

void tls_answer_init(struct tls_answer *a);
void tls_answer_release(struct tls_answer *a);
/*
 * Takes what came next.  MORE: not everything that is wanted has come, what has stands in *a
 * already. DONE: nothing further is looked at.  LIMIT: too much came; as DONE.  Out of memory is
 * LIMIT too.
 */
enum tls_parse tls_answer_feed(struct tls_answer *a, struct octets more);

/* "alert: handshake failure", as other failures of TLS are named; "alert" for one without a name. */
const char *tls_alert_text(uint8_t alert);
/* "TLS 1.2"; "?" for one that is none. */
const char *tls_version_text(uint16_t version);
