/* SPDX-License-Identifier: Apache-2.0 */
#include "test_zone.h"

static const struct target_resolve_options plain = {.use_v4 = true, .use_v6 = true};

#define V4_ONLY \
    { \
        .use_v4 = true \
    }
#define V6_ONLY \
    { \
        .use_v6 = true \
    }
#define BOTH \
    { \
        .use_v4 = true, .use_v6 = true \
    }
#define HOST \
    { \
        .as = TARGET_AS_HOST, .use_v4 = true, .use_v6 = true \
    }
#define DOMAIN \
    { \
        .as = TARGET_AS_DOMAIN, .use_v4 = true, .use_v6 = true \
    }
#define SPECIAL \
    { \
        .allow_special = true, .use_v4 = true, .use_v6 = true \
    }

/* clang-format off */
static const struct row {
    const char *name;
    struct target_resolve_options options;
    const char *zone; /* the target is d.example */
    const char *want;
} rows[] = {
    {"one exchange", BOTH,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n10 mx.example 2600::1\n"},
    {"exchanges come by preference, equal ones as answered", BOTH,
        "d.example MX 20 c.example\nd.example MX 10 b.example\nd.example MX 20 a.example\nd.example MX 0 d.example\n"
        "a.example A 20.0.0.1\nb.example A 20.0.0.2\nc.example A 20.0.0.3\nc.example AAAA 2600::3\nd.example A 20.0.0.4\n",
        "answered domain\n0 d.example 20.0.0.4\n10 b.example 20.0.0.2\n20 c.example 20.0.0.3\n20 c.example 2600::3\n"
        "20 a.example 20.0.0.1\n"},
    {"several addresses come as answered", BOTH,
        "d.example MX 10 mx.example\nmx.example AAAA 2600::2\nmx.example A 20.0.0.2\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.2\n10 mx.example 20.0.0.1\n10 mx.example 2600::2\n"},
    {"no address twice: the more preferred exchange has it", BOTH,
        "d.example MX 20 b.example\nd.example MX 10 a.example\na.example A 20.0.0.1\nb.example A 20.0.0.1\n"
        "b.example A 20.0.0.2\n",
        "answered domain\n10 a.example 20.0.0.1\n20 b.example 20.0.0.2\n"},
    {"an exchange named twice counts with its better preference", BOTH,
        "d.example MX 30 a.example\nd.example MX 20 b.example\nd.example MX 10 a.example\nd.example MX 40 b.example\n"
        "d.example MX 40 gone.example\nd.example MX 40 gone.example\na.example A 20.0.0.1\nb.example A 20.0.0.2\n",
        "answered domain\n10 a.example 20.0.0.1\n20 b.example 20.0.0.2\nmx-no-such-name gone.example\n"},
    {"IPv4 alone", V4_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"IPv6 alone", V6_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 2600::1\n"},
    {"IPv6 alone where there is none", V6_ONLY,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "no-address domain\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"a null MX", BOTH,
        "d.example MX 0 .\nd.example A 20.0.0.1\n",
        "no-mail domain\n= d.example has a null MX (RFC 7505)\n"},
    {"a null MX beside others is passed over", BOTH,
        "d.example MX 0 .\nd.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-no-address . a null MX beside others (RFC 7505 s3)\n"},
    {"no MX: the name itself", BOTH,
        "d.example A 20.0.0.1\nd.example AAAA 2600::1\n",
        "answered host\n0 d.example 20.0.0.1\n0 d.example 2600::1\nno-mx d.example\n"},
    {"no MX, taken as a domain", DOMAIN,
        "d.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\nno-mx d.example\n"},
    {"no MX and no address", BOTH,
        "d.example MX !bare\n",
        "no-address host\nno-mx d.example\n= d.example has no address of the families asked for\n"},
    {"a host is never asked for MX", HOST,
        "d.example MX !timeout\nd.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\n"},
    {"a host that does not exist", HOST, "",
        "no-such-name host\n= d.example does not exist (NXDOMAIN)\n"},
    {"a host without address", HOST,
        "d.example MX 10 mx.example\n",
        "no-address host\n= d.example has no address of the families asked for\n"},
    {"a host may be a CNAME", HOST,
        "d.example CNAME real.example\nreal.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\n"},
    {"a host whose DNS fails", HOST,
        "d.example A !failed\nd.example AAAA !failed\n",
        "dns-failed host\nmx-dns-failed d.example A\nmx-dns-failed d.example AAAA\n"
        "= d.example: asking DNS for the address failed\n"},
    {"a host with a private address", HOST,
        "d.example A 10.0.0.1\n",
        "excluded host\nmx-special-use d.example 10.0.0.1 is special-use: private\n"
        "= d.example has special-use addresses only\n"},
    {"a domain that does not exist", BOTH, "",
        "no-such-name host\n= d.example does not exist (NXDOMAIN)\n"},
    {"MX fails", BOTH,
        "d.example MX !failed\nd.example A 20.0.0.1\n",
        "dns-failed host\n= d.example: asking DNS for the mail exchanges failed\n"},
    {"MX times out", BOTH,
        "d.example MX !timeout\nd.example A 20.0.0.1\n",
        "dns-timeout host\n= d.example: DNS did not answer in time for the mail exchanges\n"},
    {"a domain that is a CNAME", BOTH,
        "d.example CNAME e.example\ne.example MX 10 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"a domain that is a CNAME to a host", BOTH,
        "d.example CNAME e.example\ne.example MX !bare\ne.example A 20.0.0.1\n",
        "answered host\n0 d.example 20.0.0.1\nno-mx d.example\n"},
    {"an exchange that is a CNAME is noted and followed", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example CNAME c.example\nc.example A 20.0.0.1\n"
        "c.example AAAA 2600::1\n",
        "answered domain\n10 mx.example 20.0.0.1\n10 mx.example 2600::1\nmx-is-cname mx.example c.example\n"},
    {"a CNAME that leads nowhere", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example A !bare\nb.example AAAA !bare\n",
        "no-address domain\nmx-is-cname mx.example b.example\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"a loop of CNAMEs ends", BOTH,
        "d.example MX 10 mx.example\nmx.example CNAME b.example\nb.example CNAME mx.example\n",
        "no-address domain\nmx-no-address mx.example\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"records of other owners are passed over", BOTH,
        "* A 20.6.6.6\n* AAAA 2600::6\n* MX 0 evil.example\n* CNAME evil.example\n"
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nevil.example A 20.6.6.6\n",
        "answered domain\n10 mx.example 20.0.0.1\n"},
    {"an exchange that is an IPv4 address", BOTH,
        "d.example MX 10 20.0.0.1\nd.example MX 20 mx.example\nmx.example A 20.0.0.2\n",
        "answered domain\n10 20.0.0.1 20.0.0.1\n20 mx.example 20.0.0.2\nmx-is-address 20.0.0.1\n"},
    {"an exchange that is an IPv6 address, alone", BOTH,
        "d.example MX 10 2600::1\n",
        "answered domain\n10 2600::1 2600::1\nmx-is-address 2600::1\n"},
    {"an exchange that is an address of the other family", V6_ONLY,
        "d.example MX 10 20.0.0.1\n",
        "no-address domain\nmx-is-address 20.0.0.1\nmx-no-address 20.0.0.1\n"
        "= d.example: no mail exchange has an address of the families asked for\n"},
    {"an exchange that is a special-use address", BOTH,
        "d.example MX 10 127.0.0.1\n",
        "excluded domain\nmx-is-address 127.0.0.1\nmx-special-use 127.0.0.1 127.0.0.1 is special-use: loopback\n"
        "= d.example: the mail exchanges have special-use addresses only\n"},
    {"special-use addresses are refused, others visited", BOTH,
        "d.example MX 10 mx.example\nmx.example A 192.168.0.1\nmx.example A 20.0.0.1\nmx.example AAAA ::1\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-special-use mx.example 192.168.0.1 is special-use: private\n"
        "mx-special-use mx.example ::1 is special-use: loopback\n"},
    {"special-use addresses are taken when allowed", SPECIAL,
        "d.example MX 10 mx.example\nmx.example A 127.0.0.1\nmx.example AAAA ::ffff:10.0.0.1\n",
        "answered domain\n10 mx.example 127.0.0.1\n10 mx.example ::ffff:10.0.0.1\n"},
    {"some exchanges fail, others work", BOTH,
        "d.example MX 1 gone.example\nd.example MX 2 none.example\nd.example MX 3 fails.example\nd.example MX 4 late.example\n"
        "d.example MX 5 mx.example\nnone.example MX 0 .\nfails.example A !failed\nlate.example AAAA !timeout\n"
        "mx.example A 20.0.0.1\n",
        "answered domain\n5 mx.example 20.0.0.1\nmx-no-such-name gone.example\nmx-no-address none.example\n"
        "mx-dns-failed fails.example A\nmx-dns-timeout late.example AAAA\n"},
    {"one family answers, the other times out: noted", BOTH,
        "d.example MX 10 mx.example\nmx.example A 20.0.0.1\nmx.example AAAA !timeout\n",
        "answered domain\n10 mx.example 20.0.0.1\nmx-dns-timeout mx.example AAAA\n"},
    {"an exchange that cannot be asked for", BOTH,
        "d.example MX 1 a\\032b.example\nd.example MX 2 mx.example\nmx.example A 20.0.0.1\n",
        "answered domain\n2 mx.example 20.0.0.1\nmx-dns-failed a\\032b.example A\n"
        "mx-dns-failed a\\032b.example AAAA\n"},
    {"no exchange can be asked for", V4_ONLY,
        "d.example MX 1 a\\000.example\n",
        "dns-failed domain\nmx-dns-failed a\\000.example A\n"
        "= d.example: asking DNS for the addresses of the mail exchanges failed\n"},
    {"a time-out tells more than a failure", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example A !failed\nb.example A !timeout\n",
        "dns-timeout domain\nmx-dns-failed a.example A\nmx-dns-timeout b.example A\n"
        "= d.example: DNS did not answer in time for the addresses of the mail exchanges\n"},
    {"a failure tells more than a refused address", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example A !failed\nb.example A 10.0.0.1\n",
        "dns-failed domain\nmx-dns-failed a.example A\nmx-special-use b.example 10.0.0.1 is special-use: private\n"
        "= d.example: asking DNS for the addresses of the mail exchanges failed\n"},
    {"a refused address tells more than a missing name", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\nb.example A 10.0.0.1\n",
        "excluded domain\nmx-no-such-name a.example\nmx-special-use b.example 10.0.0.1 is special-use: private\n"
        "= d.example: the mail exchanges have special-use addresses only\n"},
    {"a missing name tells more than a missing address", BOTH,
        "d.example MX 1 a.example\nd.example MX 2 b.example\na.example MX 0 .\n",
        "no-such-name domain\nmx-no-address a.example\nmx-no-such-name b.example\n"
        "= d.example: no mail exchange has an address, and one does not exist (NXDOMAIN)\n"},
};
/* clang-format on */

static void test_row(void **state)
{
    const struct row *c = *state;
    struct resolver r = {.zone = octets_of(c->zone)};
    test_zone_assert(r, OCTETS("d.example"), &c->options, c->want);
}

static void test_answers_in_reverse(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .is_newest_first = true};
        test_zone_assert(r, OCTETS("d.example"), &rows[i].options, rows[i].want);
    }
}

/* Whatever fails, and when: one answer after ERR_OK, none after an error; what is not FAILED is
 * whole. */
static bool survives(struct resolver r, const struct row *c, size_t cap, const char *why)
{
    struct outcome o;
    enum err e = test_zone_run(&r, OCTETS("d.example"), &c->options, cap, &o);
    bool is_whole = octets_is_equal(buf_octets(&o.text), octets_of(c->want));
    bool is_failed = octets_has_prefix(buf_octets(&o.text), OCTETS("failed ")) &&
                     octets_has_suffix_nocase(octets_trim(buf_octets(&o.text)), octets_of(why));
    assert_true(e != ERR_OK || is_whole || is_failed);
    buf_release(&o.text);
    return is_whole;
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone)};
        size_t cap = 0;
        while (!survives(r, &rows[i], cap, "= out of memory"))
            cap += 16;
        assert_true(cap > 0 && cap < (size_t)8 * 1024);
    }
}

static void test_asking_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .fail_ask_at = 1};
        while (!survives(r, &rows[i], TARGET_RESOLVE_ARENA_OCTETS, "= out of memory"))
            r.fail_ask_at++;
        assert_in_range(r.fail_ask_at, 2, 12);
    }
}

static void test_resolver_is_freed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct resolver r = {.zone = octets_of(rows[i].zone), .cancel_from = 1};
        while (!survives(r, &rows[i], TARGET_RESOLVE_ARENA_OCTETS, "= already closed"))
            r.cancel_from++;
        assert_in_range(r.cancel_from, 2, 12);
    }
}

static bool has_line(struct octets text, const char *line)
{
    return octets_find(text, octets_of(line), 0) < text.size;
}

static size_t count_lines(struct octets text, const char *with)
{
    size_t n = 0;
    while (text.size) {
        struct octets line = octets_take_until(&text, '\n');
        n += octets_find(line, octets_of(with), 0) < line.size;
    }
    return n;
}

static void test_more_exchanges_than_are_taken(void **state)
{
    (void)state;
    struct buf zone;
    struct outcome o;
    buf_init(&zone, (size_t)64 * 1024);
    for (unsigned i = 60; i > 0; i--)
        buf_append_format(&zone, "d.example MX %u m%u.example\nm%u.example A 20.0.0.%u\n", i, i, i,
                          i);
    struct resolver r = {.zone = buf_octets(&zone)};
    assert_int_equal(
        test_zone_run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_int_equal(count_lines(text, " 20.0.0."), 50);
    assert_true(octets_has_prefix(text, OCTETS("answered domain\n1 m1.example 20.0.0.1\n2 m2.")));
    assert_true(
        has_line(text, "\n50 m50.example 20.0.0.50\n= d.example has more than 50 mail exchanges"));
    buf_release(&o.text);
    buf_release(&zone);
}

static void test_more_addresses_than_are_taken(void **state)
{
    (void)state;
    struct buf zone;
    struct outcome o;
    buf_init(&zone, (size_t)64 * 1024);
    for (unsigned i = 0; i < 120; i++)
        buf_append_format(&zone, "d.example A 20.0.0.%u\n", i);
    struct resolver r = {.zone = buf_octets(&zone)};
    assert_int_equal(
        test_zone_run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_int_equal(count_lines(text, " 20.0.0."), 100);
    assert_true(has_line(
        text, "\n0 d.example 20.0.0.99\nno-mx d.example\n= d.example leads to more than 100"));
    buf_release(&o.text);
    buf_release(&zone);
}

static void test_worst_answers_fit_the_arena(void **state)
{
    (void)state;
    struct outcome o;
    struct resolver r = {.is_worst = true};
    assert_int_equal(
        test_zone_run(&r, OCTETS("d.example"), &plain, TARGET_RESOLVE_ARENA_OCTETS, &o), ERR_OK);
    struct octets text = buf_octets(&o.text);
    assert_true(octets_has_prefix(text, OCTETS("excluded domain\n")));
    assert_int_equal(count_lines(text, "mx-is-cname "), 50);
    assert_int_equal(count_lines(text, "mx-special-use "), 100);
    buf_release(&o.text);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 7] = {
        cmocka_unit_test(test_answers_in_reverse),
        cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_asking_fails),
        cmocka_unit_test(test_resolver_is_freed),
        cmocka_unit_test(test_more_exchanges_than_are_taken),
        cmocka_unit_test(test_more_addresses_than_are_taken),
        cmocka_unit_test(test_worst_answers_fit_the_arena),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
