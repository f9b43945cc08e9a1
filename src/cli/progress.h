/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../report/status.h"
#include "options.h"
#include "output.h"

/*
 * How a run goes, told once a second: on a terminal's standard error, when there is more than one
 * endpoint; in the file of --status-file, a line each time; and in that of --metrics-file.  A file
 * that cannot be written any more is told once, and ends nothing.
 */
struct progress {
    const struct run *run;
    struct net_timer timer;
    struct report_rate rate;
    uint64_t started_ms, started_wall_ms; /* monotonic; wall clock */
    struct buf text;
    bool has_terminal;
    bool is_shown;        /* a line stands on the terminal */
    struct output status; /* without a path: none */
    const char *metrics;  /* the path; NULL: none */
    bool has_complained;  /* of the metrics */
};

/* Opens the files.  False: a line on stderr said what is wrong.  Either way it must be released. */
MUST_CHECK bool progress_open(struct progress *p, const struct cli_options *o);
/* Begins to tell; the run must live until progress_stop. */
void progress_start(struct progress *p, struct net_loop *l, const struct run *run);
/* Takes the line off the terminal, so that other text can be written; it comes back with the next
 * second. */
void progress_clear(struct progress *p);
/* Tells the end. */
void progress_stop(struct progress *p);
void progress_release(struct progress *p);
