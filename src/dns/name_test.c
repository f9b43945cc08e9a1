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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reverse_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
