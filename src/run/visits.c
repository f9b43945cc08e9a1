/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/clock.h"
#include "operator.h"
#include "run_private.h"

/* How soon a place that is full is looked at again. */
#define LOOK_AGAIN_US 30000

/* Connections to one address at a time: the usual ports side by side, and no more. */
#define HOST_VISITS_MAX 4

static size_t slot_of(const struct address *a)
{
    struct octets o = {a->octets, a->family == 4 ? 4 : sizeof a->octets};
    return octets_hash(o) % RUN_HOST_SLOTS;
}

static size_t count_sources(const struct run *r, uint8_t family)
{
    size_t count = 0;
    for (size_t i = 0; i < r->options->source_count; i++)
        count += r->options->sources[i].family == family;
    return count;
}

bool run_has_source(const struct run *r, const struct address *a)
{
    return !r->options->source_count || count_sources(r, a->family);
}

/* The next source of the address's family: all visits to one address come from the same. */
static struct address source_for(struct run *r, const struct address *a)
{
    const struct address *source = r->options->sources;
    size_t count = count_sources(r, a->family);
    if (!count)
        return (struct address){0};
    size_t left = r->source_turns[a->family == 6]++ % count;
    while (source->family != a->family || left--)
        source++;
    return *source;
}

static struct run_host *find_host(struct run_host *h, const struct address *a)
{
    while (h && !address_is_equal(&h->address, a))
        h = h->next;
    return h;
}

static struct run_host *host_of(struct run *r, const struct address *a)
{
    struct run_host **slot = &r->hosts[slot_of(a)], *h = find_host(*slot, a);
    if (!h) {
        h = malloc(sizeof *h);
        if (!h)
            return NULL;
        *h = (struct run_host){.next = *slot, .address = *a};
        h->visits.source = source_for(r, a);
        h->visits.errors_spent = run_spent_get(&r->spent, a);
        h->pending_end = &h->pending;
        *slot = h;
    }
    h->uses++;
    return h;
}

static void leave_host(struct run *r, struct run_host *h)
{
    if (--h->uses)
        return;
    if (h->visits.errors_spent)
        run_spent_set(&r->spent, &h->address, h->visits.errors_spent);
    r->counts.addresses_forgotten = r->spent.forgotten;
    struct run_host **at = &r->hosts[slot_of(&h->address)];
    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    standing_free(h->standing);
    visit_host_release(&h->visits);
    free(h);
}

struct run_visit *run_visit_to(const struct run *r, const struct address *a, uint16_t port)
{
    const struct run_host *h = find_host(r->hosts[slot_of(a)], a);
    struct run_visit *rv = h ? h->all : NULL;
    while (rv && rv->request.port != port)
        rv = rv->next;
    return rv;
}

void run_count(struct run *r, const struct facts_visit *f)
{
    r->counts.services++;
    if (!r->is_interrupted) /* who interrupts may free the resolver */
        r->counts.dns = resolver_counts(r->resolver);
    r->counts.by_outcome[f->outcome]++;
    facts_cost_add(&r->counts.cost, &f->cost);
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

static void free_domains(struct run_domains *d)
{
    if (d)
        run_domains_release(d);
    free(d);
}

/* The record is out: those that joined the visit may be done. */
static void leave_marks(struct run *r, struct run_visit *rv)
{
    struct run_joined *joined;
    while ((joined = rv->joined)) {
        rv->joined = joined->next;
        run_leave_mark(r, joined->mark);
        free(joined);
    }
}

void run_forget_visit(struct run_visit *rv)
{
    struct run_job *job = rv->job;
    struct run_visit **at = &rv->host->all;
    free_domains(rv->domains);
    leave_marks(job->run, rv);
    while (*at != rv)
        at = &(*at)->next;
    *at = rv->next;
    leave_host(job->run, rv->host);
    free(rv);
    job->visits--;
    run_rest_job(job);
    run_end_job(job);
}

static void begin(struct run *r, struct run_visit *rv);

/* Without memory for a lane it begins at once. */
static void queue(struct run *r, struct run_visit *rv)
{
    uint64_t lane = rv->is_alone ? rv->place.party : rv->place.network;
    if (run_queue_add(&r->ready, lane, &rv->item))
        begin(r, rv);
}

/* Addresses of one network wait in one lane: most of what they wait for is the network's. */
static void enqueue_ready(struct run *r, struct run_visit *rv)
{
    struct octets domain = run_operator_of(rv->request.host);
    rv->place = pace_place_of(&rv->request.address, domain);
    rv->is_alone = domain.size;
    queue(r, rv);
}

/* Its lane sleeps; or it goes to that of what it waits for, its party or its network: so others need
 * not wait with it, and all that wait for one clock wake once. */
static void put_off(struct run *r, struct run_visit *rv, uint64_t now, uint64_t wait)
{
    bool is_party = pace_party_wait(&r->pace, now, &rv->place);
    if (rv->is_alone == is_party) {
        run_queue_sleep(&r->ready, now + (wait == PACE_UNTIL_END ? LOOK_AGAIN_US : wait));
        return;
    }
    run_queue_take(&r->ready);
    rv->is_alone = is_party;
    queue(r, rv);
}

/* A visit that had begun, or could not, makes room for the next. */
void run_leave_place(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    struct run_host *h = rv->host;
    struct run_visit *next = dequeue(&h->pending, &h->pending_end);
    r->active--;
    r->busy -= !--rv->job->under_way;
    if (next)
        enqueue_ready(r, next);
    else
        h->active--;
}

static void end_visit(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    run_leave_place(rv);
    run_forget_visit(rv);
    run_begin_ready(r);
}

void run_enter_visit(struct run_visit *rv)
{
    struct run_host *h = rv->host;
    h->visits.to_come++;
    if (h->active == HOST_VISITS_MAX) {
        enqueue(&h->pending_end, rv);
        return;
    }
    h->active++;
    enqueue_ready(rv->job->run, rv);
}

static uint64_t now_us(const struct run *r)
{
    return net_loop_now_ms(r->loop) * 1000;
}

/* A 421 (RFC 5321 s3.8).  One host that hangs up without a word says nothing of its operator. */
static bool was_turned_away(const struct facts_visit *f)
{
    return octets_has_prefix(f->reason, OCTETS("421")) ||
           octets_has_prefix(f->cut_reply, OCTETS("421"));
}

void run_answered(void *owner)
{
    struct run_visit *rv = owner;
    if (!rv->is_answered)
        pace_answered(&rv->job->run->pace, &rv->place);
    rv->is_answered = true;
}

void run_accepted(void *owner)
{
    run_answered(owner);
    run_ask_beside(owner);
}

static void deliver(struct run_visit *rv, struct facts_visit *f)
{
    struct run *r = rv->job->run;
    if (rv->domains) {
        f->domains = rv->domains->at;
        f->domain_count = rv->domains->count;
        f->domain_total = rv->domains->total;
    }
    if (rv->host->standing)
        f->standing = standing_facts(rv->host->standing);
    f->retries = rv->retries;
    facts_cost_add(&f->cost, &rv->spent);
    run_count(r, f);
    r->sink.service(r->sink.owner, f);
}

void run_free_visit(struct run_visit *rv, struct visit *v)
{
    if (rv->job->run->crew)
        run_remote_drop(rv);
    else
        visit_free(v);
}

void run_conclude(struct run_visit *rv, struct visit *v, struct facts_visit *f, bool tells)
{
    if (tells && run_awaits_beside(rv, v, f))
        return;
    if (tells && rv->job->run->crew) {
        run_remote_deliver(rv);
        return; /* it is forgotten when its record has come */
    }
    if (tells)
        deliver(rv, f);
    run_free_visit(rv, v);
    run_forget_visit(rv);
}

void run_visited(void *owner, struct visit *v, struct facts_visit *f)
{
    struct run_visit *rv = owner;
    struct run *r = rv->job->run;
    bool tells = !r->is_interrupted || f->outcome == FACTS_OUTCOME_ANSWERED;
    run_answered(rv);
    pace_end(&r->pace, now_us(r), &rv->place, was_turned_away(f));
    pace_charge(&r->pace, now_us(r), &rv->place,
                f->cost.connections > 1 ? f->cost.connections - 1 : 0);
    run_leave_place(rv);
    if (!run_postpone_visit(rv, v, f)) {
        r->counts.unfinished += tells && r->is_interrupted && f->cut_stage;
        run_conclude(rv, v, f, tells);
    }
    run_begin_ready(r);
}

void run_report_unvisited(struct run *r, const struct visit_request *request,
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
    run_count(r, &f);
    r->sink.service(r->sink.owner, &f);
}

static void begin(struct run *r, struct run_visit *rv)
{
    struct visit_listener listener = {run_visited, run_accepted, rv};
    r->active++;
    r->busy += !rv->job->under_way++;
    rv->is_begun = true;
    rv->host->visits.to_come--;
    enum err e = r->crew ? run_remote_start(rv)
                         : visit_start(r->loop, &r->options->visit, &rv->request, &rv->host->visits,
                                       listener, &rv->visit);
    if (e)
        run_fail_visit(rv, e);
}

void run_fail_visit(struct run_visit *rv, enum err e)
{
    struct run *r = rv->job->run;
    run_report_unvisited(r, &rv->request, FACTS_OUTCOME_FAILED, err_text(e));
    run_answered(rv);
    pace_end(&r->pace, now_us(r), &rv->place, false);
    end_visit(rv);
}

static void wake_in(struct run *r, uint64_t us)
{
    if (us != UINT64_MAX)
        net_timer_start(&r->wake, (us + 999) / 1000);
}

void run_begin_ready(struct run *r)
{
    uint64_t now = now_us(r);
    while (r->active < r->options->connections) {
        struct run_visit *rv = (struct run_visit *)run_queue_peek(&r->ready, now);
        uint64_t wait = pace_wait(&r->pace, now);
        if (!rv || (!rv->job->under_way && r->busy >= r->options->concurrency))
            break;
        if (wait) {
            wake_in(r, wait);
            return;
        }
        wait = pace_begin(&r->pace, now, &rv->place);
        if (wait) {
            put_off(r, rv, now, wait);
            continue;
        }
        run_queue_take(&r->ready);
        begin(r, rv);
    }
    if (r->active < r->options->connections) /* else the end of one begins the next */
        wake_in(r, run_queue_wakes_in(&r->ready, now));
    if (run_may_look_ahead(r))
        run_fill_soon(r);
}

static void join_visit(struct run_job *job, struct run_visit *rv, enum facts_level level)
{
    struct octets domain = run_domain_of(job), first = run_domain_of(rv->job);
    if (!rv->is_begun && job->named < rv->request.named)
        rv->request.named = job->named;
    if (!rv->is_begun && level > rv->request.level)
        rv->request.level = level;
    if (!domain.size || octets_is_equal(domain, first))
        return;
    if (!rv->domains) {
        rv->domains = malloc(sizeof *rv->domains);
        if (!rv->domains)
            return;
        run_domains_init(rv->domains);
        run_domains_add(rv->domains, first);
    }
    run_domains_add(rv->domains, domain);
}

/* A target that joined a visit is not done before that. */
static void hold_mark(struct run *r, struct run_visit *rv, struct run_mark *mark)
{
    struct run_joined *joined = malloc(sizeof *joined);
    if (!joined) {
        run_ledger_lose(&r->ledger, mark->entry.index);
        return;
    }
    *joined = (struct run_joined){.next = rv->joined, .mark = mark};
    rv->joined = joined;
    mark->uses++;
}

/* False when nobody led to that endpoint before. */
static bool join(struct run_job *job, const struct visit_request *request)
{
    struct run *r = job->run;
    if (!run_shared_has(&r->shared, &request->address, request->port))
        return false;
    struct run_visit *visit = run_visit_to(r, &request->address, request->port);
    r->counts.joined++;
    if (visit) {
        hold_mark(r, visit, job->mark);
        join_visit(job, visit, request->level);
    }
    return true;
}

void run_start_visit(struct run_job *job, const struct visit_request *request)
{
    struct run *r = job->run;
    if (join(job, request))
        return;
    struct run_visit *rv = malloc(sizeof *rv);
    struct run_host *h = rv ? host_of(r, &request->address) : NULL;
    r->counts.endpoints_started++;
    if (!h) {
        free(rv);
        run_report_unvisited(r, request, FACTS_OUTCOME_FAILED, err_text(ERR_NOMEM));
        return;
    }
    *rv = (struct run_visit){.next = h->all, .job = job, .host = h, .request = *request};
    h->all = rv;
    job->visits++;
    run_shared_add(&r->shared, &request->address, request->port);
    r->counts.endpoints_forgotten = r->shared.forgotten;
    run_enter_visit(rv);
    run_begin_ready(r);
}

static void cancel(struct run_visit *rv)
{
    if (rv->job->run->crew)
        run_remote_cancel(rv);
    else
        visit_cancel(rv->visit);
}

static void end_begun(struct run_host *h)
{
    for (struct run_visit *rv = h->all; rv; rv = rv->next)
        if (rv->is_begun)
            cancel(rv);
}

/* The host goes with the last of them. */
static void forget_waiting(struct run_host *h)
{
    h->pending = NULL;
    h->pending_end = &h->pending;
    for (struct run_visit *rv = h->all, *next; rv; rv = next) {
        next = rv->next;
        if (!rv->is_begun)
            run_forget_visit(rv);
    }
}

static void of_each_host(struct run *r, void (*f)(struct run_host *h))
{
    for (size_t i = 0; i < RUN_HOST_SLOTS; i++) {
        for (struct run_host *h = r->hosts[i], *next; h; h = next) {
            next = h->next;
            f(h);
        }
    }
}

void run_end_visits(struct run *r)
{
    run_end_beside(r);
    of_each_host(r, end_begun);
    run_end_later(r);
    run_queue_clear(&r->ready);
    of_each_host(r, forget_waiting);
}
