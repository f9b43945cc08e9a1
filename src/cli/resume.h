/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../run/state.h"
#include "output.h"
#include "setup.h"
#include "statefile.h"

struct keeper;

/*
 * --resume: keeps in a file what of a run is done, and goes on from it (docs/resume.md).  Every
 * second the output and the store are brought to disk and then the state, in another thread, so that
 * nobody's answer is waited for longer than it takes.  Without the option all of this does nothing.
 */
struct resume {
    const char *option; /* NULL: not asked for */
    struct statefile file;
    struct arena arena;
    struct buf old, text; /* the state borrows from the old one, the thread from the new one */
    struct run_state state;
    struct run_done earlier;
    uint64_t again_below;
    bool begins; /* there was no state */

    struct net_loop *loop;
    struct run *run;
    struct output *output;
    struct keeper *keeper;
    struct net_timer timer;
    uv_work_t work;
    bool is_busy;             /* the thread has the file and the text */
    uint64_t ahead;           /* how many targets are reserved */
    uint64_t taken, saved_ms; /* of the last time */

    /* What came of the thread's work; the first failure sticks. */
    bool is_output_at_fault, is_store_at_fault;
    enum err error;
    int error_number;
};

/* Opens the state and compares what the run was begun with.  Anything but DONE: stderr was told.
 * A run that is complete is DONE and *ret_is_complete.  resume_close in any case. */
MUST_CHECK enum cli_exit resume_open(struct resume *r, const struct cli_options *o,
                                     bool *ret_is_complete);
/* Gives the run its seed and what is done; opens the output behind what it holds. */
MUST_CHECK enum cli_exit resume_prepare(struct resume *r, struct setup *setup,
                                        struct output *output);
/* Writes the state of the new part, and goes on doing so.  False: resume_say says why. */
MUST_CHECK bool resume_start(struct resume *r, struct net_loop *l, struct run *run,
                             struct output *output, struct keeper *keeper);
/* More targets are wanted: saves soon.  For run_sink; the owner is the resume. */
void resume_reserve(struct resume *r);
/* The last state.  Before the run is freed and the output closed. */
void resume_finish(struct resume *r, bool is_interrupted);
/* One line on stderr about a failure of the state or the output; false: there was none.  Of the store
 * the keeper says it. */
bool resume_say(const struct resume *r);
unsigned resume_part(const struct resume *r);
void resume_close(struct resume *r);
