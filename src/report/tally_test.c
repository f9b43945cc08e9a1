/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "tally.h"

#define ARENA_OCTETS ((size_t)8 * 1024 * 1024)

static void test_the_commonest_stand_first(void **state)
{
    static const char *const names[] = {"Exim", "Postfix", "Sendmail", "Postfix",
                                        "",     "Postfix", "Exim",     ""};
    static const struct {
        const char *name;
        uint64_t count;
    } want[] = {{"Postfix", 3}, {"", 2}, {"Exim", 2}, {"Sendmail", 1}};
    struct arena a;
    struct tally t;
    (void)state;
    arena_init(&a, ARENA_OCTETS);
    tally_init(&t, &a);
    for (size_t i = 0; i < KIT_COUNT(names); i++)
        assert_true(tally_add(&t, octets_of(names[i])));
    tally_sort(&t);
    assert_int_equal(t.count, KIT_COUNT(want));
    assert_int_equal(t.total, KIT_COUNT(names));
    assert_int_equal(t.others, 0);
    for (size_t i = 0; i < KIT_COUNT(want); i++) {
        kit_assert_text(t.rows[i].name, want[i].name);
        assert_int_equal(t.rows[i].count, want[i].count);
    }
    arena_release(&a);
}

static void test_names_are_copied(void **state)
{
    char name[] = "Exim";
    struct arena a;
    struct tally t;
    (void)state;
    arena_init(&a, ARENA_OCTETS);
    tally_init(&t, &a);
    assert_true(tally_add(&t, octets_of(name)));
    memcpy(name, "gone", 4);
    assert_true(tally_add(&t, OCTETS("Exim")));
    assert_int_equal(t.count, 1);
    kit_assert_text(t.rows[0].name, "Exim");
    arena_release(&a);
}

static void test_past_the_bound_new_names_are_others(void **state)
{
    struct arena a;
    struct tally t;
    (void)state;
    arena_init(&a, ARENA_OCTETS);
    tally_init(&t, &a);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < TALLY_ROWS_MAX + 10; i++) {
            char name[16];
            snprintf(name, sizeof name, "%u", i);
            assert_true(tally_add(&t, octets_of(name)));
        }
    assert_int_equal(t.count, TALLY_ROWS_MAX);
    assert_int_equal(t.others, 20);
    assert_int_equal(t.total, 2 * (TALLY_ROWS_MAX + 10));
    for (size_t i = 0; i < t.count; i++)
        assert_int_equal(t.rows[i].count, 2);
    arena_release(&a);
}

static void test_out_of_memory_is_told(void **state)
{
    struct arena a;
    struct tally t;
    (void)state;
    arena_init(&a, 64);
    tally_init(&t, &a);
    assert_false(tally_add(&t, OCTETS("a name that finds no room")));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_commonest_stand_first),
        cmocka_unit_test(test_names_are_copied),
        cmocka_unit_test(test_past_the_bound_new_names_are_others),
        cmocka_unit_test(test_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
