/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "resolver.h"

/* Which name servers are asked, and what is made of an answer.  Nobody is asked here. */

static int setup(void **state)
{
    struct net_loop *loop = calloc(1, sizeof *loop);
    assert_non_null(loop);
    assert_int_equal(net_loop_init(loop), ERR_OK);
    *state = loop;
    return 0;
}

static int teardown(void **state)
{
    net_loop_run(*state);
    net_loop_release(*state);
    free(*state);
    return 0;
}

static void servers_are_checked(void **state)
{
    static const struct {
        const char *server;
        enum err want;
    } cases[] = {
        {NULL, ERR_OK}, /* the system's: it is not asked here */
        {"127.0.0.1", ERR_OK},
        {"127.0.0.1:5353", ERR_OK},
        {"::1", ERR_OK},
        {"[::1]", ERR_OK},
        {"[::1]:5353", ERR_OK},
        {"", ERR_SYNTAX},
        {"localhost", ERR_SYNTAX},
        {"127.0.0.1:", ERR_SYNTAX},
        {"127.0.0.1:0", ERR_SYNTAX},
        {"127.0.0.1:65536", ERR_SYNTAX},
        {"127.0.0.1:53x", ERR_SYNTAX},
        {"127.0.0.1,127.0.0.2", ERR_SYNTAX},
        {"[::1", ERR_SYNTAX},
        {"[::1]53", ERR_SYNTAX},
        {"[::1]:", ERR_SYNTAX},
    };
    struct net_loop *loop = *state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct resolver *r = NULL;
        if (resolver_new(loop, cases[i].server, 100, 1, &r) != cases[i].want)
            fail_msg("%s", cases[i].server);
        resolver_free(r);
    }
    net_loop_run(loop);
}

static void the_word_of_local_servers_alone_is_trusted(void **state)
{
    static const struct {
        const char *server;
        bool is_local;
    } cases[] = {
        {"127.0.0.1", true},   {"127.3.2.1:5353", true},    {"::1", true},
        {"192.0.2.53", false}, {"[2001:db8::1]:53", false}, {"10.0.0.1", false},
    };
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        struct resolver *r = NULL;
        assert_int_equal(resolver_new(*state, cases[i].server, 100, 1, &r), ERR_OK);
        if (resolver_is_local(r) != cases[i].is_local)
            fail_msg("%s", cases[i].server);
        resolver_free(r);
    }
}

static void absent_and_failed_are_kept_apart_for_machines(void **state)
{
    static const struct {
        enum resolver_status status;
        enum dns_status want;
    } cases[] = {
        {RESOLVER_OK, DNS_FOUND},
        {RESOLVER_NO_DATA, DNS_NO_DATA},
        {RESOLVER_NO_SUCH_NAME, DNS_NO_SUCH_NAME},
        {RESOLVER_FAILED, DNS_FAILED},
        {RESOLVER_TIMEOUT, DNS_FAILED},
        {RESOLVER_CANCELLED, DNS_FAILED},
    };
    struct dns_record record = {.type = DNS_TYPE_TXT};
    const struct dns_message m = {.records = &record, .record_count = 1};
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        bool has_message = cases[i].status == RESOLVER_OK;
        struct dns_answer a = resolver_dns_answer(cases[i].status, has_message ? &m : NULL);
        assert_int_equal(a.status, cases[i].want);
        assert_int_equal(a.count, has_message);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(servers_are_checked),
        CASE(the_word_of_local_servers_alone_is_trusted),
        CASE(absent_and_failed_are_kept_apart_for_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
