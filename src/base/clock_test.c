/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "clock.h"

/* clang-format off */
static const struct both_ways {
    const char *name, *text;
    uint64_t ms;
} both_ways[] = {
    {"the epoch",              "1970-01-01T00:00:00.000Z", 0},
    {"a millisecond",          "1970-01-01T00:00:00.001Z", 1},
    {"an evening in November", "2026-11-21T23:04:05.123Z", 1795302245123},
    {"a leap day",             "2024-02-29T12:00:00.000Z", 1709208000000},
    {"the end of a year",      "2026-12-31T23:59:59.999Z", 1798761599999},
    {"past 2038",              "2038-01-19T03:14:08.000Z", 2147483648000},
    {"the last that fits",     "9999-12-31T23:59:59.999Z", 253402300799999},
};

static const struct parse {
    const char *name, *text;
    bool is_time;
    uint64_t ms;
} parses[] = {
    {"seconds alone",                 "2026-11-21T23:04:05Z",     true, 1795302245000},
    {"nothing",                       "",                         false, 0},
    {"a day alone",                   "2026-11-21",               false, 0},
    {"no zone",                       "2026-11-21T23:04:05",      false, 0},
    {"no zone, milliseconds",         "2026-11-21T23:04:05.123",  false, 0},
    {"another zone",                  "2026-11-21T23:04:05+01:00", false, 0},
    {"a blank for the T",             "2026-11-21 23:04:05Z",     false, 0},
    {"one digit of a fraction",       "2026-11-21T23:04:05.1Z",   false, 0},
    {"a point without digits",        "2026-11-21T23:04:05.Z",    false, 0},
    {"microseconds",                  "2026-11-21T23:04:05.123456Z", false, 0},
    {"a letter for the point",        "2026-11-21T23:04:05x123Z", false, 0},
    {"a comma for the point",         "2026-11-21T23:04:05,123Z", false, 0},
    {"letters for a fraction",        "2026-11-21T23:04:05.abcZ", false, 0},
    {"a letter for a digit",          "2026-11-2xT23:04:05Z",     false, 0},
    {"a sign for a digit",            "2026-11-+1T23:04:05Z",     false, 0},
    {"month zero",                    "2026-00-21T23:04:05Z",     false, 0},
    {"month 13",                      "2026-13-21T23:04:05Z",     false, 0},
    {"day zero",                      "2026-11-00T23:04:05Z",     false, 0},
    {"31 November",                   "2026-11-31T23:04:05Z",     false, 0},
    {"29 February of a common year",  "2026-02-29T23:04:05Z",     false, 0},
    {"hour 24",                       "2026-11-21T24:00:00Z",     false, 0},
    {"minute 60",                     "2026-11-21T23:60:05Z",     false, 0},
    {"second 61",                     "2026-11-21T23:04:61Z",     false, 0},
    {"before the epoch",              "1969-12-31T23:59:59Z",     false, 0},
    {"a blank after it",              "2026-11-21T23:04:05Z ",    false, 0},
};
/* clang-format on */

static void test_both_ways(void **state)
{
    const struct both_ways *c = *state;
    struct buf b;
    uint64_t ms = 4711;
    buf_init(&b, 64);
    clock_append_rfc3339(&b, c->ms);
    kit_assert_text(buf_octets(&b), c->text);
    assert_true(clock_parse_rfc3339(octets_of(c->text), &ms));
    assert_true(ms == c->ms);
    buf_release(&b);
}

static void test_parse(void **state)
{
    const struct parse *c = *state;
    uint64_t ms = 4711;
    struct octets in = kit_guard(octets_of(c->text));
    assert_int_equal(clock_parse_rfc3339(in, &ms), c->is_time);
    assert_true(ms == (c->is_time ? c->ms : 4711)); /* untouched */
    kit_unguard(in);
}

/* No proper prefix of a time in milliseconds is a time. */
static void test_every_prefix(void **state)
{
    (void)state;
    struct octets whole = OCTETS("2026-11-21T23:04:05.123Z");
    for (size_t n = 0; n < whole.size; n++) {
        uint64_t ms;
        struct octets in = kit_guard(octets_sub(whole, 0, n));
        assert_false(clock_parse_rfc3339(in, &ms));
        kit_unguard(in);
    }
}

static void test_clocks_run(void **state)
{
    (void)state;
    uint64_t before = clock_now_ms();
    assert_true(before > 0);
    assert_true(clock_now_ms() >= before);
    assert_true(clock_wall_ms() > 1577836800000); /* 2020: nobody builds this earlier */
}

static void test_far_future_does_not_break(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 64);
    clock_append_rfc3339(&b, UINT64_MAX);
    assert_int_equal(buf_error(&b), ERR_OK);
    buf_release(&b);
}

int main(void)
{
    struct CMUnitTest tests[3 + KIT_COUNT(both_ways) + KIT_COUNT(parses)] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_clocks_run),
        cmocka_unit_test(test_far_future_does_not_break),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, both_ways, test_both_ways);
    KIT_ADD_ROWS(tests, &count, parses, test_parse);
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
