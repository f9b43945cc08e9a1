/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "list.h"

#define X16   "xxxxxxxxxxxxxxxx"
#define X128  X16 X16 X16 X16 X16 X16 X16 X16
#define X1023 X128 X128 X128 X128 X128 X128 X128 X16 X16 X16 X16 X16 X16 X16 "xxxxxxxxxxxxxxx"

/* clang-format off */
static const struct row {
    const char *name;
    struct octets file;
    const char *want; /* lines as "NUMBER TEXT|", those with a problem as "NUMBER! TEXT|" */
} rows[] = {
    {"an empty file",                        KIT_OCTETS(""), ""},
    {"one line",                             KIT_OCTETS("a.example\n"), "1 a.example|"},
    {"a last line without its end",          KIT_OCTETS("a.example\nb.example"), "1 a.example|2 b.example|"},
    {"CRLF",                                 KIT_OCTETS("a.example\r\nb.example\r\n"), "1 a.example|2 b.example|"},
    {"a last line that ends in CR",          KIT_OCTETS("a.example\r"), "1 a.example|"},
    {"CR alone ends no line",                KIT_OCTETS("a.example\rb.example\r"), "1 a.example\rb.example|"},
    {"blanks are trimmed",                   KIT_OCTETS(" \ta.example\t \n"), "1 a.example|"},
    {"blanks inside stay",                   KIT_OCTETS("a.example 25\n"), "1 a.example 25|"},
    {"empty lines count and are skipped",    KIT_OCTETS("\n\r\n \t\na.example\n\n"), "4 a.example|"},
    {"line ends alone",                      KIT_OCTETS("\n\n\n"), ""},
    {"a comment at the start",               KIT_OCTETS("# a.example\nb.example\n"), "2 b.example|"},
    {"a comment after blanks",               KIT_OCTETS("  # a.example\nb.example\n"), "2 b.example|"},
    {"a comment after a target",             KIT_OCTETS("a.example # ours\n"), "1 a.example|"},
    {"a comment after a tab",                KIT_OCTETS("a.example\t#ours\n"), "1 a.example|"},
    {"a '#' inside a word is no comment",    KIT_OCTETS("a#b #c\n"), "1 a#b|"},
    {"several '#' inside a word",            KIT_OCTETS("a##b#\n"), "1 a##b#|"},
    {"a byte order mark",                    KIT_OCTETS("\357\273\277a.example\n"), "1 a.example|"},
    {"a byte order mark alone",              KIT_OCTETS("\357\273\277"), ""},
    {"a comment after a byte order mark",    KIT_OCTETS("\357\273\277# list\na.example\n"), "2 a.example|"},
    {"a byte order mark further down stays", KIT_OCTETS("\n\357\273\277a\n"), "2 \357\273\277a|"},
    {"half a byte order mark stays",         KIT_OCTETS("\357\273"), "1 \357\273|"},
    {"a NUL",                                KIT_OCTETS("a\0b\nb.example\n"), "1! a?b|2 b.example|"},
    {"a NUL in a comment",                   KIT_OCTETS("a # \0\n"), "1 a|"},
    {"foreign octets pass",                  KIT_OCTETS("\377\001\n"), "1 \377\001|"},
    {"1,024 octets",                         KIT_OCTETS(X1023 "y\nz"), "1 " X1023 "y|2 z|"},
    {"1,024 octets, CRLF and a mark",        KIT_OCTETS("\357\273\277" X1023 "y\r\nz"), "1 " X1023 "y|2 z|"},
    {"1,025 octets",                         KIT_OCTETS(X1023 "yy\nz"), "1! " X1023 "yy|2 z|"},
    {"2,048 octets are skipped whole",       KIT_OCTETS(X1023 X1023 "yy\nz"), "1! " X1023 "xxxxx|2 z|"},
    {"a long last line",                     KIT_OCTETS(X1023 X1023), "1! " X1023 "xxxxx|"},
    {"a long comment is no harm",            KIT_OCTETS("a # " X1023 X1023 "\nb\n"), "1 a|2 b|"},
};
/* clang-format on */

/* The path of a new file with that content; unlink it. */
static void write_file(struct octets content, char *path, size_t size)
{
    (void)snprintf(path, size, "/tmp/smtpscan-list-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.at, content.size), (ssize_t)content.size);
    assert_int_equal(close(fd), 0);
}

static void append_line(struct buf *out, const struct target_line *line)
{
    buf_append_number(out, line->number);
    buf_append_text(out, line->problem ? "! " : " ");
    for (size_t i = 0; i < line->text.size; i++)
        buf_append_octet(out, line->text.at[i] ? line->text.at[i] : '?');
    buf_append_text(out, "|");
}

static void read_all(const char *path, struct buf *out)
{
    struct target_list *l = NULL;
    struct target_line line;
    enum err e = target_list_open(path, &l);
    assert_int_equal(e, ERR_OK);
    while ((e = target_list_next(l, &line)) == ERR_OK)
        append_line(out, &line);
    assert_int_equal(e, ERR_NOT_FOUND);
    assert_int_equal(target_list_next(l, &line), ERR_NOT_FOUND); /* and stays there */
    target_list_close(l);
    assert_int_equal(buf_error(out), ERR_OK);
}

static void test_row(void **state)
{
    const struct row *c = *state;
    char path[64];
    struct buf got;
    buf_init(&got, 8192);
    write_file(c->file, path, sizeof path);
    read_all(path, &got);
    kit_assert_text(buf_octets(&got), c->want);
    assert_int_equal(unlink(path), 0);
    buf_release(&got);
}

/* A prefix gives the same lines but for its last. */
static void check_prefix(struct octets whole, size_t n, struct octets want)
{
    char path[64];
    struct buf got;
    buf_init(&got, 8192);
    write_file(octets_sub(whole, 0, n), path, sizeof path);
    read_all(path, &got);
    size_t last = 0;
    for (size_t i = 0; i + 1 < got.size; i++)
        if (got.data[i] == '|')
            last = i + 1;
    assert_true(octets_has_prefix(want, octets_sub(buf_octets(&got), 0, last)));
    assert_int_equal(unlink(path), 0);
    buf_release(&got);
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++)
        for (size_t n = 0; n < rows[i].file.size && n < 64; n++)
            check_prefix(rows[i].file, n, octets_of(rows[i].want));
}

static void test_standard_input(void **state)
{
    (void)state;
    char path[64];
    struct buf got;
    buf_init(&got, 64);
    write_file(OCTETS("a.example\nb.example\n"), path, sizeof path);
    assert_non_null(freopen(path, "r", stdin));
    read_all("-", &got);
    kit_assert_text(buf_octets(&got), "1 a.example|2 b.example|");
    assert_int_equal(fileno(stdin), 0); /* not closed: it is not ours */
    assert_int_equal(unlink(path), 0);
    buf_release(&got);
}

static void test_no_such_file(void **state)
{
    (void)state;
    struct target_list *l = NULL;
    assert_int_equal(target_list_open("/nonexistent/list", &l), ERR_SYS);
    assert_int_equal(errno, ENOENT);
    assert_null(l);
    target_list_close(l);
}

static void test_directory(void **state)
{
    (void)state;
    struct target_list *l = NULL;
    assert_int_equal(target_list_open("/tmp", &l), ERR_SYS);
    assert_int_equal(errno, EISDIR);
    assert_null(l);
}

static void test_pipe(void **state)
{
    (void)state;
    struct target_list *l = NULL;
    struct target_line line;
    int ends[2];
    char path[64];
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(target_list_open(path, &l), ERR_OK);
    assert_int_equal(target_list_next(l, &line), ERR_AGAIN);
    assert_int_equal(write(ends[1], "a.exam", 6), 6);
    assert_int_equal(target_list_next(l, &line), ERR_AGAIN); /* half a line is none */
    assert_int_equal(write(ends[1], "ple\nb", 5), 5);
    assert_int_equal(target_list_next(l, &line), ERR_OK);
    kit_assert_text(line.text, "a.example");
    assert_int_equal(target_list_next(l, &line), ERR_AGAIN);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(target_list_next(l, &line), ERR_OK);
    kit_assert_text(line.text, "b");
    assert_int_equal(target_list_next(l, &line), ERR_NOT_FOUND);
    target_list_close(l);
    assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 5] = {
        cmocka_unit_test(test_pipe),           cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_standard_input), cmocka_unit_test(test_no_such_file),
        cmocka_unit_test(test_directory),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
