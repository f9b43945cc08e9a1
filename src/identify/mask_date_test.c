/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "mask_date.h"

/* clang-format off */
static const struct date {
    const char *in;
    size_t size; /* 0: no date */
} dates[] = {
    /* RFC 5322 s3.3 */
    {"Sat, 21 Nov 2026 23:04:05 +0000", 31},
    {"Sat, 21 Nov 2026 23:04:05 +0000 (UTC)", 37},
    {"Sat, 21 Nov 2026 23:04:05 +0000; more", 31},
    {"Sat, 21 Nov 2026 23:04:05 GMT", 29},
    {"Sat, 21 Nov 2026 23:04:05 -0330", 31},
    {"Sat, 21 Nov 2026 23:04:05", 25},
    {"Sat, 21 Nov 2026 23:04", 22},
    {"Sat, 1 Nov 2026 3:04:05 +0100", 29},
    {"Sat,  1 Nov 2026 03:04:05 +0100", 31},
    {"Saturday, 21 November 2026 23:04:05", 35},
    {"sat, 21 nov 2026 23:04:05 +0000", 31},
    {"Sat, 21 Nov 2026", 16},
    {"21 Nov 2026 23:04:05 +0000", 26},
    {"21 Nov 2026 23:04:05", 20},
    /* ctime */
    {"Sat Nov 21 23:04:05 2026", 24},
    {"Sun Nov  1 23:04:05 2026", 24},
    {"Sat Nov 21 23:04:05 UTC 2026", 28},
    {"Sat Nov 21 2026", 15},
    /* RFC 3339 and kin */
    {"2026-11-21T23:04:05Z", 20},
    {"2026-11-21T23:04:05.123Z", 24},
    {"2026-11-21T23:04:05+01:00", 25},
    {"2026-11-21 23:04:05", 19},
    {"2026/11/21 23:04:05", 19},
    {"21-Nov-2026 23:04:05", 20},
    {"21-Nov-2026", 11},
    /* none */
    {"", 0}, {"Sat", 0}, {"Sat,", 0}, {"Sat, 21", 0}, {"Sat, 21 Nov", 0}, {"Satan, 21 Foo 2026", 0}, {"Nov 21", 0},
    {"2026-11-21", 0}, {"23:04:05", 0}, {"21 Nov 26 23:04:05", 0}, {"Sat, 211 Nov 2026 23:04:05", 0},
    {"Sat, 21 Nov 20266 23:04:05", 0}, {"3.7.11", 0}, {"2026-1-21T23:04:05Z", 0}, {"unN, 21 Nov 2026", 0},
};
/* clang-format on */

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(dates); i++) {
        struct octets in = kit_guard(octets_of(dates[i].in));
        if (mask_date_length(in) != dates[i].size)
            print_error("%s\n", dates[i].in);
        assert_int_equal(mask_date_length(in), dates[i].size);
        kit_unguard(in);
        for (size_t n = 0; n < strlen(dates[i].in); n++) {
            struct octets prefix = kit_guard(octets_sub(octets_of(dates[i].in), 0, n));
            assert_true(mask_date_length(prefix) <= n);
            kit_unguard(prefix);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates)};
    return cmocka_run_group_tests_name("mask_date", tests, NULL, NULL);
}
