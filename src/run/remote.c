/* SPDX-License-Identifier: Apache-2.0 */
#include "remote.h"

#include "run_private.h"

#define WORDS_MAX 16 /* of a reply: its code is what counts */

/* What the run knows of a visit that has ended elsewhere. */
struct far {
    struct facts_visit facts;
    uint8_t reason[WORDS_MAX], cut[WORDS_MAX];
};

struct run_mate {
    struct run_crew *crew;
    struct net_link *link;
    struct run_visit **visits; /* by slot; NULL: free */
    uint32_t *free;            /* the free slots, the last is taken first */
    uint32_t room, free_count;
    uint32_t load; /* visits under way */
    uint64_t memory;
    bool is_lost;
};

struct run_crew {
    struct run *run;
    struct buf text;
    size_t count;
    struct run_mate mates[];
};

/* ---- slots ---- */

static bool make_room(struct run_mate *m)
{
    uint32_t room = m->room ? 2 * m->room : 64;
    struct run_visit **visits = realloc(m->visits, room * sizeof *visits);
    if (visits)
        m->visits = visits;
    uint32_t *slots = realloc(m->free, room * sizeof *slots);
    if (slots)
        m->free = slots;
    if (!visits || !slots)
        return false;
    for (uint32_t slot = room; slot-- > m->room;) {
        m->visits[slot] = NULL;
        m->free[m->free_count++] = slot;
    }
    m->room = room;
    return true;
}

static void leave_slot(struct run_visit *rv)
{
    struct run_mate *m = rv->host->mate;
    m->visits[rv->slot] = NULL;
    m->free[m->free_count++] = rv->slot;
    free(rv->facts); /* the far it is the first member of */
    rv->facts = NULL;
}

static void tell(struct run_mate *m, const struct run_message *message)
{
    struct buf *text = &m->crew->text;
    buf_clear(text);
    run_message_append(text, message);
    if (buf_error(text)) /* out of memory: as if the worker had gone */
        net_link_lose(m->link);
    else
        net_link_send(m->link, buf_octets(text));
}

/* ---- to the worker ---- */

static struct run_mate *choose(struct run_crew *c)
{
    struct run_mate *best = &c->mates[0];
    for (size_t i = 1; i < c->count; i++)
        if (c->mates[i].load < best->load)
            best = &c->mates[i];
    return best;
}

enum err run_remote_start(struct run_visit *rv)
{
    struct run_host *h = rv->host;
    if (!h->mate)
        h->mate = choose(rv->job->run->crew);
    struct run_mate *m = h->mate;
    if (!m->free_count && !make_room(m))
        return ERR_NOMEM;
    rv->slot = m->free[--m->free_count];
    m->visits[rv->slot] = rv;
    m->load++;
    rv->is_under_way = true;
    tell(m, &(struct run_message){.type = RUN_MESSAGE_START,
                                  .slot = rv->slot,
                                  .request = rv->request,
                                  .source = h->visits.source,
                                  .host = run_message_host_of(&h->visits)});
    return ERR_OK;
}

void run_remote_cancel(struct run_visit *rv)
{
    if (rv->is_under_way)
        tell(rv->host->mate, &(struct run_message){.type = RUN_MESSAGE_CANCEL, .slot = rv->slot});
}

void run_remote_drop(struct run_visit *rv)
{
    tell(rv->host->mate, &(struct run_message){.type = RUN_MESSAGE_DROP, .slot = rv->slot});
    leave_slot(rv);
}

void run_remote_deliver(struct run_visit *rv)
{
    struct run_message m = {
        .type = RUN_MESSAGE_DELIVER, .slot = rv->slot, .cost = rv->spent, .retries = rv->retries};
    if (rv->host->mate->is_lost) {
        leave_slot(rv);
        run_forget_visit(rv);
        return;
    }
    if (rv->domains) {
        m.domain_count = rv->domains->count;
        m.domain_total = rv->domains->total;
        memcpy(m.domains, rv->domains->at, m.domain_count * sizeof *m.domains);
    }
    if (rv->host->standing) {
        m.has_standing = true;
        m.standing = *standing_facts(rv->host->standing);
    }
    tell(rv->host->mate, &m);
}

/* ---- from the worker ---- */

static struct octets keep_words(uint8_t *room, struct octets words)
{
    words = octets_sub(words, 0, WORDS_MAX);
    if (words.size)
        memcpy(room, words.at, words.size);
    return (struct octets){room, words.size};
}

static struct facts_visit *take_facts(const struct run_visit *rv, const struct run_message *m)
{
    struct far *far = calloc(1, sizeof *far);
    if (!far)
        return NULL;
    far->facts = (struct facts_visit){.address = rv->request.address,
                                      .port = rv->request.port,
                                      .outcome = m->outcome,
                                      .stage = m->stage,
                                      .cut_stage = m->cut_stage,
                                      .greeting.code = m->greeting_code,
                                      .reason = keep_words(far->reason, m->reason),
                                      .cut_reply = keep_words(far->cut, m->cut_reply),
                                      .cost = m->cost};
    return &far->facts;
}

/* False when the memory is out. */
static bool take_done(struct run_mate *mate, struct run_visit *rv, const struct run_message *m)
{
    mate->memory = m->memory;
    if (!rv->is_under_way)
        return true;
    rv->facts = take_facts(rv, m);
    if (!rv->facts)
        return false;
    mate->load--;
    rv->is_under_way = false;
    run_message_learn(&rv->host->visits, &m->host);
    run_visited(rv, NULL, rv->facts);
    return true;
}

static void take_record(struct run_visit *rv, const struct run_message *m)
{
    struct run *r = rv->job->run;
    facts_cost_add(&rv->facts->cost, &rv->spent);
    run_count(r, rv->facts);
    r->sink.record(r->sink.owner, m->record, m->failing);
    leave_slot(rv);
    run_forget_visit(rv);
}

static void take_failure(struct run_mate *mate, struct run_visit *rv, enum err e)
{
    mate->load--;
    rv->is_under_way = false;
    leave_slot(rv);
    run_fail_visit(rv, e);
}

static void on_message(void *owner, struct octets octets)
{
    struct run_mate *mate = owner;
    struct run_message m;
    bool is_sane = run_message_parse(octets, &m) && m.slot < mate->room && mate->visits[m.slot];
    struct run_visit *rv = is_sane ? mate->visits[m.slot] : NULL;
    if (rv && m.type == RUN_MESSAGE_ANSWERED)
        run_accepted(rv);
    else if (rv && m.type == RUN_MESSAGE_DONE)
        is_sane = take_done(mate, rv, &m);
    else if (rv && m.type == RUN_MESSAGE_RECORD && rv->facts)
        take_record(rv, &m);
    else if (rv && m.type == RUN_MESSAGE_FAILED && rv->is_under_way)
        take_failure(mate, rv, m.error);
    else
        is_sane = false;
    if (!is_sane)
        net_link_lose(mate->link);
}

/* What it had under way is not done, and what it had seen is lost: the run ends. */
static void on_lost(void *owner)
{
    struct run_mate *mate = owner;
    struct run *r = mate->crew->run;
    mate->is_lost = true;
    run_interrupt(r);
    for (uint32_t slot = 0; slot < mate->room; slot++) {
        struct run_visit *rv = mate->visits[slot];
        if (!rv)
            continue;
        leave_slot(rv);
        if (rv->is_under_way)
            run_leave_place(rv);
        run_forget_visit(rv);
    }
}

/* ---- all of them ---- */

enum err run_crew_new(struct run *r, const int *fds, size_t count, struct run_crew **ret)
{
    struct run_crew *c = calloc(1, sizeof *c + count * sizeof c->mates[0]);
    enum err e = c ? ERR_OK : ERR_NOMEM;
    if (!c)
        return e;
    c->run = r;
    buf_init(&c->text, NET_LINK_MESSAGE_MAX);
    for (size_t i = 0; i < count && !e; i++) {
        struct run_mate *m = &c->mates[i];
        m->crew = c;
        e = net_link_new(r->loop, fds[i], (struct net_link_listener){on_message, on_lost, m},
                         &m->link);
        c->count += !e;
    }
    if (e)
        run_crew_free(c);
    else
        *ret = c;
    return e;
}

void run_crew_free(struct run_crew *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++) {
        net_link_close(c->mates[i].link);
        free(c->mates[i].visits);
        free(c->mates[i].free);
    }
    buf_release(&c->text);
    free(c);
}

size_t run_crew_lost(const struct run_crew *c)
{
    size_t lost = 0;
    for (size_t i = 0; c && i < c->count; i++)
        lost += c->mates[i].is_lost;
    return lost;
}

uint64_t run_crew_memory(const struct run_crew *c)
{
    uint64_t memory = 0;
    for (size_t i = 0; c && i < c->count; i++)
        memory += c->mates[i].memory;
    return memory;
}
