/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "setup.h"

#include <sys/types.h>

/* --workers: processes that visit for the run.  Begins as zeros. */
struct workers {
    int fds[CLI_WORKERS_MAX]; /* the run's ends; taken by the run */
    pid_t pids[CLI_WORKERS_MAX];
    size_t count;
};

/*
 * Each is a copy of this process, in which `serve` is called with its end of the socket and which
 * then ends; nothing else of this process is open there.  False: a line on stderr said why.
 */
MUST_CHECK bool workers_start(struct workers *w, size_t count, void (*serve)(void *owner, int fd),
                              void *owner);
/* Waits for their end; the run's ends of the sockets must be closed.  Says on stderr what became of
 * those that did not end by themselves. */
void workers_wait(struct workers *w);
