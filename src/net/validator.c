/* SPDX-License-Identifier: Apache-2.0 */
#include "validator.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <unbound.h>

#define NAME_OCTETS    255
#define RCODE_NOERROR  0
#define RCODE_NXDOMAIN 3

struct validator {
    struct ub_ctx *ub;
    struct net_loop *loop;
    uv_poll_t poll;
    struct inquiry *inquiries;
    uint32_t timeout_ms;
    unsigned handles; /* the poll and the timers, until they are closed */
};

struct inquiry {
    struct validator *validator;
    struct inquiry *next, **link;
    struct net_timer timer;
    validator_answer *answer;
    void *owner;
    int id;
};

static void leave(struct validator *v)
{
    if (--v->handles == 0)
        free(v);
}

static void on_timer_closed(void *owner)
{
    struct inquiry *q = owner;
    struct validator *v = q->validator;
    free(q);
    leave(v);
}

static void end(struct inquiry *q)
{
    *q->link = q->next;
    if (q->next)
        q->next->link = q->link;
    if (!q->validator->inquiries)
        uv_unref((uv_handle_t *)&q->validator->poll);
    net_timer_close(&q->timer, on_timer_closed);
}

static enum validator_verdict verdict_of(int error, const struct ub_result *r)
{
    if (error || !r)
        return VALIDATOR_UNKNOWN;
    if (r->bogus)
        return VALIDATOR_BOGUS;
    if (r->rcode != RCODE_NOERROR && r->rcode != RCODE_NXDOMAIN)
        return VALIDATOR_UNKNOWN;
    return r->secure ? VALIDATOR_SECURE : VALIDATOR_INSECURE;
}

/* Called within ub_process, on the loop. */
static void on_result(void *owner, int error, struct ub_result *r)
{
    struct inquiry *q = owner;
    bool has_message = !error && r && r->answer_packet && r->answer_len > 0;
    struct validator_result result = {.verdict = verdict_of(error, r)};
    if (has_message)
        result.message = (struct octets){r->answer_packet, (size_t)r->answer_len};
    q->answer(q->owner, &result);
    ub_resolve_free(r);
    end(q);
}

static void on_late(void *owner)
{
    struct inquiry *q = owner;
    (void)ub_cancel(q->validator->ub, q->id);
    q->answer(q->owner, &(struct validator_result){.verdict = VALIDATOR_UNKNOWN, .is_late = true});
    end(q);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct validator *v = poll->data;
    (void)status;
    (void)events;
    (void)ub_process(v->ub);
}

/* libunbound has an @ before the port. */
static enum err set_server(struct ub_ctx *ub, const char *server)
{
    char text[80];
    struct address a;
    struct octets whole = octets_of(server), host, port;
    if (server && strcmp(server, VALIDATOR_RECURSIVE) == 0)
        return ERR_OK;
    if (!server)
        return ub_ctx_resolvconf(ub, NULL) ? ERR_SYS : ERR_OK;
    bool has_bracket = octets_has_prefix(whole, OCTETS("["));
    size_t close = octets_find_octet(whole, has_bracket ? ']' : ':', 0);
    host = octets_sub(whole, has_bracket, close);
    port = octets_sub(whole, close + 1 + has_bracket, whole.size);
    if (address_parse(whole, &a)) {
        host = whole;
        port = OCTETS("53");
    }
    if (!address_parse(host, &a) || host.size + port.size + 2 > sizeof text)
        return ERR_SYNTAX;
    memcpy(text, host.at, host.size);
    text[host.size] = '@';
    memcpy(text + host.size + 1, port.at, port.size);
    text[host.size + 1 + port.size] = 0;
    return ub_ctx_set_fwd(ub, port.size ? text : NULL) ? ERR_SYNTAX : ERR_OK;
}

static enum err set_up(struct ub_ctx *ub, const char *server, const char *anchors)
{
    if (anchors && (access(anchors, R_OK) || ub_ctx_add_ta_file(ub, anchors)))
        return ERR_NOT_FOUND;
    if (ub_ctx_set_option(ub, "do-not-query-localhost:", "no") || ub_ctx_async(ub, 1))
        return ERR_NOMEM;
    enum err e = set_server(ub, server);
    /* libunbound has answers of its own for what is reserved for tests (RFC 6761 s6.2): who tests
     * has zones of that name.  Last, for nothing can be set afterwards. */
    if (!e && ub_ctx_zone_remove(ub, "test."))
        e = ERR_NOMEM;
    return e;
}

enum err validator_new(struct net_loop *l, const char *server, const char *anchors,
                       uint32_t timeout_ms, struct validator **ret)
{
    struct validator *v = calloc(1, sizeof *v);
    struct ub_ctx *ub = v ? ub_ctx_create() : NULL;
    enum err e = ub ? set_up(ub, server, anchors) : ERR_NOMEM;
    if (!e && uv_poll_init(&l->uv, &v->poll, ub_fd(ub)))
        e = ERR_SYS;
    if (e) {
        ub_ctx_delete(ub);
        free(v);
        return e;
    }
    *v = (struct validator){
        .ub = ub, .loop = l, .poll = v->poll, .timeout_ms = timeout_ms, .handles = 1};
    v->poll.data = v;
    (void)uv_poll_start(&v->poll, UV_READABLE, on_ready);
    uv_unref((uv_handle_t *)&v->poll);
    *ret = v;
    return ERR_OK;
}

enum err validator_ask(struct validator *v, struct octets name, enum dns_type type,
                       validator_answer *answer, void *owner)
{
    char text[NAME_OCTETS + 1];
    if (!name.size || name.size >= sizeof text || memchr(name.at, 0, name.size))
        return ERR_SYNTAX;
    struct inquiry *q = calloc(1, sizeof *q);
    if (!q)
        return ERR_NOMEM;
    memcpy(text, name.at, name.size);
    text[name.size] = 0;
    *q = (struct inquiry){.validator = v,
                          .next = v->inquiries,
                          .link = &v->inquiries,
                          .answer = answer,
                          .owner = owner};
    int error = ub_resolve_async(v->ub, text, (int)type, 1, q, on_result, &q->id);
    if (error) {
        free(q);
        return error == UB_NOMEM ? ERR_NOMEM : ERR_SYNTAX;
    }
    if (q->next)
        q->next->link = &q->next;
    else
        uv_ref((uv_handle_t *)&v->poll);
    v->inquiries = q;
    v->handles++;
    net_timer_init(v->loop, &q->timer, on_late, q);
    net_timer_start(&q->timer, v->timeout_ms);
    return ERR_OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
    leave(handle->data);
}

void validator_free(struct validator *v)
{
    if (!v)
        return;
    while (v->inquiries) {
        (void)ub_cancel(v->ub, v->inquiries->id);
        struct inquiry *q = v->inquiries;
        end(q);
    }
    uv_close((uv_handle_t *)&v->poll, on_poll_closed);
    ub_ctx_delete(v->ub); /* its thread has ended then */
}
