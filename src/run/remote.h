/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../net/link.h"
#include "message.h"

/*
 * Visits in other processes, the workers.  The run itself stays in one: it reads the input, resolves
 * names, chooses what begins and when, knows who was visited, and writes; so all that holds for a
 * run holds for any number of workers.  These connect, ask, judge and make records.  All visits to
 * one address are one worker's.
 */
struct run;
struct run_visit;
struct run_crew;

/* A worker for each descriptor, which are taken.  ERR_NOMEM, ERR_SYS. */
MUST_CHECK enum err run_crew_new(struct run *r, const int *fds, size_t count,
                                 struct run_crew **ret);
void run_crew_free(struct run_crew *c);
size_t run_crew_lost(const struct run_crew *c);     /* workers that have gone before the end */
uint64_t run_crew_memory(const struct run_crew *c); /* octets, at most, of all of them */

/* Begins a visit, as visit_start: its end is told by run_visited. */
MUST_CHECK enum err run_remote_start(struct run_visit *rv);
void run_remote_cancel(struct run_visit *rv);
/* Of a visit that has ended.  Deliver: the record is asked for; when it has come the sink is given
 * it, and the visit is forgotten.  Drop: nothing is kept of it. */
void run_remote_deliver(struct run_visit *rv);
void run_remote_drop(struct run_visit *rv);
