/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "literal.h"

static const struct row {
    const char *name, *pattern, *literal;
} rows[] = {
    {"all of a plain text", "Postfix", "Postfix"},
    {"the longest run", "^ab[0-9]+ready for mail$", "ready for mail"},
    {"an escaped sign stands for itself", "mx\\.google\\.com \\(ok\\)", "mx.google.com (ok)"},
    {"a class ends a run", "abc\\sdefg", "defg"},
    {"an assertion ends a run", "abc\\bdefg", "defg"},
    {"a dot ends a run", "ab.cde", "cde"},
    {"a bracket is skipped", "[abcdefgh]ijk", "ijk"},
    {"a bracket that begins with its end", "[]abcdefgh]ijk", "ijk"},
    {"a bracket that is negated", "[^]abcdefgh]ijk", "ijk"},
    {"an escaped end of a bracket", "[ab\\]cdefgh]ijk", "ijk"},
    {"a group is skipped", "ab(cdefg|hijkl)mno", "mno"},
    {"nested groups are skipped", "ab(cd(ef)(g[)]h)i\\)jklmn)mno", "mno"},
    {"a named group is skipped", "Exim (?<version>[0-9.]+)", "Exim "},
    {"a look ahead is skipped", "(?!Postfix)ab", "ab"},
    {"what may be absent is left out", "abcd?ef", "abc"},
    {"what may be repeated not at all is left out", "abcd*ef", "abc"},
    {"what stands at least once is kept", "abcd+ef", "abcd"},
    {"a count may be nought", "abcd{0,2}ef", "abc"},
    {"a lazy quantifier", "abcd??ef", "abc"},
    {"a possessive quantifier", "abcd++ef", "abcd"},
    {"an optional group takes nothing before it", "abcd(ef)?gh", "abcd"},
    {"a reference ends a run", "(a)\\1234bc", "bc"},
    {"case that is ignored in a group only", "(?i:abc)de", "de"},
    {"case that is ignored from the start", "(?i)postfix", ""},
    {"case that is ignored from the middle on", "abc(?i)def", ""},
    {"extended form", "(?x) a b c", ""},
    {"extended form in a group", "(?x: a # )\n )abc", ""},
    {"a comment", "(?#a(b)abc", ""},
    {"a comment in a group", "((?#a(b)abc)def", ""},
    {"alternatives", "abc|def", ""},
    {"an octet by its number", "\\x41bc", ""},
    {"a quoted run", "\\Qa.b\\Ec", ""},
    {"a quoted run in a bracket", "[\\Q]\\E]abc", ""},
    {"a class by its name", "[[:alpha:]]abc", ""},
    {"a verb", "(*UTF)abc", ""},
    {"no end of a bracket", "abc[d", ""},
    {"no end of a group", "abc(d", ""},
    {"no end of a count", "abc{d", ""},
    {"a lone end of a group", "abc)d", ""},
    {"an escape of nothing", "abc\\", ""},
    {"nothing", "", ""},
};

static void test_literal(void **state)
{
    const struct row *row = *state;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct octets in = kit_guard(octets_of(row->pattern));
    kit_assert_text(literal_of(in, &a), row->literal);
    kit_unguard(in);
    arena_release(&a);
}

/* Every beginning of every pattern is understood or not, within its octets. */
static void test_every_prefix(void **state)
{
    const struct row *row = *state;
    for (size_t n = 0; n < strlen(row->pattern); n++) {
        struct arena a;
        arena_init(&a, 1 << 20);
        struct octets in = kit_guard(octets_sub(octets_of(row->pattern), 0, n));
        (void)literal_of(in, &a);
        kit_unguard(in);
        arena_release(&a);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    static uint8_t text[LITERAL_PATTERN_MAX + 1];
    struct arena a;
    arena_init(&a, 1 << 20);
    memset(text, 'a', sizeof text);
    assert_int_equal(literal_of((struct octets){text, sizeof text}, &a).size, 0);
    assert_int_equal(literal_of((struct octets){text, sizeof text - 1}, &a).size, sizeof text - 1);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(rows) + 1] = {cmocka_unit_test(test_too_long)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_literal);
    KIT_ADD_ROWS(tests, &count, rows, test_every_prefix);
    return cmocka_run_group_tests_name("literal", tests, NULL, NULL);
}
