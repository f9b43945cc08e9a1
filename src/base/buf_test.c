/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "buf.h"

static void test_appends(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    kit_assert_text(buf_octets(&b), "");
    buf_append(&b, OCTETS("a\0b"));
    buf_append(&b, OCTETS_NONE);
    buf_append_text(&b, " text ");
    buf_append_text(&b, NULL);
    buf_append_octet(&b, 0xff);
    buf_append_number(&b, 0);
    buf_append_octet(&b, ' ');
    buf_append_number(&b, UINT64_MAX);
    buf_append_format(&b, " %s %03d", "f", 7);
    assert_int_equal(buf_error(&b), ERR_OK);
    kit_assert_octets(buf_octets(&b), OCTETS("a\0b text \3770 18446744073709551615 f 007"));
    buf_release(&b);
}

static void test_growth_keeps_content(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 100000);
    for (unsigned i = 0; i < 100000; i++)
        buf_append_octet(&b, (uint8_t)i);
    assert_int_equal(buf_error(&b), ERR_OK);
    assert_int_equal(b.size, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(b.data[i], (uint8_t)i);
    assert_true(b.room <= b.cap); /* a peer never chooses our memory */
    buf_release(&b);
}

/* Every cap, filled by threes: what does not fit whole is not there at all, and nothing follows it.
 */
static void test_cap(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 300; cap++) {
        struct buf b;
        buf_init(&b, cap);
        for (size_t i = 0; i <= cap / 3; i++) {
            assert_int_equal(buf_error(&b), ERR_OK);
            buf_append(&b, OCTETS("abc"));
        }
        assert_int_equal(buf_error(&b), ERR_LIMIT);
        assert_int_equal(b.size, cap / 3 * 3);
        buf_append(&b, OCTETS("x")); /* would fit, but the error is sticky */
        buf_append(&b, OCTETS_NONE);
        assert_int_equal(b.size, cap / 3 * 3);
        assert_int_equal(buf_error(&b), ERR_LIMIT);
        buf_release(&b);
    }
}

static void test_cap_exactly_filled(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 65);
    for (int i = 0; i < 65; i++)
        buf_append_octet(&b, 'x');
    buf_append(&b, OCTETS_NONE);
    assert_int_equal(buf_error(&b), ERR_OK);
    assert_int_equal(b.size, 65);
    buf_release(&b);
}

static void test_size_near_the_maximum(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 16);
    buf_append_text(&b, "abc");
    buf_append(&b, (struct octets){(const uint8_t *)"", SIZE_MAX}); /* refused before it is read */
    assert_int_equal(buf_error(&b), ERR_LIMIT);
    kit_assert_text(buf_octets(&b), "abc");
    buf_release(&b);
}

static void test_clear_forgets_the_error(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_append_text(&b, "abcde");
    assert_int_equal(buf_error(&b), ERR_LIMIT);
    buf_clear(&b);
    assert_int_equal(buf_error(&b), ERR_OK);
    buf_append_text(&b, "abcd");
    kit_assert_text(buf_octets(&b), "abcd");
    buf_release(&b);
}

static void test_drop_front(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 64);
    buf_drop_front(&b, 0); /* nothing was ever allocated */
    buf_append_text(&b, "abcdef");
    buf_drop_front(&b, 0);
    buf_drop_front(&b, 2);
    kit_assert_text(buf_octets(&b), "cdef");
    buf_append_text(&b, "gh");
    buf_drop_front(&b, 5);
    kit_assert_text(buf_octets(&b), "h");
    buf_drop_front(&b, 1);
    kit_assert_text(buf_octets(&b), "");
    buf_release(&b);
}

static void test_release_and_again(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    buf_append_text(&b, "abc");
    buf_release(&b);
    buf_release(&b); /* nothing left to free */
    buf_init(&b, 8);
    buf_append_text(&b, "def");
    kit_assert_text(buf_octets(&b), "def");
    buf_release(&b);
}

static void hex_is_appended_whole_or_not_at_all(void **state)
{
    static const uint8_t some[] = {0x00, 0x7f, 0xa5, 0xff};
    struct buf b;
    (void)state;
    buf_init(&b, 11);
    buf_append_text(&b, "x:");
    buf_append_hex(&b, (struct octets){some, sizeof some});
    buf_append_hex(&b, OCTETS_NONE);
    kit_assert_text(buf_octets(&b), "x:007fa5ff");
    assert_int_equal(buf_error(&b), ERR_OK);
    buf_append_hex(&b, (struct octets){some, 1});
    kit_assert_text(buf_octets(&b), "x:007fa5ff");
    assert_int_equal(buf_error(&b), ERR_LIMIT);
    buf_release(&b);
}

static void test_memory_of_the_caller_is_all_there_is(void **state)
{
    (void)state;
    struct buf b;
    char memory[9] = "........!";
    buf_init_over(&b, memory, 8);
    buf_append_text(&b, "12345678");
    assert_int_equal(buf_error(&b), ERR_OK);
    assert_ptr_equal(buf_octets(&b).at, memory);
    buf_append_octet(&b, '9');
    assert_int_equal(buf_error(&b), ERR_LIMIT);
    assert_memory_equal(memory, "12345678!", sizeof memory);
    buf_release(&b); /* which is not ours to free */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_is_appended_whole_or_not_at_all),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_growth_keeps_content),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_cap_exactly_filled),
        cmocka_unit_test(test_size_near_the_maximum),
        cmocka_unit_test(test_clear_forgets_the_error),
        cmocka_unit_test(test_drop_front),
        cmocka_unit_test(test_release_and_again),
        cmocka_unit_test(test_memory_of_the_caller_is_all_there_is),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
