/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "summary.h"

/*
 * Stored records as files for others: a web page, and what other programs read.  A format is three
 * functions that append; foreign octets are escaped by the function of that exit.  Figures and
 * records in, text out: files and clocks are the caller's.
 */
#define REPORT_TEXT_MAX ((size_t)512 * 1024 * 1024) /* what is held until the end, and the arena */
/* HTML: of services that are listed; beyond, what comes is counted only.  The second half is for
 * those where something is exposed. */
#define REPORT_SHOWN_OCTETS ((size_t)64 * 1024 * 1024)

struct report {
    const struct audit_knowledge *known;
    const char *version;
    uint64_t now_ms;               /* wall clock: "today" */
    enum finding_severity fail_on; /* __COUNT: not given */
    bool is_by_finding;            /* CSV: a row for each finding */
    size_t shown_octets;           /* HTML; 0: REPORT_SHOWN_OCTETS */
    uint64_t services, domains;    /* so far */
    uint64_t failing;              /* findings that count and are as grave as fail_on */
    bool has_items;                /* SARIF: a result stands already */
    bool is_cut;                   /* HTML: some services found no room */
    struct arena arena;
    struct summary summary;       /* of formats that are told at the end */
    struct buf text, domain_text; /* theirs: one after the other, rows say from where to where */
};

struct report_format {
    const char *name;
    /* Each appends.  ERR_NOMEM, ERR_LIMIT. */
    enum err (*begin)(struct report *r, struct buf *out);
    enum err (*add)(struct report *r, const struct report_item *item, struct buf *out);
    enum err (*end)(struct report *r, struct buf *out);
};

/* The names parted by '|', for the option. */
#define REPORT_FORMATS "html|sarif|csv|markdown|junit"
/* By its place in REPORT_FORMATS. */
const struct report_format *report_format(size_t i);

/* `r` has its parameters; the rest is made ready. */
void report_init(struct report *r);
void report_release(struct report *r);
/* One record: counts, and hands to the format what is a service or a domain.  ERR_SYNTAX: no record
 * of a schema that we know. */
MUST_CHECK enum err report_add(struct report *r, const struct report_format *format,
                               const json_t *record, struct buf *out);
