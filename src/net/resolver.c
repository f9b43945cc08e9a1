/* SPDX-License-Identifier: Apache-2.0 */
#include "resolver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../dns/cache.h"
#include "../dns/name.h"

#include "channel.h"
#include "validator.h"

#define NAME_TEXT_OCTETS 254 /* RFC 1035 s2.3.4, with a final dot */

/* One message of 64 KiB, of the smallest records, or with names that compression has shortened. */
#define MESSAGE_OCTETS ((size_t)2 * 1024 * 1024)

#define SLOTS 4096 /* of the queries by name: a power of two */

/* Who waits for an answer. */
struct question {
    resolver_answer *answer;
    void *owner;
    struct question *next;
};

/* What is asked of name servers, once for all who ask it meanwhile. */
struct query {
    struct resolver *resolver;
    struct query *chained; /* the next of the same slot */
    struct query *next;    /* among those that wait to be asked, or among the late */
    struct question *first, **end;
    enum dns_type type;
    enum resolver_status status; /* once it is among the late */
    uint8_t *raw;                /* the message, when that comes from the cache */
    size_t raw_octets;
    size_t name_octets;
    char name[]; /* lower case, no final dot; NUL-terminated for c-ares */
};

struct query_line {
    struct query *first, **end;
};

struct resolver {
    struct net_loop *loop;
    struct channel channel;     /* unless there is a recursor */
    struct validator *recursor; /* NULL: name servers are asked */
    size_t under_way;           /* asked by it */
    struct net_timer soon;      /* fires at once, for what must not be done within a call */
    struct query_line late;     /* answers that came within a call */
    struct query_line queued;   /* not yet asked */
    struct query *slots[SLOTS];
    struct dns_cache cache;
    struct resolver_counts counts;
    size_t limit;
    unsigned handles;
    bool is_in_call; /* of ours to c-ares: an answer now would come from within the owner's call */
    bool is_freed;
};

/* Questions that are asked and not answered. */
static size_t *under_way(struct resolver *r)
{
    return r->recursor ? &r->under_way : &r->channel.under_way;
}

/* ---- queries ---- */

static void line_init(struct query_line *l)
{
    l->first = NULL;
    l->end = &l->first;
}

static void line_add(struct query_line *l, struct query *q)
{
    q->next = NULL;
    *l->end = q;
    l->end = &q->next;
}

static struct query *line_take(struct query_line *l)
{
    struct query *q = l->first;
    if (q)
        l->first = q->next;
    if (!l->first)
        l->end = &l->first;
    return q;
}

static struct octets name_of(const struct query *q)
{
    return (struct octets){(const uint8_t *)q->name, q->name_octets};
}

static struct query **slot_of(struct resolver *r, struct octets name, enum dns_type type)
{
    return &r->slots[(octets_hash(name) + (uint64_t)type) & (SLOTS - 1)];
}

static struct query *find_query(struct resolver *r, struct octets name, enum dns_type type)
{
    struct query *q = *slot_of(r, name, type);
    while (q && (q->type != type || !octets_is_equal(name_of(q), name)))
        q = q->chained;
    return q;
}

static void unlink_query(struct query *q)
{
    struct query **at = slot_of(q->resolver, name_of(q), q->type);
    while (*at != q)
        at = &(*at)->chained;
    *at = q->chained;
}

static void free_query(struct query *q)
{
    free(q->raw);
    free(q);
}

static struct query *new_query(struct resolver *r, struct octets name, enum dns_type type)
{
    struct query *q = malloc(sizeof *q + name.size + 1);
    if (!q)
        return NULL;
    *q = (struct query){.resolver = r, .type = type, .name_octets = name.size};
    q->end = &q->first;
    memcpy(q->name, name.at, name.size);
    q->name[name.size] = 0;
    return q;
}

/* ---- answers ---- */

static enum resolver_status status_of_ares(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return RESOLVER_OK;
    case ARES_ETIMEOUT:
        return RESOLVER_TIMEOUT;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return RESOLVER_CANCELLED;
    default:
        return RESOLVER_FAILED;
    }
}

#define RCODE_NXDOMAIN 3

/* What the header tells (RFC 1035 s4.1.1); c-ares has gone on to the next server for SERVFAIL and
 * REFUSED. */
static enum resolver_status status_of_header(struct octets m)
{
    if (m.size < 12)
        return RESOLVER_FAILED;
    unsigned rcode = m.at[3] & 0x0f;
    bool has_answers = m.at[6] || m.at[7];
    if (rcode)
        return rcode == RCODE_NXDOMAIN ? RESOLVER_NO_SUCH_NAME : RESOLVER_FAILED;
    return has_answers ? RESOLVER_OK : RESOLVER_NO_DATA;
}

static bool has_type(const struct dns_message *m, enum dns_type type)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (m->records[i].type == type)
            return true;
    return false;
}

/* To all who wait, and the query's end.  One of them may free the resolver, which then still
 * stands. */
static void deliver(struct query *q, enum resolver_status status, const struct dns_message *m)
{
    struct question *one;
    while ((one = q->first)) {
        bool is_freed = q->resolver->is_freed;
        q->first = one->next;
        one->answer(one->owner, is_freed ? RESOLVER_CANCELLED : status, is_freed ? NULL : m);
        free(one);
    }
    free_query(q);
}

static void keep(const struct query *q, enum resolver_status status, struct octets raw)
{
    struct resolver *r = q->resolver;
    struct dns_cached answer = {.status = status, .raw = status == RESOLVER_OK ? raw : OCTETS_NONE};
    uint32_t ttl = dns_message_ttl(raw, status != RESOLVER_OK);
    dns_cache_put(&r->cache, net_loop_now_ms(r->loop), name_of(q), q->type, &answer, ttl);
}

/* An alias that leads nowhere is a name without data, as RFC 2308 s2.2 has it. */
static void answer_message(struct query *q, struct octets raw, bool is_new)
{
    struct arena arena;
    struct dns_message m;
    enum resolver_status status = RESOLVER_OK;
    arena_init(&arena, MESSAGE_OCTETS);
    if (q->resolver->is_freed || dns_message_parse(raw, &arena, &m) != ERR_OK)
        status = RESOLVER_FAILED;
    else if (!has_type(&m, q->type))
        status = RESOLVER_NO_DATA;
    if (is_new && status != RESOLVER_FAILED)
        keep(q, status, raw);
    deliver(q, status, status == RESOLVER_OK ? &m : NULL);
    arena_release(&arena);
}

static void answer_late(struct query *q, enum resolver_status status)
{
    struct resolver *r = q->resolver;
    q->status = status;
    line_add(&r->late, q);
    net_timer_start(&r->soon, 0);
}

static void ask_queued(struct resolver *r);

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is that of c-ares */
static void on_answer(void *owner, int status, int timeouts, unsigned char *raw, int size)
{
    struct query *q = owner;
    struct resolver *r = q->resolver;
    struct octets message = {raw, raw && size > 0 ? (size_t)size : 0};
    enum resolver_status known =
        status == ARES_SUCCESS ? status_of_header(message) : status_of_ares(status);
    (void)timeouts;
    *under_way(r) -= 1;
    unlink_query(q);
    if (r->is_in_call) {
        answer_late(q, status == ARES_SUCCESS ? RESOLVER_FAILED : known);
        return; /* nothing but a failure is told within a call */
    }
    if (known == RESOLVER_NO_DATA || known == RESOLVER_NO_SUCH_NAME)
        keep(q, known, message);
    if (known == RESOLVER_OK)
        answer_message(q, message, true);
    else
        deliver(q, known, NULL);
    ask_queued(r);
}

static void on_recursed(void *owner, const struct validator_result *result)
{
    struct octets m = result->message;
    int status = m.size && m.size <= INT32_MAX ? ARES_SUCCESS
                 : result->is_late             ? ARES_ETIMEOUT
                                               : ARES_ESERVFAIL;
    on_answer(owner, status, 0, (unsigned char *)m.at, status == ARES_SUCCESS ? (int)m.size : 0);
}

static void recurse(struct resolver *r, struct query *q)
{
    r->under_way++;
    if (validator_ask(r->recursor, name_of(q), q->type, on_recursed, q))
        on_answer(q, ARES_EBADNAME, 0, NULL, 0);
}

/* c-ares may answer within, and so make room for the next. */
static void ask_queued(struct resolver *r)
{
    while (!r->is_freed && r->queued.first && *under_way(r) < r->limit) {
        struct query *q = line_take(&r->queued);
        r->counts.queries++;
        r->is_in_call = true;
        if (r->recursor)
            recurse(r, q);
        else
            channel_ask(&r->channel, q->name, q->type, on_answer, q);
        r->is_in_call = false;
    }
}

/* Answers may free the resolver or ask again: the list is cut off first. */
static void answer_all_late(struct resolver *r)
{
    struct query *q = r->late.first;
    line_init(&r->late);
    while (q) {
        struct query *next = q->next;
        if (q->status == RESOLVER_OK && q->raw)
            answer_message(q, (struct octets){q->raw, q->raw_octets}, false);
        else
            deliver(q, q->status, NULL);
        q = next;
    }
}

static void on_handle_closed(void *owner)
{
    struct resolver *r = owner;
    if (--r->handles)
        return;
    answer_all_late(r);
    dns_cache_release(&r->cache);
    free(r);
}

/* It does not answer what it was asked any more. */
static void forsake_recursor(struct resolver *r)
{
    validator_free(r->recursor);
    for (size_t i = 0; i < SLOTS; i++)
        while (r->slots[i]) {
            struct query *q = r->slots[i];
            r->slots[i] = q->chained;
            answer_late(q, RESOLVER_CANCELLED);
        }
    on_handle_closed(r);
}

/* Not within resolver_free: that may be called from an answer, and c-ares is at work then. */
static void destroy(struct resolver *r)
{
    struct query *q;
    r->is_in_call =
        true; /* to stay so: what is cancelled here is answered when the handles are closed */
    while ((q = line_take(&r->queued))) {
        unlink_query(q);
        answer_late(q, RESOLVER_CANCELLED);
    }
    if (r->recursor)
        forsake_recursor(r);
    else
        channel_close(&r->channel, on_handle_closed, r);
    net_timer_close(&r->soon, on_handle_closed);
}

static void on_soon(void *owner)
{
    struct resolver *r = owner;
    if (r->is_freed)
        destroy(r);
    else
        answer_all_late(r);
}

enum err resolver_new(struct net_loop *l, const char *server, uint32_t timeout_ms, unsigned tries,
                      struct resolver **ret)
{
    struct resolver *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    r->loop = l;
    enum err e = server && strcmp(server, VALIDATOR_RECURSIVE) == 0
                     ? validator_new(l, server, NULL, tries * timeout_ms, &r->recursor)
                     : channel_init(&r->channel, l, server, timeout_ms, tries);
    if (e) {
        free(r);
        return e;
    }
    net_timer_init(l, &r->soon, on_soon, r);
    r->handles = 2;
    r->limit = RESOLVER_UNDER_WAY;
    line_init(&r->late);
    line_init(&r->queued);
    dns_cache_init(&r->cache, RESOLVER_CACHE_ENTRIES, RESOLVER_CACHE_OCTETS);
    *ret = r;
    return ERR_OK;
}

void resolver_free(struct resolver *r)
{
    if (!r || r->is_freed)
        return;
    r->is_freed = true;
    net_timer_start(&r->soon, 0);
}

/* Host names and the like.  c-ares before 1.24 reads \DDD as other octets: such names are not asked
 * for. */
static bool is_askable(struct octets name)
{
    if (name.size == 0 || name.size > NAME_TEXT_OCTETS)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] <= ' ' || name.at[i] >= 0x7f || name.at[i] == '\\')
            return false;
    return true;
}

/* The form that names are compared in. */
static struct octets fold(struct octets name, uint8_t ret[NAME_TEXT_OCTETS])
{
    size_t size = name.size > 1 && name.at[name.size - 1] == '.' ? name.size - 1 : name.size;
    for (size_t i = 0; i < size; i++)
        ret[i] = octet_to_lower(name.at[i]);
    return (struct octets){ret, size};
}

static void add_question(struct query *q, struct question *one)
{
    *q->end = one;
    q->end = &one->next;
}

/* From the cache: a query that was never one, answered when this call is over. */
static enum err answer_cached(struct query *q, const struct dns_cached *found)
{
    if (found->raw.size) {
        q->raw = malloc(found->raw.size);
        if (!q->raw)
            return ERR_NOMEM;
        memcpy(q->raw, found->raw.at, found->raw.size);
        q->raw_octets = found->raw.size;
    }
    q->resolver->counts.hits++;
    answer_late(q, (enum resolver_status)found->status);
    return ERR_OK;
}

static void enqueue(struct resolver *r, struct query *q)
{
    struct query **slot = slot_of(r, name_of(q), q->type);
    q->chained = *slot;
    *slot = q;
    line_add(&r->queued, q);
    ask_queued(r);
}

/* A question of somebody new: joined to a query that is on its way, or the first of its own. */
static enum err put(struct resolver *r, struct octets name, enum dns_type type,
                    struct question *one)
{
    struct dns_cached found;
    struct query *q = find_query(r, name, type);
    if (q) {
        r->counts.hits++;
        add_question(q, one);
        return ERR_OK;
    }
    q = new_query(r, name, type);
    if (!q)
        return ERR_NOMEM;
    add_question(q, one);
    if (!dns_cache_get(&r->cache, net_loop_now_ms(r->loop), name, type, &found)) {
        enqueue(r, q);
        return ERR_OK;
    }
    enum err e = answer_cached(q, &found);
    if (e)
        free_query(q);
    return e;
}

enum err resolver_ask(struct resolver *r, struct octets name, enum dns_type type,
                      resolver_answer *answer, void *owner)
{
    uint8_t folded[NAME_TEXT_OCTETS];
    if (r->is_freed)
        return ERR_CLOSED;
    if (!is_askable(name))
        return ERR_SYNTAX;
    struct question *one = malloc(sizeof *one);
    if (!one)
        return ERR_NOMEM;
    *one = (struct question){.answer = answer, .owner = owner};
    enum err e = put(r, fold(name, folded), type, one);
    if (e)
        free(one);
    return e;
}

void resolver_limit(struct resolver *r, size_t under_way)
{
    r->limit = under_way;
}

struct resolver_counts resolver_counts(const struct resolver *r)
{
    return r->counts;
}

bool resolver_is_local(const struct resolver *r)
{
    return !r->recursor && channel_is_local(&r->channel);
}

void resolver_append_name(const struct resolver *r, struct buf *out)
{
    if (r->recursor)
        buf_append_text(out, VALIDATOR_RECURSIVE);
    else
        channel_append_servers(&r->channel, out);
}

struct dns_answer resolver_dns_answer(enum resolver_status status, const struct dns_message *m)
{
    static const enum dns_status statuses[] = {
        [RESOLVER_OK] = DNS_FOUND,
        [RESOLVER_NO_DATA] = DNS_NO_DATA,
        [RESOLVER_NO_SUCH_NAME] = DNS_NO_SUCH_NAME,
        [RESOLVER_FAILED] = DNS_FAILED,
        [RESOLVER_TIMEOUT] = DNS_FAILED,
        [RESOLVER_CANCELLED] = DNS_FAILED,
    };
    struct dns_answer answer = {.status = statuses[status]};
    if (m && status == RESOLVER_OK) {
        answer.records = m->records;
        answer.count = m->record_count;
    }
    return answer;
}

enum err resolver_ask_reverse(struct resolver *r, const struct address *a, resolver_answer *answer,
                              void *owner)
{
    struct buf name;
    assert(a->family);
    buf_init(&name, NAME_TEXT_OCTETS);
    dns_name_append_reverse(&name, a);
    enum err e = buf_error(&name);
    if (!e)
        e = resolver_ask(r, buf_octets(&name), DNS_TYPE_PTR, answer, owner);
    buf_release(&name);
    return e;
}
