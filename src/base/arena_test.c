/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdalign.h>

#include "arena.h"

static bool is_zero(const uint8_t *at, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        if (at[i])
            return false;
    return true;
}

/* Sizes below, at and above a block's; what was handed out before is never touched again. */
static void test_pieces_are_apart_zeroed_and_aligned(void **state)
{
    (void)state;
    enum { PIECES = 600 };
    struct arena a;
    uint8_t *pieces[PIECES];
    arena_init(&a, (size_t)16 * 1024 * 1024);
    for (size_t i = 0; i < PIECES; i++) {
        size_t octets = i * 31 % 9000;
        pieces[i] = arena_alloc(&a, octets);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        assert_true(is_zero(pieces[i], octets));
        memset(pieces[i], (int)(i % 255) + 1, octets);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < i * 31 % 9000; k++)
            assert_int_equal(pieces[i][k], i % 255 + 1);
    arena_release(&a);
}

/* What is lent is used first, counts, and is not freed. */
static void test_lent_memory_is_used_first(void **state)
{
    (void)state;
    alignas(max_align_t) uint8_t memory[64];
    struct octets copy;
    struct arena a;
    memset(memory, 0xff, sizeof memory);
    arena_init_over(&a, memory, sizeof memory, 1024);
    assert_true(arena_copy(&a, OCTETS("abc"), &copy));
    assert_ptr_equal(copy.at, memory);
    uint8_t *second = arena_alloc(&a, 33);
    assert_ptr_equal(second, memory + alignof(max_align_t));
    assert_true(is_zero(second, 33));
    uint8_t *third = arena_alloc(&a, 1); /* the lent is full */
    assert_true(third < memory || third >= memory + sizeof memory);
    assert_int_equal(copy.at[0], 'a');
    assert_null(arena_alloc(&a, 1024));
    arena_release(&a);
    assert_non_null(arena_alloc(&a, 1024));
    arena_release(&a);
}

static void test_cap(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 64);
    assert_null(arena_alloc(&a, 65));
    assert_non_null(arena_alloc(&a, 1)); /* takes a whole unit of alignment */
    assert_null(arena_alloc(&a, 64 - alignof(max_align_t) + 1));
    assert_non_null(arena_alloc(&a, 64 - alignof(max_align_t)));
    assert_int_equal(a.used, 64);
    assert_null(arena_alloc(&a, 1));
    assert_null(arena_alloc(&a, 0));
    arena_release(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 64)); /* its cap outlives the release */
    arena_release(&a);
    arena_release(&a);
}

static void test_empty_pieces_cost(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4 * alignof(max_align_t));
    for (int i = 0; i < 4; i++)
        assert_non_null(arena_alloc(&a, 0));
    assert_null(arena_alloc(&a, 0)); /* so a peer cannot ask for endless nothings */
    arena_release(&a);
}

static void test_no_cap_does_not_wrap(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, SIZE_MAX);
    for (size_t i = 0; i < 64; i++)
        assert_null(arena_alloc(&a, SIZE_MAX - i));
    assert_null(arena_alloc_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_alloc_array(&a, 3, SIZE_MAX / 2));
    assert_non_null(arena_alloc_array(&a, SIZE_MAX, 0));
    assert_non_null(arena_alloc_array(&a, 0, SIZE_MAX));
    arena_release(&a);
}

static void test_copies(void **state)
{
    (void)state;
    struct arena a;
    struct octets in = kit_guard(OCTETS("a\0b")), got = OCTETS("untouched");
    arena_init(&a,
               3 + 16 + 16); /* octets stand side by side, texts as all else that is allocated */
    assert_true(arena_copy(&a, in, &got));
    kit_unguard(in);
    kit_assert_octets(got, OCTETS("a\0b"));
    const char *text = arena_copy_text(&a, OCTETS("name"));
    assert_string_equal(text, "name");
    assert_string_equal(arena_copy_text(&a, OCTETS_NONE), "");
    assert_true(arena_copy(&a, OCTETS_NONE, &got)); /* even of an exhausted arena */
    assert_null(got.at);
    got = OCTETS("untouched");
    assert_false(arena_copy(&a, OCTETS("x"), &got));
    kit_assert_text(got, "untouched");
    assert_null(arena_copy_text(&a, OCTETS("x")));
    arena_release(&a);
}

static void test_grow(void **state)
{
    (void)state;
    struct arena a;
    void *items = NULL;
    size_t room = 0;
    arena_init(&a, (size_t)64 * 1024);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(arena_grow(&a, &items, i, &room, sizeof i));
        assert_true(room > i);
        ((uint32_t *)items)[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(((uint32_t *)items)[i], i);
    arena_release(&a);
}

static void test_grow_fails_and_keeps(void **state)
{
    (void)state;
    struct arena a;
    void *items = NULL;
    size_t room = 0;
    arena_init(&a, 64); /* eight of eight octets */
    assert_true(arena_grow(&a, &items, 0, &room, 8));
    assert_int_equal(room, 8);
    void *before = items;
    memset(items, 'x', 64);
    assert_false(arena_grow(&a, &items, 8, &room, 8));
    assert_ptr_equal(items, before);
    assert_int_equal(room, 8);
    assert_int_equal(*((uint8_t *)items + 63), 'x');
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_apart_zeroed_and_aligned),
        cmocka_unit_test(test_lent_memory_is_used_first),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_empty_pieces_cost),
        cmocka_unit_test(test_no_cap_does_not_wrap),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_grow_fails_and_keeps),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
