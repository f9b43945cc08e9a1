/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "block.h"

static const struct target_shard whole = {0, 1};

/* Addresses and networks need no memory of their own. */
static struct target parse(const char *text, struct arena *a)
{
    struct target t = {0};
    const char *problem = NULL;
    arena_init(a, (size_t)16 * 1024);
    assert_int_equal(target_parse(octets_of(text), a, &t, &problem), ERR_OK);
    return t;
}

/* clang-format off */
static const struct row {
    const char *name, *in;
    uint32_t parts;
    uint64_t size;
} rows[] = {
    {"an address",                   "192.0.2.1",            1, 1},
    {"a /32",                        "192.0.2.1/32",         1, 1},
    {"a /31",                        "192.0.2.0/31",         1, 2},
    {"a /24",                        "192.0.2.0/24",         1, 256},
    {"a /20",                        "192.0.0.0/20",         1, 4096},
    {"the top of IPv4",              "255.255.255.0/24",     1, 256},
    {"a range",                      "192.0.2.250-192.0.3.9", 1, 16},
    {"a range at the top",           "255.255.255.250-255",  1, 6},
    {"a range of an odd size",       "10.0.0.1-10.0.3.231",  1, 999},
    {"an IPv6 /120",                 "2001:db8::/120",       1, 256},
    {"a range across the halves",    "2001:db8::ffff:ffff:ffff:fff0-2001:db8:0:1::f", 1, 32},
    {"the top of IPv6",              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120", 1, 256},
    {"an address in three parts",    "192.0.2.1",            3, 1},
    {"a /30 in eight parts",         "192.0.2.0/30",         8, 4},
    {"a /24 in three parts",         "192.0.2.0/24",         3, 256},
    {"a /24 in 256 parts",           "192.0.2.0/24",       256, 256},
    {"a range in seven parts",       "10.0.0.1-10.0.3.231",  7, 999},
};
/* clang-format on */

/* All parts together give each address once, each part its share, whatever the seeds are. */
static void test_each_once(void **state)
{
    const struct row *c = *state;
    static uint8_t seen[65536];
    struct arena arena;
    struct target t = parse(c->in, &arena);
    struct address_number first = address_to_number(&t.address);
    assert_int_equal(target_block_size(&t), c->size);
    memset(seen, 0, sizeof seen);
    uint64_t all = 0;
    for (uint32_t part = 0; part < c->parts; part++) {
        struct target_block b;
        struct address a;
        uint64_t count = 0;
        target_block_init(&b, &t, (struct target_shard){part, c->parts}, 1000 + part);
        while (target_block_next(&b, &a)) {
            uint64_t at = address_to_number(&a).low - first.low;
            assert_int_equal(a.family, t.address.family);
            assert_true(at < c->size);
            assert_false(seen[at]++);
            count++;
        }
        assert_false(target_block_next(&b, &a));
        assert_in_range(count, c->size / c->parts, (c->size + c->parts - 1) / c->parts);
        all += count;
    }
    assert_int_equal(all, c->size);
    arena_release(&arena);
}

/* clang-format off */
static const struct large {
    const char *name, *in;
    uint64_t size;
} larges[] = {
    {"a /0 of IPv4",      "0.0.0.0/0",         (uint64_t)1 << 32},
    {"a /65",             "2001:db8::/65",     (uint64_t)1 << 63},
    {"a /64",             "2001:db8::/64",     UINT64_MAX},
    {"a /63",             "2001:db8::/63",     UINT64_MAX},
    {"a /48",             "2001:db8::/48",     UINT64_MAX},
    {"a /1",              "8000::/1",          UINT64_MAX},
    {"all of IPv6",       "::/0",              UINT64_MAX},
    {"2^64 - 1 of IPv6",  "::1-::ffff:ffff:ffff:ffff", UINT64_MAX},
};
/* clang-format on */

#define SAMPLES 2000

static void test_large(void **state)
{
    const struct large *c = *state;
    static struct address got[SAMPLES];
    struct arena arena;
    struct target t = parse(c->in, &arena);
    struct address last = target_last(&t);
    struct target_block b;
    unsigned upper = 0, bit = t.kind == TARGET_NETWORK ? t.bits : 64;
    assert_int_equal(target_block_size(&t), c->size);
    target_block_init(&b, &t, whole, 7);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_true(target_block_next(&b, &got[i]));
        assert_true(memcmp(got[i].octets, t.address.octets, 16) >= 0);
        assert_true(memcmp(got[i].octets, last.octets, 16) <= 0);
        upper += (got[i].octets[bit / 8] & 0x80u >> bit % 8) != 0;
        for (size_t j = 0; j < i; j++)
            assert_false(address_is_equal(&got[i], &got[j]));
    }
    assert_in_range(upper, SAMPLES * 45 / 100, SAMPLES * 55 / 100); /* all over the network */
    arena_release(&arena);
}

static void draw(const char *text, uint64_t seed, struct target_shard shard, struct address *ret)
{
    struct arena arena;
    struct target t = parse(text, &arena);
    struct target_block b;
    target_block_init(&b, &t, shard, seed);
    for (size_t i = 0; i < 50; i++)
        assert_true(target_block_next(&b, &ret[i]));
    arena_release(&arena);
}

static size_t count_same(const struct address *a, const struct address *b)
{
    size_t same = 0;
    for (size_t i = 0; i < 50; i++)
        same += address_is_equal(&a[i], &b[i]);
    return same;
}

static void test_order(void **state)
{
    (void)state;
    struct address one[50], other[50];
    draw("10.0.0.0/16", 1, whole, one);
    draw("10.0.0.0/16", 1, whole, other);
    assert_int_equal(count_same(one, other), 50);
    draw("10.0.0.0/16", 2, whole, other);
    assert_in_range(count_same(one, other), 0, 2);
    draw("10.1.0.0/16", 1, whole, other); /* networks do not march in step */
    for (size_t i = 0; i < 50; i++)
        other[i].octets[1] = 0;
    assert_in_range(count_same(one, other), 0, 2);
}

/* A thousand small networks are spread over the parts, and so are names. */
static void test_parts_are_even(void **state)
{
    (void)state;
    uint64_t addresses[10] = {0}, names[10] = {0};
    char text[64];
    for (unsigned i = 0; i < 1000; i++) {
        struct arena arena;
        snprintf(text, sizeof text, "10.%u.%u.0/32", i / 250, i % 250);
        struct target t = parse(text, &arena);
        snprintf(text, sizeof text, "host%u.example.org", i);
        for (uint32_t part = 0; part < 10; part++) {
            struct target_block b;
            target_block_init(&b, &t, (struct target_shard){part, 10}, 0);
            addresses[part] += b.count;
            names[part] += target_shard_has((struct target_shard){part, 10}, octets_of(text));
        }
        arena_release(&arena);
    }
    uint64_t sum = 0;
    for (size_t part = 0; part < 10; part++) {
        assert_in_range(addresses[part], 70, 130);
        assert_in_range(names[part], 70, 130);
        sum += names[part];
    }
    assert_int_equal(sum, 1000);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + KIT_COUNT(larges) + 2] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_parts_are_even),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_each_once);
    KIT_ADD_ROWS(tests, &count, larges, test_large);
    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
