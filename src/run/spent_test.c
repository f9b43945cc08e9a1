/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "spent.h"

static struct address address_at(uint64_t n)
{
    return address_of_number(4, (struct address_number){0, n});
}

static void test_remembers(void **state)
{
    (void)state;
    struct run_spent s = {0};
    for (uint32_t i = 0; i < 5000; i++) {
        struct address a = address_at(i);
        assert_int_equal(run_spent_get(&s, &a), 0);
        run_spent_set(&s, &a, i % 300);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        struct address a = address_at(i);
        assert_int_equal(run_spent_get(&s, &a), i % 300 < UINT8_MAX ? i % 300 : UINT8_MAX);
    }
    assert_int_equal(s.count, 5000);
    assert_int_equal(s.forgotten, 0);
    run_spent_release(&s);
}

static void test_past_the_cap(void **state)
{
    (void)state;
    struct run_spent s = {.max = 2000};
    for (uint32_t i = 0; i < 3000; i++) {
        struct address a = address_at(i);
        run_spent_set(&s, &a, 1);
    }
    struct address known = address_at(1999), unknown = address_at(2000);
    assert_int_equal(s.count, 2000);
    assert_int_equal(s.forgotten, 1000);
    run_spent_set(&s, &known, 4); /* what is there may still change */
    assert_int_equal(run_spent_get(&s, &known), 4);
    assert_int_equal(run_spent_get(&s, &unknown), 0);
    assert_int_equal(s.forgotten, 1000);
    run_spent_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers),
        cmocka_unit_test(test_past_the_cap),
    };
    return cmocka_run_group_tests_name("spent", tests, NULL, NULL);
}
