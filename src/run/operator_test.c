/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "operator.h"

static const struct {
    const char *host, *domain;
} rows[] = {
    {"mx1.mail.example.org", "example.org"},
    {"example.org", "example.org"},
    {"MX.Example.CO.UK", "Example.CO.UK"},
    {"aspmx.l.google.com.", "google.com"},
    {"co.uk", ""},
    {"org", ""},
    {"", ""},
    {".", ""},
};

static void a_host_has_the_operator_of_its_registered_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++)
        kit_assert_text(run_operator_of(octets_of(rows[i].host)), rows[i].domain);
}

static void an_overlong_host_has_none(void **state)
{
    uint8_t name[400];
    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name + sizeof name - 4, ".org", 4);
    assert_int_equal(run_operator_of((struct octets){name, sizeof name}).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_has_the_operator_of_its_registered_domain),
        cmocka_unit_test(an_overlong_host_has_none),
    };
    return cmocka_run_group_tests_name("operator", tests, NULL, NULL);
}
