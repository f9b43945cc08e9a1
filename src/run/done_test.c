/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <inttypes.h>
#include <stdio.h>

#include "../base/buf.h"
#include "done.h"

struct row {
    const char *name;
    struct run_range added[6]; /* up to one that is empty at 0 */
    const char *want;
};

static const struct row rows[] = {
    {"nothing", {{0}}, ""},
    {"the empty range", {{7, 7}, {9, 8}}, ""},
    {"one", {{0, 5}}, "0-5 "},
    {"parts that do not touch", {{0, 5}, {6, 8}, {10, 11}}, "0-5 6-8 10-11 "},
    {"the next one", {{0, 5}, {5, 6}}, "0-6 "},
    {"the one before", {{5, 6}, {4, 5}}, "4-6 "},
    {"a hole is filled", {{0, 5}, {6, 8}, {5, 6}}, "0-8 "},
    {"out of order", {{10, 11}, {0, 5}, {6, 8}}, "0-5 6-8 10-11 "},
    {"over all of them", {{1, 2}, {3, 4}, {5, 6}, {0, 9}}, "0-9 "},
    {"over some", {{1, 2}, {3, 4}, {5, 6}, {2, 4}}, "1-4 5-6 "},
    {"inside", {{1, 9}, {3, 4}}, "1-9 "},
    {"twice", {{1, 9}, {1, 9}}, "1-9 "},
    {"as far as numbers go",
     {{UINT64_MAX - 1, UINT64_MAX}, {0, 1}},
     "0-1 18446744073709551614-18446744073709551615 "},
};

static void show(const struct run_done *d, struct buf *out)
{
    buf_init(out, 10000);
    for (size_t i = 0; i < d->count; i++)
        buf_append_format(out, "%" PRIu64 "-%" PRIu64 " ", d->ranges[i].first, d->ranges[i].end);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    struct run_done d = {0};
    struct buf got;
    for (size_t i = 0; i < KIT_COUNT(row->added); i++)
        assert_int_equal(run_done_add(&d, row->added[i].first, row->added[i].end), ERR_OK);
    show(&d, &got);
    kit_assert_text(buf_octets(&got), row->want);
    buf_release(&got);
    run_done_release(&d);
}

/* Against a plain table of bits. */
static void test_as_bits(void **state)
{
    (void)state;
    struct run_done d = {0};
    bool bits[300] = {0};
    uint64_t chance = 4711, count = 0;
    for (unsigned n = 0; n < 400; n++) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        uint64_t first = (chance >> 33) % 300, end = first + (chance >> 50) % 4;
        end = end > 300 ? 300 : end;
        assert_int_equal(run_done_add(&d, first, end), ERR_OK);
        for (uint64_t i = first; i < end; i++)
            bits[i] = true;
        for (uint64_t i = 0; i < 300; i++)
            assert_int_equal(run_done_has(&d, i), bits[i]);
        for (size_t i = 1; i < d.count; i++)
            assert_true(d.ranges[i - 1].end < d.ranges[i].first);
    }
    for (uint64_t i = 0; i < 300; i++)
        count += bits[i];
    assert_int_equal(run_done_count(&d), count);
    assert_false(run_done_has(&d, UINT64_MAX));
    run_done_release(&d);
}

static void test_past_the_cap(void **state)
{
    (void)state;
    struct run_done d = {0};
    for (uint64_t i = 0; i < RUN_DONE_RANGES_MAX + 5; i++)
        assert_int_equal(run_done_add(&d, 2 * i, 2 * i + 1), ERR_OK);
    assert_int_equal(d.count, RUN_DONE_RANGES_MAX);
    assert_int_equal(d.forgotten, 5);
    assert_false(run_done_has(&d, 2 * RUN_DONE_RANGES_MAX));
    assert_int_equal(run_done_add(&d, 1, 2), ERR_OK); /* what touches others is no new range */
    assert_int_equal(d.count, RUN_DONE_RANGES_MAX - 1);
    run_done_release(&d);
}

static void test_from(void **state)
{
    (void)state;
    struct run_done d = {0}, other = {0};
    struct buf got;
    const struct run_range ranges[] = {{0, 3}, {5, 9}, {12, 13}};
    for (size_t i = 0; i < KIT_COUNT(ranges); i++)
        assert_int_equal(run_done_add(&other, ranges[i].first, ranges[i].end), ERR_OK);
    assert_int_equal(run_done_add(&d, 1, 4), ERR_OK);
    assert_int_equal(run_done_add_from(&d, &other, 7), ERR_OK);
    show(&d, &got);
    kit_assert_text(buf_octets(&got), "1-4 7-9 12-13 ");
    buf_release(&got);
    run_done_release(&d);
    run_done_release(&other);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 3];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_as_bits);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_past_the_cap);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_from);
    return cmocka_run_group_tests_name("done", tests, NULL, NULL);
}
