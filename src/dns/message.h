/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/arena.h"

/*
 * DNS responses (RFC 1035 s4.1): octets in, records out.  Pure.  Foreign octets never overflow or
 * loop: a compression pointer must point backwards, a name is at most 255 octets.
 */
enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_TLSA = 52,
    DNS_TYPE_CAA = 257
};

/* RFC 6698 s2.1: as they came, whatever their meaning. */
struct dns_tlsa {
    uint8_t usage, selector, matching;
    struct octets data;
};

/* RFC 8659 s4.1; the tag is 1 to 255 octets, its case as it came. */
struct dns_caa {
    uint8_t flags;
    struct octets tag, value;
};

/* A record of the answer section whose type is one of the above; others are passed over. */
struct dns_record {
    struct octets owner; /* presentation form, lower case, no final dot; "." is the root */
    enum dns_type type;
    uint32_t ttl;
    uint16_t preference;    /* MX */
    struct octets name;     /* MX, CNAME, PTR, NS; of an SOA its MNAME; as owner */
    struct address address; /* A, AAAA */
    union {                 /* by type */
        struct octets text; /* TXT: its strings joined, nothing between them */
        struct dns_tlsa tlsa;
        struct dns_caa caa;
    };
};

struct dns_message {
    uint8_t rcode;
    bool is_truncated, is_authentic; /* TC and AD bits */
    struct dns_record *records;
    size_t record_count;
};

/* ERR_SYNTAX when it is no well-formed response; ERR_NOMEM past the arena's cap.  *ret borrows from
 * the arena only. */
MUST_CHECK enum err dns_message_parse(struct octets in, struct arena *a, struct dns_message *ret);

/*
 * For how many seconds an answer holds: the least TTL of its answer section; of a negative one also
 * that of the SOA record and its MINIMUM, or DNS_TTL_NO_SOA_S without such a record (RFC 2308 s5).
 * 0 when it is malformed.
 */
#define DNS_TTL_NO_SOA_S 60
uint32_t dns_message_ttl(struct octets in, bool is_negative);
