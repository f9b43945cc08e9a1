/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "buf.h"
#include "stanza.h"

/* clang-format off */
static const struct reading {
    const char *name, *text;
    const char *read; /* rows as LINE KEY=VALUE, ';' between them, '|' between stanzas */
} readings[] = {
    {"an empty file",              "",                                ""},
    {"blanks alone",               "\n \n\t\n",                       ""},
    {"one row",                    "a b",                             "1 a=b;"},
    {"a value of several words",   "a   b  c \n",                     "1 a=b  c;"},
    {"a row without a value",      "eol\n",                           "1 eol=;"},
    {"an empty line parts",        "a b\n\nc d\n",                    "1 a=b;|3 c=d;"},
    {"several empty lines too",    "\n\na b\n\n\n\nc d\n\n",          "3 a=b;|7 c=d;"},
    {"comments do not part",       "a b\n# x\nc d\n",                 "1 a=b;3 c=d;"},
    {"a comment is at the start",  "a b # x\n",                       "1 a=b # x;"},
    {"carriage returns are blanks", "a b\r\n\r\nc d\r\n",             "1 a=b;|3 c=d;"},
    {"keys repeat",                "a b\na c\n",                      "1 a=b;2 a=c;"},
};
/* clang-format on */

static void test_reading(void **state)
{
    const struct reading *c = *state;
    struct octets text = kit_guard(octets_of(c->text));
    struct stanza_reader r = {.rest = text};
    struct stanza s;
    struct arena a;
    struct buf read;
    arena_init(&a, 65536);
    buf_init(&read, 4096);
    for (;;) {
        assert_int_equal(stanza_next(&r, &a, &s), ERR_OK);
        if (!s.count)
            break;
        buf_append_text(&read, read.size ? "|" : "");
        for (size_t i = 0; i < s.count; i++) {
            buf_append_format(&read, "%u ", s.rows[i].line);
            buf_append(&read, s.rows[i].key);
            buf_append_text(&read, "=");
            buf_append(&read, s.rows[i].value);
            buf_append_text(&read, ";");
        }
    }
    kit_assert_text(buf_octets(&read), c->read);
    buf_release(&read);
    arena_release(&a);
    kit_unguard(text);
}

static void test_value(void **state)
{
    (void)state;
    struct stanza_reader r = {.rest = OCTETS("a 1\nb 2\na 3\n")};
    struct stanza s;
    struct arena a;
    size_t from = 0;
    arena_init(&a, 65536);
    assert_int_equal(stanza_next(&r, &a, &s), ERR_OK);
    kit_assert_text(stanza_value(&s, "b", NULL), "2");
    kit_assert_text(stanza_value(&s, "c", NULL), "");
    kit_assert_text(stanza_value(&s, "a", &from), "1");
    kit_assert_text(stanza_value(&s, "a", &from), "3");
    kit_assert_text(stanza_value(&s, "a", &from), "");
    arena_release(&a);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    struct stanza_reader r = {.rest = OCTETS("a 1\n")};
    struct stanza s = {.count = 7};
    struct arena a;
    arena_init(&a, 1);
    assert_int_equal(stanza_next(&r, &a, &s), ERR_NOMEM);
    assert_int_equal(s.count, 7);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(readings) + 2] = {cmocka_unit_test(test_value),
                                                        cmocka_unit_test(test_out_of_memory)};
    size_t count = 2;
    KIT_ADD_ROWS(tests, &count, readings, test_reading);
    return cmocka_run_group_tests_name("stanza", tests, NULL, NULL);
}
