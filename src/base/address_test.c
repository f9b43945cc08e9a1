/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "address.h"

/* clang-format off */
static const struct parse {
    const char *name;
    struct octets in;
    uint8_t family; /* 0: no address */
    const char *text; /* as it is written again */
} parses[] = {
    {"IPv4",                       KIT_OCTETS("192.0.2.1"), 4, "192.0.2.1"},
    {"the lowest IPv4",            KIT_OCTETS("0.0.0.0"), 4, "0.0.0.0"},
    {"the highest IPv4",           KIT_OCTETS("255.255.255.255"), 4, "255.255.255.255"},
    {"IPv6",                       KIT_OCTETS("2001:db8::1"), 6, "2001:db8::1"},
    {"IPv6 in capitals",           KIT_OCTETS("2001:DB8::A"), 6, "2001:db8::a"},
    {"IPv6 in full",               KIT_OCTETS("2001:0db8:0000:0000:0000:0000:0000:0001"), 6, "2001:db8::1"},
    {"the longest IPv6",           KIT_OCTETS("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"), 6,
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"unspecified IPv6",           KIT_OCTETS("::"), 6, "::"},
    {"IPv4-mapped",                KIT_OCTETS("::ffff:192.0.2.1"), 6, "::ffff:192.0.2.1"},
    {"nothing",                    KIT_OCTETS(""), 0, NULL},
    {"a name",                     KIT_OCTETS("example.org"), 0, NULL},
    {"three numbers",              KIT_OCTETS("1.2.3"), 0, NULL},
    {"five numbers",               KIT_OCTETS("1.2.3.4.5"), 0, NULL},
    {"256",                        KIT_OCTETS("256.1.1.1"), 0, NULL},
    {"octal",                      KIT_OCTETS("010.0.0.1"), 0, NULL},
    {"hexadecimal",                KIT_OCTETS("0x7f.0.0.1"), 0, NULL},
    {"one number",                 KIT_OCTETS("2130706433"), 0, NULL},
    {"a blank",                    KIT_OCTETS("192.0.2.1 "), 0, NULL},
    {"a port",                     KIT_OCTETS("192.0.2.1:25"), 0, NULL},
    {"brackets",                   KIT_OCTETS("[2001:db8::1]"), 0, NULL},
    {"a zone",                     KIT_OCTETS("fe80::1%lo"), 0, NULL},
    {"a prefix length",            KIT_OCTETS("2001:db8::/32"), 0, NULL},
    {"two gaps",                   KIT_OCTETS("2001::db8::1"), 0, NULL},
    {"nine words",                 KIT_OCTETS("1:2:3:4:5:6:7:8:9"), 0, NULL},
    {"a NUL after the address",    KIT_OCTETS("192.0.2.1\0"), 0, NULL},
    {"a NUL and more",             KIT_OCTETS("192.0.2.1\0.evil"), 0, NULL},
    {"longer than any address",    KIT_OCTETS("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"), 0, NULL},
};

static const struct in {
    const char *name, *address, *network;
    unsigned bits;
    bool is_in;
} ins[] = {
    {"all of IPv4",               "192.0.2.1", "10.0.0.0", 0, true},
    {"the first octet",           "10.1.2.3", "10.0.0.0", 8, true},
    {"another first octet",       "11.1.2.3", "10.0.0.0", 8, false},
    {"inside an octet",           "100.127.255.255", "100.64.0.0", 10, true},
    {"past it",                   "100.128.0.0", "100.64.0.0", 10, false},
    {"before it",                 "100.63.255.255", "100.64.0.0", 10, false},
    {"the last bit",              "192.0.2.1", "192.0.2.0", 31, true},
    {"past the last bit",         "192.0.2.2", "192.0.2.0", 31, false},
    {"one IPv4 address",          "192.0.2.1", "192.0.2.1", 32, true},
    {"its neighbour",             "192.0.2.0", "192.0.2.1", 32, false},
    {"more bits than IPv4 has",   "192.0.2.1", "192.0.2.1", 33, false},
    {"the network's host bits do not count", "10.1.2.3", "10.9.9.9", 8, true},
    {"all of IPv6",               "::1", "ffff::", 0, true},
    {"an IPv6 network",           "2001:db8:7fff::1", "2001:db8::", 33, true},
    {"past an IPv6 network",      "2001:db8:8000::", "2001:db8::", 33, false},
    {"one IPv6 address",          "::1", "::1", 128, true},
    {"its IPv6 neighbour",        "::", "::1", 128, false},
    {"more bits than IPv6 has",   "::1", "::1", 129, false},
    {"another family",            "10.0.0.1", "::", 0, false},
    {"a mapped address is IPv6",  "::ffff:10.0.0.1", "10.0.0.0", 8, false},
};

static const struct number {
    const char *name, *text;
    uint64_t high, low;
    const char *unwrapped; /* NULL: leads to no IPv4 address */
} numbers[] = {
    {"an IPv4 address",          "192.0.2.1", 0, 0xc0000201, NULL},
    {"the top of IPv4",          "255.255.255.255", 0, UINT32_MAX, NULL},
    {"no address of IPv4",       "0.0.0.0", 0, 0, NULL},
    {"an IPv6 address",          "2001:db8::ffff", 0x20010db800000000, 0xffff, NULL},
    {"each octet has its place", "102:304:506:708:90a:b0c:d0e:f10", 0x0102030405060708, 0x090a0b0c0d0e0f10, NULL},
    {"the top of IPv6",          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UINT64_MAX, UINT64_MAX, NULL},
    {"an IPv4-mapped address",   "::ffff:192.0.2.1", 0, 0xffffc0000201, "192.0.2.1"},
    {"an address behind NAT64",  "64:ff9b::192.0.2.1", 0x0064ff9b00000000, 0xc0000201, "192.0.2.1"},
    {"beside the mapped",        "::fffe:192.0.2.1", 0, 0xfffec0000201, NULL},
};

static const struct use {
    const char *name, *want;
    const char *first, *last; /* of the block */
    const char *before, *after; /* globally reachable neighbours; NULL: none */
} uses[] = {
    {"0/8",            "this network",      "0.0.0.0", "0.255.255.255", NULL, "1.0.0.0"},
    {"10/8",           "private",           "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
    {"100.64/10",      "carrier-grade NAT", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
    {"127/8",          "loopback",          "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
    {"169.254/16",     "link-local",        "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
    {"172.16/12",      "private",           "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
    {"192.0.2/24",     "documentation",     "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
    {"192.168/16",     "private",           "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
    {"198.18/15",      "benchmarking",      "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
    {"198.51.100/24",  "documentation",     "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
    {"203.0.113/24",   "documentation",     "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
    {"224/4",          "multicast",         "224.0.0.0", "239.255.255.255", "223.255.255.255", NULL},
    {"240/4",          "reserved",          "240.0.0.0", "255.255.255.255", NULL, NULL},
    {"::",             "unspecified",       "::", "::", NULL, NULL},
    {"::1",            "loopback",          "::1", "::1", NULL, NULL},
    {"::ffff:0:0/96",  "IPv4-mapped",       "::ffff:0:0", "::ffff:255.255.255.255", NULL, NULL},
    {"100::/64",       "discard-only",      "100::", "100::ffff:ffff:ffff:ffff", NULL, NULL},
    {"100:0:0:1::/64", "dummy prefix",      "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", NULL, "100:0:0:2::"},
    {"2001::/23",      "IETF protocol assignments", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                                            "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
    {"2001:db8::/32",  "documentation",     "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                                            "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2002::/16",      "6to4",              "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                            "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"3fff::/20",      "documentation",     "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                                            "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    {"fc00::/7",       "private",           "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL},
    {"fe80::/10",      "link-local",        "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL},
    {"ff00::/8",       "multicast",         "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL},
    {"loopback behind NAT64", "loopback",   "64:ff9b::7f00:0", "64:ff9b::7fff:ffff", "64:ff9b::7eff:ffff", "64:ff9b::8000:0"},
};
/* clang-format on */

static struct address address_of(const char *text)
{
    struct address a = {0};
    assert_true(address_parse(octets_of(text), &a));
    return a;
}

static void test_parse(void **state)
{
    const struct parse *c = *state;
    struct address a = {.family = 47};
    struct buf b;
    struct octets in = kit_guard(c->in);
    assert_int_equal(address_parse(in, &a), c->family != 0);
    kit_unguard(in);
    assert_int_equal(a.family, c->family ? c->family : 47); /* untouched */
    if (!c->family)
        return;
    assert_int_equal(address_bits(&a), c->family == 4 ? 32 : 128);
    buf_init(&b, 64);
    address_append(&b, &a);
    kit_assert_text(buf_octets(&b), c->text);
    buf_release(&b);
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(parses); i++) {
        for (size_t n = 0; n < parses[i].in.size; n++) {
            struct octets in = kit_guard(octets_sub(parses[i].in, 0, n));
            struct address a = {0};
            bool is_address = address_parse(in, &a);
            assert_int_equal(is_address, a.family == 4 || a.family == 6);
            kit_unguard(in);
        }
    }
}

static void test_in(void **state)
{
    const struct in *c = *state;
    struct address a = address_of(c->address), network = address_of(c->network);
    assert_int_equal(address_is_in(&a, &network, c->bits), c->is_in);
}

static void test_number(void **state)
{
    const struct number *c = *state;
    struct address a = address_of(c->text), inner;
    struct address_number n = address_to_number(&a);
    struct address back = address_of_number(a.family, n);
    assert_int_equal(n.high, c->high);
    assert_int_equal(n.low, c->low);
    assert_true(address_is_equal(&a, &back));
    assert_int_equal(address_unwrap(&a, &inner), c->unwrapped != NULL);
    if (c->unwrapped) {
        struct address want = address_of(c->unwrapped);
        assert_true(address_is_equal(&inner, &want));
    }
}

static void assert_global(const char *text)
{
    if (!text)
        return;
    struct address a = address_of(text);
    assert_null(address_special_use(&a));
}

static void test_use(void **state)
{
    const struct use *c = *state;
    struct address first = address_of(c->first), last = address_of(c->last);
    assert_string_equal(address_special_use(&first), c->want);
    assert_string_equal(address_special_use(&last), c->want);
    assert_global(c->before);
    assert_global(c->after);
}

static void test_equal(void **state)
{
    (void)state;
    struct address v4 = address_of("192.0.2.1"), other = v4,
                   mapped = address_of("::ffff:192.0.2.1");
    assert_true(address_is_equal(&v4, &other));
    other.octets[15] = 1; /* not part of an IPv4 address */
    assert_true(address_is_equal(&v4, &other));
    other.octets[3] = 2;
    assert_false(address_is_equal(&v4, &other));
    assert_false(address_is_equal(&v4, &mapped));
}

static void test_no_address(void **state)
{
    (void)state;
    struct address none = {0};
    struct buf b;
    buf_init(&b, 64);
    address_append(&b, &none);
    kit_assert_text(buf_octets(&b), "");
    assert_int_equal(address_bits(&none), 0);
    assert_int_equal(address_to_number(&none).low, 0);
    assert_null(address_special_use(&none));
    buf_release(&b);
}

int main(void)
{
    struct CMUnitTest
        tests[3 + KIT_COUNT(parses) + KIT_COUNT(ins) + KIT_COUNT(numbers) + KIT_COUNT(uses)] = {
            cmocka_unit_test(test_every_prefix),
            cmocka_unit_test(test_equal),
            cmocka_unit_test(test_no_address),
        };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, parses, test_parse);
    KIT_ADD_ROWS(tests, &count, ins, test_in);
    KIT_ADD_ROWS(tests, &count, numbers, test_number);
    KIT_ADD_ROWS(tests, &count, uses, test_use);
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
