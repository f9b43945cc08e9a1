/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/knowledge.h"
#include "member.h"

/*
 * A stored record of a service or a domain, as the reports need it: what was stored, and nothing
 * judged anew.  Titles alone come from the catalogue of checks, by id.
 */
struct report_possible {
    struct octets id, fixed, ended;
    double p;
    enum finding_severity severity;
    bool is_exploited;
};

struct report_finding {
    struct octets id, title; /* the id, when the catalogue does not have it */
    enum finding_verdict verdict;
    enum finding_severity severity;
    bool is_accepted;
    struct octets seen_at, reason, remedy;
    struct octets *evidence;
    size_t evidence_count;
    struct report_possible *possible;
    size_t possible_count;
    uint64_t more; /* possible ones that were not stored */
    double p;
    const struct audit_check *check; /* NULL: not in the catalogue */
};

struct report_software {
    bool is_there, is_unknown, is_altered;
    struct octets product, vendor, low, high, front;
    struct octets claim, claim_product, claim_version, claim_front;
    struct octets nearest; /* of what is unknown */
    double confidence;
};

/* How it comes to TLS. */
#define REPORT_STARTTLS_MAP(X) \
    X(NOT_KNOWN, "not known") \
    X(NOT_OFFERED, "not offered") \
    X(NOT_TRIED, "offered, not tried") \
    X(OK, "STARTTLS works") \
    X(REFUSED, "offered, refused") \
    X(FAILED, "offered, fails") \
    X(IMPLICIT, "TLS from the start")
#define X(id, name) REPORT_STARTTLS_##id,
enum report_starttls { REPORT_STARTTLS_MAP(X) REPORT_STARTTLS__COUNT };
#undef X
const char *report_starttls_name(enum report_starttls s);

struct report_certificate {
    struct octets subject, issuer, key, sha256;
    uint64_t not_before_ms, not_after_ms;
};

struct report_tls {
    bool is_up, is_trusted, has_name, name_matches;
    struct octets version, cipher, group, verify_error;
    struct report_certificate *chain; /* as sent, the leaf first */
    size_t chain_count;
};

enum report_kind { REPORT_SERVICE, REPORT_DOMAIN, REPORT_NEITHER };

struct report_item {
    enum report_kind kind;
    const json_t *json;
    struct arena *arena; /* for more members, as long as the record */
    uint64_t time_ms;
    struct octets time, input, domain, host, address, outcome, stage, reason, provider;
    uint16_t port;
    bool has_answered;
    /* "mx.example.org:25", "192.0.2.1:25", "[2001:db8::1]:25", "example.org": for people */
    struct octets name;
    struct report_software software;
    enum report_starttls starttls;
    struct report_tls tls;
    struct report_finding *findings;
    size_t finding_count;
    size_t exposed;              /* not accepted */
    enum finding_severity worst; /* of those; __COUNT: there are none */
};

/* Borrows the record and `known`; the rest is in the arena.  ERR_SYNTAX: no record of a schema that
 * we know. */
MUST_CHECK enum err report_item_read(const json_t *record, const struct audit_knowledge *known,
                                     struct arena *a, struct report_item *ret);
/* Whether it is exposed and not accepted. */
bool report_finding_counts(const struct report_finding *f);
/* "Postfix 3.5.25 to 3.7.11 behind postscreen", "unknown, nearest to Exim": octets as they were
 * seen. */
void report_software_append(struct buf *plain, const struct report_software *s);
/* The endpoint or domain as a URI: smtp://host:port, dns:example.org (RFC 4501). */
void report_place_append(struct buf *plain, const struct report_item *item);
