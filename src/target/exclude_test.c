/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdlib.h>

#include "exclude.h"

static void add(struct target_exclude *x, struct octets text)
{
    struct arena a;
    struct target t = {0};
    const char *problem = NULL;
    arena_init(&a, (size_t)16 * 1024);
    assert_int_equal(target_parse(text, &a, &t, &problem), ERR_OK);
    assert_int_equal(target_exclude_add(x, &t), ERR_OK);
    arena_release(&a);
}

/* Of entries parted by blanks. */
static struct target_exclude *new_of(const char *entries)
{
    struct target_exclude *x = NULL;
    struct octets rest = octets_of(entries);
    assert_int_equal(target_exclude_new(&x), ERR_OK);
    while (rest.size)
        add(x, octets_take_word(&rest));
    target_exclude_sort(x);
    return x;
}

#define MANY \
    "10.0.0.0/8 192.0.2.7 192.0.2.9-12 192.0.2.0/29 172.16.0.0/12 10.1.0.0/16 255.255.255.255 " \
    "2001:db8::/32 2001:db8:1::/48 fe80::1 ::9-::20 Example.ORG. a.b.example m\u00fcnchen.example"

/* clang-format off */
static const struct row {
    const char *name, *asked;
    bool want;
} rows[] = {
    {"the first of a network",          "10.0.0.0",          true},
    {"the last of a network",           "10.255.255.255",    true},
    {"behind it",                       "11.0.0.0",          false},
    {"before it",                       "9.255.255.255",     false},
    {"in a network within another",     "10.1.2.3",          true},
    {"behind the one within",           "10.2.0.0",          true},
    {"an address",                      "192.0.2.7",         true},
    {"its neighbour",                   "192.0.2.8",         false},
    {"in a range",                      "192.0.2.12",        true},
    {"behind a range",                  "192.0.2.13",        false},
    {"the lowest address",              "0.0.0.0",           false},
    {"the highest address",             "255.255.255.255",   true},
    {"IPv6",                            "2001:db8:ffff::1",  true},
    {"IPv6 behind",                     "2001:db9::",        false},
    {"IPv6 before",                     "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false},
    {"an IPv6 range",                   "::15",              true},
    {"an IPv4-mapped address",          "::ffff:10.1.1.1",   true},
    {"another IPv4-mapped address",     "::ffff:11.1.1.1",   false},
    {"an address behind NAT64",         "64:ff9b::10.1.1.1", true},
    {"a name",                          "example.org",       true},
    {"below a name",                    "mx.a.example.org",  true},
    {"above a name",                    "org",               false},
    {"ends alike",                      "notexample.org",    false},
    {"below a longer name",             "x.a.b.example",     true},
    {"its parent",                      "b.example",         false},
    {"a name in capitals",              "MX.EXAMPLE.org",    true},
    {"an A-label",                      "xn--mnchen-3ya.example", true},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct target_exclude *x = new_of(MANY);
    struct address a;
    bool is_address = address_parse(octets_of(c->asked), &a);
    struct octets name = kit_guard(octets_of(c->asked));
    assert_int_equal(
        is_address ? target_exclude_has_address(x, &a) : target_exclude_has_name(x, name), c->want);
    kit_unguard(name);
    target_exclude_free(x);
}

static void test_nothing_is_excluded(void **state)
{
    (void)state;
    struct target_exclude *x = new_of("");
    struct address v4 = {.family = 4}, v6 = {.family = 6};
    assert_false(target_exclude_has_address(x, &v4));
    assert_false(target_exclude_has_address(x, &v6));
    assert_false(target_exclude_has_name(x, OCTETS("example.org")));
    assert_false(target_exclude_has_name(x, OCTETS_NONE));
    target_exclude_free(x);
}

static void test_dots(void **state)
{
    (void)state;
    struct target_exclude *x = new_of("example.org");
    assert_true(target_exclude_has_name(x, OCTETS("mx.example.org."))); /* as DNS may have it */
    assert_false(target_exclude_has_name(x, OCTETS(".")));
    assert_false(target_exclude_has_name(x, OCTETS("..")));
    target_exclude_free(x);
}

static bool has_range(const struct target_exclude *x, const char *first, const char *last)
{
    struct address a, b;
    assert_true(address_parse(octets_of(first), &a) && address_parse(octets_of(last), &b));
    return target_exclude_has_range(x, &a, &b);
}

static void test_ranges(void **state)
{
    (void)state;
    struct target_exclude *x = new_of("10.0.0.0/9 10.64.0.0-10.200.0.0 2001:db8::/32");
    assert_true(has_range(x, "10.0.0.0", "10.200.0.0")); /* those that overlap are one */
    assert_false(has_range(x, "10.0.0.0", "10.200.0.1"));
    assert_true(has_range(x, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
    assert_false(has_range(x, "2001:db8::", "2001:db9::"));
    target_exclude_free(x);
}

/* Compared with asking each entry. */
static void test_against_the_plain_way(void **state)
{
    (void)state;
    struct target_exclude *x = NULL;
    static struct target all[600];
    uint64_t random = 1;
    assert_int_equal(target_exclude_new(&x), ERR_OK);
    for (size_t i = 0; i < KIT_COUNT(all); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct address_number n = {0, random >> 40}; /* 24 bits: they meet */
        all[i] = (struct target){.kind = TARGET_NETWORK, .bits = 20 + (unsigned)(random % 13)};
        all[i].address = address_of_number(4, n);
        for (unsigned bit = all[i].bits; bit < 32; bit++)
            all[i].address.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
        assert_int_equal(target_exclude_add(x, &all[i]), ERR_OK);
    }
    target_exclude_sort(x);
    size_t held = 0;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct address a = address_of_number(4, (struct address_number){0, random >> 40});
        bool want = false;
        for (size_t e = 0; e < KIT_COUNT(all); e++)
            want = want || address_is_in(&a, &all[e].address, all[e].bits);
        assert_int_equal(target_exclude_has_address(x, &a), want);
        held += want;
    }
    assert_in_range(held, 100, 19900);
    target_exclude_free(x);
}

static void test_many_names(void **state)
{
    (void)state;
    struct target_exclude *x = NULL;
    char text[64];
    assert_int_equal(target_exclude_new(&x), ERR_OK);
    for (unsigned twice = 0; twice < 2; twice++)
        for (unsigned i = 0; i < 20000; i += 2) {
            snprintf(text, sizeof text, "n%u.example", i);
            struct target t = {.kind = TARGET_NAME, .name = octets_of(text)};
            assert_int_equal(target_exclude_add(x, &t), ERR_OK);
        }
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "mx.n%u.example", i);
        assert_int_equal(target_exclude_has_name(x, octets_of(text)), i % 2 == 0);
    }
    target_exclude_free(x);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 5] = {
        cmocka_unit_test(test_nothing_is_excluded),
        cmocka_unit_test(test_dots),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_against_the_plain_way),
        cmocka_unit_test(test_many_names),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("exclude", tests, NULL, NULL);
}
