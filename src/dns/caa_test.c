/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "caa.h"

/* clang-format off */
#define RECORD(flag, name, text) \
    {.type = DNS_TYPE_CAA, .caa = {.flags = (flag), .tag = OCTETS_INIT(name), .value = OCTETS_INIT(text)}}

static const struct caa_case {
    const char *name;
    struct dns_record records[3];
    size_t count;
    bool may, may_wildcard; /* of ca.test */
} cases[] = {
    {"no records", {{.type = DNS_TYPE_CAA}}, 0, true, true},
    {"named", {RECORD(0, "issue", "ca.test")}, 1, true, true},
    {"named in other case, with parameters", {RECORD(0, "ISSUE", " CA.test ; account=1")}, 1, true, true},
    {"another is named", {RECORD(0, "issue", "other.test")}, 1, false, false},
    {"one of two", {RECORD(0, "issue", "other.test"), RECORD(0, "issue", "ca.test")}, 2, true, true},
    {"nobody", {RECORD(0, "issue", ";")}, 1, false, false},
    {"nobody, by an empty value", {RECORD(0, "issue", "")}, 1, false, false},
    {"nobody for wildcards", {RECORD(0, "issue", "ca.test"), RECORD(0, "issuewild", ";")}, 2, true, false},
    {"wildcards alone are restricted", {RECORD(0, "issuewild", "other.test")}, 1, true, false},
    {"an address for reports restricts nothing", {RECORD(0, "iodef", "mailto:a@a.test")}, 1, true, true},
    {"an unknown tag", {RECORD(0, "foo", "x")}, 1, true, true},
    {"an unknown tag that is critical", {RECORD(128, "foo", "x"), RECORD(0, "issue", "ca.test")}, 2, false, false},
    {"a malformed value names nobody", {RECORD(0, "issue", "%%%%%")}, 1, false, false}, /* RFC 8659 s4.2 */
};
/* clang-format on */

static void authorisation(void **state)
{
    const struct caa_case *c = *state;
    struct octets ca = OCTETS("ca.test");
    assert_int_equal(caa_may_issue(c->records, c->count, ca, false), c->may);
    assert_int_equal(caa_may_issue(c->records, c->count, ca, true), c->may_wildcard);
}

static void what_a_record_says(void **state)
{
    static const struct dns_record r = RECORD(128, "issuewild", " ca.test ; a=b; c=d ");
    static const struct dns_record bad = RECORD(0, "issue", "-ca.test");
    (void)state;
    struct caa_property p = caa_property(&r.caa);
    assert_int_equal(p.tag, CAA_ISSUEWILD);
    assert_true(p.is_critical);
    kit_assert_text(p.issuer, "ca.test");
    kit_assert_text(p.parameters, "a=b; c=d");
    assert_true(caa_property(&bad.caa).is_malformed);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(cases) + 1] = {cmocka_unit_test(what_a_record_says)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, cases, authorisation);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
