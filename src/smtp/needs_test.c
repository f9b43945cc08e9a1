/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "needs.h"

static const struct octets ehlo[] = {OCTETS_INIT("250-mx.example.org"),
                                     OCTETS_INIT("250 AUTH PLAIN NTLM")};

static const struct row {
    const char *name, *needs, *unmet;
    struct smtp_offer offer;
} rows[] = {
    {"nothing needed is met", "", "", {0}},
    {"a domain that is known", "domain", "", {.has_domain = true}},
    {"a domain that is not", "domain", "domain", {0}},
    {"port 25 is the exchange's", "mx", "", {.port = 25}},
    {"any other is for submission", "submission", "", {.port = 587}},
    {"of several the first that is not met", "mx, starttls, domain", "starttls", {.port = 25}},
    {"no cleartext under TLS", "cleartext", "cleartext", {.is_tls = true}},
    {"a mechanism, whatever its case", "auth ntlm", "", {.ehlo = ehlo, .ehlo_count = 2}},
    {"not a part of one", "auth NT", "auth NT", {.ehlo = ehlo, .ehlo_count = 2}},
    {"a mechanism without EHLO", "auth NTLM", "auth NTLM", {0}},
    {"a word of no meaning is never met", "luck", "luck", {0}},
};

static void test_unmet(void **state)
{
    const struct row *c = *state;
    kit_assert_text(smtp_needs_unmet(octets_of(c->needs), &c->offer), c->unmet);
}

static void test_unknown(void **state)
{
    (void)state;
    kit_assert_text(smtp_needs_unknown(OCTETS("mx, auth LOGIN,cleartext")), "");
    kit_assert_text(smtp_needs_unknown(OCTETS("mx, port 25")), "port 25");
    kit_assert_text(smtp_needs_unknown(OCTETS("auth")), "auth");
    kit_assert_text(smtp_needs_unknown(OCTETS("mx now")), "mx now");
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 1] = {cmocka_unit_test(test_unknown)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_unmet);
    return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
