/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "loop.h"

/* A timer, and when it fired: milliseconds after the first was started. */
struct clocked {
    struct net_timer timer;
    uint64_t begun_ms, fired_ms;
    uint32_t fired, again; /* how often it is started anew, from within */
};

static struct net_loop loop;

static void on_fire(void *owner)
{
    struct clocked *c = owner;
    c->fired++;
    c->fired_ms = net_loop_now_ms(&loop) - c->begun_ms;
    if (c->again) {
        c->again--;
        net_timer_start(&c->timer, 3);
    }
}

static void prepare(struct clocked *c)
{
    *c = (struct clocked){.begun_ms = net_loop_now_ms(&loop)};
    net_timer_init(&loop, &c->timer, on_fire, c);
}

static int make_loop(void **state)
{
    (void)state;
    return net_loop_init(&loop);
}

static int end_loop(void **state)
{
    (void)state;
    net_loop_release(&loop);
    return 0;
}

static void close_timer(struct clocked *c)
{
    net_timer_close(&c->timer, NULL);
}

static void test_stopped(void **state)
{
    struct clocked c;
    (void)state;
    prepare(&c);
    net_timer_start(&c.timer, 60 * 1000);
    net_timer_stop(&c.timer);
    net_loop_run(&loop); /* at once: a stopped timer holds nobody */
    assert_int_equal(c.fired, 0);
    close_timer(&c);
}

static void test_put_off(void **state)
{
    struct clocked c;
    (void)state;
    prepare(&c);
    net_timer_start(&c.timer, 2);
    net_timer_stop(&c.timer);
    net_timer_start(&c.timer, 20);
    net_timer_start(&c.timer, 30);
    net_loop_run(&loop);
    assert_int_equal(c.fired, 1);
    assert_true(c.fired_ms >= 30);
    close_timer(&c);
}

static void test_brought_forward(void **state)
{
    struct clocked c;
    (void)state;
    prepare(&c);
    net_timer_start(&c.timer, 60 * 1000);
    net_timer_start(&c.timer, 5);
    net_loop_run(&loop);
    assert_int_equal(c.fired, 1);
    assert_in_range(c.fired_ms, 5, 59 * 1000);
    close_timer(&c);
}

static void test_in_the_next_round(void **state)
{
    struct clocked c;
    (void)state;
    prepare(&c);
    net_timer_start(&c.timer, 60 * 1000);
    net_timer_start(&c.timer, 0);
    net_timer_start(&c.timer, 0);
    net_loop_run(&loop);
    assert_int_equal(c.fired, 1);
    net_timer_start(&c.timer, 0);
    net_timer_stop(&c.timer);
    net_loop_run(&loop);
    assert_int_equal(c.fired, 1);
    close_timer(&c);
}

static void test_anew_from_within(void **state)
{
    struct clocked c;
    (void)state;
    prepare(&c);
    c.again = 3;
    net_timer_start(&c.timer, 1);
    net_loop_run(&loop);
    assert_int_equal(c.fired, 4);
    assert_true(c.fired_ms >= 10);
    close_timer(&c);
}

/* One that was stopped stands in the wheel behind others, or before them. */
static void test_stopped_among_others(void **state)
{
    struct clocked all[64];
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(all); i++) {
        prepare(&all[i]);
        net_timer_start(&all[i].timer, 1 + i % 16);
    }
    for (size_t i = 0; i < KIT_COUNT(all); i += 2)
        net_timer_stop(&all[i].timer);
    close_timer(&all[1]);
    net_loop_run(&loop);
    for (size_t i = 0; i < KIT_COUNT(all); i++) {
        assert_int_equal(all[i].fired, i % 2 && i != 1);
        close_timer(&all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped),          cmocka_unit_test(test_put_off),
        cmocka_unit_test(test_brought_forward),  cmocka_unit_test(test_in_the_next_round),
        cmocka_unit_test(test_anew_from_within), cmocka_unit_test(test_stopped_among_others),
    };
    return cmocka_run_group_tests_name("loop", tests, make_loop, end_loop);
}
