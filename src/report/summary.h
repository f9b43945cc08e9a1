/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "item.h"
#include "tally.h"

/*
 * What many records say together: a compact row of each service, what is exposed by check, and the
 * figures.  Copies what it keeps; records may go.
 */
#define SUMMARY_GROUPS_MAX       ((size_t)1000) /* checks; what there is beyond is not told */
#define SUMMARY_PLACES_MAX       ((size_t)40)   /* named of a check; the rest is counted */
#define SUMMARY_CERTIFICATES_MAX ((size_t)25)   /* those that end first */
#define SUMMARY_NONE             FINDING_SEVERITY__COUNT

struct summary_row {
    struct octets name, software, outcome;
    size_t number; /* from 1 on, in the order of the records */
    bool has_answered;
    enum finding_severity worst; /* SUMMARY_NONE: nothing is exposed */
    size_t exposed;
    size_t begin, middle, end; /* of its text, for who keeps one */
};

/* Where something is exposed. */
struct summary_place {
    struct octets name;
    enum report_kind kind;
    size_t number;
};

struct summary_group {
    struct octets id, title;
    const struct audit_check *check; /* NULL: not in the catalogue */
    enum finding_severity severity;  /* the gravest that was stored */
    uint64_t total;                  /* places */
    struct summary_place places[SUMMARY_PLACES_MAX];
    size_t place_count;
};

struct summary_certificate {
    struct octets name, subject, sha256;
    size_t number; /* of the service that showed it first */
    uint64_t not_before_ms, not_after_ms, seen;
};

struct summary {
    struct arena *arena;
    struct summary_row *rows;
    size_t row_count, row_room;
    struct summary_row *domains;
    size_t domain_count, domain_room;
    struct intern ids;
    struct summary_group **groups; /* until summary_sort: by the number of the id */
    size_t group_count, group_room;
    struct summary_certificate certificates[SUMMARY_CERTIFICATES_MAX];
    size_t certificate_count;
    struct tally outcomes, software, versions, tls, starttls;
    uint64_t by_worst[FINDING_SEVERITY__COUNT + 1]; /* services that answered */
    uint64_t by_severity[FINDING_SEVERITY__COUNT];  /* findings that are exposed, not accepted */
    uint64_t answered, altered;
    uint64_t first_ms, last_ms; /* when the visits were; 0: not known */
};

void summary_init(struct summary *s, struct arena *a);
/* Counts a service or a domain; *ret_row is its row, until the next call. */
MUST_CHECK enum err summary_add(struct summary *s, const struct report_item *item,
                                struct summary_row **ret_row);
/* The number of a check among those that are exposed, from 1 on, which stays; INTERN_UNSEEN: it is
 * not told. */
uint32_t summary_group_number(const struct summary *s, struct octets id);
/* The worst first: services, domains and groups; figures by count.  Nothing can be added
 * afterwards. */
void summary_sort(struct summary *s);
