/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "intern.h"

static void test_numbers(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    uint8_t text[] = "250 ok";
    arena_init(&a, (size_t)1024 * 1024);
    intern_init(&t, &a);
    assert_int_equal(intern_find(&t, OCTETS("250 ok")), INTERN_UNSEEN);
    assert_int_equal(intern_add(&t, (struct octets){text, 6}), 1);
    assert_int_equal(intern_add(&t, OCTETS("250 OK")), 2);
    assert_int_equal(intern_add(&t, OCTETS("250 o")), 3);
    assert_int_equal(intern_add(&t, OCTETS_NONE), 4);
    assert_int_equal(intern_add(&t, OCTETS("\0")), 5);
    memset(text, 'x', sizeof text); /* the text was copied */
    assert_int_equal(intern_add(&t, OCTETS("250 ok")), 1);
    assert_int_equal(intern_find(&t, OCTETS("250 OK")), 2);
    assert_int_equal(intern_find(&t, OCTETS_NONE), 4);
    assert_int_equal(intern_find(&t, OCTETS("\0")), 5);
    assert_int_equal(intern_find(&t, OCTETS("xxxxxx")), INTERN_UNSEEN);
    assert_int_equal(t.count, 5);
    arena_release(&a);
}

static struct octets text_of(char *room, size_t size, uint32_t n)
{
    int length = snprintf(room, size, "text %u", n);
    return (struct octets){(const uint8_t *)room, (size_t)length};
}

/* Numbers stay when the table grows. */
static void test_growth(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    char text[32];
    arena_init(&a, (size_t)64 * 1024 * 1024);
    intern_init(&t, &a);
    for (uint32_t n = 1; n <= 20000; n++)
        assert_int_equal(intern_add(&t, text_of(text, sizeof text, n)), n);
    for (uint32_t n = 1; n <= 20000; n++) {
        assert_int_equal(intern_find(&t, text_of(text, sizeof text, n)), n);
        assert_int_equal(intern_add(&t, text_of(text, sizeof text, n)), n);
    }
    assert_int_equal(intern_find(&t, OCTETS("text 20001")), INTERN_UNSEEN);
    arena_release(&a);
}

/* What no longer fits gets no number; what has one keeps it. */
static void test_arena_exhausted(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    char text[32];
    uint32_t n = 0;
    arena_init(&a, (size_t)64 * 1024);
    intern_init(&t, &a);
    while (intern_add(&t, text_of(text, sizeof text, n + 1)) == n + 1)
        n++;
    assert_true(n > 100 && n < 20000);
    assert_int_equal(intern_add(&t, text_of(text, sizeof text, n + 1)), 0);
    for (uint32_t i = 1; i <= n; i++)
        assert_int_equal(intern_find(&t, text_of(text, sizeof text, i)), i);
    arena_release(&a);
}

static void test_texts(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    uint8_t text[] = "250 ok";
    arena_init(&a, (size_t)64 * 1024);
    intern_init(&t, &a);
    assert_int_equal(intern_text(&t, OCTETS("250 ok")).size, 0);
    assert_int_equal(intern_add(&t, (struct octets){text, 6}), 1);
    text[0] = '5';
    struct octets copy = intern_text(&t, OCTETS("250 ok"));
    kit_assert_text(copy, "250 ok");
    assert_ptr_equal(intern_text(&t, OCTETS("250 ok")).at, copy.at);
    assert_int_equal(intern_text(&t, OCTETS("550 no")).size, 0);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_arena_exhausted),
    };
    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
