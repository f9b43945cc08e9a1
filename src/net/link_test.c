/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

struct end {
    struct net_loop *loop;
    struct net_link *link;
    struct buf heard; /* all messages, each behind its length and a blank */
    size_t lost;
};

static void on_message(void *owner, struct octets message)
{
    struct end *e = owner;
    buf_append_number(&e->heard, message.size);
    buf_append_octet(&e->heard, ' ');
    buf_append(&e->heard, octets_sub(message, 0, 8));
    if (octets_is_equal(message, OCTETS("last")))
        net_loop_stop(e->loop);
}

static void on_lost(void *owner)
{
    struct end *e = owner;
    e->lost++;
    net_loop_stop(e->loop);
}

static void open_end(struct end *e, struct net_loop *l, int fd)
{
    *e = (struct end){.loop = l};
    buf_init(&e->heard, 4096);
    assert_int_equal(
        net_link_new(l, fd, (struct net_link_listener){on_message, on_lost, e}, &e->link), ERR_OK);
}

static void close_end(struct end *e)
{
    net_link_close(e->link);
    buf_release(&e->heard);
}

static void assert_heard(const struct end *e, struct octets text)
{
    assert_true(octets_is_equal(buf_octets(&e->heard), text));
}

static void messages_come_whole_and_in_their_order(void **state)
{
    struct net_loop *l = *state;
    struct end a, b;
    int fds[2];
    size_t size = (size_t)3 * 1024 * 1024; /* more than a socket holds */
    uint8_t *huge = calloc(1, size);
    assert_non_null(huge);
    memset(huge, 'h', size);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    open_end(&a, l, fds[0]);
    open_end(&b, l, fds[1]);
    net_link_send(a.link, OCTETS("one"));
    net_link_send(a.link, OCTETS_NONE);
    net_link_send(a.link, (struct octets){huge, size});
    net_link_send(b.link, OCTETS("back"));
    net_link_send(a.link, OCTETS("last"));
    net_loop_run(l);
    assert_heard(&b, OCTETS("3 one0 3145728 hhhhhhhh4 last"));
    assert_heard(&a, OCTETS("4 back"));
    close_end(&a);
    close_end(&b);
    free(huge);
}

static void what_was_sent_before_the_end_is_heard(void **state)
{
    struct net_loop *l = *state;
    struct end b;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    open_end(&b, l, fds[1]);
    assert_int_equal(write(fds[0], "\0\0\0\3one\0\0\0\4ha", 13), 13);
    (void)close(fds[0]);
    net_loop_run(l);
    assert_heard(&b, OCTETS("3 one"));
    assert_int_equal(b.lost, 1);
    net_link_send(b.link, OCTETS("nobody"));
    (void)uv_run(&l->uv, UV_RUN_NOWAIT);
    assert_int_equal(b.lost, 1);
    close_end(&b);
}

static void a_length_past_the_limit_is_a_loss(void **state)
{
    struct net_loop *l = *state;
    struct end b;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    open_end(&b, l, fds[1]);
    assert_int_equal(write(fds[0], "\xff\0\0\0x", 5), 5);
    net_loop_run(l);
    assert_int_equal(b.lost, 1);
    assert_int_equal(b.heard.size, 0);
    close_end(&b);
    (void)close(fds[0]);
}

static int set_up(void **state)
{
    struct net_loop *l = malloc(sizeof *l);
    *state = l;
    return !l || net_loop_init(l);
}

static int tear_down(void **state)
{
    net_loop_release(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_come_whole_and_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_sent_before_the_end_is_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_length_past_the_limit_is_a_loss, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
