/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "source.h"

/* How often a list that is still being written is looked at. */
#define LIST_POLL_MS 20

/* Memory of one target until its last visit has ended. */
#define JOB_OCTETS_MAX ((size_t)1024 * 1024)

/* One address that is being visited; jobs that lead to the same address share it. */
struct run_host {
    struct run_host *next;
    struct address address;
    struct visit_host visits;
    uint32_t uses;
};

/* One visit under way. */
struct run_visit {
    struct run_visit *next, **link;
    struct run_job *job;
    struct run_host *host;
    struct visit *visit;
};

/* One target: resolved, then visited. */
struct run_job {
    struct run *run;
    struct arena arena;
    struct target target;
    bool may_transact;
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
    struct run_host *hosts;
    struct run_visit *visits;
    uint32_t jobs;
    bool is_filling, is_interrupted;
    struct net_timer fill; /* takes more targets from the loop, not from within an end */
};

static void fill(void *owner);

static void end_job(struct run_job *job)
{
    struct run *r = job->run;
    if (job->is_resolving || job->visits)
        return;
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
        *h = (struct run_host){
            .next = r->hosts, .address = *a, .visits = {.errors_left = VISIT_HOST_ERRORS}};
        r->hosts = h;
    }
    h->uses++;
    return h;
}

static void leave_host(struct run *r, struct run_host *h)
{
    if (--h->uses)
        return;
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

static void end_visit(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    struct run_job *job = rv->job;
    *rv->link = rv->next;
    if (rv->next)
        rv->next->link = rv->link;
    leave_host(r, rv->host);
    free(rv);
    job->visits--;
    end_job(job);
}

static void visited(void *owner, struct visit *v, struct facts_visit *f)
{
    struct run_visit *rv = owner;
    struct run *r = rv->job->run;
    if (!r->is_interrupted) {
        count(r, f);
        r->sink.service(r->sink.owner, f);
    }
    visit_free(v);
    end_visit(rv);
}

/* A visit that could not even begin still gives its result. */
static void report_unvisited(struct run *r, const struct visit_request *request, enum err e)
{
    struct facts_visit f = {.input = request->input,
                            .domain = request->domain,
                            .host = request->host,
                            .address = request->address,
                            .port = request->port,
                            .outcome = FACTS_OUTCOME_FAILED,
                            .stage = FACTS_STAGE_CONNECT,
                            .reason = octets_of(err_text(e))};
    count(r, &f);
    r->sink.service(r->sink.owner, &f);
}

static void start_visit(struct run_job *job, const struct visit_request *request)
{
    struct run *r = job->run;
    struct run_visit *rv = calloc(1, sizeof *rv);
    struct run_host *h = rv ? host_of(r, &request->address) : NULL;
    enum err e = ERR_NOMEM;
    r->counts.endpoints_started++;
    if (h) {
        *rv = (struct run_visit){.next = r->visits, .link = &r->visits, .job = job, .host = h};
        e = visit_start(r->loop, &r->options->visit, request, &h->visits,
                        (struct visit_listener){visited, rv}, &rv->visit);
    }
    if (e) {
        if (h)
            leave_host(r, h);
        free(rv);
        report_unvisited(r, request, e);
        return;
    }
    if (rv->next)
        rv->next->link = &rv->next;
    r->visits = rv;
    job->visits++;
}

static void visit_ports(struct run_job *job, struct visit_request request)
{
    const struct run_options *o = job->run->options;
    request.input = job->target.input;
    request.may_transact = job->may_transact;
    if (o->domain.size)
        request.domain = o->domain;
    request.port = job->target.port;
    for (size_t i = 0;
         request.port == job->target.port && i < (job->target.port ? 1 : o->port_count); i++) {
        struct visit_request one = request;
        one.port = job->target.port ? job->target.port : o->ports[i];
        start_visit(job, &one);
    }
}

/* ---- names ---- */

static void resolved(void *owner, const struct target_resolution *res)
{
    struct run_job *job = owner;
    struct run *r = job->run;
    job->is_resolving = false;
    bool tell = res->outcome != FACTS_OUTCOME_ANSWERED || res->is_domain || res->note_count;
    if (!r->is_interrupted && tell)
        r->sink.domain(r->sink.owner, job->target.input, res);
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
    job->is_resolving = true;
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
           arena_copy(&job->arena, t->name, &job->target.name);
}

static bool start_job(struct run *r, const struct target *t)
{
    struct run_job *job = calloc(1, sizeof *job);
    if (!job)
        return false;
    *job = (struct run_job){.run = r, .may_transact = !r->source.is_expanded};
    arena_init(&job->arena, JOB_OCTETS_MAX);
    r->jobs++;
    if (!copy_target(job, t)) {
        end_job(job);
        return false;
    }
    if (t->kind == TARGET_NAME) {
        resolve(job);
        return true;
    }
    job->visits++;
    visit_ports(job, (struct visit_request){.address = t->address});
    job->visits--;
    end_job(job);
    return true;
}

static void fill(void *owner)
{
    struct run *r = owner;
    struct target t;
    while (!r->is_interrupted && !r->counts.no_more_targets && r->jobs < r->options->concurrency) {
        bool more = run_source_next(&r->source, &t);
        if (!more && r->source.error == ERR_AGAIN) {
            net_timer_start(&r->fill, LIST_POLL_MS);
            return;
        }
        if (!more)
            r->counts.no_more_targets = true;
        else if (!start_job(r, &t))
            r->source.error = ERR_NOMEM;
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
    *r = (struct run){.loop = l, .resolver = resolver, .options = options, .sink = *sink};
    run_source_init(&r->source, options, &r->sink, &r->counts);
    net_timer_init(l, &r->fill, fill, r);
    *ret = r;
    return ERR_OK;
}

void run_start(struct run *r)
{
    net_timer_start(&r->fill, 0);
}

void run_interrupt(struct run *r)
{
    if (r->is_interrupted)
        return;
    r->is_interrupted = true;
    for (struct run_visit *rv = r->visits; rv; rv = rv->next)
        visit_cancel(rv->visit);
    net_timer_start(&r->fill, 0);
}

bool run_is_done(const struct run *r)
{
    return r->jobs == 0 && (r->is_interrupted || r->counts.no_more_targets);
}

const struct run_counts *run_counts(const struct run *r)
{
    return &r->counts;
}

enum err run_error(const struct run *r, const char **ret_path)
{
    *ret_path = r->source.path;
    return r->source.error == ERR_NOT_FOUND ? ERR_OK : r->source.error;
}

static void memory_free(void *owner)
{
    struct run *r = owner;
    free(r);
}

void run_free(struct run *r)
{
    if (!r)
        return;
    run_source_release(&r->source);
    net_timer_close(&r->fill, memory_free);
}
