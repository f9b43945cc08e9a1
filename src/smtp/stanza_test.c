/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
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
    const struct stanza *s;
    struct arena a;
    struct buf read;
    arena_init(&a, 65536);
    buf_init(&read, 4096);
    for (;;) {
        assert_int_equal(stanza_next(&r, &a, &s), ERR_OK);
        if (!s)
            break;
        buf_append_text(&read, read.size ? "|" : "");
        for (size_t i = 0; i < s->count; i++) {
            buf_append_format(&read, "%u ", s->lines[i].number);
            buf_append(&read, s->lines[i].key);
            buf_append_text(&read, "=");
            buf_append(&read, s->lines[i].value);
            buf_append_text(&read, ";");
        }
    }
    kit_assert_text(buf_octets(&read), c->read);
    buf_release(&read);
    arena_release(&a);
    kit_unguard(text);
}

struct record {
    struct octets name;
    struct stanza_values notes;
};

static const struct stanza_key keys[] = {
    {"name", STANZA_MAY, stanza_take_text, offsetof(struct record, name)},
    {"note", STANZA_MUST, stanza_take_values, offsetof(struct record, notes)},
    {"mark", STANZA_MAY, NULL, 0},
    {0},
};

/* clang-format off */
static const struct filling {
    const char *name, *text;
    unsigned line;       /* 0: it is taken */
    const char *problem;
} fillings[] = {
    {"all keys",              "name a\nnote b\nnote c\nmark\n", 0, ""},
    {"another key first",     "note b\nname a\n",               1, "cannot begin a stanza: note"},
    {"an unknown key",        "name a\nnode b\n",               2, "unknown key: node"},
    {"no value",              "name a\nnote\n",                 2, "has no value: note"},
    {"a value too many",      "name a\nnote b\nmark x\n",       3, "has a value: mark"},
    {"twice what stands once", "name a\nnote b\nname c\n",      3, "stands twice: name"},
    {"what is needed",        "# x\n\nname a\nmark\n",         3, "the stanza lacks: note"},
};
/* clang-format on */

static void test_filling(void **state)
{
    const struct filling *c = *state;
    struct stanza_reader r = {.rest = octets_of(c->text)};
    const struct stanza *s;
    struct dialogue_problem problem = {0};
    struct record record = {0};
    struct arena a;
    arena_init(&a, 65536);
    assert_int_equal(stanza_next(&r, &a, &s), ERR_OK);
    assert_int_equal(stanza_fill(&record, &a, keys, s, &problem), c->line ? ERR_SYNTAX : ERR_OK);
    assert_int_equal(problem.line, c->line);
    assert_string_equal(problem.text, c->problem);
    if (!c->line) {
        kit_assert_text(record.name, "a");
        assert_int_equal(record.notes.count, 2);
        assert_int_equal(record.notes.at[1].number, 3);
        assert_true(stanza_values_has(&record.notes, OCTETS("c")));
        assert_false(stanza_values_has(&record.notes, OCTETS("d")));
    }
    arena_release(&a);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    struct stanza_reader r = {.rest = OCTETS("a 1\n")};
    const struct stanza *s = NULL;
    struct arena a;
    arena_init(&a, 1);
    assert_int_equal(stanza_next(&r, &a, &s), ERR_NOMEM);
    assert_null(s);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(readings) + KIT_COUNT(fillings) + 1] = {
        cmocka_unit_test(test_out_of_memory)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, readings, test_reading);
    KIT_ADD_ROWS(tests, &count, fillings, test_filling);
    return cmocka_run_group_tests_name("stanza", tests, NULL, NULL);
}
