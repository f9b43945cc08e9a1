/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/err.h"
#include "../base/octets.h"

/*
 * What the visits to one address share: the right to speak (one dialogue at a time, whatever the number of ports), and the
 * budget of errors.  Connections to several ports are opened side by side; only the holder of the turn talks.
 */
struct visit_turn {
    void (*granted)(void *owner);
    void *owner;
    struct visit_turn *next;
    bool is_waiting, is_held;
};

struct visit_host {
    struct visit_turn *holder, *waiting; /* waiting: first come, first served */
    uint32_t errors_left;                /* replies 4xx and 5xx that may still be provoked at this address */
};

/* Calls granted from within when nobody holds the turn, else when it is given up. */
void visit_turn_take(struct visit_host *h, struct visit_turn *t);
/* Gives it up, or stops waiting for it; does nothing otherwise. */
void visit_turn_leave(struct visit_host *h, struct visit_turn *t);
