/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "target.h"

/* clang-format off */
static const struct valid {
    const char *name, *in;
    enum target_kind kind;
    const char *address, *want, *tag; /* NULL: none */
    uint16_t port;
} valid[] = {
    {"no row: a name",               "mx.example.org",            TARGET_NAME,    NULL, "mx.example.org", NULL, 0},
    {"no row: an address",           "192.0.2.1",                 TARGET_ADDRESS, "192.0.2.1", NULL, NULL, 0},
    {"no row: a name and a port",    "mx.example.org:587",        TARGET_NAME,    NULL, "mx.example.org", NULL, 587},
    {"all four",                     "192.0.2.1,MX.example.org,t,25", TARGET_ADDRESS, "192.0.2.1", "mx.example.org", "t", 25},
    {"an address alone",             "192.0.2.1,",                TARGET_ADDRESS, "192.0.2.1", NULL, NULL, 0},
    {"an address, the rest empty",   "192.0.2.1,,,",              TARGET_ADDRESS, "192.0.2.1", NULL, NULL, 0},
    {"an address and a name",        "2001:db8::1,a.example",     TARGET_ADDRESS, "2001:db8::1", "a.example", NULL, 0},
    {"an IPv6 address in brackets",  "[2001:db8::1],a.example",   TARGET_ADDRESS, "2001:db8::1", "a.example", NULL, 0},
    {"an address and a tag",         "192.0.2.1,,customers",      TARGET_ADDRESS, "192.0.2.1", NULL, "customers", 0},
    {"an address and a port",        "192.0.2.1,,,2525",          TARGET_ADDRESS, "192.0.2.1", NULL, NULL, 2525},
    {"a name alone",                 ",a.example",                TARGET_NAME,    NULL, "a.example", NULL, 0},
    {"a name, a tag and a port",     ",a.example,t,465",          TARGET_NAME,    NULL, "a.example", "t", 465},
    {"a name in Unicode",            ",m\u00fcnchen.example,t",   TARGET_NAME,    NULL, "xn--mnchen-3ya.example", "t", 0},
    {"blanks around fields",         " 192.0.2.1 ,\ta.example , a tag , 25 ", TARGET_ADDRESS, "192.0.2.1", "a.example", "a tag", 25},
    {"a tag is any text",            "192.0.2.1,,\"q\" \377/#:",  TARGET_ADDRESS, "192.0.2.1", NULL, "\"q\" \377/#:", 0},
    {"a network",                    "192.0.2.7/24,a.example,t,25", TARGET_NETWORK, "192.0.2.0", "a.example", "t", 25},
    {"a range",                      "192.0.2.7-9,,t",            TARGET_RANGE,   "192.0.2.7", NULL, "t", 0},
};

#define FIRST "the first field of a row is an address, a network or a range, or empty; a port is the fourth"
#define SECOND "the second field of a row is a name, or empty"
#define FOURTH "the fourth field of a row is a port, 1 to 65535, or empty"
#define NEITHER "a row is ADDRESS,NAME,TAG,PORT with an address or a name"
#define FIVE "a row has four fields at most: ADDRESS,NAME,TAG,PORT"

static const struct invalid {
    const char *name, *in, *problem;
} invalid[] = {
    {"a comma alone",                ",",                         NEITHER},
    {"a tag alone",                  ",,t",                       NEITHER},
    {"a port alone",                 ",,,25",                     NEITHER},
    {"five fields",                  "192.0.2.1,a.example,t,25,", FIVE},
    {"a name first",                 "a.example,b.example",       FIRST},
    {"an address and its port first", "192.0.2.1:25,a.example",   FIRST},
    {"an address as the name",       "192.0.2.1,192.0.2.2",       SECOND},
    {"a name and its port",          "192.0.2.1,a.example:25",    SECOND},
    {"port zero",                    "192.0.2.1,,,0",             FOURTH},
    {"port 65536",                   "192.0.2.1,,,65536",         FOURTH},
    {"a port in words",              "192.0.2.1,,,smtp",          FOURTH},
    {"a bad address",                "192.0.2.256,a.example",     "malformed IPv4 address: four numbers of 0 to 255 are wanted"},
    {"a bad network",                "192.0.2.0/33,a.example",    "prefix length must be 0 to 32"},
    {"a bad name",                   "192.0.2.1,a..example",      "the name has an empty label"},
    {"a quoted field",               "\"192.0.2.1\",a.example",   "a name holds letters, digits, hyphens, underscores and dots only"},
    {"no row and no target",         "a b",                       "a target holds no blank: write one a line or argument"},
};
/* clang-format on */

static void test_valid(void **state)
{
    const struct valid *c = *state;
    struct arena a;
    struct target t = {0};
    const char *problem = NULL;
    struct octets in = kit_guard(octets_of(c->in));
    arena_init(&a, (size_t)16 * 1024);
    assert_int_equal(target_parse_line(in, &a, &t, &problem), ERR_OK);
    kit_unguard(in); /* nothing may be borrowed from the input */
    assert_int_equal(t.kind, c->kind);
    assert_int_equal(t.port, c->port);
    kit_assert_octets(t.input, octets_trim(octets_of(c->in)));
    kit_assert_text(t.name, c->want);
    kit_assert_text(t.tag, c->tag);
    struct address want = {0};
    assert_true(!c->address || address_parse(octets_of(c->address), &want));
    assert_true(address_is_equal(&t.address, &want));
    arena_release(&a);
}

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct arena a;
    struct target t = {.port = 4711};
    const char *problem = NULL;
    arena_init(&a, (size_t)16 * 1024);
    assert_int_equal(target_parse_line(octets_of(c->in), &a, &t, &problem), ERR_SYNTAX);
    assert_string_equal(problem, c->problem);
    assert_int_equal(t.port, 4711); /* untouched */
    arena_release(&a);
}

/* Whatever a prefix is, it is decided on, and a refusal says why. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(valid); i++)
        for (size_t n = 0; n < strlen(valid[i].in); n++) {
            struct arena a;
            struct target t;
            const char *problem = NULL;
            struct octets in = kit_guard(octets_sub(octets_of(valid[i].in), 0, n));
            arena_init(&a, (size_t)16 * 1024);
            enum err e = target_parse_line(in, &a, &t, &problem);
            assert_true(e == ERR_OK || e == ERR_SYNTAX);
            assert_true((e == ERR_SYNTAX) == (problem != NULL));
            kit_unguard(in);
            arena_release(&a);
        }
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 160; cap++) {
        struct arena a;
        struct target t = {.port = 4711};
        const char *problem = NULL;
        arena_init(&a, cap);
        enum err e = target_parse_line(OCTETS("192.0.2.1,a.example,t,25"), &a, &t, &problem);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        assert_int_equal(t.port, e ? 4711 : 25);
        arena_release(&a);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    static uint8_t text[1025];
    struct arena a;
    struct target t;
    const char *problem = NULL;
    memset(text, 'a', sizeof text);
    memcpy(text, "::1,,", 5);
    arena_init(&a, (size_t)16 * 1024);
    assert_int_equal(target_parse_line((struct octets){text, 1025}, &a, &t, &problem), ERR_SYNTAX);
    assert_int_equal(target_parse_line((struct octets){text, 1024}, &a, &t, &problem), ERR_OK);
    assert_int_equal(t.tag.size, 1019);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(valid) + KIT_COUNT(invalid) + 3] = {
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_too_long),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, valid, test_valid);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
