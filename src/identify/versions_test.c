/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "versions.h"

/* Each list is in release order: every entry is below every later one. */
/* clang-format off */
static const struct order {
    const char *name;
    const char *versions[16];
} orders[] = {
    {"numbers go by value",       {"1", "2", "9", "10", "99", "100"}},
    {"parts go by value",         {"2.8", "2.9", "2.10", "2.11", "3.0", "3.9", "3.10"}},
    {"more parts come later",     {"3", "3.0", "3.0.0", "3.0.1", "3.7", "3.7.11"}},
    {"candidates come before",    {"4.0alpha1", "4.0beta1", "4.0beta2", "4.0rc1", "4.0rc2", "4.0", "4.0.1"}},
    {"separators do not matter",  {"4.98-RC1", "4.98-RC2", "4.98", "4.98.1", "4.98.2"}},
    {"patch levels come after",   {"7.4p0", "7.4p1", "7.4p2", "7.4.1", "7.5.0", "7.5.0p0"}},
    {"candidate, release, patch", {"1.0dev", "1.0pre1", "1.0rc1", "1.0", "1.0p1", "1.0pl2", "1.0.1", "1.1"}},
    {"Debian revisions",          {"3.7.6-0", "3.7.6-0+deb12u1", "3.7.6-0+deb12u2", "3.7.11-0+deb12u1"}},
    {"Sendmail",                  {"8.12.11", "8.14.4", "8.15.2", "8.17.1", "8.17.1.9", "8.17.2", "8.18.1"}},
    {"numbers past 64 bits are letters", {"1.99999999999999999999", "1.0"}},
};

static const struct {
    const char *a, *b;
} equal[] = {{"", ""}, {"3.7", "3.7"}, {"3.7", "3-7"}, {"3.07", "3.7"}, {"v3", "v3"}, {"4.0rc1", "4.0-rc1"}, {"1.0.", "1.0"}};
/* clang-format on */

static int compare(const char *a, const char *b)
{
    struct octets x = kit_guard(octets_of(a)), y = kit_guard(octets_of(b));
    int order = identify_version_compare(x, y);
    kit_unguard(x);
    kit_unguard(y);
    return (order > 0) - (order < 0);
}

static void test_order(void **state)
{
    const struct order *c = *state;
    for (size_t i = 0; i < KIT_COUNT(c->versions) && c->versions[i]; i++)
        for (size_t k = 0; k < KIT_COUNT(c->versions) && c->versions[k]; k++)
            assert_int_equal(compare(c->versions[i], c->versions[k]), (i > k) - (i < k));
}

static void test_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(equal); i++) {
        assert_int_equal(compare(equal[i].a, equal[i].b), 0);
        assert_int_equal(compare(equal[i].b, equal[i].a), 0);
    }
}

/* A sort may rely on it: no three versions run in a circle. */
static void test_transitive(void **state)
{
    (void)state;
    static const char *const all[] = {"",     "1",    "1.0",   "1.0rc1", "1.0p1",
                                      "1.0a", "1.0z", "1.0.1", "1.0-1",  "1.0dev",
                                      "rc1",  "p1",   "1.a",   "1.rc.1"};
    for (size_t i = 0; i < KIT_COUNT(all); i++) {
        for (size_t k = 0; k < KIT_COUNT(all); k++) {
            assert_int_equal(compare(all[i], all[k]), -compare(all[k], all[i]));
            for (size_t n = 0; n < KIT_COUNT(all); n++)
                if (compare(all[i], all[k]) < 0 && compare(all[k], all[n]) < 0)
                    assert_int_equal(compare(all[i], all[n]), -1);
        }
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(orders) + 2] = {cmocka_unit_test(test_equal),
                                                      cmocka_unit_test(test_transitive)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, orders, test_order);
    return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
