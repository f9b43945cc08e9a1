/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "../net/link.h"

#define HOST_SLOTS 4096

struct host {
    struct host *next;
    struct address address;
    struct visit_host visits;
    uint32_t uses; /* visits under way */
};

struct worker {
    struct net_loop *loop;
    struct net_link *link;
    const struct visit_options *options;
    const struct run_worker_records *records;
    struct job **jobs; /* by slot; NULL: free */
    uint32_t room;
    struct host *hosts[HOST_SLOTS]; /* by a hash of the address */
    struct buf text, record;
};

struct job {
    struct worker *worker;
    uint32_t slot;
    struct host *host;
    struct visit *visit;
    struct facts_visit *facts; /* NULL: under way */
};

static void tell(struct worker *w, const struct run_message *m)
{
    buf_clear(&w->text);
    run_message_append(&w->text, m);
    if (buf_error(&w->text))
        net_link_lose(w->link);
    else
        net_link_send(w->link, buf_octets(&w->text));
}

/* ---- hosts ---- */

static struct host **place_of(struct worker *w, const struct address *a)
{
    struct octets o = {a->octets, sizeof a->octets};
    struct host **at = &w->hosts[octets_hash(o) % HOST_SLOTS];
    while (*at && !address_is_equal(&(*at)->address, a))
        at = &(*at)->next;
    return at;
}

/* What the visits to an address share lives here while one is under way, and in the run between. */
static struct host *take_host(struct worker *w, const struct run_message *m)
{
    struct host **at = place_of(w, &m->request.address), *h = *at;
    if (!h) {
        h = calloc(1, sizeof *h);
        if (!h)
            return NULL;
        h->address = m->request.address;
        h->visits.source = m->source;
        *at = h;
    }
    run_message_learn(&h->visits, &m->host);
    h->visits.to_come = m->host.to_come;
    h->uses++;
    return h;
}

static void leave_host(struct worker *w, struct host *h)
{
    if (--h->uses)
        return;
    *place_of(w, &h->address) = h->next;
    visit_host_release(&h->visits);
    free(h);
}

/* ---- visits ---- */

static uint64_t memory_octets(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss * 1024;
}

static void answered(void *owner)
{
    struct job *job = owner;
    tell(job->worker, &(struct run_message){.type = RUN_MESSAGE_ANSWERED, .slot = job->slot});
}

static void done(void *owner, struct visit *v, struct facts_visit *f)
{
    struct job *job = owner;
    (void)v;
    job->facts = f;
    tell(job->worker, &(struct run_message){.type = RUN_MESSAGE_DONE,
                                            .slot = job->slot,
                                            .outcome = f->outcome,
                                            .stage = f->stage,
                                            .cut_stage = f->cut_stage,
                                            .greeting_code = f->greeting.code,
                                            .reason = octets_sub(f->reason, 0, 16),
                                            .cut_reply = octets_sub(f->cut_reply, 0, 16),
                                            .cost = f->cost,
                                            .memory = memory_octets(),
                                            .host = run_message_host_of(&job->host->visits)});
    leave_host(job->worker, job->host);
    job->host = NULL;
}

static bool make_room(struct worker *w, uint32_t slot)
{
    if (slot < w->room)
        return true;
    uint32_t room = slot < 32 ? 64 : 2 * slot;
    struct job **jobs = realloc(w->jobs, room * sizeof(struct job *));
    if (!jobs)
        return false;
    memset(jobs + w->room, 0, (room - w->room) * sizeof(struct job *));
    w->jobs = jobs;
    w->room = room;
    return true;
}

static enum err start(struct worker *w, const struct run_message *m)
{
    struct job *job = make_room(w, m->slot) ? calloc(1, sizeof *job) : NULL;
    struct host *h = job ? take_host(w, m) : NULL;
    if (!h) {
        free(job);
        return ERR_NOMEM;
    }
    *job = (struct job){.worker = w, .slot = m->slot, .host = h};
    struct visit_listener listener = {done, answered, job};
    enum err e = visit_start(w->loop, w->options, &m->request, &h->visits, listener, &job->visit);
    if (e) {
        leave_host(w, h);
        free(job);
        return e;
    }
    w->jobs[m->slot] = job;
    return ERR_OK;
}

static void deliver(struct worker *w, struct job *job, struct run_message *m)
{
    struct facts_visit *f = job->facts;
    if (m->domain_count) {
        f->domains = m->domains;
        f->domain_count = m->domain_count;
        f->domain_total = m->domain_total;
    }
    if (m->has_standing)
        f->standing = &m->standing;
    f->retries = m->retries;
    facts_cost_add(&f->cost, &m->cost);
    buf_clear(&w->record);
    uint32_t failing = w->records->append(w->records->owner, f, &w->record);
    if (buf_error(&w->record))
        net_link_lose(w->link); /* a record that cannot be held must not be lost silently */
    else
        tell(w, &(struct run_message){.type = RUN_MESSAGE_RECORD,
                                      .slot = job->slot,
                                      .record = buf_octets(&w->record),
                                      .failing = failing});
}

static void forget(struct worker *w, struct job *job)
{
    w->jobs[job->slot] = NULL;
    visit_free(job->visit);
    free(job);
}

static void on_message(void *owner, struct octets octets)
{
    struct worker *w = owner;
    struct run_message m;
    if (!run_message_parse(octets, &m)) {
        net_link_lose(w->link);
        return;
    }
    struct job *job = m.slot < w->room ? w->jobs[m.slot] : NULL;
    if (m.type == RUN_MESSAGE_START && !job) {
        enum err e = start(w, &m);
        if (e)
            tell(w, &(struct run_message){.type = RUN_MESSAGE_FAILED, .slot = m.slot, .error = e});
    } else if (m.type == RUN_MESSAGE_CANCEL && job) {
        if (!job->facts)
            visit_cancel(job->visit);
    } else if (m.type == RUN_MESSAGE_DELIVER && job && job->facts) {
        deliver(w, job, &m);
        forget(w, job);
    } else if (m.type == RUN_MESSAGE_DROP && job && job->facts) {
        forget(w, job);
    }
}

static void on_lost(void *owner)
{
    struct worker *w = owner;
    net_loop_stop(w->loop);
}

enum err run_worker_serve(struct net_loop *l, int fd, const struct visit_options *options,
                          const struct run_worker_records *records)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    *w = (struct worker){.loop = l, .options = options, .records = records};
    buf_init(&w->text, NET_LINK_MESSAGE_MAX);
    buf_init(&w->record, NET_LINK_MESSAGE_MAX - 1024);
    enum err e = net_link_new(l, fd, (struct net_link_listener){on_message, on_lost, w}, &w->link);
    if (!e)
        net_loop_run(l);
    return e; /* visits borrow from the worker until the process ends */
}
