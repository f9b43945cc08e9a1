/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/err.h"
#include "../base/octets.h"

/*
 * What the visits to one address share: the right to speak (one dialogue at a time, whatever the
 * number of ports), and the budget of errors.  Connections to several ports are opened side by
 * side; only the holder of the turn talks.  It begins as zero, and visit_host_release ends it.
 */
struct visit_turn {
    void (*granted)(void *owner);
    void *owner;
    struct visit_turn *next;
    bool is_waiting, is_held;
    bool is_patient; /* others that are about to be greeted may go first */
};

struct visit_host {
    struct visit_turn *holder, *waiting; /* waiting: first come, first served */
    uint32_t to_come;                    /* visits that have not begun */
    uint32_t opening; /* visits that are connecting, or waiting for a greeting in clear */
    char *name; /* by which the server greeted on any port, or NULL: SNI where the user gave none */
    struct address source; /* where all of them connect from; family 0: the kernel's choice */
    /* What this address was made to bear in this run: replies 4xx and 5xx, and lines. */
    uint32_t errors_spent, commands_spent;
    bool has_had_enough; /* it said 421 on some port: none of them is asked more */
    char *enough;        /* that 421 */
};

void visit_host_release(struct visit_host *h);
/* Keeps a text of at most 255 octets where there is none yet; without memory there is still none. */
void visit_host_note(char **text, struct octets words);

/* Grants the turn as soon as it is free: granted may be called from within. */
void visit_turn_take(struct visit_host *h, struct visit_turn *t);
/* Gives it up, or stops waiting for it; does nothing otherwise. */
void visit_turn_leave(struct visit_host *h, struct visit_turn *t);
/* Patience is over: it waits like the others. */
void visit_turn_insist(struct visit_host *h, struct visit_turn *t);

/* A connection in clear is on its way to its greeting, and has come to it (or to nothing). */
void visit_host_opening(struct visit_host *h);
void visit_host_opened(struct visit_host *h);
