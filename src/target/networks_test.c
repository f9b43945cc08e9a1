/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "networks.h"

static struct target parse(const char *text, struct arena *a)
{
    struct target t = {0};
    const char *problem = NULL;
    arena_init(a, (size_t)16 * 1024);
    assert_int_equal(target_parse(octets_of(text), a, &t, &problem), ERR_OK);
    return t;
}

static void add(struct target_networks *n, const char *text, uint32_t number)
{
    struct arena a;
    struct target t = parse(text, &a);
    target_networks_add(n, &t, number);
    arena_release(&a);
}

static bool has(const struct target_networks *n, const char *text, uint32_t number)
{
    struct arena a;
    struct target t = parse(text, &a);
    unsigned bits = t.kind == TARGET_NETWORK ? t.bits : address_bits(&t.address);
    bool found = target_networks_has(n, &t.address, bits, t.port, number);
    arena_release(&a);
    return found;
}

/* clang-format off */
static const struct row {
    const char *name, *held, *asked;
    bool want;
} rows[] = {
    {"nothing is there",               NULL,             "10.0.0.1",      false},
    {"an address within",              "10.0.0.0/8",     "10.1.2.3",      true},
    {"an address outside",             "10.0.0.0/8",     "11.0.0.0",      false},
    {"the network itself",             "10.0.0.0/8",     "10.0.0.0/8",    true},
    {"a smaller one within",           "10.0.0.0/8",     "10.3.0.0/16",   true},
    {"a larger one is not held",       "10.3.0.0/16",    "10.0.0.0/8",    false},
    {"all of IPv4",                    "0.0.0.0/0",      "255.255.255.255", true},
    {"IPv6 within",                    "2001:db8::/33",  "2001:db8:7fff::", true},
    {"IPv6 outside",                   "2001:db8::/33",  "2001:db8:8000::", false},
    {"a single address",               "2001:db8::1/128", "2001:db8::1",  true},
    {"its neighbour",                  "2001:db8::1/128", "2001:db8::2",  false},
    {"all of IPv6 holds no IPv4",      "::/0",           "0.0.0.0",       false},
    {"a range's first",                "10.0.0.3-10.0.1.7", "10.0.0.3",   true},
    {"before it",                      "10.0.0.3-10.0.1.7", "10.0.0.2",   false},
    {"in its middle",                  "10.0.0.3-10.0.1.7", "10.0.0.255", true},
    {"its last",                       "10.0.0.3-10.0.1.7", "10.0.1.7",   true},
    {"behind it",                      "10.0.0.3-10.0.1.7", "10.0.1.8",   false},
    {"a range of all",                 "0.0.0.0-255.255.255.255", "255.0.0.0", true},
    {"a range to the top",             "255.255.255.3-255", "255.255.255.255", true},
    {"a range of IPv6",                "::5-::1:0:0:0:3", "::ffff:ffff:ffff", true},
    {"behind a range of IPv6",         "::5-::1:0:0:0:3", "::1:0:0:0:4",  false},
    {"another port",                   "10.0.0.0/8",     "10.1.2.3:25",   false},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct target_networks n = {0};
    if (c->held)
        add(&n, c->held, 3);
    assert_int_equal(has(&n, c->asked, 4), c->want);
    assert_false(has(&n, c->asked, 3)); /* it is no repetition of itself, nor of what comes later */
    target_networks_release(&n);
}

/* A range is remembered as exactly its addresses. */
static void test_range_is_exact(void **state)
{
    (void)state;
    char text[64];
    for (unsigned first = 0; first < 40; first++)
        for (unsigned last = first; last < 40; last++) {
            struct target_networks n = {0};
            snprintf(text, sizeof text, "10.0.0.%u-%u", first, last);
            add(&n, text, 0);
            for (unsigned i = 0; i < 48; i++) {
                struct address a = {.family = 4, .octets = {10, 0, 0, (uint8_t)i}};
                assert_int_equal(target_networks_has(&n, &a, 32, 0, 1), i >= first && i <= last);
            }
            target_networks_release(&n);
        }
}

static void test_the_first_one_counts(void **state)
{
    (void)state;
    struct target_networks n = {0};
    add(&n, "10.0.0.0/8", 1);
    add(&n, "10.0.0.0/8", 5);
    assert_true(has(&n, "10.0.0.1", 2));
    assert_int_equal(n.count, 1);
    target_networks_release(&n);
}

static void test_past_the_cap(void **state)
{
    (void)state;
    struct target_networks n = {.max = 3000};
    char text[64];
    for (unsigned i = 0; i < 4000; i++) {
        snprintf(text, sizeof text, "10.%u.%u.0/24", i / 250, i % 250);
        add(&n, text, i);
    }
    assert_int_equal(n.count, 3000);
    assert_int_equal(n.forgotten, 1000);
    assert_true(has(&n, "10.11.249.9", UINT32_MAX));
    assert_false(has(&n, "10.12.0.9", UINT32_MAX));
    target_networks_release(&n);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 3] = {
        cmocka_unit_test(test_range_is_exact),
        cmocka_unit_test(test_the_first_one_counts),
        cmocka_unit_test(test_past_the_cap),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
