/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../run/run.h"

/* One status line a second on standard error, when that is a terminal and there is more than one
 * endpoint. */
struct progress {
    struct net_loop *loop;
    const struct run *run;
    struct net_timer timer;
    uint64_t started_ms;
    bool is_shown; /* a line stands on the terminal */
    bool is_on;
};

void progress_start(struct progress *p, struct net_loop *l, const struct run *run, bool quiet);
/* Takes the line off the terminal, so that other text can be written; it comes back with the next
 * second. */
void progress_clear(struct progress *p);
void progress_stop(struct progress *p);
