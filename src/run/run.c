/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "run_private.h"

/* How often a list that is still being written is looked at. */
#define LIST_POLL_MS 20

/* Names that are being resolved: twice what the resolver asks at once, for a domain asks for its
 * exchanges, and then for all their addresses. */
#define NAMES_MAX (2 * (uint32_t)RESOLVER_UNDER_WAY)

/* How long a name that DNS gave no answer for waits at most until it is asked for again. */
#define RETRY_MS 60000

/* Targets that are begun before the loop has its turn. */
#define FILL_MAX 1000

/* Visits that may wait for their operators and networks before further targets are taken for that: 10
 * to 40 MB, by how long their names are. */
#define AHEAD_MAX 16384

/* Memory of one target until its last visit has ended. */
#define JOB_OCTETS_MAX   ((size_t)1024 * 1024)
#define JOB_OCTETS_LEAST ((size_t)64)

static void fill(void *owner);

void run_leave_mark(struct run *r, struct run_mark *mark)
{
    if (--mark->uses)
        return;
    run_ledger_end(&r->ledger, &mark->entry);
    free(mark);
}

void run_end_job(struct run_job *job)
{
    struct run *r = job->run;
    if (job->is_resolving || job->visits)
        return;
    run_leave_mark(r, job->mark);
    arena_release(&job->arena);
    r->visiting -= job->is_visiting;
    free(job);
    r->jobs--;
    run_fill_soon(r);
}

/* ---- what the sink holds ---- */

static void tell_domain(struct run_job *job, const struct target_resolution *res)
{
    struct run *r = job->run;
    r->told = job->mark;
    r->sink.domain(r->sink.owner, &job->target, res);
    r->told = NULL;
}

struct run_mark *run_hold(struct run *r)
{
    assert(r->told);
    r->told->uses++;
    r->held++;
    return r->told;
}

void run_let_go(struct run *r, struct run_mark *mark)
{
    r->held--;
    run_leave_mark(r, mark);
    run_fill_soon(r);
}

bool run_expects(const struct run *r, const struct address *a, uint16_t port)
{
    return !run_shared_has(&r->shared, a, port) || run_visit_to(r, a, port);
}

void run_fill_soon(struct run *r)
{
    net_timer_start(&r->fill, 0);
}

struct octets run_domain_of(const struct run_job *job)
{
    return job->resolution && job->resolution->is_domain ? job->target.name : OCTETS_NONE;
}

/* ---- turns ---- */

/* The port of a target, or those of the run. */
static const uint16_t *ports_of(const struct run_job *job, size_t *ret_count)
{
    static const uint16_t port_smtp = 25;
    if (job->is_null_mx) {
        *ret_count = 1;
        return &port_smtp;
    }
    *ret_count = job->target.port ? 1 : job->run->options->port_count;
    return job->target.port ? &job->target.port : job->run->options->ports;
}

static const char excluded[] = "excluded by --exclude";
static const char sourceless[] = "--source holds no address of its family";

/* Who types a target wants to know all that may be asked politely; of many, who they are. */
static enum facts_level level_of(const struct run_job *job)
{
    const struct run_options *o = job->run->options;
    if (o->has_level)
        return o->level;
    return job->named == FACTS_NAMED_ARGUMENT ? FACTS_LEVEL_AUDIT : FACTS_LEVEL_IDENTIFY;
}

static void visit_ports(struct run_job *job, struct visit_request request)
{
    const struct run_options *o = job->run->options;
    size_t count;
    const uint16_t *ports = ports_of(job, &count);
    request.input = job->target.input;
    request.tag = job->target.tag;
    request.named = job->named;
    request.level = level_of(job);
    request.is_again = job->target.is_again;
    request.is_origin = o->origin.size && octets_is_equal(request.input, o->origin);
    request.is_null_mx = job->is_null_mx;
    if (job->is_null_mx)
        request.domain = job->target.name;
    else if (o->domain.size)
        request.domain = o->domain;
    else if (request.is_origin && o->targets[0].kind == TARGET_NAME)
        request.domain = o->targets[0].name;
    for (size_t i = 0; i < count; i++) {
        request.port = ports[i];
        if (job->is_excluded) {
            job->run->counts.endpoints_started++;
            run_report_unvisited(job->run, &request, FACTS_OUTCOME_EXCLUDED, excluded);
        } else if (!run_has_source(job->run, &request.address)) {
            job->run->counts.endpoints_started++;
            run_report_unvisited(job->run, &request, FACTS_OUTCOME_NOT_ASKED, sourceless);
        } else {
            run_start_visit(job, &request);
        }
    }
}

/* How many endpoints a job leads to that somebody led to before; *ret_all counts the others too. */
static size_t count_known(const struct run_job *job, size_t *ret_all)
{
    const struct target_resolution *res = job->resolution;
    size_t count, known = 0, addresses = res ? res->endpoint_count : 1;
    const uint16_t *ports = ports_of(job, &count);
    for (size_t i = 0; i < addresses; i++)
        for (size_t k = 0; k < count; k++)
            known +=
                run_shared_has(&job->run->shared,
                               res ? &res->endpoints[i].address : &job->target.address, ports[k]);
    *ret_all = addresses * count;
    return known;
}

static void visit_endpoints(struct run_job *job)
{
    struct run *r = job->run;
    const struct target_resolution *res = job->resolution;
    size_t all;
    bool tell = res->is_domain || res->note_count || count_known(job, &all);
    if (tell)
        tell_domain(job, res);
    r->counts.names += tell;
    for (size_t i = 0; i < res->endpoint_count && !r->is_interrupted; i++)
        visit_ports(job, (struct visit_request){.domain = run_domain_of(job),
                                                .host = res->endpoints[i].host,
                                                .address = res->endpoints[i].address});
}

/* An address of a network says nothing, but is counted; one that was named for itself tells where
 * its record is. */
static void visit_address(struct run_job *job)
{
    struct target_endpoint endpoint = {.host = job->target.name, .address = job->target.address};
    const struct target_resolution res = {
        .outcome = FACTS_OUTCOME_ANSWERED, .endpoints = &endpoint, .endpoint_count = 1};
    size_t all;
    bool is_named = job->named != FACTS_NAMED_NETWORK;
    if (is_named && !job->is_excluded && count_known(job, &all))
        tell_domain(job, &res);
    visit_ports(job, (struct visit_request){.address = endpoint.address, .host = endpoint.host});
}

static void begin_job(struct run_job *job)
{
    job->is_visiting = true;
    job->run->visiting++;
    job->visits++; /* held until all are started */
    if (job->resolution)
        visit_endpoints(job);
    else
        visit_address(job);
    job->visits--;
    run_end_job(job);
}

bool run_may_look_ahead(const struct run *r)
{
    return r->busy < r->options->concurrency && r->active < r->options->connections &&
           run_queue_is_asleep(&r->ready) && r->ready.count < AHEAD_MAX;
}

static bool may_begin(const struct run *r)
{
    return r->visiting < r->options->concurrency || run_may_look_ahead(r);
}

/* A job that only joins others needs no place. */
static void take_turn(struct run_job *job)
{
    struct run *r = job->run;
    size_t all;
    if (may_begin(r) || count_known(job, &all) == all)
        begin_job(job);
    else
        run_line_add(&r->waiting, &job->item);
}

static void begin_waiting(struct run *r)
{
    while (r->waiting.first && may_begin(r))
        begin_job((struct run_job *)run_line_take(&r->waiting));
}

/* ---- names ---- */

static bool copy_target(struct run_job *job, const struct target *t)
{
    job->target = *t;
    return arena_copy(&job->arena, t->input, &job->target.input) &&
           arena_copy(&job->arena, t->name, &job->target.name) &&
           arena_copy(&job->arena, t->tag, &job->target.tag);
}

/* Of a job nothing but the target is kept. */
static bool forget_answers(struct run_job *job)
{
    struct arena arena = job->arena;
    struct target target = job->target;
    arena_init_small(&job->arena, JOB_OCTETS_MAX);
    bool is_copied = copy_target(job, &target);
    arena_release(is_copied ? &arena : &job->arena);
    if (!is_copied) {
        job->arena = arena;
        job->target = target;
    }
    return is_copied;
}

/* DNS did not answer: once, that is no outcome yet. */
static bool postpone(struct run_job *job, enum facts_outcome outcome)
{
    struct run *r = job->run;
    if (outcome != FACTS_OUTCOME_DNS_TIMEOUT || job->is_retry || !forget_answers(job))
        return false;
    job->is_retry = true;
    job->timed_out_ms = net_loop_now_ms(r->loop);
    r->counts.names_retried++;
    run_line_add(&r->again, &job->item);
    return true;
}

/* A domain that takes no mail, as its null MX says (RFC 7505): an audit looks whether the host of
 * that name knows. */
static bool wants_host(const struct run_job *job, const struct target_resolution *res)
{
    return res->outcome == FACTS_OUTCOME_NO_MAIL && !job->is_null_mx &&
           job->named == FACTS_NAMED_ARGUMENT && level_of(job) >= FACTS_LEVEL_AUDIT;
}

static void resolve(struct run_job *job);

static void resolved(void *owner, const struct target_resolution *res)
{
    struct run_job *job = owner;
    struct run *r = job->run;
    r->resolving -= job->is_resolving;
    job->is_resolving = false;
    r->counts.dns = resolver_counts(r->resolver);
    net_timer_start(&r->fill, 0);
    if (r->is_interrupted) {
        run_end_job(job);
    } else if (res->outcome == FACTS_OUTCOME_ANSWERED) {
        job->resolution = res;
        take_turn(job);
    } else if (!postpone(job, res->outcome)) {
        bool asks_host = wants_host(job, res);
        if (!job->is_null_mx) {
            tell_domain(job, res);
            r->counts.by_outcome[res->outcome]++;
            r->counts.names++;
        }
        job->is_null_mx = job->is_null_mx || asks_host;
        if (asks_host)
            resolve(job);
        else
            run_end_job(job);
    }
}

static void resolve(struct run_job *job)
{
    struct run *r = job->run;
    struct target_resolution left_out = {.outcome = FACTS_OUTCOME_EXCLUDED,
                                         .reason = octets_of(excluded)};
    if (job->is_excluded) {
        resolved(job, &left_out);
        return;
    }
    job->is_resolving = true;
    r->resolving++;
    const struct target_resolve_options *how = job->is_null_mx ? &r->as_host : &r->options->resolve;
    enum err e = target_resolve(r->resolver, &job->target, how, &job->arena, resolved, job);
    if (e) {
        struct target_resolution failed = {.outcome = FACTS_OUTCOME_FAILED,
                                           .reason = octets_of(err_text(e))};
        resolved(job, &failed);
    }
}

/* In how many milliseconds the first of those that wait for it is asked for again: when there are
 * no other targets left, else behind some of them. */
static uint64_t retry_in(const struct run *r)
{
    const struct run_job *job = (const struct run_job *)r->again.first;
    uint64_t wait = r->counts.no_more_targets ? r->options->retry_ms : RETRY_MS;
    uint64_t now = net_loop_now_ms(r->loop), at = job->timed_out_ms + wait;
    return at > now ? at - now : 0;
}

static void resolve_again(struct run *r)
{
    while (r->again.first && r->resolving < NAMES_MAX && retry_in(r) == 0)
        resolve((struct run_job *)run_line_take(&r->again));
}

/* ---- targets ---- */

static struct run_job *new_job(struct run *r, const struct target *t)
{
    struct run_job *job = malloc(sizeof *job + JOB_OCTETS_LEAST);
    struct run_mark *mark = malloc(sizeof *mark);
    if (job && mark) {
        *mark = (struct run_mark){.uses = 1};
        *job = (struct run_job){
            .run = r, .mark = mark, .named = r->source.named, .is_excluded = r->source.is_excluded};
        arena_init_over(&job->arena, job->memory, JOB_OCTETS_LEAST, JOB_OCTETS_MAX);
        if (copy_target(job, t))
            return job;
        arena_release(&job->arena);
    }
    free(mark);
    free(job);
    return NULL;
}

static bool start_job(struct run *r, const struct target *t)
{
    struct run_job *job = new_job(r, t);
    if (!job)
        return false;
    r->jobs++;
    run_ledger_begin(&r->ledger, &job->mark->entry, t->index);
    job->target.is_again = t->index < r->ledger.again_below;
    if (t->kind == TARGET_NAME)
        resolve(job);
    else
        take_turn(job);
    return true;
}

/* There is room for names, and no more waits to be visited than bridges the time that DNS takes. */
static bool has_room(const struct run *r)
{
    if (r->held && r->held + r->resolving + r->waiting.count >= RUN_HELD_MAX)
        return false;
    return r->resolving < NAMES_MAX && r->waiting.count <= r->options->concurrency / 4;
}

/* False when the target must wait until more are reserved. */
static bool take_target(struct run *r, const struct target *t)
{
    run_ledger_pass(&r->ledger, t->index);
    if (run_ledger_is_done(&r->ledger, t->index)) {
        r->counts.done_before++;
        return true;
    }
    bool may_begin = t->index < r->ledger.reserved;
    if (may_begin && !start_job(r, t)) {
        run_ledger_lose(&r->ledger, t->index);
        r->error = ERR_NOMEM;
    }
    if (!may_begin)
        run_source_put_back(&r->source, t);
    if (t->index >= r->ledger.soon)
        r->sink.reserve(r->sink.owner);
    return may_begin;
}

static void fill(void *owner)
{
    struct run *r = owner;
    struct target t;
    uint32_t begun = 0; /* a target may end at once: the loop has its turn all the same */
    begin_waiting(r);
    resolve_again(r);
    while (!r->is_interrupted && !r->counts.no_more_targets && has_room(r)) {
        if (++begun > FILL_MAX) {
            net_timer_start(&r->fill, 0);
            return;
        }
        bool more = run_source_next(&r->source, &t);
        if (!more && (r->source.error == ERR_AGAIN || r->source.error == ERR_LIMIT)) {
            net_timer_start(&r->fill, r->source.error == ERR_AGAIN ? LIST_POLL_MS : 0);
            return;
        }
        if (!more) {
            r->counts.no_more_targets = true;
            run_ledger_pass(&r->ledger, r->source.index);
        } else if (!take_target(r, &t)) {
            break;
        }
    }
    if (r->again.first && r->resolving < NAMES_MAX) /* else the end of one query takes it up */
        net_timer_start(&r->retry, retry_in(r));
    if (r->later && r->counts.no_more_targets && r->jobs == r->resting && !r->over_us)
        run_look_later(r); /* from now on it is not waited for long */
    if (run_is_done(r))
        net_loop_stop(r->loop);
}

static void woken(void *owner)
{
    run_begin_ready(owner);
}

enum err run_new(struct net_loop *l, struct resolver *resolver, const struct run_options *options,
                 const struct run_sink *sink, struct run **ret)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    *r = (struct run){
        .loop = l, .resolver = resolver, .options = options, .sink = *sink, .timers = 4};
    run_queue_init(&r->ready);
    r->as_host = options->resolve;
    r->as_host.as = TARGET_AS_HOST;
    struct pace_limits limits = pace_standard;
    limits.rate = options->rate;
    if (options->again_ms) {
        limits.back_off_us = (uint64_t)options->again_ms * 1000 / 2;
        limits.back_off_most_us = (uint64_t)options->again_ms * 1000 * 10;
    }
    if (!options->list_count)
        limits.back_off_us = 0; /* somebody waits for the few targets that were typed */
    pace_init(&r->pace, &limits);
    net_timer_init(l, &r->wake, woken, r);
    run_source_init(&r->source, options, &r->sink, &r->counts);
    run_ledger_init(&r->ledger, options->done, options->again_below);
    run_line_init(&r->waiting);
    run_line_init(&r->again);
    net_timer_init(l, &r->fill, fill, r);
    net_timer_init(l, &r->retry, fill, r);
    net_timer_init(l, &r->later_timer, run_look_later, r);
    enum err e = options->worker_count
                     ? run_crew_new(r, options->workers, options->worker_count, &r->crew)
                     : ERR_OK;
    if (e)
        run_free(r);
    else
        *ret = r;
    return e;
}

void run_start(struct run *r)
{
    net_timer_start(&r->fill, 0);
}

/* Forgets the jobs that wait. */
static void drop_jobs(struct run_line *line)
{
    struct run_item *job;
    while ((job = run_line_take(line)))
        run_end_job((struct run_job *)job);
}

void run_interrupt(struct run *r)
{
    if (r->is_interrupted)
        return;
    r->is_interrupted = true;
    run_ledger_freeze(&r->ledger);
    r->counts.dns = resolver_counts(r->resolver);
    if (r->resolving || r->waiting.count || r->again.count)
        r->counts.no_more_targets = false; /* nobody knows their endpoints yet */
    run_end_visits(r);
    drop_jobs(&r->waiting);
    drop_jobs(&r->again);
    net_timer_start(&r->fill, 0);
}

bool run_is_done(const struct run *r)
{
    return r->jobs == 0 && (r->is_interrupted || r->counts.no_more_targets);
}

void run_reserve(struct run *r, uint64_t soon, uint64_t end)
{
    r->ledger.soon = soon;
    r->ledger.reserved = end;
    net_timer_start(&r->fill, 0);
}

const struct run_ledger *run_ledger(const struct run *r)
{
    return &r->ledger;
}

const struct run_counts *run_counts(const struct run *r)
{
    return &r->counts;
}

struct run_load run_load(const struct run *r)
{
    struct run_load load = {
        .resolving = r->resolving, .in_flight = r->active, .memory = run_crew_memory(r->crew)};
    /* Those that wait behind their own host are in no queue of the run's; one that has just ended
     * counts twice until it has left. */
    uint64_t begun = r->counts.services + r->active;
    if (!r->is_interrupted && r->counts.endpoints_started > begun)
        load.queued = r->counts.endpoints_started - begun;
    return load;
}

size_t run_lost_workers(const struct run *r)
{
    return run_crew_lost(r->crew);
}

enum err run_error(const struct run *r, const char **ret_path)
{
    *ret_path = r->error ? "a target" : r->source.path;
    if (r->error)
        return r->error;
    return r->source.error == ERR_NOT_FOUND ? ERR_OK : r->source.error;
}

static void timer_closed(void *owner)
{
    struct run *r = owner;
    if (--r->timers == 0)
        free(r);
}

void run_free(struct run *r)
{
    if (!r)
        return;
    run_crew_free(r->crew);
    run_source_release(&r->source);
    run_ledger_release(&r->ledger);
    run_spent_release(&r->spent);
    run_shared_release(&r->shared);
    run_queue_release(&r->ready);
    pace_release(&r->pace);
    net_timer_close(&r->wake, timer_closed);
    net_timer_close(&r->later_timer, timer_closed);
    net_timer_close(&r->fill, timer_closed);
    net_timer_close(&r->retry, timer_closed);
}
