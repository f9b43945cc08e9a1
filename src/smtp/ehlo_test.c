/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "ehlo.h"

/* clang-format off */
static const struct line {
    const char *name, *in, *keyword, *value;
} lines[] = {
    {"a keyword",                  "250-PIPELINING",        "PIPELINING", ""},
    {"a keyword with a parameter", "250-SIZE 10240000",     "SIZE", "10240000"},
    {"two parameters",             "250 AUTH PLAIN LOGIN",  "AUTH", "PLAIN LOGIN"},
    {"the old form of AUTH",       "250-AUTH=PLAIN LOGIN",  "AUTH", "PLAIN LOGIN"},
    {"the old form with a blank",  "250-AUTH= LOGIN",       "AUTH", "LOGIN"},
    {"a tab",                      "250-SIZE\t1",           "SIZE", "1"},
    {"blanks around",              "250-  SIZE   1  ",      "SIZE", "1"},
    {"a final blank",              "250-SIZE ",             "SIZE", ""},
    {"case is kept",               "250-StartTLS",          "StartTLS", ""},
    {"a value with '='",           "250-XVERP=Courier",     "XVERP", "Courier"},
    {"a hyphen belongs to it",     "250-X-LINK2STATE",      "X-LINK2STATE", ""},
    {"no separator",               "250SIZE",               "SIZE", ""},
    {"no code",                    "SIZE 1",                "SIZE", "1"},
    {"no keyword",                 "250 ",                  "", ""},
    {"only a code",                "250",                   "", ""},
    {"only '='",                   "250-=x",                "", "x"},
    {"nothing",                    "",                      "", ""},
};
/* clang-format on */

static void test_line(void **state)
{
    const struct line *c = *state;
    struct octets in = kit_guard(octets_of(c->in));
    struct smtp_keyword k = smtp_ehlo_keyword(in);
    kit_assert_text(k.name, c->keyword);
    kit_assert_text(k.value, c->value);
    for (size_t n = 0; n < in.size; n++) {
        struct octets prefix = kit_guard(octets_sub(in, 0, n));
        (void)smtp_ehlo_keyword(prefix);
        kit_unguard(prefix);
    }
    kit_unguard(in);
}

static void test_has(void **state)
{
    (void)state;
    const struct octets lines_of[] = {OCTETS_INIT("250-SIZE of the world"),
                                      OCTETS_INIT("250-size 1"), OCTETS_INIT("250-SIZE 2"),
                                      OCTETS_INIT("250 STARTTLS")};
    struct octets value = OCTETS("untouched");
    assert_true(smtp_ehlo_has(lines_of, 4, OCTETS("SIZE"), &value));
    kit_assert_text(value, "1"); /* the greeting is none, the first one counts, case does not */
    assert_true(smtp_ehlo_has(lines_of, 4, OCTETS("starttls"), NULL));
    assert_false(smtp_ehlo_has(lines_of, 4, OCTETS("START"), &value));
    kit_assert_text(value, "1");
    assert_false(smtp_ehlo_has(lines_of, 1, OCTETS("SIZE"), NULL));
    assert_false(smtp_ehlo_has(NULL, 0, OCTETS("SIZE"), NULL));
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(lines) + 1] = {cmocka_unit_test(test_has)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, lines, test_line);
    return cmocka_run_group_tests_name("ehlo", tests, NULL, NULL);
}
