/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <signal.h>
#include <sys/types.h>

#include "../base/err.h"
#include "../base/octets.h"

/* What a watch starts, and the signals that it waits for meanwhile. */
struct notify {
    sigset_t waited, original;   /* INT, TERM and CHLD, which are blocked; what was so before */
    bool is_ending;              /* INT or TERM has come */
    struct sigaction actions[2]; /* what INT and TERM did before notify_let_end */
};

/* Blocks the signals, so that they are waited for. */
void notify_init(struct notify *n);
/*
 * For what is done without waiting for anything: from here to notify_hold a signal that ends the watch
 * ends the process at once, with `status` and with `words` on stderr.  Borrows the words until then.
 */
void notify_let_end(struct notify *n, int status, const char *words);
void notify_hold(const struct notify *n); /* as after notify_init */
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
