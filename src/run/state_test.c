/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <inttypes.h>
#include <stdio.h>

#include "state.h"

#define BEGIN   "smtpscan-state 1\ngiven ports 0a1b\ngiven list-1 ff\n"
#define NUMBERS "seed 7\npart 2\noutput 512\nreserved 4096\ncomplete 0\n"

static const char whole[] = BEGIN NUMBERS "done 0-122\ndone 124-130\n";

/* With the sum that is right. */
static struct octets with_sum(struct buf *b, const char *text)
{
    buf_init(b, (size_t)1024 * 1024);
    buf_append_text(b, text);
    buf_append_format(b, "sum %016" PRIx64 "\n", octets_hash(octets_of(text)));
    return buf_octets(b);
}

static void test_gives_back_what_was_written(void **state)
{
    (void)state;
    struct run_state s;
    struct run_state_problem problem;
    struct buf text, again;
    struct octets in = with_sum(&text, whole);
    struct octets guarded = kit_guard(in);
    assert_int_equal(run_state_parse(guarded, &s, &problem), ERR_OK);
    assert_int_equal(s.seed, 7);
    assert_int_equal(s.part, 2);
    assert_int_equal(s.output, 512);
    assert_int_equal(s.reserved, 4096);
    assert_false(s.is_complete);
    assert_int_equal(s.given_count, 2);
    kit_assert_text(s.given[1].name, "list-1");
    kit_assert_text(s.given[1].hash, "ff");
    assert_true(run_done_has(&s.done, 121) && !run_done_has(&s.done, 122));
    assert_int_equal(run_done_count(&s.done), 128);
    buf_init(&again, (size_t)1024 * 1024);
    run_state_append(&again, &s);
    kit_assert_octets(buf_octets(&again), in);
    run_done_release(&s.done);
    kit_unguard(guarded);
    buf_release(&again);
    buf_release(&text);
}

/* A file that was cut anywhere, or in which one octet is another, is refused with its line. */
static void test_damage(void **state)
{
    (void)state;
    struct run_state s;
    struct run_state_problem problem;
    struct buf text;
    struct octets in = with_sum(&text, whole);
    for (size_t size = 0; size < in.size; size++) {
        assert_int_equal(run_state_parse(octets_sub(in, 0, size), &s, &problem), ERR_SYNTAX);
        assert_true(problem.line >= 1 && problem.line <= 11 && problem.text);
    }
    for (size_t at = 0; at < in.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            text.data[at] ^= (uint8_t)(1u << bit);
            assert_int_equal(run_state_parse(in, &s, &problem), ERR_SYNTAX);
            assert_true(problem.line >= 1 && problem.line <= 11 && problem.text);
            text.data[at] ^= (uint8_t)(1u << bit);
        }
    buf_append_octet(&text, '\n');
    assert_int_equal(run_state_parse(buf_octets(&text), &s, &problem), ERR_SYNTAX);
    assert_int_equal(problem.line, 12);
    buf_release(&text);
}

struct row {
    const char *name, *text;
    uint64_t line;
};

/* Each with the sum that is right. */
static const struct row rows[] = {
    {"another file", "{\"type\":\"run\"}\n", 1},
    {"another version", "smtpscan-state 2\n" NUMBERS, 1},
    {"a version that is none", "smtpscan-state x\n" NUMBERS, 1},
    {"a hash that is none", "smtpscan-state 1\ngiven ports XY\n" NUMBERS, 2},
    {"a name that is none", "smtpscan-state 1\ngiven P\x1b[ ff\n" NUMBERS, 2},
    {"a name without a hash", "smtpscan-state 1\ngiven ports\n" NUMBERS, 2},
    {"a number that is missing", BEGIN "seed 7\noutput 512\nreserved 1\ncomplete 0\n", 5},
    {"a number that is negative", BEGIN "seed -7\npart 1\n", 4},
    {"a number that is too large", BEGIN "seed 18446744073709551616\n", 4},
    {"an output longer than files are", BEGIN "seed 7\npart 2\noutput 9223372036854775808\n", 6},
    {"more parts than are counted", BEGIN "seed 7\npart 4294967295\n", 5},
    {"neither complete nor not", BEGIN "seed 7\npart 2\noutput 0\nreserved 1\ncomplete 2\n", 8},
    {"a line of nothing", BEGIN "\n" NUMBERS, 4},
    {"a range that is empty", BEGIN NUMBERS "done 5-5\n", 9},
    {"a range that is reversed", BEGIN NUMBERS "done 9-5\n", 9},
    {"a range of one number", BEGIN NUMBERS "done 9\n", 9},
    {"ranges that overlap", BEGIN NUMBERS "done 0-9\ndone 5-11\n", 10},
    {"ranges that touch", BEGIN NUMBERS "done 0-9\ndone 9-11\n", 10},
    {"ranges in disorder", BEGIN NUMBERS "done 20-29\ndone 5-11\n", 10},
    {"a word that is unknown", BEGIN NUMBERS "gone 20-29\n", 9},
    {"two ends of lines", BEGIN "seed 7\r\n", 4},
};

static void test_row(void **state)
{
    const struct row *row = *state;
    struct run_state s;
    struct run_state_problem problem;
    struct buf text;
    assert_int_equal(run_state_parse(with_sum(&text, row->text), &s, &problem), ERR_SYNTAX);
    assert_int_equal(problem.line, row->line);
    assert_non_null(problem.text);
    buf_release(&text);
}

static void test_too_many(void **state)
{
    (void)state;
    struct run_state s;
    struct run_state_problem problem;
    struct buf text;
    buf_init(&text, RUN_STATE_OCTETS_MAX);
    buf_append_text(&text, "smtpscan-state 1\n");
    for (unsigned i = 0; i <= RUN_STATE_GIVEN_MAX; i++)
        buf_append_format(&text, "given n%u ff\n", i);
    assert_int_equal(run_state_parse(buf_octets(&text), &s, &problem), ERR_SYNTAX);
    assert_int_equal(problem.line, RUN_STATE_GIVEN_MAX + 2);
    buf_clear(&text);
    buf_append_text(&text, BEGIN NUMBERS);
    for (size_t i = 0; i <= RUN_DONE_RANGES_MAX; i++)
        buf_append_format(&text, "done %zu-%zu\n", 2 * i, 2 * i + 1);
    assert_int_equal(run_state_parse(buf_octets(&text), &s, &problem), ERR_SYNTAX);
    assert_int_equal(problem.line, 9 + RUN_DONE_RANGES_MAX);
    buf_release(&text);
}

static void test_differences(void **state)
{
    (void)state;
    const struct run_given same = {OCTETS("level"), OCTETS("01")};
    const struct run_state a = {
        .given = {{OCTETS("ports"), OCTETS("0a")}, same, {OCTETS("list-1"), OCTETS("02")}},
        .given_count = 3};
    const struct run_state b = {
        .given = {same, {OCTETS("ports"), OCTETS("0b")}, {OCTETS("shard"), OCTETS("03")}},
        .given_count = 3};
    const char *const want[] = {"ports", "list-1", "shard"};
    struct octets name;
    size_t found = 0;
    for (size_t i = 0; (i = run_state_difference(&a, &b, i, &name)) < 6; i++) {
        assert_true(found < 3);
        kit_assert_text(name, want[found]);
        found++;
    }
    assert_int_equal(found, 3);
    assert_int_equal(run_state_difference(&a, &a, 0, &name), 6);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 4];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_gives_back_what_was_written);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_damage);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_too_many);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_differences);
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
