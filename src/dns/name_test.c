/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "name.h"

static void reverse_names(void **state)
{
    static const struct {
        const char *address, *name;
    } cases[] = {
        {"192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"255.0.10.100", "100.10.0.255.in-addr.arpa"},
        {"2001:db8::ab",
         "b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct address a;
        struct buf name;
        buf_init(&name, 100);
        assert_true(address_parse(octets_of(cases[i].address), &a));
        dns_name_append_reverse(&name, &a);
        assert_int_equal(buf_error(&name), ERR_OK);
        kit_assert_text(buf_octets(&name), cases[i].name);
        buf_release(&name);
    }
}

static void a_name_has_labels_of_63_octets_and_253_in_all(void **state)
{
#define L9  "123456789"
#define L63 L9 L9 L9 L9 L9 L9 L9
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        {"a.test", true},
        {"a", true},
        {"A b.test", true},
        {"", false},
        {".", false},
        {"a..test", false},
        {".test", false},
        {"test.", false},
        {L63 ".test", true},
        {L63 "4.test", false},
        {L63 "." L63 "." L63 "." L9 L9 L9 L9 L9 L9 "1234567", true},
        {L63 "." L63 "." L63 "." L9 L9 L9 L9 L9 L9 "12345678", false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++)
        if (dns_name_is_valid(octets_of(cases[i].name)) != cases[i].want)
            fail_msg("%s", cases[i].name);
}

static void labels_are_counted_from_the_right(void **state)
{
    (void)state;
    assert_int_equal(dns_name_labels(OCTETS_NONE), 0);
    assert_int_equal(dns_name_labels(OCTETS(".")), 0);
    assert_int_equal(dns_name_labels(OCTETS("a.b.test")), 3);
    kit_assert_text(dns_name_suffix(OCTETS("a.b.test"), 1), "test");
    kit_assert_text(dns_name_suffix(OCTETS("a.b.test"), 2), "b.test");
    kit_assert_text(dns_name_suffix(OCTETS("a.b.test"), 3), "a.b.test");
    kit_assert_text(dns_name_suffix(OCTETS("a.b.test"), 9), "a.b.test");
    kit_assert_text(dns_name_without_dot(OCTETS("a.test.")), "a.test");
    kit_assert_text(dns_name_without_dot(OCTETS(".")), ".");
}

static void below_means_at_a_dot(void **state)
{
    (void)state;
    assert_true(dns_name_is_under(OCTETS("a.Test"), OCTETS("tEst")));
    assert_true(dns_name_is_under(OCTETS("test"), OCTETS("test")));
    assert_false(dns_name_is_under(OCTETS("atest"), OCTETS("test")));
    assert_false(dns_name_is_under(OCTETS("test"), OCTETS("a.test")));
}

static void odd_octets_are_escaped(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 100);
    dns_name_append_escaped(&out, OCTETS("a b.\\\xff.test"));
    kit_assert_text(buf_octets(&out), "a\\032b.\\092\\255.test");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reverse_names),
        cmocka_unit_test(a_name_has_labels_of_63_octets_and_253_in_all),
        cmocka_unit_test(labels_are_counted_from_the_right),
        cmocka_unit_test(below_means_at_a_dot),
        cmocka_unit_test(odd_octets_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
