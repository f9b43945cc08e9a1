/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "err.h"
#include "octets.h"

/* clang-format off */
static const struct sub {
    const char *name, *in;
    size_t from, to;
    const char *want;
} subs[] = {
    {"the whole",             "abc", 0, 3, "abc"},
    {"a part",                "abc", 1, 2, "b"},
    {"an end past the octets", "abc", 1, SIZE_MAX, "bc"},
    {"a start past the octets", "abc", 4, 9, ""},
    {"a start at the end",    "abc", 3, 3, ""},
    {"an end before the start", "abc", 2, 1, ""},
    {"a part of nothing",     "", 0, 1, ""},
};

static const struct trim {
    const char *name, *in, *want;
} trims[] = {
    {"nothing to trim",      "abc", "abc"},
    {"all kinds of blanks",  " \t\r\nabc\n\r\t ", "abc"},
    {"blanks inside stay",   " a b ", "a b"},
    {"blanks alone",         " \t\r\n", ""},
    {"nothing at all",       "", ""},
    {"other white space stays", "\v\fabc", "\v\fabc"},
};

static const struct trim marks[] = {
    {"a mark",              "\xef\xbb\xbf" "a", "a"},
    {"one mark alone goes", "\xef\xbb\xbf\xef\xbb\xbf", "\xef\xbb\xbf"},
    {"no mark",             "a\xef\xbb\xbf", "a\xef\xbb\xbf"},
    {"half a mark",         "\xef\xbb", "\xef\xbb"},
};

enum relation { SAME = 1, SAME_NOCASE = 2, PREFIX = 4, PREFIX_NOCASE = 8, SUFFIX_NOCASE = 16 };
#define ALL (SAME | SAME_NOCASE | PREFIX | PREFIX_NOCASE | SUFFIX_NOCASE)

static const struct pair {
    const char *name;
    struct octets a, b; /* what of `enum relation` holds of a against b */
    unsigned holds;
    int order; /* sign of octets_compare */
} pairs[] = {
    {"none and none",           {NULL, 0}, {NULL, 0}, ALL, 0},
    {"none and empty",          {NULL, 0}, KIT_OCTETS(""), ALL, 0},
    {"something and none",      KIT_OCTETS("a"), {NULL, 0}, PREFIX | PREFIX_NOCASE | SUFFIX_NOCASE, 1},
    {"none and something",      {NULL, 0}, KIT_OCTETS("a"), 0, -1},
    {"the same",                KIT_OCTETS("EHLO"), KIT_OCTETS("EHLO"), ALL, 0},
    {"the same in other case",  KIT_OCTETS("ehlo"), KIT_OCTETS("EHLO"), SAME_NOCASE | PREFIX_NOCASE | SUFFIX_NOCASE, 1},
    {"a prefix",                KIT_OCTETS("EHLO x"), KIT_OCTETS("EHLO"), PREFIX | PREFIX_NOCASE, 1},
    {"a prefix in other case",  KIT_OCTETS("EHLO x"), KIT_OCTETS("ehlo"), PREFIX_NOCASE, -1},
    {"a suffix in other case",  KIT_OCTETS("mx.Example.ORG"), KIT_OCTETS(".example.org"), SUFFIX_NOCASE, 1},
    {"the longer does not end the shorter", KIT_OCTETS("org"), KIT_OCTETS(".org"), 0, 1},
    {"the shorter comes first", KIT_OCTETS("ab"), KIT_OCTETS("abc"), 0, -1},
    {"octets compare unsigned", KIT_OCTETS("\377"), KIT_OCTETS("a"), 0, 1},
    {"NUL is an octet",         KIT_OCTETS("a\0b"), KIT_OCTETS("a\0c"), 0, -1},
    {"only ASCII folds",        KIT_OCTETS("\303\234"), KIT_OCTETS("\303\274"), 0, -1},
    {"neighbours of letters do not fold", KIT_OCTETS("@[`{"), KIT_OCTETS("`{@["), 0, -1},
};

static const struct find {
    const char *name, *in, *needle;
    size_t from, want, want_nocase;
} finds[] = {
    {"the first",                   "abcabc", "bc", 0, 1, 1},
    {"the next",                    "abcabc", "bc", 2, 4, 4},
    {"at the end",                  "abc", "c", 0, 2, 2},
    {"at the start of the search",  "abc", "b", 1, 1, 1},
    {"in other case",               "xSTARTTLS", "starttls", 0, 9, 1},
    {"not there",                   "abc", "d", 0, 3, 3},
    {"a needle cut off by the end", "abcab", "abc", 1, 5, 5},
    {"a needle too long",           "ab", "abc", 0, 2, 2},
    {"a start past the octets",     "abc", "a", 7, 3, 3},
    {"an empty needle",             "abc", "", 1, 1, 1},
    {"an empty needle past the octets", "abc", "", 7, 3, 3},
    {"in nothing",                  "", "a", 0, 0, 0},
    {"nothing in nothing",          "", "", 0, 0, 0},
};

static const struct words {
    const char *name, *in, *want; /* each word and a '|' */
} words[] = {
    {"one word",                "a", "a|"},
    {"words and runs of blanks", " a \t b\r\nc ", "a|b|c|"},
    {"blanks alone",            " \t", ""},
    {"nothing",                 "", ""},
};

static const struct words cuts[] = {
    {"no separator",            "a", "a|"},
    {"separators",              "a,b,c", "a|b|c|"},
    {"an empty part",           "a,,c", "a||c|"},
    {"a separator at the start", ",a", "|a|"},
    {"a separator at the end",  "a,", "a|"},
};

static const struct number {
    const char *name, *in;
    uint64_t max;
    bool is_number;
    uint64_t want;
} numbers[] = {
    {"zero",              "0", 9, true, 0},
    {"a number",          "1234567890", UINT64_MAX, true, 1234567890},
    {"leading zeros",     "007", 7, true, 7},
    {"the maximum",       "65535", 65535, true, 65535},
    {"over the maximum",  "65536", 65535, false, 0},
    {"a digit over the maximum", "5", 4, false, 0},
    {"64 bits",           "18446744073709551615", UINT64_MAX, true, UINT64_MAX},
    {"over 64 bits",      "18446744073709551616", UINT64_MAX, false, 0},
    {"far over 64 bits",  "99999999999999999999999", UINT64_MAX, false, 0},
    {"nothing",           "", 9, false, 0},
    {"a sign",            "+1", 9, false, 0},
    {"a minus",           "-1", 9, false, 0},
    {"a blank",           "1 ", 9, false, 0},
    {"a letter",          "1a", 99, false, 0},
    {"below the digits",  "/", 99, false, 0},
    {"above the digits",  ":", 99, false, 0},
};
/* clang-format on */

static void test_sub(void **state)
{
    const struct sub *c = *state;
    kit_assert_text(octets_sub(octets_of(c->in), c->from, c->to), c->want);
}

static void test_trim(void **state)
{
    const struct trim *c = *state;
    struct octets in = kit_guard(octets_of(c->in));
    kit_assert_text(octets_trim(in), c->want);
    kit_unguard(in);
}

static void test_mark(void **state)
{
    const struct trim *c = *state;
    struct octets in = kit_guard(octets_of(c->in));
    kit_assert_text(octets_skip_mark(in), c->want);
    kit_unguard(in);
}

static void test_pair(void **state)
{
    const struct pair *c = *state;
    struct octets a = kit_guard(c->a), b = kit_guard(c->b);
    assert_int_equal(octets_is_equal(a, b), (c->holds & SAME) != 0);
    assert_int_equal(octets_is_equal_nocase(a, b), (c->holds & SAME_NOCASE) != 0);
    assert_int_equal(octets_has_prefix(a, b), (c->holds & PREFIX) != 0);
    assert_int_equal(octets_has_prefix_nocase(a, b), (c->holds & PREFIX_NOCASE) != 0);
    assert_int_equal(octets_has_suffix_nocase(a, b), (c->holds & SUFFIX_NOCASE) != 0);
    int order = octets_compare(a, b), reverse = octets_compare(b, a);
    assert_int_equal((order > 0) - (order < 0), c->order);
    assert_int_equal((reverse > 0) - (reverse < 0), -c->order);
    kit_unguard(a);
    kit_unguard(b);
}

static void test_find(void **state)
{
    const struct find *c = *state;
    struct octets in = kit_guard(octets_of(c->in)), needle = kit_guard(octets_of(c->needle));
    assert_int_equal(octets_find(in, needle, c->from), c->want);
    assert_int_equal(octets_find_nocase(in, needle, c->from), c->want_nocase);
    if (needle.size == 1)
        assert_int_equal(octets_find_octet(in, needle.at[0], c->from), c->want);
    kit_unguard(in);
    kit_unguard(needle);
}

static void test_find_in_none(void **state)
{
    (void)state;
    assert_int_equal(octets_find(OCTETS_NONE, OCTETS("a"), 0), 0);
    assert_int_equal(octets_find(OCTETS_NONE, OCTETS_NONE, 0), 0);
    assert_int_equal(octets_find_octet(OCTETS_NONE, 'a', 0), 0);
    assert_int_equal(octets_find_octet(OCTETS("a\0b"), 0, 0), 1);
}

static void append(char *text, size_t size, struct octets word)
{
    size_t used = strlen(text);
    assert_true(used + word.size + 2 <= size);
    if (word.size)
        memcpy(text + used, word.at, word.size);
    text[used + word.size] = '|';
}

static void test_words(void **state)
{
    const struct words *c = *state;
    char got[64] = {0};
    struct octets rest = octets_of(c->in);
    for (struct octets word; (word = octets_take_word(&rest)).size > 0;)
        append(got, sizeof got, word);
    assert_string_equal(got, c->want);
    assert_int_equal(rest.size, 0);
}

static void test_cuts(void **state)
{
    const struct words *c = *state;
    char got[64] = {0};
    struct octets rest = octets_of(c->in);
    while (rest.size)
        append(got, sizeof got, octets_take_until(&rest, ','));
    assert_string_equal(got, c->want);
    assert_int_equal(octets_take_until(&rest, ',').size, 0);
}

static void test_number(void **state)
{
    const struct number *c = *state;
    uint64_t n = 4711;
    struct octets in = kit_guard(octets_of(c->in));
    assert_int_equal(octets_to_number(in, c->max, &n), c->is_number);
    assert_true(n == (c->is_number ? c->want : 4711)); /* untouched */
    if (c->is_number && (c->in[0] != '0' || !c->in[1])) {
        uint8_t room[OCTETS_NUMBER_MAX];
        kit_assert_text(octets_of_number(n, room), c->in);
    }
    kit_unguard(in);
}

/* Against the C locale's own tables, for each octet. */
static void test_classes(void **state)
{
    (void)state;
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz",
                      upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int i = 0; i < 256; i++) {
        const char *at_lower = i ? strchr(lower, i) : NULL, *at_upper = i ? strchr(upper, i) : NULL;
        bool is_digit = i && strchr("0123456789", i), is_hex = i && strchr("abcdefABCDEF", i);
        uint8_t c = (uint8_t)i;
        assert_int_equal(octet_is_digit(c), is_digit);
        assert_int_equal(octet_is_hex(c), is_digit || is_hex);
        assert_int_equal(octet_is_alpha(c), at_lower || at_upper);
        assert_int_equal(octet_to_lower(c), at_upper ? lower[at_upper - upper] : i);
    }
}

static void test_views(void **state)
{
    (void)state;
    assert_int_equal(octets_of(NULL).size, 0);
    assert_null(octets_of(NULL).at);
    assert_int_equal(OCTETS("a\0b").size, 3);
    assert_int_equal(octets_of("a\0b").size, 1);
}

/* Each octet, alone among plain ones, at each place of texts of each length up to a few words. */
static void test_printable(void **state)
{
    uint8_t text[27];
    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t size = 0; size <= sizeof text; size++) {
        assert_true(octets_is_printable_but((struct octets){text, size}, '"', '\\'));
        for (size_t at = 0; at < size; at++) {
            for (unsigned c = 0; c <= UINT8_MAX; c++) {
                text[at] = (uint8_t)c;
                assert_int_equal(octets_is_printable_but((struct octets){text, size}, '"', '\\'),
                                 c >= ' ' && c <= '~' && c != '"' && c != '\\');
            }
            text[at] = 'a';
        }
    }
}

/* Two odd ones side by side do not hide each other. */
static void test_printable_pairs(void **state)
{
    uint8_t text[8];
    (void)state;
    memset(text, 'a', sizeof text);
    for (unsigned c = 0; c <= UINT8_MAX; c++) {
        for (unsigned d = 0; d <= UINT8_MAX; d++) {
            bool is_plain = c >= ' ' && c <= '~' && d >= ' ' && d <= '~';
            text[3] = (uint8_t)c;
            text[4] = (uint8_t)d;
            assert_int_equal(
                octets_is_printable_but((struct octets){text, sizeof text}, '\t', '\t'), is_plain);
        }
    }
}

static void test_errors_have_texts(void **state)
{
    (void)state;
    for (unsigned e = 0; e < ERR__COUNT; e++)
        assert_true(err_text((enum err)e)[0] != 0);
    assert_string_equal(err_text(ERR_NOMEM), "out of memory");
    assert_string_equal(err_text(ERR__COUNT), "unknown error");
}

int main(void)
{
    struct CMUnitTest tests[6 + KIT_COUNT(subs) + KIT_COUNT(trims) + KIT_COUNT(marks) +
                            KIT_COUNT(pairs) + KIT_COUNT(finds) + KIT_COUNT(words) +
                            KIT_COUNT(cuts) + KIT_COUNT(numbers)] = {
        cmocka_unit_test(test_find_in_none),    cmocka_unit_test(test_classes),
        cmocka_unit_test(test_views),           cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_pairs), cmocka_unit_test(test_errors_have_texts),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, subs, test_sub);
    KIT_ADD_ROWS(tests, &count, trims, test_trim);
    KIT_ADD_ROWS(tests, &count, marks, test_mark);
    KIT_ADD_ROWS(tests, &count, pairs, test_pair);
    KIT_ADD_ROWS(tests, &count, finds, test_find);
    KIT_ADD_ROWS(tests, &count, words, test_words);
    KIT_ADD_ROWS(tests, &count, cuts, test_cuts);
    KIT_ADD_ROWS(tests, &count, numbers, test_number);
    return cmocka_run_group_tests_name("octets", tests, NULL, NULL);
}
