/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "seen.h"

#define ROOM 4

static struct facts_visit visit_of(uint8_t number)
{
    return (struct facts_visit){.address = {.family = 4, .octets = {192, 0, 2, number}},
                                .port = 25,
                                .outcome = FACTS_OUTCOME_ANSWERED,
                                .host = OCTETS("mx.example.org")};
}

static void keep(struct seen_ring *r, uint8_t number)
{
    const struct facts_visit v = visit_of(number);
    assert_non_null(seen_keep(r, &v));
}

static bool has(const struct seen_ring *r, uint8_t number)
{
    const struct facts_visit v = visit_of(number);
    return seen_find(r, &v.address, v.port) != NULL;
}

static void the_oldest_makes_room(void **state)
{
    struct seen_ring r;
    (void)state;
    assert_int_equal(seen_ring_init(&r, ROOM), ERR_OK);
    for (uint8_t i = 0; i <= ROOM; i++)
        keep(&r, i);
    assert_false(has(&r, 0));
    for (uint8_t i = 1; i <= ROOM; i++)
        assert_true(has(&r, i));
    seen_ring_release(&r);
}

static void who_is_asked_for_again_stays(void **state)
{
    struct seen_ring r;
    (void)state;
    assert_int_equal(seen_ring_init(&r, ROOM), ERR_OK);
    keep(&r, 0);
    for (uint8_t i = 1; i < 50; i++) {
        assert_true(has(&r, 0));
        keep(&r, i);
    }
    assert_false(has(&r, 1));
    seen_ring_release(&r);
}

static void all_of_them_asked_for_still_make_room(void **state)
{
    struct seen_ring r;
    (void)state;
    assert_int_equal(seen_ring_init(&r, ROOM), ERR_OK);
    for (uint8_t i = 0; i < 20; i++) {
        keep(&r, i);
        for (uint8_t k = 0; k <= i; k++)
            (void)has(&r, k);
        assert_true(has(&r, i));
    }
    seen_ring_release(&r);
}

static void the_last_visit_of_an_endpoint_counts(void **state)
{
    struct facts_visit v = visit_of(7);
    struct seen_ring r;
    (void)state;
    assert_int_equal(seen_ring_init(&r, ROOM), ERR_OK);
    keep(&r, 7);
    v.outcome = FACTS_OUTCOME_REFUSED;
    assert_non_null(seen_keep(&r, &v));
    assert_int_equal(seen_find(&r, &v.address, 25)->outcome, FACTS_OUTCOME_REFUSED);
    seen_ring_release(&r);
}

static void a_certificate_is_held_against_the_name_that_led_there(void **state)
{
    static const struct {
        const char *host;
        bool matches;
    } cases[] = {
        {"mx.example.org", false}, /* by which it was visited: as the handshake said */
        {"a.example.net", true},   {"a.b.example.net", false},
        {"other.example", true},   {"another.example", false},
    };
    struct octets names[] = {OCTETS("*.example.net"), OCTETS("other.example")};
    struct facts_certificate leaf = {.names = names, .name_count = 2};
    struct facts_visit v = visit_of(1);
    struct seen_ring r;
    struct arena a;
    (void)state;
    v.tls = (struct facts_tls){.is_up = true, .has_name = true, .chain = &leaf, .chain_count = 1};
    assert_int_equal(seen_ring_init(&r, ROOM), ERR_OK);
    arena_init(&a, (size_t)1 << 20);
    const struct facts_seen *seen = seen_keep(&r, &v);
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct facts_seen to;
        assert_true(seen_join(&to, seen, octets_of(cases[i].host), &a));
        assert_int_equal(to.name_matches, cases[i].matches);
        kit_assert_text(to.host, cases[i].host);
    }
    arena_release(&a);
    seen_ring_release(&r);
}

static void places_that_nobody_took_are_left_out(void **state)
{
    struct facts_seen at[] = {{.port = 0}, {.port = 25}, {.port = 0}, {.port = 465}, {.port = 0}};
    (void)state;
    assert_int_equal(seen_pack(at, KIT_COUNT(at)), 2);
    assert_int_equal(at[0].port, 25);
    assert_int_equal(at[1].port, 465);
    assert_int_equal(seen_pack(at, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(who_is_asked_for_again_stays),
        cmocka_unit_test(all_of_them_asked_for_still_make_room),
        cmocka_unit_test(the_last_visit_of_an_endpoint_counts),
        cmocka_unit_test(a_certificate_is_held_against_the_name_that_led_there),
        cmocka_unit_test(places_that_nobody_took_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
