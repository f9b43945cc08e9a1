/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "pace.h"

#define SECOND_US 1000000u

static struct pace_place place(const char *address, const char *domain)
{
    struct address a;
    assert_true(address_parse(octets_of(address), &a));
    return pace_place_of(&a, domain ? octets_of(domain) : OCTETS_NONE);
}

static struct pace pace_with(struct pace_limits limits)
{
    struct pace p;
    pace_init(&p, &limits);
    return p;
}

static const struct pace_limits generous = {
    .operator_visits = 1000, .network_visits = 1000, .unanswered = 1000};

static void a_rate_spaces_connections_evenly(void **state)
{
    struct pace_limits l = generous;
    uint64_t now = 5 * SECOND_US, first = 0, begun = 0;
    (void)state;
    l.rate = 100;
    struct pace p = pace_with(l);
    struct pace_place at = place("192.0.2.1", NULL);
    for (; begun < 100; begun++) {
        uint64_t wait = pace_begin(&p, now, &at);
        for (; wait; wait = pace_begin(&p, now, &at)) {
            assert_true(wait <= 10000); /* never longer than one interval */
            now += wait;
        }
        first = first ? first : now;
    }
    assert_in_range(now - first, 970000, 1000000);
    pace_release(&p);
}

static void what_stood_still_is_not_caught_up(void **state)
{
    struct pace_limits l = generous;
    struct pace_place at = place("192.0.2.1", NULL);
    unsigned burst = 0;
    (void)state;
    l.rate = 100;
    struct pace p = pace_with(l);
    assert_int_equal(pace_begin(&p, SECOND_US, &at), 0);
    while (pace_begin(&p, 60ull * SECOND_US, &at) == 0)
        burst++;
    assert_in_range(burst, 1, 3);
    pace_release(&p);
}

static void further_connections_of_a_visit_weigh_on_all_clocks(void **state)
{
    struct pace_limits l = generous;
    struct pace_place at = place("192.0.2.1", "example.org"),
                      same = place("198.51.100.1", "example.org"),
                      beside = place("192.0.2.2", NULL), other = place("203.0.113.1", NULL);
    (void)state;
    l.operator_rate = l.network_rate = 100;
    struct pace p = pace_with(l);
    assert_int_equal(pace_begin(&p, SECOND_US, &at), 0);
    pace_charge(&p, SECOND_US, &at, 24);
    assert_in_range(pace_begin(&p, SECOND_US, &same), 200000, 250000);
    assert_in_range(pace_begin(&p, SECOND_US, &beside), 200000, 250000);
    assert_int_equal(pace_begin(&p, SECOND_US, &other), 0);
    assert_in_range(pace_party_wait(&p, SECOND_US, &same), 200000, 250000);
    assert_int_equal(pace_party_wait(&p, SECOND_US, &beside), 0); /* its network alone */
    pace_release(&p);
}

static void one_network_bears_so_many_at_once_and_another_is_free(void **state)
{
    struct pace_limits l = generous;
    struct pace_place one = place("192.0.2.1", NULL), two = place("192.0.2.200", NULL),
                      other = place("192.0.3.1", NULL);
    (void)state;
    l.network_visits = 2;
    struct pace p = pace_with(l);
    assert_int_equal(pace_begin(&p, 1, &one), 0);
    assert_int_equal(pace_begin(&p, 1, &two), 0);
    assert_int_equal(pace_begin(&p, 1, &one), PACE_UNTIL_END);
    assert_int_equal(pace_begin(&p, 1, &other), 0);
    pace_end(&p, 2, &two, false);
    pace_answered(&p, &two);
    assert_int_equal(pace_begin(&p, 2, &one), 0);
    pace_release(&p);
}

static void connects_that_nothing_answers_hold_a_network_back(void **state)
{
    struct pace_limits l = generous;
    struct pace_place at = place("2001:db8:1::1", NULL),
                      neighbour = place("2001:db8:1:ffff::2", NULL);
    (void)state;
    l.unanswered = 1;
    struct pace p = pace_with(l);
    assert_int_equal(pace_begin(&p, 1, &at), 0);
    assert_int_equal(pace_begin(&p, 1, &neighbour), PACE_UNTIL_END);
    pace_answered(&p, &at);
    assert_int_equal(pace_begin(&p, 1, &neighbour), 0);
    pace_release(&p);
}

static void all_hosts_of_a_domain_are_one_operator(void **state)
{
    struct pace_limits l = generous;
    struct pace_place a = place("192.0.2.1", "example.org"),
                      b = place("203.0.113.1", "example.org"),
                      c = place("203.0.113.2", "example.net");
    (void)state;
    l.operator_visits = 1;
    struct pace p = pace_with(l);
    assert_int_equal(pace_begin(&p, 1, &a), 0);
    assert_int_equal(pace_begin(&p, 1, &b), PACE_UNTIL_END);
    assert_int_equal(pace_begin(&p, 1, &c), 0);
    pace_release(&p);
}

/* 10 seconds, and 30 at most. */
static struct pace pace_that_backs_off(void)
{
    struct pace_limits l = generous;
    l.back_off_us = 10 * SECOND_US;
    l.back_off_most_us = 30 * SECOND_US;
    return pace_with(l);
}

static void who_turns_us_away_is_left_alone_longer_each_time(void **state)
{
    struct pace p = pace_that_backs_off();
    struct pace_place at = place("192.0.2.1", "example.org");
    uint64_t now = SECOND_US;
    (void)state;
    static const uint64_t alone[] = {10, 20, 30, 30};
    for (size_t i = 0; i < KIT_COUNT(alone); i++) {
        assert_int_equal(pace_begin(&p, now, &at), 0);
        pace_end(&p, now, &at, true);
        assert_int_equal(pace_back_off(&p, now, &at), alone[i] * SECOND_US);
        assert_int_equal(pace_begin(&p, now + SECOND_US, &at), (alone[i] - 1) * SECOND_US);
        now += alone[i] * SECOND_US;
    }
    pace_release(&p);
}

/* A server that is out of order for a moment says so to all who are there: that is one refusal. */
static void visits_turned_away_together_are_turned_away_once(void **state)
{
    struct pace p = pace_that_backs_off();
    struct pace_place at = place("192.0.2.1", "example.org");
    (void)state;
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(pace_begin(&p, SECOND_US, &at), 0);
    for (size_t i = 0; i < 20; i++)
        pace_end(&p, 2 * SECOND_US, &at, true);
    assert_int_equal(pace_back_off(&p, 2 * SECOND_US, &at), 10 * SECOND_US);
    pace_release(&p);
}

/* Others come and go, and make room, while it is left alone and for as long again as that may last. */
static void who_turned_us_away_is_remembered(void **state)
{
    struct pace p = pace_that_backs_off();
    struct pace_place at = place("192.0.2.1", "example.org");
    (void)state;
    assert_int_equal(pace_begin(&p, 1, &at), 0);
    pace_end(&p, 1, &at, true);
    for (uint32_t i = 0; i < 5000; i++) {
        struct address a = {.family = 4, .octets = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};
        struct pace_place other = pace_place_of(&a, OCTETS_NONE);
        assert_int_equal(pace_begin(&p, 11 * SECOND_US, &other), 0);
        pace_answered(&p, &other);
        pace_end(&p, 11 * SECOND_US, &other, false);
    }
    assert_int_equal(pace_begin(&p, 12 * SECOND_US, &at), 0);
    pace_end(&p, 12 * SECOND_US, &at, true);
    assert_int_equal(pace_back_off(&p, 12 * SECOND_US, &at), 20 * SECOND_US);
    pace_release(&p);
}

static void places_that_are_done_with_are_forgotten(void **state)
{
    struct pace p = pace_with(generous);
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        struct address a = {.family = 4,
                            .octets = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        struct pace_place at = pace_place_of(&a, OCTETS_NONE);
        assert_int_equal(pace_begin(&p, i, &at), 0);
        pace_answered(&p, &at);
        pace_end(&p, i, &at, false);
    }
    assert_true(p.room <= 4096);
    pace_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_spaces_connections_evenly),
        cmocka_unit_test(what_stood_still_is_not_caught_up),
        cmocka_unit_test(further_connections_of_a_visit_weigh_on_all_clocks),
        cmocka_unit_test(one_network_bears_so_many_at_once_and_another_is_free),
        cmocka_unit_test(connects_that_nothing_answers_hold_a_network_back),
        cmocka_unit_test(all_hosts_of_a_domain_are_one_operator),
        cmocka_unit_test(who_turns_us_away_is_left_alone_longer_each_time),
        cmocka_unit_test(visits_turned_away_together_are_turned_away_once),
        cmocka_unit_test(who_turned_us_away_is_remembered),
        cmocka_unit_test(places_that_are_done_with_are_forgotten),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
