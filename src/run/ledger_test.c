/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/buf.h"
#include "ledger.h"

static void assert_done(const struct run_ledger *l, const char *want)
{
    struct run_done d = {0};
    struct buf got;
    assert_int_equal(run_ledger_done(l, &d), ERR_OK);
    buf_init(&got, 1000);
    for (size_t i = 0; i < d.count; i++)
        buf_append_format(&got, "%" PRIu64 "-%" PRIu64 " ", d.ranges[i].first, d.ranges[i].end);
    kit_assert_text(buf_octets(&got), want);
    buf_release(&got);
    run_done_release(&d);
}

static void test_what_has_ended_is_done(void **state)
{
    (void)state;
    struct run_ledger l;
    struct run_entry e[4];
    run_ledger_init(&l, NULL, 0);
    assert_done(&l, "");
    for (uint64_t i = 0; i < 4; i++)
        run_ledger_begin(&l, &e[i], i);
    assert_done(&l, "");
    run_ledger_end(&l, &e[2]);
    assert_done(&l, "2-3 ");
    run_ledger_end(&l, &e[0]);
    assert_done(&l, "0-1 2-3 ");
    run_ledger_end(&l, &e[3]);
    assert_done(&l, "0-1 2-4 ");
    run_ledger_end(&l, &e[1]);
    assert_done(&l, "0-4 ");
    run_ledger_release(&l);
}

static void test_what_was_left_out_is_done(void **state)
{
    (void)state;
    struct run_ledger l;
    struct run_entry e[2];
    run_ledger_init(&l, NULL, 0);
    run_ledger_begin(&l, &e[0], 5);
    run_ledger_begin(&l, &e[1], 9);
    assert_done(&l, "0-5 6-9 ");
    run_ledger_end(&l, &e[1]);
    run_ledger_pass(&l, 20);
    run_ledger_pass(&l, 7);
    assert_int_equal(l.next, 20);
    assert_done(&l, "0-5 6-20 ");
    run_ledger_release(&l);
}

static void test_earlier_parts(void **state)
{
    (void)state;
    struct run_ledger l;
    struct run_entry e;
    struct run_done earlier = {0};
    assert_int_equal(run_done_add(&earlier, 0, 10), ERR_OK);
    assert_int_equal(run_done_add(&earlier, 12, 20), ERR_OK);
    run_ledger_init(&l, &earlier, 30);
    assert_done(&l, "0-10 12-20 ");
    assert_true(run_ledger_is_done(&l, 9));
    assert_false(run_ledger_is_done(&l, 10));
    run_ledger_pass(&l, 10);
    run_ledger_begin(&l, &e, 10);
    assert_done(&l, "0-10 12-20 ");
    run_ledger_end(&l, &e);
    assert_done(&l, "0-11 12-20 ");
    run_ledger_release(&l);
    run_done_release(&earlier);
}

static void test_interrupted(void **state)
{
    (void)state;
    struct run_ledger l;
    struct run_entry e[3];
    run_ledger_init(&l, NULL, 0);
    for (uint64_t i = 0; i < 3; i++)
        run_ledger_begin(&l, &e[i], i);
    run_ledger_end(&l, &e[1]);
    run_ledger_freeze(&l);
    run_ledger_end(&l, &e[0]);
    run_ledger_freeze(&l);
    run_ledger_end(&l, &e[2]);
    assert_done(&l, "1-2 ");
    run_ledger_release(&l);
}

static void test_lost(void **state)
{
    (void)state;
    struct run_ledger l;
    struct run_entry e[2];
    run_ledger_init(&l, NULL, 0);
    run_ledger_begin(&l, &e[0], 0);
    run_ledger_lose(&l, 1);
    run_ledger_begin(&l, &e[1], 2);
    run_ledger_end(&l, &e[0]);
    run_ledger_end(&l, &e[1]);
    assert_done(&l, "0-1 ");
    run_ledger_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_has_ended_is_done),
        cmocka_unit_test(test_what_was_left_out_is_done),
        cmocka_unit_test(test_earlier_parts),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_lost),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
