/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "line.h"
#include "pace.h"
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
    struct run_visit *pending, **pending_end; /* visits beyond HOST_VISITS_MAX, in their order */
    uint32_t active, uses;
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
    struct run_item item;           /* in the run's queue: the first member */
    struct run_visit *next, **link; /* among all of the run */
    struct run_visit *queued;       /* behind this one in the host's queue */
    struct pace_place place;
    bool is_answered; /* the pace was told */
    struct run_job *job;
    struct run_host *host;
    struct visit_request request; /* borrows from the job */
    struct visit *visit;          /* NULL while it is queued */
    struct run_domains *domains;  /* NULL until another one joins */
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
    bool is_resolving, is_retry, is_visiting;
    uint32_t visits;
};

#define RUN_HOST_SLOTS 4096

struct run {
    struct net_loop *loop;
    struct resolver *resolver;
    const struct run_options *options;
    struct run_sink sink;
    struct run_counts counts;
    struct run_source source;
    struct run_ledger ledger;
    struct run_host *hosts[RUN_HOST_SLOTS]; /* under way, by a hash of the address */
    struct run_visit *visits;
    struct run_queue ready; /* may begin when there is a descriptor, and when it is time */
    struct pace pace;
    struct net_timer wake; /* when it is */
    struct run_spent spent;
    struct run_shared shared;
    struct run_line waiting;            /* jobs that may be visited when there is room */
    struct run_line again;              /* jobs whose names are resolved once more, later */
    uint32_t jobs, resolving, visiting; /* all, and those of them */
    uint32_t active;
    uint32_t timers; /* not yet closed */
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

/* ---- visits.c ---- */

/* Queues a visit of the job, or joins that of an earlier one.  Borrows from the job until its end.
 */
void run_start_visit(struct run_job *job, const struct visit_request *request);
/* A visit that does not even begin still gives its result. */
void run_report_unvisited(struct run *r, const struct visit_request *request,
                          enum facts_outcome outcome, const char *reason);
/* Begins visits as long as there are descriptors for their connections, and as it is time. */
void run_begin_ready(struct run *r);
/* Ends all that run, and forgets those that have not begun. */
void run_end_visits(struct run *r);
