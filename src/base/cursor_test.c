/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "cursor.h"

static const uint8_t numbers[] = {0x01, 0xfe, 0xdc, 0x89, 0xab, 0xcd, 0xef, 'a', 'b', 'c'};

static void test_reads(void **state)
{
    (void)state;
    struct octets in = kit_guard((struct octets){numbers, sizeof numbers});
    struct cursor c;
    cursor_init(&c, in);
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_u16(&c), 0xfedc);
    assert_int_equal(cursor_u32(&c), 0x89abcdef);
    assert_int_equal(cursor_left(&c), 3);
    kit_assert_text(cursor_take(&c, 2), "ab");
    kit_assert_text(cursor_take(&c, 0), "");
    kit_assert_text(cursor_take(&c, 1), "c");
    kit_assert_text(cursor_take(&c, 0), ""); /* at the very end is no failure */
    assert_int_equal(cursor_left(&c), 0);
    assert_false(c.has_failed);
    kit_unguard(in);
}

static uint64_t read_all(struct cursor *c)
{
    uint64_t sum = cursor_u8(c);
    sum += cursor_u16(c);
    sum += cursor_u32(c);
    sum += cursor_take(c, 3).size;
    return sum;
}

/* Every proper prefix fails, none reads past its end, and after the failure nothing comes any more.
 */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof numbers; n++) {
        struct octets in = kit_guard((struct octets){numbers, n});
        struct cursor c;
        cursor_init(&c, in);
        (void)read_all(&c);
        assert_true(c.has_failed);
        assert_int_equal(cursor_left(&c), 0);
        assert_int_equal(read_all(&c), 0);
        assert_int_equal(cursor_take(&c, 0).size, 0);
        kit_unguard(in);
    }
}

static void test_failure_is_sticky(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, (struct octets){numbers, sizeof numbers});
    kit_assert_text(cursor_take(&c, SIZE_MAX), "");
    assert_true(c.has_failed);
    assert_int_equal(cursor_u8(&c), 0); /* would fit */
    cursor_seek(&c, 0);
    assert_int_equal(cursor_u8(&c), 0); /* seeking does not heal */
    assert_true(c.has_failed);
}

static void test_seek(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, (struct octets){numbers, sizeof numbers});
    cursor_seek(&c, 7);
    assert_int_equal(cursor_u8(&c), 'a');
    cursor_seek(&c, 1);
    assert_int_equal(cursor_u8(&c), 0xfe);
    cursor_seek(&c, sizeof numbers); /* the end is a place */
    assert_false(c.has_failed);
    assert_int_equal(cursor_left(&c), 0);
    cursor_seek(&c, sizeof numbers + 1);
    assert_true(c.has_failed);
}

static void test_none(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, OCTETS_NONE);
    assert_int_equal(cursor_take(&c, 0).size, 0);
    cursor_seek(&c, 0);
    assert_false(c.has_failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_true(c.has_failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
