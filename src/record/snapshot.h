/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "../facts/facts.h"

/*
 * The little of a record that two scans are compared by: texts, of which most are the same in
 * thousands of records, and a few plain values.  All texts are visible text (base/escape.h), cut
 * where they are long, so a server never chooses how much is held.  Where a text holds several
 * items, they are parted by LF and their name from their value by HT, neither of which is visible.
 */
enum snapshot_text {
    SNAPSHOT_TARGET,
    SNAPSHOT_HOST,
    SNAPSHOT_ADDRESS,
    SNAPSHOT_WHY, /* why it did not answer, or was turned away later */
    SNAPSHOT_PROTOCOL,
    SNAPSHOT_GREETING, /* masked */
    SNAPSHOT_EHLO,     /* items: keyword, parameters */
    SNAPSHOT_EHLO_TLS,
    SNAPSHOT_STARTTLS_WHY,
    SNAPSHOT_PRODUCT,
    SNAPSHOT_VERSIONS, /* items, in the order of release */
    SNAPSHOT_FRONT,
    SNAPSHOT_CLAIM, /* who it says it is, where that is not who it is */
    SNAPSHOT_TLS_VERSION,
    SNAPSHOT_CERTIFICATE, /* SHA-256, SHA-256 of its key, words: parted by HT */
    SNAPSHOT_KEY,
    SNAPSHOT_VERIFY_ERROR,
    SNAPSHOT_FINDINGS, /* items: id, verdict, severity */
    SNAPSHOT_RECORDS,  /* items of a domain: what is published, SNAPSHOT_UNKNOWN or nothing */
    SNAPSHOT__COUNT
};

#define SNAPSHOT_UNKNOWN "?" /* as a record: DNS did not tell; only an answer says there is none */
/* What is cut, so that no server makes us hold more: one value; and items behind that many octets. */
#define SNAPSHOT_VALUE_MAX ((size_t)2000)
#define SNAPSHOT_TEXT_MAX  ((size_t)16 * 1024)
#define SNAPSHOT_LIST_MAX  64 /* of what is joined to one value */

struct snapshot_plain {
    uint64_t time_ms, not_after_ms; /* of the certificate; 0: none */
    uint16_t port;                  /* 0: of a domain */
    uint8_t outcome, starttls;      /* enum facts_outcome, enum facts_starttls */
    bool is_network : 1;            /* its address was one of a network */
    bool is_partial : 1;            /* a domain of which not every exchange could be resolved */
    bool has_cut : 1, has_hello : 1, is_offered : 1; /* hello: EHLO in clear; offered: STARTTLS */
    bool has_tls : 1, is_trusted : 1, has_name : 1, name_matches : 1;
    bool has_posture : 1;
};

struct snapshot {
    struct octets text[SNAPSHOT__COUNT];
    struct snapshot_plain plain;
};

enum snapshot_type { SNAPSHOT_SERVICE, SNAPSHOT_DOMAIN, SNAPSHOT_RUN, SNAPSHOT_OTHER };

/*
 * Takes it of a record, and of its findings as they are written (record/bulk.h); all texts live in the
 * arena.  RUN and OTHER leave *ret empty.  ERR_SYNTAX when it is no record of a schema that we know,
 * else ERR_NOMEM alone.
 */
MUST_CHECK enum err snapshot_take(const json_t *record, struct octets findings, struct arena *a,
                                  enum snapshot_type *ret_type, struct snapshot *ret);

/* The first item off *rest, its name in *ret_name; the value is what is returned. */
struct octets snapshot_item(struct octets *rest, struct octets *ret_name);
/* The value of the item of that name.  False when there is none. */
bool snapshot_find(struct octets items, struct octets name, struct octets *ret_value);
