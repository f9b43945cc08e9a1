/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include "../base/cursor.h"

/*
 * One walk for both directions, so that what is written and what is read cannot differ: each step
 * appends the field to `out`, or takes it from `in`.
 */
struct walk {
    struct buf *out; /* NULL: reading */
    struct cursor in;
};

static uint64_t walk_number(struct walk *w, uint64_t n, unsigned octets)
{
    if (w->out) {
        for (unsigned i = octets; i-- > 0;)
            buf_append_octet(w->out, (uint8_t)(n >> (8 * i)));
        return n;
    }
    n = 0;
    for (unsigned i = 0; i < octets; i++)
        n = n << 8 | cursor_u8(&w->in);
    return n;
}

static void walk_u32(struct walk *w, uint32_t *n)
{
    *n = (uint32_t)walk_number(w, *n, 4);
}

static void walk_u64(struct walk *w, uint64_t *n)
{
    *n = walk_number(w, *n, 8);
}

static void walk_octets(struct walk *w, struct octets *o)
{
    size_t size = walk_number(w, o->size, 4);
    if (w->out)
        buf_append(w->out, *o);
    else
        *o = cursor_take(&w->in, size);
}

static void walk_bool(struct walk *w, bool *b)
{
    *b = walk_number(w, *b, 1);
}

static void walk_address(struct walk *w, struct address *a)
{
    a->family = (uint8_t)walk_number(w, a->family, 1);
    for (size_t i = 0; i < sizeof a->octets; i++)
        a->octets[i] = (uint8_t)walk_number(w, a->octets[i], 1);
}

static void walk_cost(struct walk *w, struct facts_cost *c)
{
    walk_u32(w, &c->connections);
    walk_u32(w, &c->commands);
    walk_u32(w, &c->errors_provoked);
    walk_u64(w, &c->octets_in);
    walk_u64(w, &c->octets_out);
    walk_u64(w, &c->duration_ms);
    walk_u64(w, &c->delay_ms);
}

/* A value past the last fails. */
static unsigned walk_choice(struct walk *w, unsigned value, unsigned count)
{
    value = (unsigned)walk_number(w, value, 1);
    w->in.has_failed = w->in.has_failed || value >= count;
    return value;
}

static void walk_host(struct walk *w, struct run_message_host *h)
{
    walk_u32(w, &h->errors_spent);
    walk_u32(w, &h->commands_spent);
    walk_u32(w, &h->to_come);
    walk_bool(w, &h->has_had_enough);
    walk_octets(w, &h->name);
    walk_octets(w, &h->enough);
}

static void walk_start(struct walk *w, struct run_message *m)
{
    struct visit_request *r = &m->request;
    walk_octets(w, &r->input);
    walk_octets(w, &r->tag);
    walk_octets(w, &r->domain);
    walk_octets(w, &r->host);
    walk_address(w, &r->address);
    r->port = (uint16_t)walk_number(w, r->port, 2);
    walk_bool(w, &r->is_again);
    walk_bool(w, &r->is_origin);
    walk_bool(w, &r->is_null_mx);
    r->level = (enum facts_level)walk_choice(w, r->level, FACTS_LEVEL__COUNT);
    r->named = (enum facts_named)walk_choice(w, r->named, FACTS_NAMED__COUNT);
    walk_address(w, &m->source);
    walk_host(w, &m->host);
}

static void walk_reverse(struct walk *w, struct facts_reverse *r)
{
    uint64_t total = r->name_total;
    r->outcome = (enum facts_lookup)walk_choice(w, r->outcome, FACTS_LOOKUP__COUNT);
    walk_bool(w, &r->is_confirmed);
    walk_u64(w, &total);
    r->name_total = total;
    r->name_count = walk_choice(w, (unsigned)r->name_count, FACTS_REVERSE_NAMES_MAX + 1);
    for (size_t i = 0; i < r->name_count && !w->in.has_failed; i++)
        walk_octets(w, &r->names[i]);
}

static void walk_listing(struct walk *w, struct facts_listing *l)
{
    walk_octets(w, &l->zone);
    l->outcome = (enum facts_lookup)walk_choice(w, l->outcome, FACTS_LOOKUP__COUNT);
    l->address_count = walk_choice(w, (unsigned)l->address_count, FACTS_LISTING_ADDRESSES_MAX + 1);
    for (size_t i = 0; i < l->address_count && !w->in.has_failed; i++)
        walk_address(w, &l->addresses[i]);
    walk_octets(w, &l->text);
}

static void walk_standing(struct walk *w, struct facts_standing *s)
{
    walk_reverse(w, &s->reverse);
    s->listing_count = walk_choice(w, (unsigned)s->listing_count, FACTS_ZONES_MAX + 1);
    for (size_t i = 0; i < s->listing_count && !w->in.has_failed; i++)
        walk_listing(w, &s->listings[i]);
}

static void walk_deliver(struct walk *w, struct run_message *m)
{
    walk_cost(w, &m->cost);
    walk_u32(w, &m->retries);
    walk_u64(w, &m->domain_total);
    m->domain_count = walk_choice(w, (unsigned)m->domain_count, FACTS_DOMAINS_MAX + 1);
    for (size_t i = 0; i < m->domain_count && !w->in.has_failed; i++)
        walk_octets(w, &m->domains[i]);
    walk_bool(w, &m->has_standing);
    if (m->has_standing)
        walk_standing(w, &m->standing);
}

static void walk_done(struct walk *w, struct run_message *m)
{
    m->outcome = (enum facts_outcome)walk_choice(w, m->outcome, FACTS_OUTCOME__COUNT);
    m->stage = (enum facts_stage)walk_choice(w, m->stage, FACTS_STAGE__COUNT);
    m->cut_stage = (enum facts_stage)walk_choice(w, m->cut_stage, FACTS_STAGE__COUNT);
    m->greeting_code = (uint16_t)walk_number(w, m->greeting_code, 2);
    walk_u64(w, &m->memory);
    walk_octets(w, &m->reason);
    walk_octets(w, &m->cut_reply);
    walk_cost(w, &m->cost);
    walk_host(w, &m->host);
}

static void walk(struct walk *w, struct run_message *m)
{
    m->type = (enum run_message_type)walk_choice(w, m->type, RUN_MESSAGE__COUNT);
    walk_u32(w, &m->slot);
    switch (m->type) {
    case RUN_MESSAGE_START:
        walk_start(w, m);
        break;
    case RUN_MESSAGE_DELIVER:
        walk_deliver(w, m);
        break;
    case RUN_MESSAGE_DONE:
        walk_done(w, m);
        break;
    case RUN_MESSAGE_FAILED:
        m->error = (enum err)walk_number(w, m->error, 1);
        break;
    case RUN_MESSAGE_RECORD:
        walk_octets(w, &m->record);
        walk_u32(w, &m->failing);
        break;
    case RUN_MESSAGE_CANCEL:
    case RUN_MESSAGE_DROP:
    case RUN_MESSAGE_ANSWERED:
    case RUN_MESSAGE__COUNT:
        break;
    }
}

void run_message_append(struct buf *out, const struct run_message *m)
{
    struct run_message copy = *m;
    struct walk w = {.out = out};
    walk(&w, &copy);
}

bool run_message_parse(struct octets in, struct run_message *ret)
{
    struct run_message m = {0};
    struct walk w = {0};
    cursor_init(&w.in, in);
    walk(&w, &m);
    if (w.in.has_failed || cursor_left(&w.in))
        return false;
    *ret = m;
    return true;
}

struct run_message_host run_message_host_of(const struct visit_host *h)
{
    return (struct run_message_host){.errors_spent = h->errors_spent,
                                     .commands_spent = h->commands_spent,
                                     .to_come = h->to_come,
                                     .has_had_enough = h->has_had_enough,
                                     .name = octets_of(h->name),
                                     .enough = octets_of(h->enough)};
}

void run_message_learn(struct visit_host *h, const struct run_message_host *seen)
{
    if (seen->errors_spent > h->errors_spent)
        h->errors_spent = seen->errors_spent;
    if (seen->commands_spent > h->commands_spent)
        h->commands_spent = seen->commands_spent;
    h->has_had_enough = h->has_had_enough || seen->has_had_enough;
    visit_host_note(&h->name, seen->name);
    visit_host_note(&h->enough, seen->enough);
}
