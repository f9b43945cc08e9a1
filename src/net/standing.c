/* SPDX-License-Identifier: Apache-2.0 */
#include "standing.h"

#include <stdlib.h>

#include "../dns/name.h"

#define STANDING_OCTETS_MAX ((size_t)32 * 1024) /* ten names, eight texts, all at their longest */
#define NAME_TEXT_OCTETS    1100                /* 253 octets, all of them as \DDD, and the rest */

/* One list. */
struct listing {
    struct standing *standing;
    struct facts_listing *facts;
};

struct standing {
    struct resolver *resolver;
    struct address address;
    struct arena arena;
    struct facts_standing facts;
    struct listing listings[FACTS_ZONES_MAX];
    size_t next_name;           /* the one to look up next */
    enum facts_lookup doubtful; /* a name's lookup that did not come to an end; NOT_ASKED: none */
    unsigned under_way;         /* questions */
    bool is_freed;
    standing_done *done;
    void *owner;
};

static enum facts_lookup lookup_of(enum resolver_status status)
{
    switch (status) {
    case RESOLVER_OK:
        return FACTS_LOOKUP_FOUND;
    case RESOLVER_NO_DATA:
    case RESOLVER_NO_SUCH_NAME:
        return FACTS_LOOKUP_ABSENT;
    case RESOLVER_TIMEOUT:
        return FACTS_LOOKUP_TIMEOUT;
    case RESOLVER_FAILED:
    case RESOLVER_CANCELLED:
        break;
    }
    return FACTS_LOOKUP_FAILED;
}

static enum dns_type address_type(const struct address *a)
{
    return a->family == 4 ? DNS_TYPE_A : DNS_TYPE_AAAA;
}

/* Each answer begins here: false when nobody wants it any more. */
static bool enter(struct standing *s)
{
    s->under_way--;
    if (!s->is_freed)
        return true;
    if (!s->under_way)
        free(s);
    return false;
}

/* And ends here; nothing of it may be touched afterwards. */
static void leave(struct standing *s)
{
    if (!s->under_way)
        s->done(s->owner);
}

/* ---- names ---- */

static bool leads_back(const struct standing *s, const struct dns_message *m)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (m->records[i].type == address_type(&s->address) &&
            address_is_equal(&m->records[i].address, &s->address))
            return true;
    return false;
}

/* No name is left. */
static void end_names(struct standing *s)
{
    struct facts_reverse *r = &s->facts.reverse;
    r->outcome = r->is_confirmed || !s->doubtful ? FACTS_LOOKUP_FOUND : s->doubtful;
}

static void on_address(void *owner, enum resolver_status status, const struct dns_message *m);

/* A name that cannot be asked for leads nowhere. */
static void look_up_next(struct standing *s)
{
    struct facts_reverse *r = &s->facts.reverse;
    while (!r->is_confirmed && s->next_name < r->name_count) {
        struct octets name = r->names[s->next_name++];
        enum err e = resolver_ask(s->resolver, name, address_type(&s->address), on_address, s);
        if (!e) {
            s->under_way++;
            return;
        }
        if (e != ERR_SYNTAX)
            s->doubtful = FACTS_LOOKUP_FAILED;
    }
    end_names(s);
}

static void on_address(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct standing *s = owner;
    enum facts_lookup found = lookup_of(status);
    if (!enter(s))
        return;
    if (found == FACTS_LOOKUP_FOUND)
        s->facts.reverse.is_confirmed = leads_back(s, m);
    else if (found != FACTS_LOOKUP_ABSENT)
        s->doubtful = found;
    look_up_next(s);
    leave(s);
}

static void keep_names(struct standing *s, const struct dns_message *m)
{
    struct facts_reverse *r = &s->facts.reverse;
    for (size_t i = 0; i < m->record_count; i++) {
        if (m->records[i].type != DNS_TYPE_PTR)
            continue;
        if (r->name_total++ >= FACTS_REVERSE_NAMES_MAX)
            continue;
        if (arena_copy(&s->arena, m->records[i].name, &r->names[r->name_count]))
            r->name_count++;
        else
            s->doubtful = FACTS_LOOKUP_FAILED;
    }
}

static void on_names(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct standing *s = owner;
    if (!enter(s))
        return;
    if (status == RESOLVER_OK) {
        keep_names(s, m);
        look_up_next(s);
    } else {
        s->facts.reverse.outcome = lookup_of(status);
    }
    leave(s);
}

/* ---- lists ---- */

static void on_text(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct listing *l = owner;
    struct standing *s = l->standing;
    if (!enter(s))
        return;
    for (size_t i = 0; status == RESOLVER_OK && i < m->record_count && !l->facts->text.size; i++)
        if (m->records[i].type == DNS_TYPE_TXT &&
            !arena_copy(&s->arena, octets_sub(m->records[i].text, 0, FACTS_LISTING_TEXT_MAX),
                        &l->facts->text))
            break; /* it says why, and no more: without memory it is not told */
    leave(s);
}

static enum err ask_list(struct listing *l, enum dns_type type, resolver_answer *answer)
{
    struct standing *s = l->standing;
    struct buf name;
    buf_init(&name, NAME_TEXT_OCTETS);
    dns_name_append_reversed(&name, &s->address);
    buf_append(&name, l->facts->zone);
    enum err e = buf_error(&name);
    if (!e)
        e = resolver_ask(s->resolver, buf_octets(&name), type, answer, l);
    s->under_way += !e;
    buf_release(&name);
    return e;
}

static void on_listed(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct listing *l = owner;
    struct standing *s = l->standing;
    struct facts_listing *f = l->facts;
    if (!enter(s))
        return;
    f->outcome = lookup_of(status);
    for (size_t i = 0; status == RESOLVER_OK && i < m->record_count; i++)
        if (m->records[i].type == DNS_TYPE_A && f->address_count < FACTS_LISTING_ADDRESSES_MAX)
            f->addresses[f->address_count++] = m->records[i].address;
    if (f->address_count && ask_list(l, DNS_TYPE_TXT, on_text))
        f->text = OCTETS_NONE;
    leave(s);
}

/* ---- all of it ---- */

static void ask_names(struct standing *s)
{
    enum err e = resolver_ask_reverse(s->resolver, &s->address, on_names, s);
    s->under_way += !e;
    if (e)
        s->facts.reverse.outcome = FACTS_LOOKUP_FAILED;
}

static void ask_lists(struct standing *s, const struct octets *zones, size_t count)
{
    for (size_t i = 0; i < count && i < FACTS_ZONES_MAX; i++) {
        struct listing *l = &s->listings[i];
        *l = (struct listing){.standing = s, .facts = &s->facts.listings[i]};
        l->facts->zone = zones[i];
        s->facts.listing_count++;
        if (ask_list(l, DNS_TYPE_A, on_listed))
            l->facts->outcome = FACTS_LOOKUP_FAILED;
    }
}

enum err standing_ask(struct resolver *r, const struct address *a,
                      const struct standing_options *options, standing_done *done, void *owner,
                      struct standing **ret)
{
    struct standing *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    *s = (struct standing){.resolver = r, .address = *a, .done = done, .owner = owner};
    arena_init(&s->arena, STANDING_OCTETS_MAX);
    if (options->reverse)
        ask_names(s);
    ask_lists(s, options->zones, options->zone_count);
    if (s->under_way) {
        *ret = s;
        return ERR_OK;
    }
    standing_free(s); /* nothing could be asked, and so nobody will answer */
    return ERR_NOT_FOUND;
}

bool standing_is_done(const struct standing *s)
{
    return !s->under_way;
}

const struct facts_standing *standing_facts(const struct standing *s)
{
    return &s->facts;
}

void standing_free(struct standing *s)
{
    if (!s)
        return;
    arena_release(&s->arena);
    s->is_freed = true;
    if (!s->under_way)
        free(s);
}
