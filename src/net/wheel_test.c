/* SPDX-License-Identifier: Apache-2.0 */
#include "wheel.h"

#include <stdlib.h>

#include "../../tests/kit/kit.h"

#define START 1000000007u /* within a step */

/* What is due at these milliseconds behind START comes out then, and neither before nor behind. */
static void each_comes_when_it_is_due(void **state)
{
    static const uint64_t due[] = {0,   1,     1,     63,    64,     255,    256,    257,
                                   320, 65535, 65536, 65600, 300000, 300001, 3600000};
    enum { COUNT = sizeof due / sizeof *due };
    struct wheel *w = malloc(sizeof *w);
    struct wheel_item items[COUNT] = {0};
    size_t seen = 0;
    (void)state;
    assert_non_null(w);
    wheel_init(w, START);
    for (size_t i = COUNT; i-- > 0;)
        (void)wheel_add(w, &items[i], START + due[i]);
    /* As the loop does: looked at only when the wheel says so. */
    for (uint64_t now; (now = wheel_next_ms(w)) != UINT64_MAX;) {
        for (struct wheel_item *item; (item = wheel_take(w, now)); seen++) {
            assert_int_equal(item->due_ms, START + due[seen]);
            assert_int_equal(item->due_ms, now);
            assert_null(item->next);
        }
    }
    assert_int_equal(seen, COUNT);
    free(w);
}

static void the_earlier_added_comes_first(void **state)
{
    static const uint64_t due[] = {5, 700};
    struct wheel *w = malloc(sizeof *w);
    struct wheel_item items[3];
    (void)state;
    assert_non_null(w);
    wheel_init(w, START);
    for (size_t d = 0; d < 2; d++) {
        for (size_t i = 0; i < 3; i++)
            (void)wheel_add(w, &items[i], START + due[d]);
        for (size_t i = 0; i < 3; i++)
            assert_ptr_equal(wheel_take(w, START + due[d]), &items[i]);
        assert_null(wheel_take(w, START + due[d]));
    }
    free(w);
}

static void what_was_removed_never_comes(void **state)
{
    struct wheel *w = malloc(sizeof *w);
    struct wheel_item near, far, kept;
    (void)state;
    assert_non_null(w);
    wheel_init(w, START);
    (void)wheel_add(w, &near, START + 3);
    (void)wheel_add(w, &kept, START + 3);
    (void)wheel_add(w, &far, START + 60000);
    wheel_list_remove(&near);
    wheel_list_remove(&far);
    assert_ptr_equal(wheel_take(w, START + 100000), &kept);
    assert_null(wheel_take(w, START + 100000));
    assert_true(wheel_next_ms(w) == UINT64_MAX);
    free(w);
}

/* What is added late is due at once; a wheel that nobody looked at for long loses nothing. */
static void late_is_at_once(void **state)
{
    struct wheel *w = malloc(sizeof *w);
    struct wheel_item early, late;
    (void)state;
    assert_non_null(w);
    wheel_init(w, START);
    (void)wheel_add(w, &early, START + 90000);
    assert_ptr_equal(wheel_take(w, START + 7200000), &early);
    assert_null(wheel_take(w, START + 7200000));
    assert_int_equal(wheel_add(w, &late, START), START + 7200001);
    assert_ptr_equal(wheel_take(w, START + 7200001), &late);
    free(w);
}

/* Within a round both tell the same, and it is never too late. */
static void add_tells_when_to_look(void **state)
{
    struct wheel *w = malloc(sizeof *w);
    struct wheel_item item;
    (void)state;
    assert_non_null(w);
    for (uint64_t due = 0; due < 65000; due += 17) {
        wheel_init(w, START + due % 251);
        uint64_t look = wheel_add(w, &item, START + 251 + due);
        assert_true(look <= START + 251 + due);
        assert_int_equal(look, wheel_next_ms(w));
    }
    free(w);
}

/* Whoever looks when the wheel says so, and only then, finds each item when it is due: from any place
 * of the wheel, and with other items that make it stop anywhere on the way. */
static void who_looks_when_it_says_finds_all(void **state)
{
    static const uint64_t waits[] = {1,   7,   100,  255,  256,   257,   300,
                                     511, 512, 1000, 5000, 65536, 300000};
    (void)state;
    for (uint64_t began = 0; began < 600; began++)
        for (size_t i = 0; i < KIT_COUNT(waits); i++) {
            struct wheel w;
            struct wheel_item item = {0}, other = {0}, *taken = NULL;
            wheel_init(&w, began);
            (void)wheel_add(&w, &other, began + began % 97);
            (void)wheel_add(&w, &item, began + waits[i]);
            for (unsigned looks = 0; taken != &item; looks++) {
                uint64_t at = wheel_next_ms(&w);
                assert_true(at <= began + waits[i]);
                assert_true(looks < 3000);
                while ((taken = wheel_take(&w, at)) && taken != &item)
                    ;
                assert_true(taken != &item || at == began + waits[i]);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_when_it_is_due),
        cmocka_unit_test(the_earlier_added_comes_first),
        cmocka_unit_test(what_was_removed_never_comes),
        cmocka_unit_test(late_is_at_once),
        cmocka_unit_test(add_tells_when_to_look),
        cmocka_unit_test(who_looks_when_it_says_finds_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
