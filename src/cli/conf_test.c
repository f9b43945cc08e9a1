/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "conf.h"

#define FORM    "takes NAME = VALUE, such as level = identify"
#define CONTROL "holds a control character"

static const struct conf_row {
    const char *name, *text;
    const char *settings; /* LINE:NAME=VALUE; of each */
    unsigned line;        /* in the end */
    const char *problem;
} rows[] = {
    {"nothing", "", "", 0, NULL},
    {"a setting", "level = audit\n", "1:level=audit;", 1, NULL},
    {"without blanks, and without a line end", "level=audit", "1:level=audit;", 1, NULL},
    {"with many", " \tlevel \t=  audit \t\n", "1:level=audit;", 1, NULL},
    {"lines with CR", "a = 1\r\nb = 2\r\n", "1:a=1;2:b=2;", 2, NULL},
    {"comments and empty lines", "# a = 1\n\n  # b\n \t\nc = 3 # d\n", "5:c=3;", 5, NULL},
    {"a # inside a value", "a = b#c\n", "1:a=b#c;", 1, NULL},
    {"blanks inside a value", "a = b  c\n", "1:a=b  c;", 1, NULL},
    {"only the first = parts", "a = b=c = d\n", "1:a=b=c = d;", 1, NULL},
    {"octets over 127", "a = \xc3\xa9\xff\n", "1:a=\xc3\xa9\xff;", 1, NULL},
    {"the same name twice", "a = 1\na = 2\n", "1:a=1;2:a=2;", 2, NULL},
    {"no =", "a = 1\nlevel audit\nb = 2\n", "1:a=1;", 2, FORM},
    {"no value", "level =\n", "", 1, FORM},
    {"no value but a comment", "level = # audit\n", "", 1, FORM},
    {"no name", "= audit\n", "", 1, FORM},
    {"a name of two words", "fail on = high\n", "", 1, FORM},
    {"a section", "[scan]\n", "", 1, FORM},
    {"a control character", "\n\na = \x1b[31m\n", "", 3, CONTROL},
    {"CR within a line", "a = b\rc\n", "", 1, CONTROL},
    {"DEL", "a = \x7f.\n", "", 1, CONTROL},
};

static void append(struct buf *out, unsigned line, struct octets name, struct octets value)
{
    buf_append_format(out, "%u:", line);
    buf_append(out, name);
    buf_append_octet(out, '=');
    buf_append(out, value);
    buf_append_octet(out, ';');
}

static void settings_are_read(void **state)
{
    const struct conf_row *row = *state;
    struct octets text = kit_guard(octets_of(row->text)), name, value;
    struct conf c;
    struct buf out;
    buf_init(&out, 1000);
    conf_init(&c, text);
    while (conf_next(&c, &name, &value))
        append(&out, c.line, name, value);
    assert_int_equal(out.size, strlen(row->settings));
    assert_true(octets_is_equal(buf_octets(&out), octets_of(row->settings)));
    assert_int_equal(c.line, row->line);
    assert_int_equal(!c.problem, !row->problem);
    if (row->problem)
        assert_string_equal(c.problem, row->problem);
    assert_false(conf_next(&c, &name, &value)); /* as it ended it stays */
    buf_release(&out);
    kit_unguard(text);
}

static void a_nul_is_a_control_character(void **state)
{
    struct octets name, value;
    struct conf c;
    (void)state;
    conf_init(&c, OCTETS("a = b\0c\n"));
    assert_false(conf_next(&c, &name, &value));
    assert_string_equal(c.problem, CONTROL);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 1];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, settings_are_read);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_nul_is_a_control_character);
    return _cmocka_run_group_tests("conf", tests, count, NULL, NULL);
}
