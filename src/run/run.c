/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "../base/clock.h"
#include "operator.h"
#include "pace.h"
#include "queue.h"
#include "source.h"
#include "spent.h"

/* How often a list that is still being written is looked at. */
#define LIST_POLL_MS 20

/* How soon a place that is full is looked at again. */
#define LOOK_AGAIN_US 10000

/* Targets that are begun before the loop has its turn. */
#define FILL_MAX 1000

/* Connections to one address at a time: the usual ports side by side, and no more. */
#define HOST_VISITS_MAX 4

/* Memory of one target until its last visit has ended. */
#define JOB_OCTETS_MAX ((size_t)1024 * 1024)

/* One address that is being visited; jobs that lead to the same address share it. */
struct run_host {
    struct run_host *next;
    struct address address;
    struct visit_host visits;
    struct run_visit *pending, **pending_end; /* visits beyond HOST_VISITS_MAX, in their order */
    uint32_t active, uses;
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
};

/* One target: resolved, then visited. */
struct run_job {
    struct run *run;
    struct run_entry entry; /* in the ledger */
    struct arena arena;
    struct target target;
    bool may_transact;
    bool is_excluded;
    bool is_resolving;
    uint32_t visits;
};

struct run {
    struct net_loop *loop;
    struct resolver *resolver;
    const struct run_options *options;
    struct run_sink sink;
    struct run_counts counts;
    struct run_source source;
    struct run_ledger ledger;
    struct run_host *hosts;
    struct run_visit *visits;
    struct run_queue ready; /* may begin when there is a descriptor, and when it is time */
    struct pace pace;
    struct net_timer wake; /* when it is */
    struct run_spent spent;
    uint32_t jobs, active, resolving;
    uint32_t timers; /* not yet closed */
    bool is_interrupted;
    struct net_timer fill; /* takes more targets from the loop, not from within an end */
};

static void fill(void *owner);

static void end_job(struct run_job *job)
{
    struct run *r = job->run;
    if (job->is_resolving || job->visits)
        return;
    run_ledger_end(&r->ledger, &job->entry);
    arena_release(&job->arena);
    free(job);
    r->jobs--;
    net_timer_start(&r->fill, 0);
}

/* ---- visits ---- */

static struct run_host *host_of(struct run *r, const struct address *a)
{
    struct run_host *h = r->hosts;
    while (h && !address_is_equal(&h->address, a))
        h = h->next;
    if (!h) {
        h = calloc(1, sizeof *h);
        if (!h)
            return NULL;
        uint32_t spent = run_spent_get(&r->spent, a);
        *h = (struct run_host){.next = r->hosts, .address = *a};
        h->visits.errors_left = spent < VISIT_HOST_ERRORS ? VISIT_HOST_ERRORS - spent : 0;
        h->pending_end = &h->pending;
        r->hosts = h;
    }
    h->uses++;
    return h;
}

static void leave_host(struct run *r, struct run_host *h)
{
    if (--h->uses)
        return;
    if (h->visits.errors_left < VISIT_HOST_ERRORS)
        run_spent_set(&r->spent, &h->address, VISIT_HOST_ERRORS - h->visits.errors_left);
    r->counts.addresses_forgotten = r->spent.forgotten;
    struct run_host **at = &r->hosts;
    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    free(h);
}

static void count(struct run *r, const struct facts_visit *f)
{
    struct facts_cost *sum = &r->counts.cost;
    r->counts.services++;
    r->counts.by_outcome[f->outcome]++;
    sum->connections += f->cost.connections;
    sum->commands += f->cost.commands;
    sum->errors_provoked += f->cost.errors_provoked;
    sum->octets_in += f->cost.octets_in;
    sum->octets_out += f->cost.octets_out;
    sum->duration_ms += f->cost.duration_ms;
    sum->delay_ms += f->cost.delay_ms;
}

static void enqueue(struct run_visit ***end, struct run_visit *rv)
{
    rv->queued = NULL;
    **end = rv;
    *end = &rv->queued;
}

static struct run_visit *dequeue(struct run_visit **first, struct run_visit ***end)
{
    struct run_visit *rv = *first;
    if (rv)
        *first = rv->queued;
    if (!*first)
        *end = first;
    return rv;
}

/* Forgets a visit that stands in no queue and does not run. */
static void forget_visit(struct run_visit *rv)
{
    struct run_job *job = rv->job;
    *rv->link = rv->next;
    if (rv->next)
        rv->next->link = rv->link;
    leave_host(job->run, rv->host);
    free(rv);
    job->visits--;
    end_job(job);
}

static void begin(struct run *r, struct run_visit *rv);
static void begin_ready(struct run *r);

/* Without memory for a lane of its own it waits in one that is there, or begins at once. */
static void enqueue_ready(struct run *r, struct run_visit *rv)
{
    struct octets domain = run_operator_of(rv->request.host);
    rv->place = pace_place_of(&rv->request.address, domain);
    if (run_queue_add(&r->ready, rv->place.party, &rv->item))
        begin(r, rv);
}

/* A visit that had begun, or could not, makes room for the next. */
static void end_visit(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    struct run_host *h = rv->host;
    struct run_visit *next = dequeue(&h->pending, &h->pending_end);
    r->active--;
    if (next)
        enqueue_ready(r, next);
    else
        h->active--;
    forget_visit(rv);
    begin_ready(r);
}

static uint64_t now_us(const struct run *r)
{
    return net_loop_now_ms(r->loop) * 1000;
}

/* A 421 (RFC 5321 s3.8), or an end without a word. */
static bool was_turned_away(const struct facts_visit *f)
{
    return f->outcome == FACTS_OUTCOME_CLOSED || octets_has_prefix(f->reason, OCTETS("421")) ||
           octets_has_prefix(f->cut_reply, OCTETS("421"));
}

static void answered(void *owner)
{
    struct run_visit *rv = owner;
    if (!rv->is_answered)
        pace_answered(&rv->job->run->pace, &rv->place);
    rv->is_answered = true;
}

static void visited(void *owner, struct visit *v, struct facts_visit *f)
{
    struct run_visit *rv = owner;
    struct run *r = rv->job->run;
    if (!r->is_interrupted || f->outcome == FACTS_OUTCOME_ANSWERED) {
        r->counts.unfinished += r->is_interrupted && f->cut_stage;
        count(r, f);
        r->sink.service(r->sink.owner, f);
    }
    answered(rv);
    pace_end(&r->pace, now_us(r), &rv->place, was_turned_away(f));
    pace_charge(&r->pace, now_us(r), f->cost.connections > 1 ? f->cost.connections - 1 : 0);
    visit_free(v);
    end_visit(rv);
}

/* A visit that does not even begin still gives its result. */
static void report_unvisited(struct run *r, const struct visit_request *request,
                             enum facts_outcome outcome, const char *reason)
{
    struct facts_visit f = {.input = request->input,
                            .tag = request->tag,
                            .domain = request->domain,
                            .host = request->host,
                            .address = request->address,
                            .port = request->port,
                            .is_again = request->is_again,
                            .time_ms = clock_wall_ms(),
                            .outcome = outcome,
                            .stage = FACTS_STAGE_CONNECT,
                            .reason = octets_of(reason)};
    count(r, &f);
    r->sink.service(r->sink.owner, &f);
}

static void begin(struct run *r, struct run_visit *rv)
{
    struct visit_listener listener = {visited, answered, rv};
    r->active++;
    enum err e = visit_start(r->loop, &r->options->visit, &rv->request, &rv->host->visits, listener,
                             &rv->visit);
    if (!e)
        return;
    report_unvisited(r, &rv->request, FACTS_OUTCOME_FAILED, err_text(e));
    pace_answered(&r->pace, &rv->place);
    pace_end(&r->pace, now_us(r), &rv->place, false);
    end_visit(rv);
}

static void wake_in(struct run *r, uint64_t us)
{
    if (us != UINT64_MAX)
        net_timer_start(&r->wake, (us + 999) / 1000);
}

/* Begins visits as long as there are descriptors for their connections, and as it is time. */
static void begin_ready(struct run *r)
{
    uint64_t now = now_us(r);
    while (r->active < r->options->connections) {
        struct run_visit *rv = (struct run_visit *)run_queue_peek(&r->ready, now);
        uint64_t wait = pace_wait(&r->pace, now);
        if (!rv)
            break;
        if (wait) {
            wake_in(r, wait);
            return;
        }
        wait = pace_begin(&r->pace, now, &rv->place);
        if (wait) {
            run_queue_sleep(&r->ready, now + (wait == PACE_UNTIL_END ? LOOK_AGAIN_US : wait));
            continue;
        }
        run_queue_take(&r->ready);
        begin(r, rv);
    }
    wake_in(r, run_queue_wakes_in(&r->ready, now));
}

static void woken(void *owner)
{
    begin_ready(owner);
}

static void start_visit(struct run_job *job, const struct visit_request *request)
{
    struct run *r = job->run;
    struct run_visit *rv = calloc(1, sizeof *rv);
    struct run_host *h = rv ? host_of(r, &request->address) : NULL;
    r->counts.endpoints_started++;
    if (!h) {
        free(rv);
        report_unvisited(r, request, FACTS_OUTCOME_FAILED, err_text(ERR_NOMEM));
        return;
    }
    *rv = (struct run_visit){
        .next = r->visits, .link = &r->visits, .job = job, .host = h, .request = *request};
    if (rv->next)
        rv->next->link = &rv->next;
    r->visits = rv;
    job->visits++;
    if (h->active == HOST_VISITS_MAX) {
        enqueue(&h->pending_end, rv);
        return;
    }
    h->active++;
    enqueue_ready(r, rv);
    begin_ready(r);
}

static const char excluded[] = "excluded by --exclude";

static void visit_ports(struct run_job *job, struct visit_request request)
{
    const struct run_options *o = job->run->options;
    request.input = job->target.input;
    request.tag = job->target.tag;
    request.may_transact = job->may_transact;
    request.is_again = job->target.is_again;
    if (o->domain.size)
        request.domain = o->domain;
    request.port = job->target.port;
    for (size_t i = 0;
         request.port == job->target.port && i < (job->target.port ? 1 : o->port_count); i++) {
        struct visit_request one = request;
        one.port = job->target.port ? job->target.port : o->ports[i];
        if (job->is_excluded) {
            job->run->counts.endpoints_started++;
            report_unvisited(job->run, &one, FACTS_OUTCOME_EXCLUDED, excluded);
        } else {
            start_visit(job, &one);
        }
    }
}

/* ---- names ---- */

static void resolved(void *owner, const struct target_resolution *res)
{
    struct run_job *job = owner;
    struct run *r = job->run;
    r->resolving -= job->is_resolving;
    job->is_resolving = false;
    bool tell = res->outcome != FACTS_OUTCOME_ANSWERED || res->is_domain || res->note_count;
    if (!r->is_interrupted && tell)
        r->sink.domain(r->sink.owner, &job->target, res);
    if (!r->is_interrupted && res->outcome != FACTS_OUTCOME_ANSWERED)
        r->counts.by_outcome[res->outcome]++;
    r->counts.names += tell;
    job->visits++; /* held until all are started */
    for (size_t i = 0; i < res->endpoint_count && !r->is_interrupted; i++)
        visit_ports(
            job, (struct visit_request){.domain = res->is_domain ? job->target.name : OCTETS_NONE,
                                        .host = res->endpoints[i].host,
                                        .address = res->endpoints[i].address});
    job->visits--;
    end_job(job);
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
    job->run->resolving++;
    enum err e =
        target_resolve(r->resolver, &job->target, &r->options->resolve, &job->arena, resolved, job);
    if (e) {
        struct target_resolution failed = {.outcome = FACTS_OUTCOME_FAILED,
                                           .reason = octets_of(err_text(e))};
        resolved(job, &failed);
    }
}

/* ---- targets ---- */

static bool copy_target(struct run_job *job, const struct target *t)
{
    job->target = *t;
    return arena_copy(&job->arena, t->input, &job->target.input) &&
           arena_copy(&job->arena, t->name, &job->target.name) &&
           arena_copy(&job->arena, t->tag, &job->target.tag);
}

static bool start_job(struct run *r, const struct target *t)
{
    struct run_job *job = calloc(1, sizeof *job);
    if (!job)
        return false;
    *job = (struct run_job){
        .run = r, .may_transact = !r->source.is_expanded, .is_excluded = r->source.is_excluded};
    arena_init(&job->arena, JOB_OCTETS_MAX);
    if (!copy_target(job, t)) {
        arena_release(&job->arena);
        free(job);
        return false;
    }
    r->jobs++;
    run_ledger_begin(&r->ledger, &job->entry, t->index);
    job->target.is_again = t->index < r->ledger.again_below;
    if (t->kind == TARGET_NAME) {
        resolve(job);
        return true;
    }
    job->visits++;
    visit_ports(job, (struct visit_request){.address = t->address, .host = job->target.name});
    job->visits--;
    end_job(job);
    return true;
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
        r->source.error = ERR_NOMEM;
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
    while (!r->is_interrupted && !r->counts.no_more_targets && r->jobs < r->options->concurrency) {
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
            return;
        }
    }
    if (run_is_done(r))
        net_loop_stop(r->loop);
}

enum err run_new(struct net_loop *l, struct resolver *resolver, const struct run_options *options,
                 const struct run_sink *sink, struct run **ret)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    *r = (struct run){
        .loop = l, .resolver = resolver, .options = options, .sink = *sink, .timers = 2};
    run_queue_init(&r->ready);
    struct pace_limits limits = pace_standard;
    limits.rate = options->rate;
    pace_init(&r->pace, &limits);
    net_timer_init(l, &r->wake, woken, r);
    run_source_init(&r->source, options, &r->sink, &r->counts);
    run_ledger_init(&r->ledger, options->done, options->again_below);
    net_timer_init(l, &r->fill, fill, r);
    *ret = r;
    return ERR_OK;
}

void run_start(struct run *r)
{
    net_timer_start(&r->fill, 0);
}

/* Forgets all visits that have not begun. */
static void drop_queued(struct run *r)
{
    run_queue_clear(&r->ready);
    for (struct run_host *h = r->hosts; h; h = h->next) {
        h->pending = NULL;
        h->pending_end = &h->pending;
    }
    for (struct run_visit *rv = r->visits, *next; rv; rv = next) {
        next = rv->next;
        if (!rv->visit)
            forget_visit(rv);
    }
}

void run_interrupt(struct run *r)
{
    if (r->is_interrupted)
        return;
    r->is_interrupted = true;
    run_ledger_freeze(&r->ledger);
    /* What is still queued is forgotten; what runs is ended by its visit. */
    for (struct run_visit *rv = r->visits, *next; rv; rv = next) {
        next = rv->next;
        if (rv->visit)
            visit_cancel(rv->visit);
    }
    drop_queued(r);
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
    struct run_load load = {.resolving = r->resolving, .in_flight = r->active};
    /* Those that wait behind their own host are in no queue of the run's; one that has just ended
     * counts twice until it has left. */
    uint64_t begun = r->counts.services + r->active;
    if (!r->is_interrupted && r->counts.endpoints_started > begun)
        load.queued = r->counts.endpoints_started - begun;
    return load;
}

enum err run_error(const struct run *r, const char **ret_path)
{
    *ret_path = r->source.path;
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
    run_source_release(&r->source);
    run_ledger_release(&r->ledger);
    run_spent_release(&r->spent);
    run_queue_release(&r->ready);
    pace_release(&r->pace);
    net_timer_close(&r->wake, timer_closed);
    net_timer_close(&r->fill, timer_closed);
}
