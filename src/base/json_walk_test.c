/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "json_walk.h"

/* Whether all of it is an object or an array. */
static bool is_json(struct octets text)
{
    struct json_walk w;
    struct octets name, value;
    json_walk_init(&w, text);
    while (json_walk_next(&w, &name, &value))
        continue;
    return !w.has_failed;
}

struct text_case {
    const char *name;
    struct octets text;
    bool is_json;
};

/* clang-format off */
static const struct text_case texts[] = {
    {"an empty object", KIT_OCTETS("{}"), true},
    {"an empty array", KIT_OCTETS(" [ ] "), true},
    {"members of each kind", KIT_OCTETS("{\"a\":1,\"b\":\"x\",\"c\":[1,2],\"d\":{\"e\":null},\"f\":true,\"g\":false}"), true},
    {"blanks everywhere", KIT_OCTETS("{ \"a\" : [ 1 , { \"b\" : 2 } ] , \"c\" : -0.5e+10 }"), true},
    {"every escape", KIT_OCTETS("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"]"), true},
    {"UTF-8 of each length", KIT_OCTETS("[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]"), true},
    {"nothing", KIT_OCTETS(""), false},
    {"a string alone", KIT_OCTETS("\"x\""), false},
    {"an end that is missing", KIT_OCTETS("{\"a\":1"), false},
    {"something behind the end", KIT_OCTETS("{}x"), false},
    {"a second object", KIT_OCTETS("{}{}"), false},
    {"the wrong bracket", KIT_OCTETS("{\"a\":[1}"), false},
    {"a comma before the end", KIT_OCTETS("[1,]"), false},
    {"a comma before the end of an inner object", KIT_OCTETS("[{\"a\":1,}]"), false},
    {"no comma", KIT_OCTETS("[1 2]"), false},
    {"no colon", KIT_OCTETS("{\"a\" 1}"), false},
    {"no value", KIT_OCTETS("{\"a\":}"), false},
    {"a name without quotes", KIT_OCTETS("{a:1}"), false},
    {"a control in a string", KIT_OCTETS("[\"a\x01\"]"), false},
    {"a NUL in a string", KIT_OCTETS("[\"a\0\"]"), false},
    {"a control between values", KIT_OCTETS("[1,\x02""2]"), false},
    {"ill-formed UTF-8", KIT_OCTETS("[\"\xff\"]"), false},
    {"UTF-8 that is cut", KIT_OCTETS("[\"\xc3\"]"), false},
    {"an unknown escape", KIT_OCTETS("[\"\\x41\"]"), false},
    {"an escape that is cut", KIT_OCTETS("[\"\\u00e\"]"), false},
    {"a leading zero", KIT_OCTETS("[01]"), false},
    {"a number without digits", KIT_OCTETS("[-]"), false},
    {"a fraction without digits", KIT_OCTETS("[1.]"), false},
    {"an exponent without digits", KIT_OCTETS("[1e]"), false},
    {"a word that is none", KIT_OCTETS("[nul]"), false},
    {"32 levels", KIT_OCTETS("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), true},
    {"33 levels", KIT_OCTETS("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), false},
};
/* clang-format on */

/* Each prefix in front of an unreadable page as well: of JSON none but the whole is JSON. */
static void test_text(void **state)
{
    const struct text_case *c = *state;
    assert_int_equal(is_json(c->text), c->is_json);
    for (size_t size = 0; size < c->text.size; size++) {
        struct octets prefix = kit_guard(octets_sub(c->text, 0, size));
        bool only_blanks_miss = octets_trim(c->text).size <= octets_trim(prefix).size;
        if (c->is_json && !only_blanks_miss)
            assert_false(is_json(prefix));
        else
            (void)is_json(prefix);
        kit_unguard(prefix);
    }
}

static void test_members_come_in_order(void **state)
{
    static const char *const wanted[][2] = {
        {"a", "1"}, {"b", "[2, 3]"}, {"", "\"x\""}, {"a", "{\"c\":4}"}};
    struct json_walk w;
    struct octets name, value;
    (void)state;
    json_walk_init(&w, OCTETS("{\"a\": 1, \"b\":[2, 3] ,\"\":\"x\",\"a\":{\"c\":4}}"));
    assert_true(json_walk_is_object(&w));
    for (size_t i = 0; i < KIT_COUNT(wanted); i++) {
        assert_true(json_walk_next(&w, &name, &value));
        kit_assert_text(name, wanted[i][0]);
        kit_assert_text(value, wanted[i][1]);
    }
    for (int i = 0; i < 2; i++)
        assert_false(json_walk_next(&w, &name, &value));
    assert_false(w.has_failed);
}

struct find_case {
    const char *name, *path, *value; /* value: "" for none */
};

static const struct find_case finds[] = {
    {"a member", "a", "1"},
    {"the first of two that are called so", "twice", "1"},
    {"a member of a member", "b.c", "\"x\""},
    {"an item of a list", "list.1", "{\"d\":2}"},
    {"a member of an item", "list.1.d", "2"},
    {"no such member", "z", ""},
    {"no such item", "list.2", ""},
    {"a name where a list is", "list.d", ""},
    {"a member of a number", "a.b", ""},
};

static void test_find(void **state)
{
    const struct find_case *c = *state;
    struct octets text =
        OCTETS("{\"a\":1,\"b\":{\"c\":\"x\"},\"list\":[1,{\"d\":2}],\"twice\":1,\"twice\":2}");
    kit_assert_text(json_walk_find(text, c->path), c->value);
}

struct string_case {
    const char *name;
    struct octets value, says;
};

static const struct string_case strings[] = {
    {"plain", KIT_OCTETS("\"a b\""), KIT_OCTETS("a b")},
    {"empty", KIT_OCTETS("\"\""), KIT_OCTETS("")},
    {"escapes", KIT_OCTETS("\"a\\\"b\\\\c\\/\\n\\t\""), KIT_OCTETS("a\"b\\c/\n\t")},
    {"code points", KIT_OCTETS("\"\\u0041\\u00e9\\u20AC\\u0000\""),
     KIT_OCTETS("A\xc3\xa9\xe2\x82\xac\0")},
    {"a pair of surrogates", KIT_OCTETS("\"\\ud83d\\ude00.\""), KIT_OCTETS("\xf0\x9f\x98\x80.")},
    {"a lone surrogate", KIT_OCTETS("\"\\ud83d\\u0041\""),
     KIT_OCTETS("\xef\xbf\xbd"
                "A")},
};

static void test_string(void **state)
{
    const struct string_case *c = *state;
    struct buf room;
    buf_init(&room, 1000);
    buf_append_text(&room, "what stood there");
    assert_true(json_walk_is_string(c->value));
    kit_assert_octets(json_walk_string(c->value, &room), c->says);
    assert_int_equal(buf_error(&room), ERR_OK);
    buf_release(&room);
}

/* Strings are stepped over several octets at a time: every octet at every place of one, against the end of
 * the memory. */
static void test_every_octet_at_every_place(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 20; size++)
        for (size_t at = 0; at < size; at++)
            for (unsigned octet = 0; octet < 256; octet++) {
                uint8_t text[24] = "[\"";
                struct json_walk w;
                struct octets name, value;
                memset(text + 2, 'a', size);
                text[2 + at] = (uint8_t)octet;
                memcpy(text + 2 + size, "\"]", 2);
                struct octets in = kit_guard((struct octets){text, size + 4});
                bool is_string = octet >= 0x20 && octet < 0x80 && octet != '"' && octet != '\\';
                json_walk_init(&w, in);
                bool is_item = json_walk_next(&w, &name, &value) && value.size == size + 2 &&
                               !json_walk_next(&w, &name, &value) && !w.has_failed;
                assert_int_equal(is_item, is_string);
                kit_unguard(in);
            }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(texts) + KIT_COUNT(finds) + KIT_COUNT(strings) + 2];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, texts, test_text);
    KIT_ADD_ROWS(tests, &count, finds, test_find);
    KIT_ADD_ROWS(tests, &count, strings, test_string);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_members_come_in_order);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_every_octet_at_every_place);
    return _cmocka_run_group_tests("json_walk", tests, count, NULL, NULL);
}
