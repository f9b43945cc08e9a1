/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <signal.h>
#include <sys/types.h>

#include "../base/err.h"
#include "../base/octets.h"

/* What a watch starts, and the signals that it waits for meanwhile. */
struct notify {
    sigset_t waited, original; /* INT, TERM and CHLD, which are blocked; what was so before */
    bool is_ending;            /* INT or TERM has come */
};

/* Blocks the signals, so that they are waited for. */
void notify_init(struct notify *n);
/* Waits for a signal that ends the watch, or so long.  is_ending says which. */
void notify_sleep(struct notify *n, uint64_t ms);

/*
 * Waits for a child that leads a process group of its own; a signal that ends the watch is handed on to
 * the group, and past `ms` (0: never) it is killed.  *ret_status is as of waitpid.  False: time was up.
 */
bool notify_wait(struct notify *n, pid_t child, uint64_t ms, int *ret_status);

/*
 * Runs `command` by the shell, with the text on its standard input and nothing of it in words or
 * environment.  True: it ended with 0; else stderr was told.
 */
MUST_CHECK bool notify_run(struct notify *n, const char *command, struct octets text);
