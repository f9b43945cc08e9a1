/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdalign.h>

#include "line.h"
#include "pace.h"
#include "remote.h"
#include "run.h"
#include "shared.h"
#include "source.h"
#include "spent.h"

/* What run.c (targets and names) and visits.c (addresses and endpoints) share. */

/* One address that is being visited; jobs that lead to the same address share it. */
struct run_host {
    struct run_host *next;
    struct address address;
    struct visit_host visits;
    struct run_visit *all;                    /* of those that are not forgotten, the last first */
    struct run_visit *pending, **pending_end; /* visits beyond HOST_VISITS_MAX, in their order */
    uint32_t active, uses;
    struct run_mate *mate;      /* the worker that has it; NULL: none yet */
    struct standing *standing;  /* NULL: not asked */
    struct run_visit *awaiting; /* it: visits that have ended */
};

/* A target in the ledger: done when its job has ended, and the visits that it joined have. */
struct run_mark {
    struct run_entry entry;
    uint32_t uses;
};

/* A target that joined a visit. */
struct run_joined {
    struct run_joined *next;
    struct run_mark *mark;
};

/* One visit, queued or under way. */
struct run_visit {
    struct run_item item;     /* in the run's queue: the first member */
    struct run_visit *next;   /* of its host's */
    struct run_visit *queued; /* behind this one in the host's queue */
    struct pace_place place;
    bool is_alone;     /* queued behind its party alone, and not behind all of its network */
    bool is_answered;  /* the pace was told */
    bool is_begun;     /* under way, or its result is on its way to the sink */
    bool is_under_way; /* in a worker */
    uint32_t slot;     /* there */
    struct run_job *job;
    struct run_host *host;
    struct visit_request request; /* borrows from the job */
    struct visit *visit;          /* NULL while it is queued */
    struct run_domains *domains;  /* NULL until another one joins */
    /* Turned away, and waiting to be asked again; or waiting for what DNS says: */
    struct visit *kept; /* the visit that has ended; it owns the facts */
    struct facts_visit *facts;
    uint64_t due_us;
    uint32_t retries;        /* visits after the first, this one included */
    struct facts_cost spent; /* on the visits before this one */
    struct run_joined *joined;
};

/* One target: resolved, then visited. */
struct run_job {
    struct run_item item; /* in one of the run's lines: the first member */
    struct run *run;
    struct run_mark *mark;
    struct arena arena;
    struct target target;
    const struct target_resolution *resolution; /* of a name, once it leads to endpoints */
    uint64_t timed_out_ms;
    enum facts_named named;
    bool is_excluded;
    bool is_null_mx; /* the host of a name that takes no mail is looked at */
    bool is_resolving, is_retry, is_visiting;
    uint32_t under_way;                    /* visits that have begun and not ended */
    uint32_t visits, later;                /* all, and those that wait to be asked again */
    bool is_resting;                       /* all of them do */
    alignas(max_align_t) uint8_t memory[]; /* the first JOB_OCTETS_LEAST of the arena */
};

#define RUN_HOST_SLOTS 16384

struct run {
    struct net_loop *loop;
    struct resolver *resolver;
    const struct run_options *options;
    struct run_sink sink;
    struct target_resolve_options as_host;
    struct run_counts counts;
    struct run_source source;
    struct run_ledger ledger;
    struct run_host *hosts[RUN_HOST_SLOTS]; /* under way, by a hash of the address */
    struct run_queue ready; /* may begin when there is a descriptor, and when it is time */
    struct pace pace;
    struct net_timer wake; /* when it is */
    struct run_spent spent;
    struct run_crew *crew;  /* NULL: visits happen in this process */
    size_t source_turns[2]; /* of --source: IPv4, IPv6 */
    struct run_shared shared;
    struct run_line waiting;            /* jobs that may be visited when there is room */
    struct run_line again;              /* jobs whose names are resolved once more, later */
    uint32_t jobs, resolving, visiting; /* all, and those of them */
    uint32_t busy;                      /* jobs that have visits under way */
    enum err error;                     /* a target was lost by it */
    uint32_t held;                      /* marks that the sink holds */
    struct run_mark *told;              /* of the target that the sink is being told of */
    uint32_t active;
    struct run_visit *later; /* turned away, to be asked again */
    struct run_visit *due;   /* those whose time has come, within run_look_later */
    uint64_t later_us;       /* when the first of them is due */
    uint32_t later_count;
    uint32_t resting;             /* jobs that have nothing else left */
    uint64_t over_us;             /* since when only they are left; 0: not yet */
    struct net_timer later_timer; /* when the first of them is due */
    uint32_t timers;              /* not yet closed */
    bool is_interrupted;
    struct net_timer fill;  /* takes more targets from the loop, not from within an end */
    struct net_timer retry; /* the same, when a name is to be asked for again */
};

/* ---- run.c ---- */

/* Ends a job that has nothing under way; else nothing. */
void run_end_job(struct run_job *job);
/* One of its users has ended. */
void run_leave_mark(struct run *r, struct run_mark *mark);
/* The domain whose MX led to the job's endpoints, or none. */
struct octets run_domain_of(const struct run_job *job);

/* Takes more targets as soon as the loop has its turn. */
void run_fill_soon(struct run *r);
/* All targets that are there wait for their operators and networks: others need not. */
bool run_may_look_ahead(const struct run *r);

/* ---- later.c ---- */

/* Keeps the visit for later when it was turned away for the moment; false: deliver it.  It has left
 * its place already. */
bool run_postpone_visit(struct run_visit *rv, struct visit *v, struct facts_visit *f);
/* Asks those again that are due, and gives up those that would be so too late. */
void run_look_later(void *owner);
/* After a visit of the job was begun, postponed or forgotten. */
void run_rest_job(struct run_job *job);
void run_end_later(struct run *r);

/* ---- beside.c ---- */

/* Asks DNS of the visit's address, if it is to be asked and nobody has. */
void run_ask_beside(struct run_visit *rv);
/* Keeps a visit that has ended until that is known; false: it is, or nobody asked. */
bool run_awaits_beside(struct run_visit *rv, struct visit *v, struct facts_visit *f);
/* Concludes all that wait, with what is known. */
void run_end_beside(struct run *r);

/* ---- visits.c ---- */

/* Puts it behind the others of its host, and then among those that may begin. */
void run_enter_visit(struct run_visit *rv);
/* A visit has ended: its result goes to the sink, or waits.  Listeners of visits, for remote.c. */
void run_visited(void *owner, struct visit *v, struct facts_visit *f);
void run_answered(void *owner);
/* A connection was accepted. */
void run_accepted(void *owner);
/* It could not begin. */
void run_fail_visit(struct run_visit *rv, enum err e);
/* It has ended, and makes room for the next of its host. */
void run_leave_place(struct run_visit *rv);
/* The last of it: the result goes to the sink if it `tells`, and it is forgotten. */
void run_conclude(struct run_visit *rv, struct visit *v, struct facts_visit *f, bool tells);
/* What it has seen is of no use any more. */
void run_free_visit(struct run_visit *rv, struct visit *v);
void run_count(struct run *r, const struct facts_visit *f);
/* Forgets a visit that stands in no queue and does not run. */
void run_forget_visit(struct run_visit *rv);

/* Queues a visit of the job, or joins that of an earlier one.  Borrows from the job until its end.
 */
void run_start_visit(struct run_job *job, const struct visit_request *request);
/* A visit that does not even begin still gives its result. */
void run_report_unvisited(struct run *r, const struct visit_request *request,
                          enum facts_outcome outcome, const char *reason);
/* Begins visits as long as there are descriptors for their connections, and as it is time. */
void run_begin_ready(struct run *r);
/* The visit to that endpoint which is not forgotten, or NULL. */
struct run_visit *run_visit_to(const struct run *r, const struct address *a, uint16_t port);
/* Whether there is an address to connect to that one from. */
bool run_has_source(const struct run *r, const struct address *a);
/* Ends all that run, and forgets those that have not begun. */
void run_end_visits(struct run *r);
