/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "../tls/test_peer.h"

#include "test_world.h"

#define ARENA_OCTETS ((size_t)64 * 1024)

/* Once TLS stands: what the server says first, and what it does then. */
struct play {
    struct octets says;
    bool shuts_down;
};

/* TLS at the peer's end of the connection. */
struct secure {
    struct world *w;
    SSL_CTX *context;
    SSL *tls;
    struct buf out;
    struct buf heard; /* plaintext */
    struct play play;
    bool has_played;
    bool saw_close_notify, saw_end;
    uv_poll_t poll;
};

static void flush(struct secure *s)
{
    if (s->out.size)
        assert_int_equal(send(s->w->peer, s->out.data, s->out.size, MSG_NOSIGNAL), s->out.size);
    buf_clear(&s->out);
}

static void play_once(struct secure *s)
{
    size_t size;
    if (s->has_played || !SSL_is_init_finished(s->tls))
        return;
    s->has_played = true;
    if (s->play.says.size)
        assert_int_equal(SSL_write_ex(s->tls, s->play.says.at, s->play.says.size, &size), 1);
    if (s->play.shuts_down)
        (void)SSL_shutdown(s->tls);
    (void)test_server_turn(s->tls, OCTETS_NONE, &s->out);
}

static void hear(struct secure *s)
{
    uint8_t octets[256];
    size_t size;
    while (SSL_is_init_finished(s->tls) && SSL_read_ex(s->tls, octets, sizeof octets, &size) == 1)
        buf_append(&s->heard, (struct octets){octets, size});
    s->saw_close_notify = SSL_get_shutdown(s->tls) & SSL_RECEIVED_SHUTDOWN;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct secure *s = poll->data;
    uint8_t octets[4096];
    (void)events;
    ssize_t n = recv(s->w->peer, octets, sizeof octets, MSG_DONTWAIT);
    bool is_reset = status < 0; /* an error of the poll, which libuv has stopped */
    if (n <= 0 || is_reset) {
        s->saw_end = n == 0;
        uv_close((uv_handle_t *)poll, NULL);
        return;
    }
    (void)test_server_turn(s->tls, (struct octets){octets, (size_t)n}, &s->out);
    play_once(s);
    flush(s);
    hear(s);
}

static void secure_start(struct secure *s)
{
    s->tls = test_server(s->context);
    buf_init(&s->out, 65536);
    buf_init(&s->heard, 65536);
    assert_int_equal(uv_poll_init(&s->w->loop.uv, &s->poll, s->w->peer), 0);
    s->poll.data = s;
    assert_int_equal(uv_poll_start(&s->poll, UV_READABLE, on_readable), 0);
}

static void secure_init(struct world *w, struct secure *s, int version)
{
    const struct octets names[] = {OCTETS("mx.test")};
    struct test_certificate want = {.common_name = names[0], .dns = names, .dns_count = 1};
    struct test_identity identity = test_identity_make(&want, NULL);
    *s = (struct secure){.w = w, .context = test_server_context(&identity, version)};
    test_identity_release(&identity);
    w->user = s;
    w->tls_name = OCTETS("mx.test");
}

static void secure_release(struct secure *s)
{
    SSL_free(s->tls);
    SSL_CTX_free(s->context);
    buf_release(&s->out);
    buf_release(&s->heard);
}

static void check_facts(struct world *w)
{
    struct arena arena;
    struct facts_tls f = {0};
    arena_init(&arena, ARENA_OCTETS);
    assert_true(transport_is_tls(w->t));
    assert_int_equal(transport_tls_facts(w->t, &arena, &f), ERR_OK);
    assert_true(f.is_up && f.has_name && f.name_matches && !f.trusted);
    assert_string_equal(f.version, "TLSv1.3");
    assert_int_equal(f.chain_count, 1);
    arena_release(&arena);
}

/* Octets that have come to the peer and were not read yet. */
static int unread(const struct world *w)
{
    int count = -1;
    assert_int_equal(ioctl(w->peer, FIONREAD, &count), 0);
    return count;
}

static void speak_starttls(struct world *w, const struct transport_report *report)
{
    struct secure *s = w->user;
    if (report->event == TRANSPORT_CONNECTED) {
        assert_int_equal(transport_write(w->t, OCTETS("STARTTLS\r\n")), ERR_OK);
        peer_send(w, "220 go\r\n250 injected\r\n");
    }
    if (report->event == TRANSPORT_DATA && !s->tls) {
        char octets[32];
        struct arena arena;
        struct facts_tls f;
        assert_int_equal(peer_receive(w, octets, sizeof octets), 10);
        secure_start(s);
        assert_int_equal(transport_start_tls(w->t, w->tls_name), ERR_OK);
        assert_false(transport_is_tls(w->t));
        arena_init(&arena, ARENA_OCTETS);
        assert_int_equal(transport_tls_facts(w->t, &arena, &f), ERR_NOT_FOUND);
        assert_int_equal(transport_write(w->t, OCTETS("in clear?")), ERR_CLOSED);
        assert_int_equal(transport_start_tls(w->t, w->tls_name), ERR_CLOSED); /* once is enough */
    } else if (report->event == TRANSPORT_DATA) {
        transport_close(w->t);
    }
    if (report->event == TRANSPORT_TLS_UP) {
        check_facts(w);
        assert_int_equal(unread(w),
                         0); /* the last of the handshake goes out with what is said now */
        assert_int_equal(transport_write(w->t, OCTETS("EHLO me\r\n")), ERR_OK);
        assert_true(unread(w) > 40);
        assert_int_equal(transport_write(w->t, OCTETS("NOOP\r\n")), ERR_OK);
    }
    if (report->event == TRANSPORT_CLOSED) {
        check_facts(w);
        assert_true(transport_octets_in(w->t) > 500);
        assert_true(transport_octets_out(w->t) > 300);
    }
}

static void starttls_with_octets_before_it(void **state)
{
    struct world *w = *state;
    struct secure s;
    secure_init(w, &s, TLS1_3_VERSION);
    s.play.says = OCTETS("250 mx\r\n");
    w->hook = speak_starttls;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_DATA, TRANSPORT_TLS_UP, TRANSPORT_DATA,
               TRANSPORT_CLOSED);
    world_assert_data(w, "220 go\r\n250 injected\r\n250 mx\r\n");
    assert_int_equal(w->error, 0);
    kit_assert_text(buf_octets(&s.heard), "EHLO me\r\nNOOP\r\n");
    assert_true(s.saw_close_notify);
    assert_true(s.saw_end);
    secure_release(&s);
}

static void listen_with_tls(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        secure_start(w->user);
}

/* TLS from the first octet on; the server says and does what the play has. */
static void play_implicit(struct world *w)
{
    w->hook = listen_with_tls;
    w->acts[TRANSPORT_CONNECTED] = ACT_START_TLS;
    world_play(w);
}

static void close_notify_is_the_end(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        struct secure s;
        w->count = 0;
        buf_clear(&w->data);
        secure_init(w, &s, versions[i]);
        s.play = (struct play){.says = OCTETS("421 bye\r\n"), .shuts_down = true};
        play_implicit(w);
        ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_UP, TRANSPORT_DATA, TRANSPORT_CLOSED);
        world_assert_data(w, "421 bye\r\n");
        assert_int_equal(w->error, 0);
        assert_true(s.saw_close_notify); /* answered in kind */
        assert_true(s.saw_end);
        peer_close(w);
        secure_release(&s);
    }
}

static void close_within_up(void **state)
{
    struct world *w = *state;
    struct secure s;
    secure_init(w, &s, TLS1_2_VERSION);
    s.play.says = OCTETS("220 never seen\r\n");
    w->acts[TRANSPORT_TLS_UP] = ACT_CLOSE;
    play_implicit(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_UP, TRANSPORT_CLOSED);
    assert_true(s.saw_close_notify);
    secure_release(&s);
}

static void reset_within_up(void **state)
{
    struct world *w = *state;
    struct secure s;
    secure_init(w, &s, TLS1_3_VERSION);
    w->acts[TRANSPORT_TLS_UP] = ACT_RESET;
    play_implicit(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_UP, TRANSPORT_CLOSED);
    assert_false(s.saw_close_notify);
    assert_false(s.saw_end);
    secure_release(&s);
}

static void required_certificate_fails_after_up(void **state)
{
    struct world *w = *state;
    struct secure s;
    secure_init(w, &s, TLS1_3_VERSION);
    SSL_CTX_set_verify(s.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    w->acts[TRANSPORT_TLS_FAILED] = ACT_CLOSE;
    play_implicit(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_UP, TRANSPORT_TLS_FAILED, TRANSPORT_CLOSED);
    assert_string_equal(w->text, "alert: certificate required");
    secure_release(&s);
}

static void answer_in_clear(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        peer_send(w, "500 what was that?\r\n");
    if (report->event != TRANSPORT_TLS_FAILED)
        return;
    assert_int_equal(transport_write(w->t, OCTETS("x")), ERR_CLOSED);
    assert_false(transport_is_tls(w->t));
    peer_send(w, "500 and more\r\n"); /* no use: it must not come as data */
    peer_close(w);
}

static void a_peer_without_tls_fails(void **state)
{
    struct world *w = *state;
    w->hook = answer_in_clear;
    w->acts[TRANSPORT_CONNECTED] = ACT_START_TLS;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_FAILED, TRANSPORT_CLOSED);
    assert_string_equal(w->text, "wrong version number");
}

static void refuse_by_alert(struct world *w, const struct transport_report *report)
{
    static const uint8_t alert[] = {0x15, 3, 3, 0, 2, 2, 40};
    if (report->event == TRANSPORT_CONNECTED)
        assert_int_equal(send(w->peer, alert, sizeof alert, 0), sizeof alert);
}

static void an_alert_is_the_reason(void **state)
{
    struct world *w = *state;
    w->hook = refuse_by_alert;
    w->acts[TRANSPORT_CONNECTED] = ACT_START_TLS;
    w->acts[TRANSPORT_TLS_FAILED] = ACT_CLOSE;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TLS_FAILED, TRANSPORT_CLOSED);
    assert_string_equal(w->text, "alert: handshake failure");
}

/* The hook runs before the act: the peer is gone when the ClientHello goes out. */
static void leave(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        assert_int_equal(shutdown(w->peer, SHUT_WR), 0);
}

static void an_end_within_the_handshake_is_closed(void **state)
{
    struct world *w = *state;
    w->hook = leave;
    w->acts[TRANSPORT_CONNECTED] = ACT_START_TLS;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(starttls_with_octets_before_it),
        CASE(close_notify_is_the_end),
        CASE(close_within_up),
        CASE(reset_within_up),
        CASE(required_certificate_fails_after_up),
        CASE(a_peer_without_tls_fails),
        CASE(an_alert_is_the_reason),
        CASE(an_end_within_the_handshake_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
