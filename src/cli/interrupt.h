/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "setup.h"

/* SIGINT and SIGTERM end a run in order: no more targets, what is under way is cut short, and names
 * are looked up no more. */
struct interrupt {
    struct setup *setup;
    struct run *run;
    uv_signal_t signals[2];
    bool has_come;
};

/* Borrows both until interrupt_ignore, which must come before the loop is released. */
void interrupt_watch(struct interrupt *i, struct setup *setup, struct run *run);
void interrupt_ignore(struct interrupt *i);
