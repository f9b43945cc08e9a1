/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockaddr.h"
#include "test_world.h"

/* --- connecting --- */

static void connect_and_close(void **state)
{
    struct world *w = *state;
    char octet;
    w->acts[TRANSPORT_CONNECTED] = ACT_CLOSE;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
    assert_int_equal(peer_receive(w, &octet, 1), 0);
}

static void refused_is_told_as_closed(void **state)
{
    struct world *w = *state;
    close(w->listener);
    w->listener = -1;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CLOSED);
    assert_int_equal(w->error, UV_ECONNREFUSED);
}

static void check_local_address(struct world *w, const struct transport_report *report)
{
    struct address a = transport_local_address(w->t);
    struct sockaddr_storage ss;
    socklen_t size = sizeof ss;
    if (report->event != TRANSPORT_CONNECTED)
        return;
    assert_int_equal(getpeername(w->peer, (struct sockaddr *)&ss, &size), 0);
    struct address seen = sockaddr_to_address(&ss);
    assert_true(address_is_equal(&a, &seen));
    assert_int_equal(a.octets[3], w->tls_name.size ? 7 : 1);
}

static void source_address_is_bound(void **state)
{
    struct world *w = *state;
    struct transport_target target = {
        .address = loopback(), .port = w->port, .source = {.family = 4, .octets = {127, 0, 0, 7}}};
    w->acts[TRANSPORT_CONNECTED] = ACT_CLOSE;
    w->hook = check_local_address;
    w->tls_name = OCTETS("marks the last octet as 7");
    world_open(w, &target);
    assert_int_equal(transport_local_address(w->t).family, 0);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
}

static void source_that_is_not_ours_is_told_as_closed(void **state)
{
    struct world *w = *state;
    struct transport_target target = {
        .address = loopback(), .port = w->port, .source = {.family = 4, .octets = {192, 0, 2, 1}}};
    world_open(w, &target);
    assert_int_equal(transport_write(w->t, OCTETS("x")), ERR_CLOSED);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CLOSED);
    assert_int_equal(w->error, UV_EADDRNOTAVAIL);
}

static void close_before_connected(void **state)
{
    struct world *w = *state;
    struct transport_target target = {.address = loopback(), .port = w->port};
    world_open(w, &target);
    transport_close(w->t);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
}

static void reset_before_connected(void **state)
{
    struct world *w = *state;
    struct transport_target target = {.address = loopback(), .port = w->port};
    world_open(w, &target);
    transport_reset(w->t);
    transport_close(w->t);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
}

static void write_before_connected_goes_out(void **state)
{
    struct world *w = *state;
    char octets[8];
    struct transport_target target = {.address = loopback(), .port = w->port};
    w->acts[TRANSPORT_CONNECTED] = ACT_CLOSE;
    world_open(w, &target);
    assert_int_equal(transport_write(w->t, OCTETS("NOOP")), ERR_OK);
    net_loop_run(&w->loop);
    assert_int_equal(peer_receive(w, octets, sizeof octets), 4);
    assert_int_equal(peer_receive(w, octets, sizeof octets), 0);
}

/* --- data --- */

static void greet(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        peer_send(w, "220 mx\r\n");
}

static void data_is_delivered(void **state)
{
    struct world *w = *state;
    w->hook = greet;
    w->acts[TRANSPORT_DATA] = ACT_CLOSE;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_DATA, TRANSPORT_CLOSED);
    world_assert_data(w, "220 mx\r\n");
}

static void answer_quit(struct world *w, const struct transport_report *report)
{
    char octets[16];
    if (report->event == TRANSPORT_CONNECTED)
        peer_send(w, "220 mx\r\n");
    if (report->event == TRANSPORT_DATA && w->data.size == 8) {
        assert_int_equal(transport_write(w->t, OCTETS("QUIT\r\n")), ERR_OK);
        assert_int_equal(peer_receive(w, octets, sizeof octets), 6);
        assert_memory_equal(octets, "QUIT\r\n", 6);
        peer_send(w, "221 bye\r\n");
        peer_close(w);
    }
    if (report->event == TRANSPORT_CLOSED) {
        assert_int_equal(transport_octets_in(w->t), 17);
        assert_int_equal(transport_octets_out(w->t), 6);
    }
}

static void dialogue_until_the_peer_closes(void **state)
{
    struct world *w = *state;
    w->hook = answer_quit;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_DATA, TRANSPORT_DATA, TRANSPORT_CLOSED);
    world_assert_data(w, "220 mx\r\n221 bye\r\n");
    assert_int_equal(w->error, 0);
}

static void send_and_reset(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_CONNECTED)
        return;
    peer_send(w, "421 too many\r\n");
    peer_reset(w);
    /* Both meet the reset: what the peer said before must still be read. */
    assert_int_equal(transport_write(w->t, OCTETS("EHLO me\r\n")), ERR_OK);
    assert_int_equal(transport_write(w->t, OCTETS("EHLO me\r\n")), ERR_OK);
}

static void say_much(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        peer_send(w, "220 this is more than may come\r\n");
}

static void more_than_may_come_ends_it(void **state)
{
    struct world *w = *state;
    struct transport_target target = {
        .address = {.family = 4, .octets = {127, 0, 0, 1}}, .port = w->port, .octets_max = 20};
    w->hook = say_much;
    world_open(w, &target);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, UV_E2BIG);
}

static void words_before_a_reset_are_read(void **state)
{
    struct world *w = *state;
    w->hook = send_and_reset;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_DATA, TRANSPORT_CLOSED);
    world_assert_data(w, "421 too many\r\n");
    assert_int_equal(w->error, UV_ECONNRESET);
}

static void reset_at_once(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        peer_reset(w);
}

static void reset_by_the_peer_is_told(void **state)
{
    struct world *w = *state;
    w->hook = reset_at_once;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, UV_ECONNRESET);
}

/* --- deadline --- */

static void arm_on_connect(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        transport_deadline(w->t, 1);
    if (report->event == TRANSPORT_TIMEOUT)
        peer_send(w, "late");
}

static void deadline_leaves_the_connection_standing(void **state)
{
    struct world *w = *state;
    w->hook = arm_on_connect;
    w->acts[TRANSPORT_DATA] = ACT_CLOSE;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_TIMEOUT, TRANSPORT_DATA, TRANSPORT_CLOSED);
    world_assert_data(w, "late");
}

static void disarm_on_connect(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_CONNECTED)
        return;
    transport_deadline(w->t, 1);
    transport_deadline(w->t, 0);
    peer_close(w);
}

static void deadline_can_be_disarmed(void **state)
{
    struct world *w = *state;
    w->hook = disarm_on_connect;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
}

static void deadline_covers_the_connect(void **state)
{
    struct world *w = *state;
    /* A full backlog on loopback drops the SYN: the connection neither stands nor fails. */
    int fillers[64];
    size_t count = 0;
    struct address a = loopback();
    struct sockaddr_storage ss;
    struct transport_target target = {.address = a, .port = w->port};
    sockaddr_make(&a, w->port, &ss);
    assert_int_equal(listen(w->listener, 0), 0);
    for (bool is_full = false; !is_full; count++) {
        assert_true(count < 64);
        fillers[count] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[count], (struct sockaddr *)&ss, sizeof(struct sockaddr_in));
        struct pollfd p = {.fd = fillers[count], .events = POLLOUT};
        is_full = poll(&p, 1, 0) == 0;
    }
    w->acts[TRANSPORT_TIMEOUT] = ACT_RESET;
    world_open(w, &target);
    transport_deadline(w->t, 1);
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_TIMEOUT, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
    while (count)
        close(fillers[--count]);
}

/* --- closing --- */

static void close_then_everything_else(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_DATA)
        return;
    transport_close(w->t);
    assert_int_equal(transport_write(w->t, OCTETS("x")), ERR_CLOSED);
    assert_int_equal(transport_start_tls(w->t, OCTETS_NONE), ERR_CLOSED);
    transport_deadline(w->t, 1);
    transport_close(w->t);
    transport_reset(w->t);
}

static void calls_after_close_do_nothing(void **state)
{
    struct world *w = *state;
    w->hook = close_then_everything_else;
    w->acts[TRANSPORT_CONNECTED] = ACT_WRITE;
    w->to_write = OCTETS("x");
    struct transport_target target = {.address = loopback(), .port = w->port};
    world_open(w, &target);
    while (w->count == 0)
        (void)uv_run(&w->loop.uv, UV_RUN_ONCE);
    peer_send(w, "220 mx\r\n");
    net_loop_run(&w->loop);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_DATA, TRANSPORT_CLOSED);
}

static void calls_within_closed(struct world *w, const struct transport_report *report)
{
    if (report->event == TRANSPORT_CONNECTED)
        peer_close(w);
    if (report->event != TRANSPORT_CLOSED)
        return;
    transport_close(w->t);
    transport_reset(w->t);
    transport_deadline(w->t, 1);
    assert_int_equal(transport_write(w->t, OCTETS("x")), ERR_CLOSED);
}

static void calls_within_the_last_event_do_nothing(void **state)
{
    struct world *w = *state;
    w->hook = calls_within_closed;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
}

static void reset_sends_rst(void **state)
{
    struct world *w = *state;
    char octet;
    w->acts[TRANSPORT_CONNECTED] = ACT_RESET;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
    assert_int_equal(peer_receive(w, &octet, 1), -ECONNRESET);
}

/* Until the kernel takes no more and our queue is full; returns what was taken in all. */
static size_t write_to_the_limit(struct world *w)
{
    static const uint8_t block[4096];
    size_t total = 0;
    enum err e;
    while ((e = transport_write(w->t, (struct octets){block, sizeof block})) == ERR_OK)
        total += sizeof block;
    assert_int_equal(e, ERR_LIMIT);
    return total;
}

static void write_much_and_close(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_CONNECTED)
        return;
    w->to_write.size = write_to_the_limit(w);
    peer_watch(w);
    transport_close(w->t);
}

static void close_sends_what_is_queued(void **state)
{
    struct world *w = *state;
    w->hook = write_much_and_close;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->peer_read, w->to_write.size);
    assert_true(w->peer_saw_end);
    assert_int_equal(w->error, 0);
}

static void write_much_and_reset(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_CONNECTED)
        return;
    w->to_write.size = write_to_the_limit(w);
    peer_watch(w);
    transport_reset(w->t);
}

static void reset_drops_what_is_queued(void **state)
{
    struct world *w = *state;
    w->hook = write_much_and_reset;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_true(w->peer_read < w->to_write.size);
    assert_false(w->peer_saw_end);
}

static void close_and_never_read(struct world *w, const struct transport_report *report)
{
    if (report->event != TRANSPORT_CONNECTED)
        return;
    (void)write_to_the_limit(w);
    transport_close(w->t);
    peer_send(w, "this is not delivered");
}

static void close_ends_though_the_peer_never_reads(void **state)
{
    struct world *w = *state;
    w->hook = close_and_never_read;
    world_play(w);
    ASSERT_LOG(w, TRANSPORT_CONNECTED, TRANSPORT_CLOSED);
    assert_int_equal(w->error, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(connect_and_close),
        CASE(refused_is_told_as_closed),
        CASE(source_address_is_bound),
        CASE(source_that_is_not_ours_is_told_as_closed),
        CASE(close_before_connected),
        CASE(reset_before_connected),
        CASE(write_before_connected_goes_out),
        CASE(data_is_delivered),
        CASE(dialogue_until_the_peer_closes),
        CASE(more_than_may_come_ends_it),
        CASE(words_before_a_reset_are_read),
        CASE(reset_by_the_peer_is_told),
        CASE(deadline_leaves_the_connection_standing),
        CASE(deadline_can_be_disarmed),
        CASE(deadline_covers_the_connect),
        CASE(calls_after_close_do_nothing),
        CASE(calls_within_the_last_event_do_nothing),
        CASE(reset_sends_rst),
        CASE(close_sends_what_is_queued),
        CASE(reset_drops_what_is_queued),
        CASE(close_ends_though_the_peer_never_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
