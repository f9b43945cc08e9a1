/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "fingerprint.h"

#define CODES ":503:501:501:250:553:250:550:214:252:502:502:502:502:250:250"

/* clang-format off */
static const struct row {
    const char *name, *line;
    enum record_fingerprint_judgement judgement;
    const char *product, *versions, *variant;
} rows[] = {
    {"product and version", "Sendmail 8.12.6/8.12.6 -3-" CODES, RECORD_FINGERPRINT_GOOD, "Sendmail", "8.12.6", "3"},
    {"a colon in the name", "Microsoft ESMTP MAIL Service, Version: 5.0.2195.5329" CODES, RECORD_FINGERPRINT_GOOD, "Microsoft IIS SMTP", "5.0.2195.5329", ""},
    {"a colon at its end", "GroupWise Internet Agent 8.0.2:" CODES, RECORD_FINGERPRINT_GOOD, "GroupWise", "8.0.2", ""},
    {"several versions", "Exim 2.12,3.12,4.01" CODES, RECORD_FINGERPRINT_GOOD, "Exim", "2.12,3.12,4.01", ""},
    {"no version", "Eserv/3" CODES, RECORD_FINGERPRINT_GOOD, "Eserv/3", "unknown", ""},
    {"a number in the product", "602Pro LAN SUITE v. 2000" CODES, RECORD_FINGERPRINT_GOOD, "602Pro LAN SUITE", "2000", ""},
    {"words before the version", "Lotus Domino Release 5.0.6a -5-" CODES, RECORD_FINGERPRINT_GOOD, "Domino", "5.0.6a", "5"},
    {"a version in parentheses", "4D WebSTAR V Mail (5.2.4) -0-" CODES, RECORD_FINGERPRINT_GOOD, "4D WebSTAR V Mail", "5.2.4", "0"},
    {"words behind it", "GroupWise Internet Agent 6.0.2 behind PIX 5.0" CODES, RECORD_FINGERPRINT_GOOD, "GroupWise", "6.0.2", ""},
    {"an answer that is missing", "X 1:0:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_GOOD, "X", "1", ""},
    {"blanks and a carriage return", "  X 1" CODES " \r", RECORD_FINGERPRINT_GOOD, "X", "1", ""},
    {"an empty line", " ", RECORD_FINGERPRINT_NO_ROW, NULL, NULL, NULL},
    {"a comment", "# X 1" CODES, RECORD_FINGERPRINT_NO_ROW, NULL, NULL, NULL},
    {"fourteen codes", "X 1:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_FIELDS, NULL, NULL, NULL},
    {"sixteen codes", "X 1:250" CODES, RECORD_FINGERPRINT_FIELDS, NULL, NULL, NULL},
    {"no name", CODES, RECORD_FINGERPRINT_FIELDS, NULL, NULL, NULL},
    {"a code that is none", "X 1:50x:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_FIELDS, NULL, NULL, NULL},
    {"a code too low", "X 1:50:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_CODE, NULL, NULL, NULL},
    {"a code that follows DATA", "X 1:354:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_CODE, NULL, NULL, NULL},
    {"the greeting as a reply", "X 1:220:501:501:250:553:250:550:214:252:502:502:502:502:250:250", RECORD_FINGERPRINT_GREETING, NULL, NULL, NULL},
    {"all alike", "X:503:503:503:503:503:503:503:503:503:503:503:503:503:503:503", RECORD_FINGERPRINT_ALIKE, NULL, NULL, NULL},
};
/* clang-format on */

static void a_row_is_judged(void **state)
{
    const struct row *c = *state;
    struct record_fingerprint f = {.name = OCTETS("untouched")};
    assert_int_equal(record_fingerprint_read(octets_of(c->line), &f), c->judgement);
    if (c->judgement != RECORD_FINGERPRINT_GOOD) {
        kit_assert_text(f.name, "untouched");
        return;
    }
    kit_assert_text(f.product, c->product);
    kit_assert_text(f.versions, c->versions);
    kit_assert_text(f.variant, c->variant);
    assert_int_equal(f.codes[RECORD_FINGERPRINT_TESTS - 1], 250);
}

/* A line that broke off is a row of its own only when it is whole but for its last digits. */
static void a_part_of_a_row_is_none(void **state)
{
    struct octets line = OCTETS("Sendmail 8.12.6/8.12.6 -3-" CODES);
    (void)state;
    for (size_t size = 0; size + 3 < line.size; size++) {
        struct record_fingerprint f;
        assert_int_not_equal(record_fingerprint_read(octets_sub(line, 0, size), &f),
                             RECORD_FINGERPRINT_GOOD);
    }
}

static void assert_section(const struct specimen *s, size_t i, const char *ask, const char *line)
{
    kit_assert_text(s->sections[i].ask, ask);
    assert_int_equal(s->sections[i].reaction.line_count, 1);
    kit_assert_text(s->sections[i].reaction.lines[0], line);
}

static void what_is_asked_today_is_taken(void **state)
{
    struct record_fingerprint f;
    struct specimen s;
    struct arena a;
    (void)state;
    arena_init(&a, (size_t)64 * 1024);
    assert_int_equal(record_fingerprint_read(OCTETS("X 1" CODES), &f), RECORD_FINGERPRINT_GOOD);
    assert_int_equal(record_fingerprint_sections(&f, &a, &s), ERR_OK);
    assert_int_equal(s.section_count, 5);
    assert_section(&s, 0, "ehlo", "250 {any}");
    assert_section(&s, 1, "helo-bare", "501 {any}");
    assert_section(&s, 2, "help", "214 {any}");
    assert_section(&s, 3, "mail-first", "503 {any}");
    assert_section(&s, 4, "noop", "250 {any}");
    arena_release(&a);
}

static void what_may_mean_something_else_is_not(void **state)
{
    /* MAIL refused for its form, HELP read as HELO, a server that went away, no answer to EHLO */
    struct octets line = OCTETS("X 1:501:421:1:250:553:250:550:250:252:502:502:502:502:250:0");
    struct record_fingerprint f;
    struct specimen s;
    struct arena a;
    (void)state;
    arena_init(&a, (size_t)64 * 1024);
    assert_int_equal(record_fingerprint_read(line, &f), RECORD_FINGERPRINT_CODE);
    line = OCTETS("X 1:501:421:501:250:553:250:550:250:252:502:502:502:502:250:0");
    assert_int_equal(record_fingerprint_read(line, &f), RECORD_FINGERPRINT_GOOD);
    assert_int_equal(record_fingerprint_sections(&f, &a, &s), ERR_OK);
    assert_int_equal(s.section_count, 1);
    assert_section(&s, 0, "noop", "250 {any}");
    arena_release(&a);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct record_fingerprint f;
    struct specimen s;
    struct arena a;
    (void)state;
    arena_init(&a, 16);
    assert_int_equal(record_fingerprint_read(OCTETS("X 1" CODES), &f), RECORD_FINGERPRINT_GOOD);
    assert_int_equal(record_fingerprint_sections(&f, &a, &s), ERR_NOMEM);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 4] = {
        cmocka_unit_test(a_part_of_a_row_is_none),
        cmocka_unit_test(what_is_asked_today_is_taken),
        cmocka_unit_test(what_may_mean_something_else_is_not),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, a_row_is_judged);
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
