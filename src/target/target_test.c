/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "target.h"

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz_012345678"
#define NAME_252 \
    LABEL_63 "." LABEL_63 "." LABEL_63 \
             ".abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz_012345"

#define ARENA_OCTETS ((size_t)64 * 1024)

/* clang-format off */
static const struct valid {
    const char *name, *in;
    enum target_kind kind;
    const char *want; /* the name or the address */
    unsigned bits;
    uint16_t port;
} valid[] = {
    {"a name",                               "mx.example.org",         TARGET_NAME, "mx.example.org", 0, 0},
    {"a name of one label",                  "localhost",              TARGET_NAME, "localhost", 0, 0},
    {"a name in capitals is lowered",        "MX.Example.ORG",         TARGET_NAME, "mx.example.org", 0, 0},
    {"a final dot is dropped",               "example.org.",           TARGET_NAME, "example.org", 0, 0},
    {"blanks around are trimmed",            " \texample.org \r\n",    TARGET_NAME, "example.org", 0, 0},
    {"a name with a port",                   "example.org:587",        TARGET_NAME, "example.org", 0, 587},
    {"a final dot before the port",          "example.org.:25",        TARGET_NAME, "example.org", 0, 25},
    {"the lowest port",                      "example.org:1",          TARGET_NAME, "example.org", 0, 1},
    {"the highest port",                     "example.org:65535",      TARGET_NAME, "example.org", 0, 65535},
    {"an underscore",                        "_mail.ex_ample.org",     TARGET_NAME, "_mail.ex_ample.org", 0, 0},
    {"hyphens where IDNA wants none",        "r3---sn.example",        TARGET_NAME, "r3---sn.example", 0, 0},
    {"a label that begins with a digit",     "3com.example",           TARGET_NAME, "3com.example", 0, 0},
    {"a label of digits among letters",      "1.2.3.4.example",        TARGET_NAME, "1.2.3.4.example", 0, 0},
    {"a hexadecimal word is a name",         "dead.beef",              TARGET_NAME, "dead.beef", 0, 0},
    {"an A-label stays as it is",            "xn--mnchen-3ya.example", TARGET_NAME, "xn--mnchen-3ya.example", 0, 0},
    {"a label of 63 octets",                 LABEL_63 ".org",          TARGET_NAME, LABEL_63 ".org", 0, 0},
    {"a name of 253 octets",                 NAME_252 "x",             TARGET_NAME, NAME_252 "x", 0, 0},
    {"a name of 253 octets and a final dot", NAME_252 "x.",            TARGET_NAME, NAME_252 "x", 0, 0},
    {"a U-label",                            "m\u00fcnchen.example",   TARGET_NAME, "xn--mnchen-3ya.example", 0, 0},
    {"a U-label in capitals",                "M\u00dcNCHEN.example",   TARGET_NAME, "xn--mnchen-3ya.example", 0, 0},
    {"a decomposed U-label is composed",     "mu\u0308nchen.example",  TARGET_NAME, "xn--mnchen-3ya.example", 0, 0},
    {"sharp s is kept: nontransitional",     "stra\u00dfe.example",    TARGET_NAME, "xn--strae-oqa.example", 0, 0},
    {"ideographic full stops",               "\u65e5\u672c\u3002jp\u3002", TARGET_NAME, "xn--wgv71a.jp", 0, 0},
    {"a U-label with a port",                "m\u00fcnchen.example:25", TARGET_NAME, "xn--mnchen-3ya.example", 0, 25},
    {"an IPv4 address",                      "192.0.2.1",              TARGET_ADDRESS, "192.0.2.1", 0, 0},
    {"an IPv4 address with a port",          "192.0.2.1:2525",         TARGET_ADDRESS, "192.0.2.1", 0, 2525},
    {"an IPv6 address",                      "2001:DB8::1",            TARGET_ADDRESS, "2001:db8::1", 0, 0},
    {"an IPv6 address whose end looks like a port", "2001:db8::25",    TARGET_ADDRESS, "2001:db8::25", 0, 0},
    {"the unspecified IPv6 address",         "::",                     TARGET_ADDRESS, "::", 0, 0},
    {"an IPv6 address in brackets",          "[2001:db8::1]",          TARGET_ADDRESS, "2001:db8::1", 0, 0},
    {"an IPv6 address with a port",          "[2001:db8::1]:465",      TARGET_ADDRESS, "2001:db8::1", 0, 465},
    {"an IPv4-mapped address",               "::ffff:192.0.2.1",       TARGET_ADDRESS, "::ffff:192.0.2.1", 0, 0},
    {"an address may begin a name",          "192.0.2.1-a.example.org", TARGET_NAME, "192.0.2.1-a.example.org", 0, 0},
    {"such a name with a port",              "192.0.2.1-a.example:25", TARGET_NAME, "192.0.2.1-a.example", 0, 25},
    {"an IPv4 network",                      "192.0.2.0/24",           TARGET_NETWORK, "192.0.2.0", 24, 0},
    {"host bits are cleared",                "192.0.2.255/25",         TARGET_NETWORK, "192.0.2.128", 25, 0},
    {"host bits inside an octet",            "10.255.255.255/11",      TARGET_NETWORK, "10.224.0.0", 11, 0},
    {"a network of one IPv4 address",        "192.0.2.7/32",           TARGET_NETWORK, "192.0.2.7", 32, 0},
    {"all of IPv4",                          "192.0.2.7/0",            TARGET_NETWORK, "0.0.0.0", 0, 0},
    {"an IPv6 network",                      "2001:db8:ffff::1/33",    TARGET_NETWORK, "2001:db8:8000::", 33, 0},
    {"a network of one IPv6 address",        "2001:db8::1/128",        TARGET_NETWORK, "2001:db8::1", 128, 0},
    {"all of IPv6",                          "::1/0",                  TARGET_NETWORK, "::", 0, 0},
};

#define PORT "port must be 1 to 65535"
#define V4_BITS "prefix length must be 0 to 32"
#define V6_BITS "prefix length must be 0 to 128"
#define NUMERIC "malformed IPv4 address: four numbers of 0 to 255 are wanted"
#define BRACKETS "brackets must hold an IPv6 address without a zone"
#define V6 "malformed IPv6 address; with a port it is [ADDRESS]:PORT"
#define LDH "a name holds letters, digits, hyphens, underscores and dots only"
#define EMPTY_LABEL "the name has an empty label"
#define HYPHEN "a label of a name neither begins nor ends with a hyphen"
#define LABEL "a label of a name is at most 63 octets long, as an A-label too"
#define NAME "a name is at most 253 octets long, in A-labels"
#define CONTROL "a target holds no control character"
#define BLANK "a target holds no blank: write one a line or argument"
#define SLASH "only an IPv4 or IPv6 address may stand before '/', as in 192.0.2.0/24"
#define RANGE "a range is ADDRESS-ADDRESS without a port, or 192.0.2.1-99 for the last number of IPv4"
#define UTF8 "a name is written in ASCII or UTF-8"
#define IDN "the name is no internationalised domain name (RFC 5891)"

static const struct invalid {
    const char *name;
    struct octets in;
    const char *problem;
} invalid[] = {
    {"nothing",                         {NULL, 0},                         "the target is empty"},
    {"blanks only",                     KIT_OCTETS(" \t\r\n"),                 "the target is empty"},
    {"the root",                        KIT_OCTETS("."),                       "the name is empty"},
    {"a port without a name",           KIT_OCTETS(":25"),                     "the name is empty"},
    {"port zero",                       KIT_OCTETS("example.org:0"),           PORT},
    {"port 65536",                      KIT_OCTETS("example.org:65536"),       PORT},
    {"a port past 64 bits",             KIT_OCTETS("a.org:18446744073709551617"), PORT},
    {"an empty port",                   KIT_OCTETS("example.org:"),            PORT},
    {"a port with a sign",              KIT_OCTETS("example.org:+25"),         PORT},
    {"a port in words",                 KIT_OCTETS("example.org:smtp"),        PORT},
    {"an empty port after brackets",    KIT_OCTETS("[::1]:"),                  PORT},
    {"port zero after brackets",        KIT_OCTETS("[::1]:0"),                 PORT},
    {"port zero after an IPv4 address", KIT_OCTETS("192.0.2.1:0"),             PORT},
    {"an IPv4 prefix of 33",            KIT_OCTETS("192.0.2.0/33"),            V4_BITS},
    {"an empty prefix length",          KIT_OCTETS("192.0.2.0/"),              V4_BITS},
    {"a netmask for a length",          KIT_OCTETS("192.0.2.0/255.255.255.0"), V4_BITS},
    {"two prefix lengths",              KIT_OCTETS("192.0.2.0/24/24"),         V4_BITS},
    {"an IPv6 prefix of 129",           KIT_OCTETS("2001:db8::/129"),          V6_BITS},
    {"a network of a name",             KIT_OCTETS("example.org/24"),          SLASH},
    {"a network with a port",           KIT_OCTETS("192.0.2.0:25/24"),         SLASH},
    {"a network in brackets",           KIT_OCTETS("[2001:db8::]/32"),         SLASH},
    {"a URL",                           KIT_OCTETS("https://example.org/"),    SLASH},
    {"three numbers",                   KIT_OCTETS("1.2.3"),                   NUMERIC},
    {"five numbers",                    KIT_OCTETS("1.2.3.4.5"),               NUMERIC},
    {"a number over 255",               KIT_OCTETS("256.1.1.1"),               NUMERIC},
    {"one number",                      KIT_OCTETS("16909060"),                NUMERIC},
    {"an octal IPv4 address",           KIT_OCTETS("010.0.0.1"),               NUMERIC},
    {"an IPv4 address and a final dot", KIT_OCTETS("192.0.2.1."),              NUMERIC},
    {"a malformed IPv4 address, port",  KIT_OCTETS("1.2.3:25"),                NUMERIC},
    {"an IPv4 address in wide digits",  KIT_OCTETS("\uff11.\uff12.\uff13.\uff14"), NUMERIC},
    {"an open bracket",                 KIT_OCTETS("[::1"),                    "']' is missing after the IPv6 address"},
    {"empty brackets",                  KIT_OCTETS("[]"),                      BRACKETS},
    {"IPv4 in brackets",                KIT_OCTETS("[192.0.2.1]"),             BRACKETS},
    {"a name in brackets",              KIT_OCTETS("[example.org]"),           BRACKETS},
    {"a zone in brackets",              KIT_OCTETS("[fe80::1%eth0]:25"),       BRACKETS},
    {"SMTP's address literal",          KIT_OCTETS("[IPv6:2001:db8::1]"),      BRACKETS},
    {"brackets in brackets",            KIT_OCTETS("[[::1]]"),                 BRACKETS},
    {"words after brackets",            KIT_OCTETS("[::1]25"),                 "only :PORT may follow ']'"},
    {"a malformed IPv6 address",        KIT_OCTETS("2001:db8:::1"),            V6},
    {"an IPv6 address of nine words",   KIT_OCTETS("1:2:3:4:5:6:7:8:9"),       V6},
    {"an IPv6 zone",                    KIT_OCTETS("fe80::1%eth0"),            V6},
    {"a name and two ports",            KIT_OCTETS("example.org:25:587"),      V6},
    {"an empty first label",            KIT_OCTETS(".example.org"),            EMPTY_LABEL},
    {"an empty middle label",           KIT_OCTETS("example..org"),            EMPTY_LABEL},
    {"two final dots",                  KIT_OCTETS("example.org.."),           EMPTY_LABEL},
    {"an empty label by U-labels",      KIT_OCTETS("a..\u00fc"),               EMPTY_LABEL},
    {"a hyphen at the start",           KIT_OCTETS("-v"),                      HYPHEN},
    {"a hyphen at a label's end",       KIT_OCTETS("mx-.example.org"),         HYPHEN},
    {"a label of 64 octets",            KIT_OCTETS(LABEL_63 "x.org"),          LABEL},
    {"a name of 254 octets",            KIT_OCTETS(NAME_252 "xx"),             NAME},
    {"a long U-label",                  KIT_OCTETS(LABEL_63 "\u00fc.org"),     LABEL},
    {"a mail address",                  KIT_OCTETS("postmaster@example.org"),  LDH},
    {"a wildcard",                      KIT_OCTETS("*.example.org"),           LDH},
    {"a backslash",                     KIT_OCTETS("a\\.example.org"),         LDH},
    {"a comma",                         KIT_OCTETS("a.example,b.example"),     LDH},
    {"a mail address with a U-label",   KIT_OCTETS("a@m\u00fcnchen.example"),  LDH},
    {"a range backwards",               KIT_OCTETS("192.0.2.9-192.0.2.8"),     "a range begins with its lowest address"},
    {"a last number that is lower",     KIT_OCTETS("192.0.2.9-8"),             "a range begins with its lowest address"},
    {"a range of two families",         KIT_OCTETS("::1-192.0.2.1"),           "a range is of one address family"},
    {"a last number over 255",          KIT_OCTETS("192.0.2.9-256"),           RANGE},
    {"half an address at the end",      KIT_OCTETS("192.0.2.9-2.10"),          RANGE},
    {"a range with a port",             KIT_OCTETS("192.0.2.9-192.0.2.10:25"), RANGE},
    {"a last number and a port",        KIT_OCTETS("192.0.2.9-10:25"),         RANGE},
    {"a range of networks",             KIT_OCTETS("192.0.2.0-192.0.3.0/24"),  SLASH},
    {"a last number of IPv6",           KIT_OCTETS("2001:db8::1-9"),           RANGE},
    {"2^64 addresses",                  KIT_OCTETS("::-::ffff:ffff:ffff:ffff"), "a range holds at most 2^64 - 1 addresses"},
    {"all of IPv6",                     KIT_OCTETS("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "a range holds at most 2^64 - 1 addresses"},
    {"a blank inside",                  KIT_OCTETS("example.org 25"),          BLANK},
    {"a tab inside",                    KIT_OCTETS("example.org\t25"),         BLANK},
    {"a NUL inside",                    KIT_OCTETS("example.org\0.evil"),      CONTROL},
    {"a NUL alone",                     KIT_OCTETS("\0"),                      CONTROL},
    {"an escape sequence",              KIT_OCTETS("\033[2Jexample.org"),      CONTROL},
    {"a line end inside",               KIT_OCTETS("a.example\r\nb.example"),  CONTROL},
    {"DEL",                             KIT_OCTETS("a\177.example"),           CONTROL},
    {"a C1 control character",          KIT_OCTETS("a\302\205.example"),         IDN},
    {"invalid UTF-8",                   KIT_OCTETS("a\377.example"),           UTF8},
    {"Latin-1",                         KIT_OCTETS("m\374nchen.example"),      UTF8},
    {"a UTF-8 sequence cut short",      KIT_OCTETS("example.\303"),            UTF8},
    {"a UTF-8 surrogate",               KIT_OCTETS("a\355\240\200.example"),   UTF8},
    {"an overlong dot",                 KIT_OCTETS("a\300\256example"),        UTF8},
    {"a symbol",                        KIT_OCTETS("\U0001f4a9.example"),      IDN},
    {"a joiner out of context",         KIT_OCTETS("\u200d\u00fc.example"),    IDN},
    {"a byte order mark",               KIT_OCTETS("\ufeff"),                  "the name is empty"},
};
/* clang-format on */

static struct arena new_arena(void)
{
    struct arena a;
    arena_init(&a, ARENA_OCTETS);
    return a;
}

static void test_valid(void **state)
{
    const struct valid *c = *state;
    struct arena a = new_arena();
    struct octets in = kit_guard(octets_of(c->in));
    struct target t = {0};
    const char *problem = NULL;
    enum err e = target_parse(in, &a, &t, &problem);
    kit_unguard(in); /* nothing may be borrowed from the input */

    assert_null(problem);
    assert_int_equal(e, ERR_OK);
    assert_int_equal(t.kind, c->kind);
    assert_int_equal(t.bits, c->bits);
    assert_int_equal(t.port, c->port);
    kit_assert_octets(t.input, octets_trim(octets_of(c->in)));
    if (c->kind == TARGET_NAME) {
        kit_assert_text(t.name, c->want);
        assert_int_equal(t.address.family, 0);
    } else {
        struct address want = {0};
        assert_true(address_parse(octets_of(c->want), &want));
        assert_true(address_is_equal(&t.address, &want));
        assert_int_equal(t.name.size, 0);
    }
    arena_release(&a);
}

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct arena a = new_arena();
    struct octets in = kit_guard(c->in);
    struct target t = {.port = 4711};
    const char *problem = NULL;
    assert_int_equal(target_parse(in, &a, &t, &problem), ERR_SYNTAX);
    assert_string_equal(problem, c->problem);
    assert_int_equal(t.port, 4711); /* untouched */
    kit_unguard(in);
    arena_release(&a);
}

/* Whatever a prefix is, it is decided on, and a refusal says why. */
static void check_prefixes(struct octets whole)
{
    for (size_t n = 0; n < whole.size; n++) {
        struct arena a = new_arena();
        struct octets in = kit_guard(octets_sub(whole, 0, n));
        struct target t;
        const char *problem = NULL;
        enum err e = target_parse(in, &a, &t, &problem);
        assert_true(e == ERR_OK || e == ERR_SYNTAX);
        assert_true((e == ERR_SYNTAX) == (problem != NULL));
        kit_unguard(in);
        arena_release(&a);
    }
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(valid); i++)
        check_prefixes(octets_of(valid[i].in));
    for (size_t i = 0; i < KIT_COUNT(invalid); i++)
        check_prefixes(invalid[i].in);
}

static void test_too_long(void **state)
{
    (void)state;
    uint8_t text[1025];
    struct arena a = new_arena();
    struct target t;
    const char *problem = NULL;
    memset(text, 'a', sizeof text);
    assert_int_equal(target_parse((struct octets){text, 1024}, &a, &t, &problem), ERR_SYNTAX);
    assert_string_equal(problem, NAME);
    assert_int_equal(target_parse((struct octets){text, 1025}, &a, &t, &problem), ERR_SYNTAX);
    assert_string_equal(problem, "a target is at most 1,024 octets long");
    for (size_t i = 0; i < sizeof text; i++) /* u with diaeresis, 512 times */
        text[i] = i % 2 ? 0xbc : 0xc3;
    assert_int_equal(target_parse((struct octets){text, 1024}, &a, &t, &problem), ERR_SYNTAX);
    arena_release(&a);
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 64; cap++) {
        struct arena a;
        struct target t = {.port = 4711};
        const char *problem = NULL;
        arena_init(&a, cap);
        enum err e = target_parse(OCTETS("m\u00fcnchen.example"), &a, &t, &problem);
        assert_true(e == ERR_NOMEM || cap >= 22 + 17);
        assert_true(e == ERR_OK ? t.port == 0 : t.port == 4711);
        assert_null(problem);
        arena_release(&a);
    }
}

/* clang-format off */
static const struct range {
    const char *name, *in, *first, *last;
} ranges[] = {
    {"a range of IPv4",             "192.0.2.9-192.0.3.1",    "192.0.2.9", "192.0.3.1"},
    {"by its last number",          "192.0.2.9-17",           "192.0.2.9", "192.0.2.17"},
    {"a range of one",              "192.0.2.9-9",            "192.0.2.9", "192.0.2.9"},
    {"all of IPv4",                 "0.0.0.0-255.255.255.255", "0.0.0.0",  "255.255.255.255"},
    {"a range of IPv6",             "2001:db8::1-2001:db8::ff", "2001:db8::1", "2001:db8::ff"},
    {"2^64 - 1 addresses",          "2001:db8::1-2001:db8::ffff:ffff:ffff:ffff", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"},
    {"as many across a border",     "2001:db8::5-2001:db8:0:1::3", "2001:db8::5", "2001:db8:0:1::3"},
};
/* clang-format on */

static struct address address_of(const char *text)
{
    struct address a;
    assert_true(address_parse(octets_of(text), &a));
    return a;
}

static void test_range(void **state)
{
    const struct range *c = *state;
    struct arena a = new_arena();
    struct target t = {0};
    const char *problem = NULL;
    struct octets in = kit_guard(octets_of(c->in));
    assert_int_equal(target_parse(in, &a, &t, &problem), ERR_OK);
    kit_unguard(in);
    struct address first = address_of(c->first), last = address_of(c->last), got = target_last(&t);
    assert_int_equal(t.kind, TARGET_RANGE);
    assert_true(address_is_equal(&t.address, &first));
    assert_true(address_is_equal(&got, &last));
    arena_release(&a);
}

static void test_last_of_a_network(void **state)
{
    (void)state;
    static const char *const lasts[][2] = {
        {"192.0.2.0/24", "192.0.2.255"},
        {"192.0.2.7", "192.0.2.7"},
        {"0.0.0.0/0", "255.255.255.255"},
        {"2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"}};
    for (size_t i = 0; i < KIT_COUNT(lasts); i++) {
        struct arena a = new_arena();
        struct target t = {0};
        const char *problem = NULL;
        assert_int_equal(target_parse(octets_of(lasts[i][0]), &a, &t, &problem), ERR_OK);
        struct address want = address_of(lasts[i][1]), got = target_last(&t);
        assert_true(address_is_equal(&got, &want));
        arena_release(&a);
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(valid) + KIT_COUNT(invalid) + KIT_COUNT(ranges) + 4] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_last_of_a_network),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, valid, test_valid);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    KIT_ADD_ROWS(tests, &count, ranges, test_range);
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
