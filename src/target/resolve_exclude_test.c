/* SPDX-License-Identifier: Apache-2.0 */
#include "test_zone.h"

/* clang-format off */
static const struct exclusion {
    const char *name;
    const char *excluded; /* parted by blanks */
    const char *zone, *want;
} exclusions[] = {
    {"an excluded address is left out", "20.0.0.0/24",
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example A 20.0.1.1\n",
        "answered domain\n10 mx.example 20.0.1.1\nmx-excluded mx.example 20.0.0.1\n"},
    {"the exchanges of an excluded domain are", "mx.example",
        "d.example MX 10 mx.example\nd.example MX 20 a.mx.example\nd.example MX 30 b.example\n"
        "mx.example A 20.0.0.1\na.mx.example A 20.0.0.2\nb.example A 20.0.0.3\n",
        "answered domain\n30 b.example 20.0.0.3\nmx-excluded mx.example 20.0.0.1\nmx-excluded a.mx.example 20.0.0.2\n"},
    {"nothing else is there", "20.0.0.1 2600::/16",
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "excluded domain\nmx-excluded mx.example 20.0.0.1\nmx-excluded mx.example 2600::1\n"
        "= d.example: the mail exchanges have excluded addresses only\n"},
    {"a host at an excluded address", "20.0.0.1",
        "d.example A 20.0.0.1\n",
        "excluded host\nno-mx d.example\nmx-excluded d.example 20.0.0.1\n= d.example has excluded addresses only\n"},
};
/* clang-format on */

static void test_exclusion(void **state)
{
    const struct exclusion *c = *state;
    struct resolver r = {.zone = octets_of(c->zone)};
    struct target_exclude *x = NULL;
    struct octets rest = octets_of(c->excluded);
    assert_int_equal(target_exclude_new(&x), ERR_OK);
    while (rest.size) {
        struct arena a;
        struct target t;
        const char *problem = NULL;
        arena_init(&a, (size_t)16 * 1024);
        assert_int_equal(target_parse(octets_take_word(&rest), &a, &t, &problem), ERR_OK);
        assert_int_equal(target_exclude_add(x, &t), ERR_OK);
        arena_release(&a);
    }
    target_exclude_sort(x);
    struct target_resolve_options options = {.use_v4 = true, .use_v6 = true, .exclude = x};
    test_zone_assert(r, OCTETS("d.example"), &options, c->want);
    target_exclude_free(x);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(exclusions)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, exclusions, test_exclusion);
    return cmocka_run_group_tests_name("resolve_exclude", tests, NULL, NULL);
}
