/* SPDX-License-Identifier: Apache-2.0 */
#include "resolver.h"

#include <assert.h>
#include <stdlib.h>

#include "../dns/name.h"

#include "channel.h"

#define NAME_TEXT_OCTETS 254 /* RFC 1035 s2.3.4, with a final dot */

/* One message of 64 KiB, whose names compression may have shortened. */
#define MESSAGE_OCTETS ((size_t)1024 * 1024)

struct question {
    struct resolver *resolver;
    resolver_answer *answer;
    void *owner;
    enum dns_type type;
    enum resolver_status status; /* once it waits among the late */
    struct question *next;
};

struct resolver {
    struct channel channel;
    struct net_timer soon;             /* fires at once, for what must not be done within a call */
    struct question *late, **late_end; /* answers that came within a call */
    unsigned handles;
    bool is_in_call; /* of ours to c-ares: an answer now would come from within the owner's call */
    bool is_freed;
};

static enum resolver_status status_of_ares(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return RESOLVER_OK;
    case ARES_ENODATA:
        return RESOLVER_NO_DATA;
    case ARES_ENOTFOUND:
        return RESOLVER_NO_SUCH_NAME;
    case ARES_ETIMEOUT:
        return RESOLVER_TIMEOUT;
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return RESOLVER_CANCELLED;
    default:
        return RESOLVER_FAILED;
    }
}

static bool has_type(const struct dns_message *m, enum dns_type type)
{
    for (size_t i = 0; i < m->record_count; i++)
        if (m->records[i].type == type)
            return true;
    return false;
}

static void deliver(struct question *q, enum resolver_status status, const struct dns_message *m)
{
    q->answer(q->owner, q->resolver->is_freed ? RESOLVER_CANCELLED : status, m);
    free(q);
}

/* An alias that leads nowhere is a name without data, as RFC 2308 s2.2 has it. */
static void answer_message(struct question *q, struct octets raw)
{
    struct arena arena;
    struct dns_message m;
    arena_init(&arena, MESSAGE_OCTETS);
    if (q->resolver->is_freed || dns_message_parse(raw, &arena, &m) != ERR_OK)
        deliver(q, RESOLVER_FAILED, NULL);
    else if (!has_type(&m, q->type))
        deliver(q, RESOLVER_NO_DATA, NULL);
    else
        deliver(q, RESOLVER_OK, &m);
    arena_release(&arena);
}

static void answer_late(struct question *q, enum resolver_status status)
{
    struct resolver *r = q->resolver;
    q->status = status;
    *r->late_end = q;
    r->late_end = &q->next;
    net_timer_start(&r->soon, 0);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is that of c-ares */
static void on_answer(void *owner, int status, int timeouts, unsigned char *raw, int size)
{
    struct question *q = owner;
    struct resolver *r = q->resolver;
    (void)timeouts;
    r->channel.under_way--;
    if (r->is_in_call)
        answer_late(q, status == ARES_SUCCESS ? RESOLVER_FAILED : status_of_ares(status));
    else if (status == ARES_SUCCESS)
        answer_message(q, (struct octets){raw, (size_t)size});
    else
        deliver(q, status_of_ares(status), NULL);
}

/* Answers may free the resolver or ask again: the list is cut off first. */
static void answer_all_late(struct resolver *r)
{
    struct question *q = r->late;
    r->late = NULL;
    r->late_end = &r->late;
    while (q) {
        struct question *next = q->next;
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
    free(r);
}

/* Not within resolver_free: that may be called from an answer, and c-ares is at work then. */
static void destroy(struct resolver *r)
{
    r->is_in_call =
        true; /* to stay so: what is cancelled here is answered when the handles are closed */
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
    enum err e = channel_init(&r->channel, l, server, timeout_ms, tries);
    if (e) {
        free(r);
        return e;
    }
    net_timer_init(l, &r->soon, on_soon, r);
    r->handles = 2;
    r->late_end = &r->late;
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
static bool copy_name(struct octets name, char ret[NAME_TEXT_OCTETS + 1])
{
    if (name.size == 0 || name.size > NAME_TEXT_OCTETS)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.at[i] <= ' ' || name.at[i] >= 0x7f || name.at[i] == '\\')
            return false;
    memcpy(ret, name.at, name.size);
    ret[name.size] = 0;
    return true;
}

enum err resolver_ask(struct resolver *r, struct octets name, enum dns_type type,
                      resolver_answer *answer, void *owner)
{
    char text[NAME_TEXT_OCTETS + 1];
    if (r->is_freed)
        return ERR_CLOSED;
    if (!copy_name(name, text))
        return ERR_SYNTAX;
    struct question *q = malloc(sizeof *q);
    if (!q)
        return ERR_NOMEM;
    *q = (struct question){.resolver = r, .answer = answer, .owner = owner, .type = type};
    r->is_in_call = true;
    channel_ask(&r->channel, text, type, on_answer, q);
    r->is_in_call = false;
    return ERR_OK;
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
