/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "base64.h"

/* clang-format off */
static const struct row {
    const char *name, *text;
    enum err err;
    const char *want; /* octets */
    size_t bad;       /* of ERR_SYNTAX */
} rows[] = {
    /* RFC 4648 s10 */
    {"nothing", "", ERR_OK, "", 0},
    {"one octet", "Zg==", ERR_OK, "f", 0},
    {"two octets", "Zm8=", ERR_OK, "fo", 0},
    {"three octets", "Zm9v", ERR_OK, "foo", 0},
    {"six octets", "Zm9vYmFy", ERR_OK, "foobar", 0},
    {"blanks between digits", " Zm9v\r\n\tYg = =", ERR_OK, "foob", 0},
    {"the last two digits of the alphabet", "+/+/", ERR_OK, "\xfb\xff\xbf", 0},
    {"an octet that is no digit", "Zm9-", ERR_SYNTAX, NULL, 3},
    {"an octet past ASCII", "Z\xc3m9v", ERR_SYNTAX, NULL, 1},
    {"a digit behind the padding", "Zg==Zg==", ERR_SYNTAX, NULL, 4},
    {"three of padding", "Zg===", ERR_SYNTAX, NULL, 4},
    {"cut within an octet", "Zm9vZ", ERR_SYNTAX, NULL, 5},
    {"padding that is missing", "Zg", ERR_SYNTAX, NULL, 2},
    {"one digit and padding to four", "Z==", ERR_SYNTAX, NULL, 3},
};
/* clang-format on */

static void decode(void **state)
{
    const struct row *r = *state;
    struct octets text = kit_guard(octets_of(r->text)), got = OCTETS_NONE;
    struct arena a;
    size_t bad = 0;
    arena_init(&a, 4096);
    assert_int_equal(base64_decode(text, &a, &got, &bad), r->err);
    if (r->err)
        assert_int_equal(bad, r->bad);
    else
        kit_assert_text(got, r->want);
    arena_release(&a);
    kit_unguard(text);
}

static void without_memory_nothing_is_decoded(void **state)
{
    struct octets got = OCTETS("kept");
    struct arena a;
    size_t bad;
    (void)state;
    arena_init(&a, 2);
    assert_int_equal(base64_decode(OCTETS("Zm9vYmFy"), &a, &got, &bad), ERR_NOMEM);
    kit_assert_text(got, "kept");
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 1] = {
        cmocka_unit_test(without_memory_nothing_is_decoded)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, decode);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
