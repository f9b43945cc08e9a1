/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "../../tests/kit/kit.h"

#include "resolver.h"
#include "sockaddr.h"

/*
 * A name server on loopback in the same loop, over UDP and TCP.  The first label of a question says
 * what it does.  Its handles do not hold the loop: a run ends when the resolver has nothing under
 * way.
 */
#define REPLY_OCTETS 512
#define ASKED_MAX    100 /* all fit in the socket of the server at once */

struct server {
    uv_udp_t udp;
    uv_tcp_t tcp, connection;
    bool has_tcp, has_connection;
    uint16_t port;
    size_t questions, tcp_questions;
    uint16_t edns_octets; /* of the last question */
    bool has_ad;          /* the last question */
    uint8_t octets[65536];
};

struct asked {
    struct world *world;
    unsigned answers;
    enum resolver_status status;
    bool is_authentic;
    struct buf text;
};

struct world {
    struct net_loop loop;
    struct server server;
    struct resolver *resolver;
    struct asked asked[ASKED_MAX];
    bool is_in_call;
    void (*hook)(struct world *w);
};

/* --- the server --- */

#define SAME "\xc0\x0c"

/* clang-format off */
static const struct {
    const char *label;
    uint8_t flags[2]; /* RFC 1035 s4.1.1 */
    bool is_silent, is_cut_on_udp;
    uint8_t answers;
    struct octets records;
} behaviours[] = {
    {"a",         {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1")},
    {"mx",        {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\x0f\0\1\0\0\0\x3c\0\5\0\x0a\1m\0")},
    {"alias",     {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\5\0\1\0\0\0\x3c\0\3\1m\0")},
    {"txt",       {0x81, 0xa0}, false, false, 1, KIT_OCTETS(SAME "\0\x10\0\1\0\0\0\x3c\0\5\2ab\1c")},
    {"_25",       {0x81, 0xa0}, false, false, 1, KIT_OCTETS(SAME "\0\x34\0\1\0\0\0\x3c\0\4\3\1\1x")},
    {"caa",       {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\1\1\0\1\0\0\0\x3c\0\7\0\5issue")},
    {"ns",        {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\2\0\1\0\0\0\x3c\0\3\1n\0")},
    {"1",         {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\x0c\0\1\0\0\0\x3c\0\3\1p\0")},
    {"cut",       {0x81, 0x80}, false, true,  1, KIT_OCTETS(SAME "\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\2")},
    {"malformed", {0x81, 0x80}, false, false, 1, KIT_OCTETS(SAME "\0\1\0\1\0\0\0\x3c\0\3\xc0\0\2")},
    {"nodata",    {0x81, 0x80}, false, false, 0, {NULL, 0}},
    {"nxdomain",  {0x81, 0x83}, false, false, 0, {NULL, 0}},
    {"servfail",  {0x81, 0x82}, false, false, 0, {NULL, 0}},
    {"refused",   {0x81, 0x85}, false, false, 0, {NULL, 0}},
    {"silent",    {0, 0},       true,  false, 0, {NULL, 0}},
};
/* clang-format on */

/* The reply to a question, in ret; 0 when there shall be none. */
static size_t reply_to(struct server *s, struct octets question, bool is_tcp, uint8_t *ret)
{
    size_t end = 12;
    size_t which = 0;
    struct octets label = octets_sub(question, 13, 13 + question.at[12]);
    while (question.at[end])
        end += 1 + question.at[end];
    end += 5;
    while (!octets_is_equal(label, octets_of(behaviours[which].label)))
        assert_true(++which < KIT_COUNT(behaviours));

    s->questions++;
    s->tcp_questions += is_tcp;
    assert_int_equal(question.at[11], 1); /* the OPT record: root, type 41, then the size */
    s->has_ad = question.at[3] & 0x20;
    s->edns_octets = (uint16_t)(question.at[end + 3] << 8 | question.at[end + 4]);

    bool is_cut = behaviours[which].is_cut_on_udp && !is_tcp;
    struct octets records = is_cut ? OCTETS_NONE : behaviours[which].records;
    memcpy(ret, question.at, end);
    ret[2] = (uint8_t)(behaviours[which].flags[0] | (is_cut ? 2 : 0));
    ret[3] = behaviours[which].flags[1];
    ret[7] = is_cut ? 0 : behaviours[which].answers;
    ret[11] = 0;
    if (records.size)
        memcpy(ret + end, records.at, records.size);
    return behaviours[which].is_silent ? 0 : end + records.size;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct server *s = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)s->octets, sizeof s->octets);
}

static void on_datagram(uv_udp_t *udp, ssize_t size, const uv_buf_t *data,
                        const struct sockaddr *from, unsigned flags)
{
    uint8_t reply[REPLY_OCTETS];
    (void)flags;
    if (size <= 0)
        return;
    size_t n =
        reply_to(udp->data, (struct octets){(uint8_t *)data->base, (size_t)size}, false, reply);
    uv_buf_t out = uv_buf_init((char *)reply, (unsigned)n);
    if (n)
        assert_int_equal(uv_udp_try_send(udp, &out, 1, from), (int)n);
}

/* A question comes in one piece on loopback. */
static void on_stream(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    uint8_t reply[2 + REPLY_OCTETS];
    if (size <= 2)
        return;
    struct octets question = {(uint8_t *)data->base + 2, (size_t)size - 2};
    size_t n = reply_to(stream->data, question, true, reply + 2);
    reply[0] = (uint8_t)(n >> 8);
    reply[1] = (uint8_t)n;
    uv_buf_t out = uv_buf_init((char *)reply, (unsigned)n + 2);
    assert_int_equal(uv_try_write(stream, &out, 1), (int)n + 2);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
    assert_int_equal(status, 0);
    assert_false(s->has_connection);
    s->has_connection = true;
    assert_int_equal(uv_tcp_init(listener->loop, &s->connection), 0);
    s->connection.data = s;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&s->connection), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&s->connection, on_alloc, on_stream), 0);
    uv_unref((uv_handle_t *)&s->connection);
}

static void server_start(struct server *s, struct net_loop *l)
{
    struct address a = {.family = 4, .octets = {127, 0, 0, 1}};
    struct sockaddr_storage at;
    int size = sizeof at;
    sockaddr_make(&a, 0, &at);
    assert_int_equal(uv_udp_init(&l->uv, &s->udp), 0);
    s->udp.data = s;
    assert_int_equal(uv_udp_bind(&s->udp, (struct sockaddr *)&at, 0), 0);
    assert_int_equal(uv_udp_getsockname(&s->udp, (struct sockaddr *)&at, &size), 0);
    s->port = sockaddr_port(&at);
    assert_int_equal(uv_udp_recv_start(&s->udp, on_alloc, on_datagram), 0);
    uv_unref((uv_handle_t *)&s->udp);
}

static void server_listen_tcp(struct server *s, struct net_loop *l)
{
    struct address a = {.family = 4, .octets = {127, 0, 0, 1}};
    struct sockaddr_storage at;
    sockaddr_make(&a, s->port, &at);
    s->has_tcp = true;
    assert_int_equal(uv_tcp_init(&l->uv, &s->tcp), 0);
    s->tcp.data = s;
    assert_int_equal(uv_tcp_bind(&s->tcp, (struct sockaddr *)&at, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&s->tcp, 8, on_connection), 0);
    uv_unref((uv_handle_t *)&s->tcp);
}

static void server_stop(struct server *s)
{
    uv_close((uv_handle_t *)&s->udp, NULL);
    if (s->has_tcp)
        uv_close((uv_handle_t *)&s->tcp, NULL);
    if (s->has_connection)
        uv_close((uv_handle_t *)&s->connection, NULL);
}

/* --- the asker --- */

static void resolver_at(struct world *w, uint16_t port, uint32_t timeout_ms)
{
    char server[32];
    snprintf(server, sizeof server, "127.0.0.1:%u", port);
    assert_int_equal(resolver_new(&w->loop, server, timeout_ms, 1, &w->resolver), ERR_OK);
}

/* Long enough that only silence meets it. */
#define PATIENCE_MS 5000

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(net_loop_init(&w->loop), ERR_OK);
    server_start(&w->server, &w->loop);
    for (size_t i = 0; i < ASKED_MAX; i++) {
        w->asked[i].world = w;
        buf_init(&w->asked[i].text, 1000);
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    resolver_free(w->resolver);
    server_stop(&w->server);
    net_loop_run(&w->loop);
    net_loop_release(&w->loop);
    for (size_t i = 0; i < ASKED_MAX; i++)
        buf_release(&w->asked[i].text);
    free(w);
    return 0;
}

static void on_answer(void *owner, enum resolver_status status, const struct dns_message *m)
{
    struct asked *asked = owner;
    struct world *w = asked->world;
    assert_false(w->is_in_call);
    assert_int_equal(m != NULL, status == RESOLVER_OK);
    asked->answers++;
    asked->status = status;
    asked->is_authentic = m && m->is_authentic;
    for (size_t i = 0; m && i < m->record_count; i++) {
        buf_append(&asked->text, m->records[i].owner);
        buf_append_text(&asked->text, " ");
        buf_append(&asked->text, m->records[i].name);
        address_append(&asked->text, &m->records[i].address);
        if (m->records[i].type == DNS_TYPE_TXT)
            buf_append(&asked->text, m->records[i].text);
    }
    if (w->hook)
        w->hook(w);
}

static enum err ask(struct world *w, size_t which, struct octets name, enum dns_type type)
{
    w->is_in_call = true;
    enum err e = resolver_ask(w->resolver, name, type, on_answer, &w->asked[which]);
    w->is_in_call = false;
    return e;
}

static void assert_answered(const struct world *w, size_t which, enum resolver_status status)
{
    assert_int_equal(w->asked[which].answers, 1);
    assert_int_equal(w->asked[which].status, status);
}

static void assert_text(const struct world *w, size_t which, const char *text)
{
    kit_assert_text(buf_octets(&w->asked[which].text), text);
}

static void each_end_has_its_status(void **state)
{
    static const struct {
        const char *name;
        enum dns_type type;
        enum resolver_status status;
        const char *text;
    } cases[] = {
        {"a.test", DNS_TYPE_A, RESOLVER_OK, "a.test 192.0.2.1"},
        {"a.test.", DNS_TYPE_A, RESOLVER_OK, "a.test 192.0.2.1"},
        {"mx.test", DNS_TYPE_MX, RESOLVER_OK, "mx.test m"},
        {"alias.test", DNS_TYPE_CNAME, RESOLVER_OK, "alias.test m"},
        {"alias.test", DNS_TYPE_A, RESOLVER_NO_DATA, ""},
        {"txt.test", DNS_TYPE_TXT, RESOLVER_OK, "txt.test abc"},
        {"txt.test", DNS_TYPE_A, RESOLVER_NO_DATA, ""},
        {"_25._tcp.test", DNS_TYPE_TLSA, RESOLVER_OK, "_25._tcp.test "},
        {"caa.test", DNS_TYPE_CAA, RESOLVER_OK, "caa.test "},
        {"ns.test", DNS_TYPE_NS, RESOLVER_OK, "ns.test n"},
        {"nodata.test", DNS_TYPE_A, RESOLVER_NO_DATA, ""},
        {"nxdomain.test", DNS_TYPE_A, RESOLVER_NO_SUCH_NAME, ""},
        {"servfail.test", DNS_TYPE_A, RESOLVER_FAILED, ""},
        {"refused.test", DNS_TYPE_A, RESOLVER_FAILED, ""},
        {"malformed.test", DNS_TYPE_A, RESOLVER_FAILED, ""},
    };
    struct world *w = *state;
    size_t count = KIT_COUNT(cases);
    resolver_at(w, w->server.port, PATIENCE_MS);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ask(w, i, octets_of(cases[i].name), cases[i].type), ERR_OK);
    net_loop_run(&w->loop);
    for (size_t i = 0; i < count; i++) {
        assert_answered(w, i, cases[i].status);
        assert_text(w, i, cases[i].text);
    }
    assert_int_equal(w->server.edns_octets, 1232);
}

static void what_the_resolver_validated_is_told(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("_25._tcp.test"), DNS_TYPE_TLSA), ERR_OK);
    net_loop_run(&w->loop);
    assert_true(w->server.has_ad); /* or it would be asked in vain */
    assert_int_equal(ask(w, 1, OCTETS("_25._tcp.test"), DNS_TYPE_TLSA), ERR_OK);
    assert_int_equal(ask(w, 2, OCTETS("caa.test"), DNS_TYPE_CAA), ERR_OK);
    net_loop_run(&w->loop);
    assert_true(w->asked[0].is_authentic);
    assert_true(w->asked[1].is_authentic); /* known by now */
    assert_false(w->asked[2].is_authentic);
    assert_true(resolver_is_local(w->resolver));
}

static void silence_is_a_timeout_each_time(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, 10);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask(w, i, OCTETS("silent.test"), DNS_TYPE_A), ERR_OK);
        net_loop_run(&w->loop);
        assert_answered(w, i, RESOLVER_TIMEOUT);
        assert_int_equal(w->server.questions, i + 1);
    }
}

static void each_try_asks_again(void **state)
{
    struct world *w = *state;
    char server[32];
    snprintf(server, sizeof server, "127.0.0.1:%u", w->server.port);
    assert_int_equal(resolver_new(&w->loop, server, 10, 3, &w->resolver), ERR_OK);
    assert_int_equal(ask(w, 0, OCTETS("silent.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_TIMEOUT);
    assert_int_equal(w->server.questions, 3);
}

static void a_dead_server_is_a_failure(void **state)
{
    struct world *w = *state;
    uint16_t port = w->server.port;
    server_stop(&w->server);
    (void)uv_run(&w->loop.uv, UV_RUN_NOWAIT);
    resolver_at(w, port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_FAILED);
    server_start(&w->server, &w->loop); /* for the teardown */
}

static void a_cut_answer_is_asked_for_over_tcp(void **state)
{
    struct world *w = *state;
    server_listen_tcp(&w->server, &w->loop);
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("cut.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_OK);
    assert_text(w, 0, "cut.test 192.0.2.2");
    assert_int_equal(w->server.questions, 2);
    assert_int_equal(w->server.tcp_questions, 1);
}

static void a_cut_answer_without_tcp_is_a_failure(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("cut.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_FAILED);
}

static void reverse_is_asked_under_arpa(void **state)
{
    struct world *w = *state;
    struct address a = {.family = 4, .octets = {192, 0, 2, 1}};
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(resolver_ask_reverse(w->resolver, &a, on_answer, &w->asked[0]), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_OK);
    assert_text(w, 0, "1.2.0.192.in-addr.arpa p");
}

static void a_name_that_cannot_be_fails_later(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("a..test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_FAILED);
    assert_int_equal(w->server.questions, 0);
}

static void names_that_c_ares_would_misread_are_refused(void **state)
{
    static const char longest[300] = {0};
    const struct octets names[] = {
        OCTETS_NONE,           OCTETS("a\0.test"),      OCTETS("a b.test"),
        OCTETS("a\\046.test"), OCTETS("\xc3\xa9.test"), {(const uint8_t *)longest, sizeof longest},
    };
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    for (size_t i = 0; i < KIT_COUNT(names); i++)
        assert_int_equal(ask(w, i, names[i], DNS_TYPE_A), ERR_SYNTAX);
    net_loop_run(&w->loop);
    assert_int_equal(w->server.questions, 0);
}

static void many_are_under_way_at_once(void **state)
{
    struct world *w = *state;
    char name[32];
    resolver_at(w, w->server.port, PATIENCE_MS);
    for (size_t i = 0; i < ASKED_MAX; i++) {
        snprintf(name, sizeof name, "a.n%zu.test", i);
        assert_int_equal(ask(w, i, octets_of(name), DNS_TYPE_A), ERR_OK);
    }
    net_loop_run(&w->loop);
    for (size_t i = 0; i < ASKED_MAX; i++) {
        snprintf(name, sizeof name, "a.n%zu.test 192.0.2.1", i);
        assert_answered(w, i, RESOLVER_OK);
        assert_text(w, i, name);
    }
}

static void what_was_answered_is_known(void **state)
{
    static const struct {
        const char *first, *second;
        enum dns_type type;
        enum resolver_status status;
        size_t questions;
    } cases[] = {
        {"a.test", "A.Test.", DNS_TYPE_A, RESOLVER_OK, 1},
        {"mx.test", "mx.test", DNS_TYPE_MX, RESOLVER_OK, 1},
        {"nodata.test", "nodata.test", DNS_TYPE_A, RESOLVER_NO_DATA, 1},
        {"alias.test", "alias.test", DNS_TYPE_A, RESOLVER_NO_DATA, 1},
        {"nxdomain.test", "nxdomain.test", DNS_TYPE_A, RESOLVER_NO_SUCH_NAME, 1},
        {"servfail.test", "servfail.test", DNS_TYPE_A, RESOLVER_FAILED, 2},
        {"malformed.test", "malformed.test", DNS_TYPE_A, RESOLVER_FAILED, 2},
    };
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        w->server.questions = 0;
        assert_int_equal(ask(w, 2 * i, octets_of(cases[i].first), cases[i].type), ERR_OK);
        net_loop_run(&w->loop);
        assert_int_equal(ask(w, 2 * i + 1, octets_of(cases[i].second), cases[i].type), ERR_OK);
        net_loop_run(&w->loop);
        assert_answered(w, 2 * i, cases[i].status);
        assert_answered(w, 2 * i + 1, cases[i].status);
        kit_assert_octets(buf_octets(&w->asked[2 * i + 1].text), buf_octets(&w->asked[2 * i].text));
        assert_int_equal(w->server.questions, cases[i].questions);
    }
    assert_int_equal(resolver_counts(w->resolver).hits, 5);
    assert_int_equal(resolver_counts(w->resolver).queries, 9);
}

static void what_is_being_asked_is_asked_once(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    for (size_t i = 0; i < ASKED_MAX; i++)
        assert_int_equal(ask(w, i, OCTETS("servfail.test"), i % 2 ? DNS_TYPE_A : DNS_TYPE_MX),
                         ERR_OK);
    net_loop_run(&w->loop);
    for (size_t i = 0; i < ASKED_MAX; i++)
        assert_answered(w, i, RESOLVER_FAILED);
    assert_int_equal(w->server.questions, 2);
    assert_int_equal(resolver_counts(w->resolver).queries, 2);
    assert_int_equal(resolver_counts(w->resolver).hits, ASKED_MAX - 2);
}

static void what_is_beyond_the_limit_waits(void **state)
{
    struct world *w = *state;
    char name[32];
    resolver_at(w, w->server.port, PATIENCE_MS);
    resolver_limit(w->resolver, 3);
    for (size_t i = 0; i < ASKED_MAX; i++) {
        snprintf(name, sizeof name, i % 10 == 5 ? "a..n%zu.test" : "a.n%zu.test", i);
        assert_int_equal(ask(w, i, octets_of(name), DNS_TYPE_A), ERR_OK);
        assert_true(resolver_counts(w->resolver).queries <= 4);
    }
    net_loop_run(&w->loop);
    for (size_t i = 0; i < ASKED_MAX; i++)
        assert_answered(w, i, i % 10 == 5 ? RESOLVER_FAILED : RESOLVER_OK);
}

static void freeing_cancels_what_waits(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    resolver_limit(w->resolver, 1);
    assert_int_equal(ask(w, 0, OCTETS("silent.test"), DNS_TYPE_A), ERR_OK);
    assert_int_equal(ask(w, 1, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    assert_int_equal(ask(w, 2, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    resolver_free(w->resolver);
    w->resolver = NULL;
    net_loop_run(&w->loop);
    for (size_t i = 0; i < 3; i++)
        assert_answered(w, i, RESOLVER_CANCELLED);
}

static void free_now(struct world *w)
{
    resolver_free(w->resolver);
    w->resolver = NULL;
}

static void freeing_cancels(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    assert_int_equal(ask(w, 0, OCTETS("silent.test"), DNS_TYPE_A), ERR_OK);
    assert_int_equal(ask(w, 1, OCTETS("a..test"), DNS_TYPE_A), ERR_OK);
    w->is_in_call = true;
    resolver_free(w->resolver);
    w->is_in_call = false;
    assert_int_equal(ask(w, 2, OCTETS("a.test"), DNS_TYPE_A), ERR_CLOSED);
    w->resolver = NULL;
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_CANCELLED);
    assert_answered(w, 1, RESOLVER_CANCELLED);
    assert_int_equal(w->asked[2].answers, 0);
}

static void freeing_from_within_an_answer(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    w->hook = free_now;
    assert_int_equal(ask(w, 0, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    assert_int_equal(ask(w, 1, OCTETS("silent.test"), DNS_TYPE_A), ERR_OK);
    assert_int_equal(ask(w, 2, OCTETS("mx.test"), DNS_TYPE_MX), ERR_OK);
    assert_int_equal(ask(w, 3, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_OK);
    assert_answered(w, 1, RESOLVER_CANCELLED);
    assert_answered(w, 2, RESOLVER_CANCELLED);
    assert_answered(w, 3, RESOLVER_CANCELLED);
}

static void ask_next(struct world *w)
{
    if (w->asked[1].answers == 0)
        assert_int_equal(ask(w, 1, OCTETS("mx.test"), DNS_TYPE_MX), ERR_OK);
    else if (w->asked[2].answers == 0)
        assert_int_equal(ask(w, 2, OCTETS("a..test"), DNS_TYPE_A), ERR_OK);
}

static void asking_from_within_an_answer(void **state)
{
    struct world *w = *state;
    resolver_at(w, w->server.port, PATIENCE_MS);
    w->hook = ask_next;
    assert_int_equal(ask(w, 0, OCTETS("a.test"), DNS_TYPE_A), ERR_OK);
    net_loop_run(&w->loop);
    assert_answered(w, 0, RESOLVER_OK);
    assert_answered(w, 1, RESOLVER_OK);
    assert_answered(w, 2, RESOLVER_FAILED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_end_has_its_status),
        CASE(what_the_resolver_validated_is_told),
        CASE(silence_is_a_timeout_each_time),
        CASE(each_try_asks_again),
        CASE(a_dead_server_is_a_failure),
        CASE(a_cut_answer_is_asked_for_over_tcp),
        CASE(a_cut_answer_without_tcp_is_a_failure),
        CASE(reverse_is_asked_under_arpa),
        CASE(a_name_that_cannot_be_fails_later),
        CASE(names_that_c_ares_would_misread_are_refused),
        CASE(many_are_under_way_at_once),
        CASE(what_was_answered_is_known),
        CASE(what_is_being_asked_is_asked_once),
        CASE(what_is_beyond_the_limit_waits),
        CASE(freeing_cancels),
        CASE(freeing_cancels_what_waits),
        CASE(freeing_from_within_an_answer),
        CASE(asking_from_within_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
