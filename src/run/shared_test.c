/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "shared.h"

static struct address address_of(uint32_t n)
{
    return (struct address){.family = 4,
                            .octets = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}

static void an_endpoint_is_address_and_port(void **state)
{
    struct run_shared s = {0};
    struct address one = address_of(1), two = address_of(2);
    struct address six = {.family = 6, .octets = {10, 0, 0, 1}};
    (void)state;
    assert_false(run_shared_has(&s, &one, 25));
    run_shared_add(&s, &one, 25);
    run_shared_add(&s, &one, 465);
    assert_true(run_shared_has(&s, &one, 25));
    assert_true(run_shared_has(&s, &one, 465));
    assert_false(run_shared_has(&s, &one, 587));
    assert_false(run_shared_has(&s, &two, 25));
    assert_false(run_shared_has(&s, &six, 25));
    run_shared_release(&s);
}

static void past_the_cap_no_more_are_remembered(void **state)
{
    struct run_shared s = {.max = 5000};
    (void)state;
    for (uint32_t i = 0; i < 6000; i++) {
        struct address a = address_of(i);
        run_shared_add(&s, &a, 25);
    }
    assert_int_equal(s.count, 5000);
    assert_int_equal(s.forgotten, 1000);
    for (uint32_t i = 0; i < 6000; i++) {
        struct address a = address_of(i);
        assert_int_equal(run_shared_has(&s, &a, 25), i < 5000);
    }
    run_shared_release(&s);
}

static void the_first_domains_are_kept_and_all_are_counted(void **state)
{
    struct run_domains d;
    char name[16];
    (void)state;
    run_domains_init(&d);
    run_domains_add(&d, OCTETS_NONE);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%u.test", i);
        run_domains_add(&d, octets_of(name));
        run_domains_add(&d, OCTETS("n0.test"));
    }
    assert_int_equal(d.count, FACTS_DOMAINS_MAX);
    assert_int_equal(d.total, 100);
    kit_assert_text(d.at[0], "n0.test");
    kit_assert_text(d.at[FACTS_DOMAINS_MAX - 1], "n19.test");
    run_domains_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_address_and_port),
        cmocka_unit_test(past_the_cap_no_more_are_remembered),
        cmocka_unit_test(the_first_domains_are_kept_and_all_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
