/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../net/standing.h"
#include "../target/block.h"
#include "../target/list.h"
#include "../target/resolve.h"
#include "../visit/visit.h"
#include "ledger.h"

/*
 * Many visits: takes targets as there is room for them, resolves names, visits each address's ports
 * side by side, and hands every result to the sink.  Each target gives at least one result,
 * whatever happens to it.
 *
 * Names that are being resolved and addresses that are being visited have their places apart: slow
 * name servers do not keep visits waiting.  An endpoint is visited once, for the first target that
 * leads to it; those behind it are joined to that visit.
 */
#define RUN_PORTS_MAX 16

struct run_sink {
    void *owner;
    /* One endpoint's facts; borrowed during the call. */
    void (*service)(void *owner, const struct facts_visit *v);
    /* With workers: the same as the record that one of them made, and how many findings in it make
     * the run fail. */
    void (*record)(void *owner, struct octets record, uint32_t failing);
    /* How a name resolved: always for names without endpoints, for domains, and for names and single
     * addresses that lead to an endpoint of an earlier target. */
    void (*domain)(void *owner, const struct target *t, const struct target_resolution *r);
    /* A line of a list that cannot be a target. */
    void (*bad_line)(void *owner, const char *path, uint64_t number, const char *problem);
    /* The targets that may be begun run out: time for run_reserve.  Only called when that was. */
    void (*reserve)(void *owner);
};

/* A target before it is understood: typed as an argument, or a line of a list. */
struct run_options {
    struct visit_options visit;
    struct target_resolve_options resolve;
    enum facts_level level; /* of all; else what each target was named as decides */
    bool has_level;
    uint16_t ports[RUN_PORTS_MAX];
    size_t port_count;
    uint32_t connections; /* at once, whatever the concurrency: what the descriptor limit bears */
    uint32_t concurrency; /* targets that are being visited */
    uint32_t retry_ms;    /* no sooner is a name asked for again, when DNS did not answer */
    uint32_t again_ms;    /* over lists: no sooner is who turned us away asked again; 0: never */
    uint32_t rate;        /* connections begun a second; 0: no limit */
    const int *workers;   /* sockets to processes that visit (run/worker.h); none: this one does */
    size_t worker_count;
    const struct address *sources; /* connections begin there, in turn; none: the kernel's choice */
    size_t source_count;
    struct standing_options
        standing;           /* asked of addresses that are visited at level audit or above */
    struct octets domain;   /* --domain: what transaction checks ask about; none: the input's own */
    struct octets origin;   /* --origin: the host behind the exchanges, one of the targets; none */
    struct target *targets; /* typed as arguments, parsed */
    size_t target_count;
    const char *const *lists; /* paths, "-" for standard input */
    size_t list_count;
    struct target_shard shard;   /* which part of the input is this run's */
    uint64_t seed;               /* of the order in which networks are visited */
    uint64_t targets_max;        /* no more than so many; 0: all */
    const struct run_done *done; /* targets of earlier parts, not visited again; NULL: none */
    uint64_t again_below; /* targets below this index that are not done may have been asked */
};

struct run_counts {
    uint64_t targets, skipped, names, services, by_outcome[FACTS_OUTCOME__COUNT];
    uint64_t endpoints_started;
    uint64_t unfinished; /* of the services: interrupted */
    uint64_t excluded,
        repeated;           /* addresses of networks: not to be visited; held by an earlier one */
    uint64_t done_before;   /* targets that an earlier part had done */
    uint64_t retried;       /* visits to who had turned us away */
    uint64_t joined;        /* endpoints of targets that an earlier one led to */
    uint64_t names_retried; /* targets whose names were resolved once more */
    /* Past what is remembered of them; endpoints may have been visited again. */
    uint64_t networks_forgotten, addresses_forgotten, endpoints_forgotten;
    struct resolver_counts dns;
    bool no_more_targets; /* the totals are known */
    struct facts_cost cost;
};

struct run;
MUST_CHECK enum err run_new(struct net_loop *l, struct resolver *r,
                            const struct run_options *options, const struct run_sink *sink,
                            struct run **ret);
/* Begins; the loop then runs until all is done. */
void run_start(struct run *r);
/* Takes no more targets and ends what is under way.  Visits that were answered give what they have
 * seen, cut; others that are not done give no result. */
void run_interrupt(struct run *r);
bool run_is_done(const struct run *r);
const struct run_counts *run_counts(const struct run *r);
/* For a run that can be continued: no target of index `end` or more is begun before this is called
 * with a larger one, and from `soon` on the sink is told. */
void run_reserve(struct run *r, uint64_t soon, uint64_t end);
const struct run_ledger *run_ledger(const struct run *r); /* what is done, and was begun */

/*
 * Within the sink's `domain`: the target counts as under way until it is let go, for more is to be
 * told of it.  While RUN_HELD_MAX are held, or may come to be of those whose names are resolved, no more
 * targets are begun.  So what one is held for must not wait for targets that have not begun.
 */
#define RUN_HELD_MAX 2000
struct run_mark;
struct run_mark *run_hold(struct run *r);
void run_let_go(struct run *r, struct run_mark *mark);
/* Within the sink's `domain`, of an endpoint that is told: whether its facts are still to come. */
bool run_expects(const struct run *r, const struct address *a, uint16_t port);

/* What is under way just now. */
struct run_load {
    uint32_t resolving; /* targets whose names are looked up */
    uint32_t in_flight; /* endpoints being visited */
    uint64_t queued;    /* endpoints that wait for it */
    uint64_t memory;    /* octets that workers hold, at most */
};
struct run_load run_load(const struct run *r);

/* Workers that have gone before the end; then the run was interrupted. */
size_t run_lost_workers(const struct run *r);
/* Why reading the lists failed, or beginning a target, or ERR_OK; *ret_path says which. */
enum err run_error(const struct run *r, const char **ret_path);
void run_free(struct run *r);
