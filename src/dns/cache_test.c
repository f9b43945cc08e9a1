/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "cache.h"

#define OCTETS_MAX ((size_t)64 * 1024)

static int setup(void **state)
{
    static struct dns_cache c;
    dns_cache_init(&c, 4, OCTETS_MAX);
    *state = &c;
    return 0;
}

static int teardown(void **state)
{
    struct dns_cache *c = *state;
    dns_cache_release(c);
    assert_int_equal(c->count, 0);
    assert_int_equal(c->octets, 0);
    return 0;
}

static void put(struct dns_cache *c, uint64_t now_ms, const char *name, const char *raw,
                uint32_t ttl_s)
{
    struct dns_cached answer = {.status = 7, .raw = octets_of(raw)};
    dns_cache_put(c, now_ms, octets_of(name), DNS_TYPE_A, &answer, ttl_s);
}

static bool has(struct dns_cache *c, uint64_t now_ms, const char *name)
{
    struct dns_cached got;
    return dns_cache_get(c, now_ms, octets_of(name), DNS_TYPE_A, &got);
}

static void what_was_put_is_got(void **state)
{
    struct dns_cache *c = *state;
    struct dns_cached got;
    assert_false(has(c, 0, "a"));
    put(c, 0, "a", "answer", 60);
    assert_true(dns_cache_get(c, 1, OCTETS("a"), DNS_TYPE_A, &got));
    assert_int_equal(got.status, 7);
    kit_assert_text(got.raw, "answer");
}

static void each_type_has_its_own(void **state)
{
    struct dns_cache *c = *state;
    struct dns_cached got;
    put(c, 0, "a", "answer", 60);
    assert_false(dns_cache_get(c, 1, OCTETS("a"), DNS_TYPE_MX, &got));
    dns_cache_put(c, 0, OCTETS("a"), DNS_TYPE_MX, &(struct dns_cached){.status = 2}, 60);
    assert_true(dns_cache_get(c, 1, OCTETS("a"), DNS_TYPE_MX, &got));
    assert_int_equal(got.status, 2);
    assert_int_equal(got.raw.size, 0);
    assert_true(has(c, 1, "a"));
}

static void it_expires(void **state)
{
    static const struct {
        uint32_t ttl_s;
        uint64_t last_ms; /* that it is had */
    } cases[] = {
        {1, 100999},      {60, 159999},          {DNS_CACHE_TTL_MAX_S, 3699999},
        {86400, 3699999}, {UINT32_MAX, 3699999},
    };
    struct dns_cache *c = *state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        put(c, 100000, "a", "answer", cases[i].ttl_s);
        assert_true(has(c, cases[i].last_ms, "a"));
        assert_false(has(c, cases[i].last_ms + 1, "a"));
        assert_int_equal(c->count, 0);
    }
}

static void a_ttl_of_nothing_is_not_kept(void **state)
{
    struct dns_cache *c = *state;
    put(c, 0, "a", "answer", 60);
    put(c, 0, "a", "another", 0);
    assert_false(has(c, 0, "a"));
}

static void a_later_answer_replaces_the_earlier(void **state)
{
    struct dns_cache *c = *state;
    struct dns_cached got;
    put(c, 0, "a", "answer", 60);
    put(c, 0, "a", "another", 60);
    assert_int_equal(c->count, 1);
    assert_true(dns_cache_get(c, 1, OCTETS("a"), DNS_TYPE_A, &got));
    kit_assert_text(got.raw, "another");
}

static void what_was_not_asked_for_longest_makes_room(void **state)
{
    struct dns_cache *c = *state;
    put(c, 0, "a", "", 60);
    put(c, 0, "b", "", 60);
    put(c, 0, "c", "", 60);
    put(c, 0, "d", "", 60);
    assert_true(has(c, 1, "a"));
    put(c, 1, "e", "", 60);
    assert_int_equal(c->count, 4);
    assert_true(has(c, 1, "a"));
    assert_false(has(c, 1, "b"));
    assert_true(has(c, 1, "c"));
    assert_true(has(c, 1, "d"));
    assert_true(has(c, 1, "e"));
}

static void octets_are_bounded(void **state)
{
    static uint8_t large[OCTETS_MAX / 2];
    struct dns_cache *c = *state;
    struct dns_cached answer = {.raw = {large, sizeof large}};
    dns_cache_put(c, 0, OCTETS("a"), DNS_TYPE_A, &answer, 60);
    dns_cache_put(c, 0, OCTETS("b"), DNS_TYPE_A, &answer, 60);
    assert_false(has(c, 1, "a"));
    assert_true(has(c, 1, "b"));
    assert_true(c->octets <= OCTETS_MAX);
}

static void many_names(void **state)
{
    struct dns_cache many;
    char name[16];
    (void)state;
    dns_cache_init(&many, 1000, (size_t)1024 * 1024);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%u", i);
        put(&many, i, name, name, 60);
        assert_true(has(&many, i, name));
    }
    assert_int_equal(many.count, 1000);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%u", i);
        assert_int_equal(has(&many, 5000, name), i >= 4000);
    }
    dns_cache_release(&many);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_put_is_got),
        CASE(each_type_has_its_own),
        CASE(it_expires),
        CASE(a_ttl_of_nothing_is_not_kept),
        CASE(a_later_answer_replaces_the_earlier),
        CASE(what_was_not_asked_for_longest_makes_room),
        CASE(octets_are_bounded),
        CASE(many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
