/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <uv.h>

#include "../base/buf.h"
#include "output.h"
#include "resume.h"

/*
 * --store: records go to a thread of their own, which puts them into the store a thousand at a time,
 * and at least once a second, so that no server's answer waits for SQLite.  Without the option all of
 * this does nothing.
 */
struct keeper {
    const char *path; /* NULL: not asked for */
    struct record_store_writer *writer;
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t changed;
    bool has_thread;

    /* What both sides know, under the lock. */
    struct buf waiting;                            /* lines */
    uint64_t taken, kept, wanted_on_disk, on_disk; /* records, counted from the start */
    bool is_ending;
    enum err error; /* the first; it sticks */
    int error_number;
};

/*
 * Opens the store.  With --resume the run goes on as far as the output holds it: what the store lacks
 * of it is put there first, so that both hold the same.  Anything but DONE: stderr was told.
 * keeper_close in any case.
 */
MUST_CHECK enum cli_exit keeper_open(struct keeper *k, const struct cli_options *o,
                                     const struct resume *r);
/* Begins to keep; not before this process has forked all that it will. */
MUST_CHECK bool keeper_start(struct keeper *k);
/* A line, or several.  Waits only when the store is far behind. */
void keeper_add(struct keeper *k, struct octets lines);
/* Returns when all that was added is on disk; from any thread.  ERR_SYS with errno. */
MUST_CHECK enum err keeper_sync(struct keeper *k);
/* Keeps the rest and ends the thread.  The error is final then. */
void keeper_finish(struct keeper *k);
/* One line on stderr about a failure; false: there was none. */
bool keeper_say(const struct keeper *k);
bool keeper_has_failed(struct keeper *k);
void keeper_close(struct keeper *k);
