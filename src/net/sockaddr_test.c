/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <sys/un.h>

#include "../../tests/kit/kit.h"

#include "sockaddr.h"

static const struct row {
    const char *name;
    int family;
} rows[] = {{"192.0.2.1", AF_INET}, {"2001:db8::25", AF_INET6}};

static void there_and_back(void **state)
{
    const struct row *c = *state;
    struct address a;
    struct sockaddr_storage ss;
    assert_true(address_parse(octets_of(c->name), &a));
    sockaddr_make(&a, 587, &ss);
    assert_int_equal(ss.ss_family, c->family);
    assert_int_equal(sockaddr_port(&ss), 587);
    struct address back = sockaddr_to_address(&ss);
    assert_true(address_is_equal(&a, &back));
}

static void other_families_are_no_address(void **state)
{
    struct sockaddr_storage ss = {.ss_family = AF_UNIX};
    (void)state;
    assert_int_equal(sockaddr_to_address(&ss).family, 0);
}

static void addresses_of_others_are_not_ours(void **state)
{
    static const struct {
        const char *address;
        bool is_ours;
    } cases[] = {
        {"127.0.0.1", true},
        {"127.9.8.7", true},
        {"192.0.2.1", false},
        {"2001:db8::1", false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct address a;
        assert_true(address_parse(octets_of(cases[i].address), &a));
        assert_int_equal(sockaddr_is_ours(&a), cases[i].is_ours);
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 2];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, there_and_back);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(addresses_of_others_are_not_ours);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(other_families_are_no_address);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
