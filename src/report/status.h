/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/json.h"
#include "../facts/facts.h"

/*
 * How a run goes at one moment: as a line for a terminal, as a line of JSON
 * (docs/schema/status.schema.json) and as OpenMetrics text.  Figures in, text out: clocks and files
 * are the caller's.
 */
struct report_status {
    const char *version;
    uint64_t time_ms, started_ms; /* wall clock */
    uint64_t elapsed_ms;
    unsigned part;
    bool is_last;
    uint64_t targets;             /* taken */
    uint64_t endpoints, services; /* found so far; of them done */
    bool is_total;                /* no more endpoints will be found */
    uint64_t in_flight, queued;   /* endpoints: being visited, and waiting for it */
    double per_second;            /* endpoints that get done, of late */
    uint64_t by_outcome[FACTS_OUTCOME__COUNT];
    struct facts_cost cost;
    uint64_t memory_octets; /* the most that was resident */
};

/* As much as fits into so many columns, what matters most first; no control, no line end. */
void report_status_line(struct buf *out, const struct report_status *s, size_t columns);
/* One line, its LF included. */
void report_status_json(struct buf *out, const struct report_status *s);
/* A whole exposition, as of OpenMetrics 1.0. */
void report_status_metrics(struct buf *out, const struct report_status *s);

/* The rate over the last ten seconds, when asked once a second: one slow second does not show as a
 * stop, and a stop shows soon. */
#define REPORT_RATE_SAMPLES 11
struct report_rate {
    uint64_t at_ms[REPORT_RATE_SAMPLES], done[REPORT_RATE_SAMPLES];
    size_t count; /* of all samples there were */
};
/* So many are done by now; gives how many get done in a second.  Begins as zeros. */
double report_rate_add(struct report_rate *r, uint64_t now_ms, uint64_t done);
