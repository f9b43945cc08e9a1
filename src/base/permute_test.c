/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdlib.h>

#include "permute.h"

#define EACH_SIZE_TO 3000

static const uint64_t seeds[] = {0, 1, 0x9e3779b97f4a7c15u, UINT64_MAX};

/* Every number below each size comes once. */
static void test_is_a_bijection_for_every_small_size(void **state)
{
    (void)state;
    static uint8_t seen[EACH_SIZE_TO + 1];
    for (size_t s = 0; s < 2; s++)
        for (uint64_t size = 1; size <= EACH_SIZE_TO; size++) {
            struct permute p;
            permute_init(&p, size, seeds[s] + size);
            memset(seen, 0, sizeof seen);
            for (uint64_t i = 0; i < size; i++) {
                uint64_t n = permute_at(&p, i);
                assert_true(n < size);
                assert_false(seen[n]);
                seen[n] = 1;
            }
        }
}

static void test_is_a_bijection_of_a_hundred_thousand(void **state)
{
    (void)state;
    const uint64_t size = 100003;
    uint8_t *seen = calloc(size, 1);
    struct permute p;
    assert_non_null(seen);
    permute_init(&p, size, 4711);
    for (uint64_t i = 0; i < size; i++)
        seen[permute_at(&p, i)]++;
    for (uint64_t i = 0; i < size; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#define SAMPLES 20000

/* clang-format off */
static const struct large {
    const char *name;
    uint64_t size;
} larges[] = {
    {"2^32 - 1",  UINT32_MAX},
    {"2^32",      (uint64_t)1 << 32},
    {"2^32 + 1",  ((uint64_t)1 << 32) + 1},
    {"2^62 + 1",  ((uint64_t)1 << 62) + 1},
    {"2^63",      (uint64_t)1 << 63},
    {"2^64 - 1",  UINT64_MAX},
};
/* clang-format on */

/* From the beginning, from the end and from all over, no number comes twice, and all are in range. */
static void test_large(void **state)
{
    const struct large *c = *state;
    static uint64_t got[3 * SAMPLES];
    for (size_t s = 0; s < KIT_COUNT(seeds); s++) {
        struct permute p;
        uint64_t stride = c->size / (SAMPLES + 1), high = 0;
        permute_init(&p, c->size, seeds[s]);
        for (uint64_t i = 0; i < SAMPLES; i++) {
            got[3 * i] = permute_at(&p, i);
            got[3 * i + 1] = permute_at(&p, c->size - 1 - i);
            got[3 * i + 2] = permute_at(&p, SAMPLES + i * (stride - 2));
        }
        for (size_t i = 0; i < KIT_COUNT(got); i++) {
            assert_true(got[i] < c->size);
            high += got[i] >= c->size / 2;
        }
        assert_in_range(high, KIT_COUNT(got) * 48 / 100, KIT_COUNT(got) * 52 / 100);
        qsort(got, KIT_COUNT(got), sizeof *got, by_value);
        for (size_t i = 1; i < KIT_COUNT(got); i++)
            assert_true(got[i - 1] < got[i]);
    }
}

static void test_seeds_differ(void **state)
{
    (void)state;
    for (size_t a = 0; a < KIT_COUNT(seeds); a++)
        for (size_t b = 0; b < a; b++) {
            struct permute one, other;
            size_t same = 0;
            permute_init(&one, 65536, seeds[a]);
            permute_init(&other, 65536, seeds[b]);
            for (uint64_t i = 0; i < 65536; i++)
                same += permute_at(&one, i) == permute_at(&other, i);
            assert_in_range(same, 0, 20); /* one is to be expected */
        }
}

/* What comes next is not near: neighbours of a network are not visited one after another. */
static void test_scatters(void **state)
{
    (void)state;
    struct permute p;
    size_t near = 0;
    permute_init(&p, 65536, 1);
    for (uint64_t i = 0; i + 1 < 65536; i++) {
        int64_t apart = (int64_t)permute_at(&p, i) - (int64_t)permute_at(&p, i + 1);
        near += llabs(apart) < 256;
    }
    assert_in_range(near, 300, 800); /* 2 * 256 / 65536 of them: 512 */
}

static void test_the_same_seed_gives_the_same(void **state)
{
    (void)state;
    struct permute p;
    permute_init(&p, 1000, 42);
    uint64_t first = permute_at(&p, 0), last = permute_at(&p, 999);
    permute_init(&p, 1000, 42);
    assert_int_equal(permute_at(&p, 999), last);
    assert_int_equal(permute_at(&p, 0), first);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(larges) + 5] = {
        cmocka_unit_test(test_is_a_bijection_for_every_small_size),
        cmocka_unit_test(test_is_a_bijection_of_a_hundred_thousand),
        cmocka_unit_test(test_seeds_differ),
        cmocka_unit_test(test_scatters),
        cmocka_unit_test(test_the_same_seed_gives_the_same),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, larges, test_large);
    return cmocka_run_group_tests_name("permute", tests, NULL, NULL);
}
