/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/select.h"
#include "change.h"
#include "snapshot.h"

/*
 * What changed between two snapshots of one thing.  Nothing is concluded from what one of the scans
 * could not see: a server that turned it away, a visit that was cut short, a question that was not
 * asked and a DNS that did not answer are noted, and are no change.
 */
struct compare {
    const struct snapshot *before, *after; /* NULL: the scan has none */
    struct audit_select select;            /* kinds of change, and findings */
    struct arena *arena;                   /* of texts that are made here */
    struct record_changes *out;
    enum err error; /* sticky: ERR_NOMEM alone */
};

/* One thing to tell; the place is that of the snapshots. */
void compare_tell(struct compare *c, enum record_change_kind kind, struct octets before,
                  struct octets after);
/* The same of something that the server or domain has. */
void compare_tell_of(struct compare *c, enum record_change_kind kind, struct octets subject,
                     struct octets before, struct octets after);

/* Both snapshots are of a service. */
void compare_services(struct compare *c);
/* Both are of a domain. */
void compare_domains(struct compare *c);
/* Their findings, but for those that what was told since `from` says already. */
void compare_findings(struct compare *c, size_t from);

/* How far an outcome tells something of the server: it answered, it did not, or we cannot know. */
enum compare_sight { COMPARE_ANSWERED, COMPARE_SILENT, COMPARE_UNKNOWN };
enum compare_sight compare_sight(const struct snapshot *s);
/* "timeout: the server's words, or ours" */
struct octets compare_outcome(struct compare *c, const struct snapshot *s);
