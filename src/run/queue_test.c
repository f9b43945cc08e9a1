/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "queue.h"

struct thing {
    struct run_item item;
    unsigned lane, number;
};

static void add(struct run_queue *q, struct thing *t, unsigned lane, unsigned number)
{
    *t = (struct thing){.lane = lane, .number = number};
    assert_int_equal(run_queue_add(q, lane, &t->item), ERR_OK);
}

static void lanes_take_turns_and_keep_their_order(void **state)
{
    static const struct {
        unsigned lane, number;
    } expected[] = {{1, 0}, {2, 100}, {3, 200}, {1, 1}, {2, 101}, {1, 2}, {1, 3}};
    struct thing things[7];
    struct run_queue q;
    size_t n = 0;
    (void)state;
    run_queue_init(&q);
    for (unsigned i = 0; i < 4; i++)
        add(&q, &things[n++], 1, i);
    for (unsigned i = 0; i < 2; i++)
        add(&q, &things[n++], 2, 100 + i);
    add(&q, &things[n++], 3, 200);
    for (size_t i = 0; i < KIT_COUNT(expected); i++) {
        const struct thing *t = (const struct thing *)run_queue_peek(&q, 0);
        assert_non_null(t);
        assert_int_equal(t->lane, expected[i].lane);
        assert_int_equal(t->number, expected[i].number);
        run_queue_take(&q);
    }
    assert_null(run_queue_peek(&q, 0));
    assert_int_equal(q.lane_count, 0);
    run_queue_release(&q);
}

static void a_sleeping_lane_lets_the_others_pass_and_wakes_in_time(void **state)
{
    struct thing a, b, c;
    struct run_queue q;
    (void)state;
    run_queue_init(&q);
    add(&q, &a, 1, 0);
    add(&q, &b, 2, 0);
    add(&q, &c, 3, 0);
    assert_ptr_equal(run_queue_peek(&q, 10), &a.item);
    run_queue_sleep(&q, 100);
    assert_ptr_equal(run_queue_peek(&q, 10), &b.item);
    run_queue_sleep(&q, 50);
    assert_int_equal(run_queue_wakes_in(&q, 10), 40);
    assert_ptr_equal(run_queue_peek(&q, 10), &c.item);
    run_queue_take(&q);
    assert_null(run_queue_peek(&q, 49));
    assert_true(run_queue_is_asleep(&q));
    assert_ptr_equal(run_queue_peek(&q, 50), &b.item);
    assert_false(run_queue_is_asleep(&q));
    run_queue_take(&q);
    assert_null(run_queue_peek(&q, 99));
    assert_ptr_equal(run_queue_peek(&q, 100), &a.item);
    run_queue_take(&q);
    assert_int_equal(run_queue_wakes_in(&q, 0), UINT64_MAX);
    assert_false(run_queue_is_asleep(&q)); /* it is empty */
    run_queue_release(&q);
}

/* Thousands of lanes asleep wake in the order of their times. */
static void many_lanes_wake_in_order(void **state)
{
    enum { COUNT = 5000 };
    struct thing *things = calloc(COUNT, sizeof *things);
    struct run_queue q;
    uint64_t last = 0;
    (void)state;
    assert_non_null(things);
    run_queue_init(&q);
    for (unsigned i = 0; i < COUNT; i++)
        add(&q, &things[i], i, i);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_non_null(run_queue_peek(&q, 0));
        run_queue_sleep(&q, 1 + (uint64_t)i * 7919 % 10007);
    }
    for (uint64_t now = 0; q.count; now = last) {
        uint64_t wait = run_queue_wakes_in(&q, now);
        assert_true(wait != UINT64_MAX);
        last = now + wait;
        assert_non_null(run_queue_peek(&q, last));
        run_queue_take(&q);
    }
    assert_true(last <= 10007);
    run_queue_release(&q);
    free(things);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_take_turns_and_keep_their_order),
        cmocka_unit_test(a_sleeping_lane_lets_the_others_pass_and_wakes_in_time),
        cmocka_unit_test(many_lanes_wake_in_order),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
