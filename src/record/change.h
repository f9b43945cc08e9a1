/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/finding.h"
#include "../base/buf.h"

/*
 * What differs between two scans, one thing at a time (docs/schema/change.schema.json).
 *
 * A row: id, name, whether it is a CHANGE of the server or domain or merely NOTED (the scans
 * differ, or one of them could not tell), how grave it is (findings bring their own severity),
 * what is said of it, and the findings that say the same and are not told beside it.
 */
#define RECORD_CHANGE_MAP(X) \
    X(SERVICE_SILENT, "service-silent", CHANGE, HIGH, "no longer answers", "") \
    X(SERVICE_BACK, "service-back", CHANGE, INFO, "answers now", "") \
    X(SERVICE_GONE, "service-gone", CHANGE, MEDIUM, "is gone: its name does not lead there", "") \
    X(SERVICE_NEW, "service-new", CHANGE, LOW, "is new", "") \
    X(SERVICE_MOVED, "service-moved", CHANGE, LOW, "has another address", "") \
    X(PROTOCOL, "protocol", CHANGE, LOW, "speaks another protocol", "") \
    X(PRODUCT, "product", CHANGE, MEDIUM, "is other software", "") \
    X(VERSION, "version", CHANGE, INFO, "is another version", "") \
    X(FRONT, "front", CHANGE, LOW, "has something else before it", "") \
    X(GREETING_ALTERED, "greeting-altered", CHANGE, LOW, "greets by another name than its own", \
      "") \
    X(GREETING_HONEST, "greeting-honest", CHANGE, INFO, "no longer greets by another name", "") \
    X(GREETING, "greeting", CHANGE, INFO, "greets otherwise", "") \
    X(EXTENSION_ADDED, "extension-added", CHANGE, INFO, "offers now", "") \
    X(EXTENSION_REMOVED, "extension-removed", CHANGE, LOW, "no longer offers", "") \
    X(EXTENSION_ALTERED, "extension-altered", CHANGE, INFO, "offers otherwise", "") \
    X(STARTTLS_VANISHED, "starttls-vanished", CHANGE, HIGH, "no longer offers STARTTLS", \
      "tls.starttls.missing") \
    X(STARTTLS_APPEARED, "starttls-appeared", CHANGE, INFO, "offers STARTTLS now", \
      "tls.starttls.missing") \
    X(STARTTLS_BROKEN, "starttls-broken", CHANGE, HIGH, "STARTTLS fails now", \
      "tls.starttls.broken") \
    X(STARTTLS_MENDED, "starttls-mended", CHANGE, INFO, "STARTTLS works now", \
      "tls.starttls.broken") \
    X(TLS_VERSION, "tls-version", CHANGE, INFO, "chooses another version of TLS", "") \
    X(CERTIFICATE_EXPIRED, "certificate-expired", CHANGE, HIGH, "certificate has expired", \
      "tls.cert.expired") \
    X(CERTIFICATE_EXPIRING, "certificate-expiring", CHANGE, MEDIUM, \
      "certificate expires within 14 days", "tls.cert.expires-soon") \
    X(CERTIFICATE_REPLACED, "certificate-replaced", CHANGE, INFO, "another certificate", "") \
    X(KEY_REPLACED, "key-replaced", CHANGE, INFO, "another key in the certificate", "") \
    X(TRUST_LOST, "trust-lost", CHANGE, MEDIUM, "certificate is no longer trusted", \
      "tls.cert.chain,tls.cert.self-signed") \
    X(TRUST_GAINED, "trust-gained", CHANGE, INFO, "certificate is trusted now", \
      "tls.cert.chain,tls.cert.self-signed") \
    X(NAME_LOST, "name-lost", CHANGE, MEDIUM, "certificate no longer carries the name", \
      "tls.cert.name") \
    X(NAME_GAINED, "name-gained", CHANGE, INFO, "certificate carries the name now", \
      "tls.cert.name") \
    X(FINDING_OPENED, "finding-opened", CHANGE, MEDIUM, "exposes now", "") \
    X(FINDING_FOUND, "finding-found", CHANGE, MEDIUM, "exposes, untested before", "") \
    X(FINDING_CLOSED, "finding-closed", CHANGE, INFO, "no longer exposes", "") \
    X(DOMAIN_OUTCOME, "domain-outcome", CHANGE, HIGH, "the name leads elsewhere or nowhere", "") \
    X(RECORD_ADDED, "record-added", CHANGE, INFO, "publishes now", "") \
    X(RECORD_REMOVED, "record-removed", CHANGE, MEDIUM, "no longer publishes", "") \
    X(RECORD_ALTERED, "record-altered", CHANGE, LOW, "publishes otherwise", "") \
    X(VERSION_RANGE, "version-range", NOTED, INFO, "possible versions, more or fewer", "") \
    X(UNRECOGNISED, "unrecognised", NOTED, INFO, "recognised in one of the scans alone", "") \
    X(FINDING_UNTESTED, "finding-untested", NOTED, INFO, "could not be tested this time", "") \
    X(RECORD_UNKNOWN, "record-unknown", NOTED, INFO, "DNS did not tell in both scans", "") \
    X(OTHER_NAME, "other-name", NOTED, INFO, "asked under another name", "") \
    X(CUT_SHORT, "cut-short", NOTED, INFO, "not all was asked in both scans", "") \
    X(NOT_REACHED, "not-reached", NOTED, INFO, "could not be compared", "") \
    X(NOT_IN_SECOND, "not-in-second", NOTED, INFO, "not asked in the second scan", "") \
    X(NOT_IN_FIRST, "not-in-first", NOTED, INFO, "not asked in the first scan", "")

#define X(id, ...) RECORD_CHANGE_##id,
enum record_change_kind { RECORD_CHANGE_MAP(X) RECORD_CHANGE__COUNT };
#undef X

/* All texts are visible text (base/escape.h), each may be none. */
struct record_change {
    enum record_change_kind kind;
    enum finding_severity severity;
    struct octets target; /* as it was typed */
    struct octets host, address;
    uint16_t port;         /* 0: of the name */
    struct octets subject; /* a finding, an extension, a record */
    struct octets before, after;
    uint64_t before_ms, after_ms; /* when each was seen; 0: it was not */
    int worst; /* of all that is told of the target; set by record_changes_sort */
};

struct record_changes {
    struct record_change *at;
    size_t count, room;
    /* set by record_changes_sort: how many of them are, and of those that changed by severity */
    uint64_t changed, noted, by_severity[FINDING_SEVERITY__COUNT];
};

const char *record_change_name(enum record_change_kind k);
/* What is said of it, for people. */
const char *record_change_words(enum record_change_kind k);
bool record_change_is_noted(enum record_change_kind k);
/* Whether this kind says what the finding says. */
bool record_change_covers(enum record_change_kind k, struct octets finding);
enum finding_severity record_change_severity(enum record_change_kind k);

/* Copies the struct, and borrows its texts.  ERR_NOMEM alone. */
MUST_CHECK enum err record_changes_add(struct record_changes *list, const struct record_change *c);
/* By target, those with the gravest first; then the gravest first, what is merely noted last. */
void record_changes_sort(struct record_changes *list);
void record_changes_release(struct record_changes *list);

/* Appends one line of JSON, its LF included. */
MUST_CHECK enum err record_change(struct buf *out, const struct record_change *c);
