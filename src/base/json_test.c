/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "json.h"

#define OUT_OCTETS ((size_t)64 * 1024)

static void test_object(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    buf_init(&out, OUT_OCTETS);
    json_put_start(&j, &out);
    json_put_open_object(&j, NULL);
    json_put_text(&j, "type", "service");
    json_put_number(&j, "port", 25);
    json_put_number(&j, "most", UINT64_MAX);
    json_put_bool(&j, "yes", true);
    json_put_bool(&j, "no", false);
    json_put_octets(&j, "lines", OCTETS("a\"\\\n\xff"));
    json_put_octets_if(&j, "absent", OCTETS_NONE);
    json_put_octets_if(&j, "there", OCTETS("x"));
    json_put_text(&j, "none", NULL);
    json_put_close_object(&j);
    kit_assert_text(
        buf_octets(&out),
        "{\"type\":\"service\",\"port\":25,\"most\":18446744073709551615,\"yes\":true,\"no\":false,"
        "\"lines\":\"a\\\"\\\\\\\\\\\\x0A\\\\xFF\",\"there\":\"x\",\"none\":"
        "\"\"}");
    assert_int_equal(buf_error(&out), ERR_OK);
    buf_release(&out);
}

/* What was made visible before is not made so twice; a foreign name is a string like any other. */
static void test_foreign(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    buf_init(&out, OUT_OCTETS);
    json_put_start(&j, &out);
    json_put_open_object(&j, NULL);
    json_put_octets(&j, "octets", OCTETS("a\\x00\"\n"));
    json_put_visible(&j, "visible", OCTETS("a\\x00\""));
    json_put_member(&j, OCTETS("X-\"\xff"), OCTETS("\\"));
    json_put_member(&j, OCTETS_NONE, OCTETS_NONE);
    json_put_close_object(&j);
    kit_assert_text(buf_octets(&out),
                    "{\"octets\":\"a\\\\\\\\x00\\\"\\\\x0A\",\"visible\":\"a\\\\x00\\\"\","
                    "\"X-\\\"\\\\xFF\":\"\\\\\\\\\",\"\":\"\"}");
    buf_release(&out);
}

/* Commas stand between items, at each level for itself. */
static void test_nesting(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    buf_init(&out, OUT_OCTETS);
    json_put_start(&j, &out);
    json_put_open_object(&j, NULL);
    json_put_open_array(&j, "empty");
    json_put_close_array(&j);
    json_put_open_object(&j, "nothing");
    json_put_close_object(&j);
    json_put_open_array(&j, "lists");
    for (int i = 0; i < 2; i++) {
        json_put_open_array(&j, NULL);
        json_put_number(&j, NULL, 1);
        json_put_text(&j, NULL, "b");
        json_put_close_array(&j);
    }
    json_put_open_object(&j, NULL);
    json_put_number(&j, "x", 1);
    json_put_close_object(&j);
    json_put_close_array(&j);
    json_put_bool(&j, "last", true);
    json_put_close_object(&j);
    kit_assert_text(buf_octets(&out),
                    "{\"empty\":[],\"nothing\":{},\"lists\":[[1,\"b\"],[1,\"b\"],{\"x\":1}],"
                    "\"last\":true}");
    buf_release(&out);
}

static void test_deep(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    buf_init(&out, OUT_OCTETS);
    json_put_start(&j, &out);
    for (int i = 0; i < 15; i++)
        json_put_open_array(&j, NULL);
    json_put_number(&j, NULL, 1);
    json_put_number(&j, NULL, 2);
    for (int i = 0; i < 15; i++)
        json_put_close_array(&j);
    kit_assert_text(buf_octets(&out), "[[[[[[[[[[[[[[[1,2]]]]]]]]]]]]]]]");
    buf_release(&out);
}

/* clang-format off */
static const struct real {
    const char *name;
    double value;
    int digits;
    const char *want;
} reals[] = {
    {"as it is",              0.994,    3, "0.994"},
    {"rounded",               0.9996,   3, "1"},
    {"zeros go",              0.5,      3, "0.5"},
    {"the point goes",        1.0,      3, "1"},
    {"zeros of a number stay", 100.0,   2, "100"},
    {"nought",                0.0,      3, "0"},
    {"less than a digit",     0.0001,   3, "0"},
    {"below nought",          -5.1,     1, "-5.1"},
    {"no digits",             120.4,    0, "120"},
    {"no digits, a zero",     10.0,     0, "10"},
    {"a large one",           1e15,     1, "1000000000000000"},
};
/* clang-format on */

static void test_real(void **state)
{
    const struct real *c = *state;
    struct buf out;
    struct json j;
    buf_init(&out, OUT_OCTETS);
    json_put_start(&j, &out);
    json_put_real(&j, NULL, c->value, c->digits);
    kit_assert_text(buf_octets(&out), c->want);
    buf_release(&out);
}

static void test_full_buffer(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    buf_init(&out, 8);
    json_put_start(&j, &out);
    json_put_open_array(&j, NULL);
    json_put_text(&j, NULL, "a long text");
    json_put_close_array(&j);
    assert_int_equal(buf_error(&out), ERR_LIMIT);
    buf_release(&out);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(reals) + 5] = {
        cmocka_unit_test(test_object),      cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_nesting),     cmocka_unit_test(test_deep),
        cmocka_unit_test(test_full_buffer),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, reals, test_real);
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
