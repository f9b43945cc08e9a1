/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "pattern.h"

/* clang-format off */
static const struct match {
    const char *name, *pattern;
    const char *lines[4];
    bool matches;
} matches[] = {
    {"a code",                          "250",                 {"250 ok"}, true},
    {"a code alone",                    "250",                 {"250"}, true},
    {"another code",                    "250",                 {"251 ok"}, false},
    {"a class",                         "2xx",                 {"251 ok"}, true},
    {"the class below",                 "2xx",                 {"199 ok"}, false},
    {"the class above",                 "2xx",                 {"300 ok"}, false},
    {"any reply",                       "*",                   {"999"}, true},
    {"any reply, without code too",     "*",                   {"hello"}, true},
    {"no code is no class",             "5xx",                 {"hello"}, false},
    {"no reply is not any reply",       "*",                   {NULL}, false},
    {"the first line's code counts",    "250",                 {"250-a", "354 b"}, true},
    {"an enhanced code",                "550 5.7.1",           {"550 5.7.1 no"}, true},
    {"another enhanced code",           "550 5.7.1",           {"550 5.7.2 no"}, false},
    {"no enhanced code",                "550 5.7.1",           {"550 no"}, false},
    {"any number in it",                "5xx 5.7.x",           {"550 5.7.509 no"}, true},
    {"any number, another subject",     "5xx 5.7.x",           {"550 5.1.1 no"}, false},
    {"all three open",                  "* x.x.x",             {"450 4.2.0 no"}, true},
    {"all three open, none there",      "* x.x.x",             {"450 no"}, false},
    {"a regex",                         "* /Postfix/",         {"220 mx ESMTP Postfix"}, true},
    {"a regex that is not there",       "* /Postfix/",         {"220 mx ESMTP Exim"}, false},
    {"regex and code must both hold",   "250 /a/",             {"220 a"}, false},
    {"the regex sees no code",          "* /220/",             {"220 mx"}, false},
    {"the regex begins at the text",    "* /^mx/",             {"220 mx"}, true},
    {"of every line",                   "* /^SIZE/",           {"250-mx", "250 SIZE 1"}, true},
    {"lines are joined by LF",          "* /mx\\nSIZE/",       {"250-mx", "250 SIZE 1"}, true},
    {"a dot is no LF",                  "* /mx.SIZE/",         {"250-mx", "250 SIZE 1"}, false},
    {"case counts",                     "* /size/",            {"250 SIZE"}, false},
    {"unless told otherwise",           "* /(?i)size/",        {"250 SIZE"}, true},
    {"a slash within",                  "* /a\\/b/",           {"250 a/b"}, true},
    {"an octet is an octet",            "* /^\\xFC$/",         {"250 \xfc"}, true},
    {"enhanced code and regex",         "550 5.1.1 /unknown/", {"550 5.1.1 unknown"}, true},
    {"the regex sees the enhanced code", "550 /^5\\.1\\.1/",   {"550 5.1.1 unknown"}, true},
    {"closed is no reply",              "closed",              {"250 closed"}, false},
    {"timeout is no reply",             "timeout",             {"250 timeout"}, false},
    {"a runaway regex does not match",  "* /(a+)+$/",          {"250 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}, false},
};

static const struct take {
    const char *name, *in;
    const char *rest; /* NULL: refused */
} takes[] = {
    {"all of it is taken",             "250 5.1.1 /x/",          ""},
    {"what follows stays",             "250 as first",           "as first"},
    {"behind a regex too",             "250 /x/ -> safe",        "-> safe"},
    {"behind a regex, joined",         "250 /x/-> safe",         "-> safe"},
    {"behind closed",                  "closed -> untestable",   "-> untestable"},
    {"behind timeout",                 "timeout as late",        "as late"},
    {"blanks before",                  "  2xx",                  ""},
    {"nothing",                        "",                       NULL},
    {"a word",                         "foo",                    NULL},
    {"two digits",                     "25",                     NULL},
    {"four digits",                    "2500",                   NULL},
    {"an odd class",                   "25x",                    NULL},
    {"a class in capitals",            "2XX",                    NULL},
    {"a regex alone",                  "/x/",                    NULL},
    {"a regex without an end",         "250 /x",                 NULL},
    {"a regex whose end is quoted",    "250 /x\\/",              NULL},
    {"a regex that ends in a backslash", "250 /x\\",             NULL},
    {"a regex that does not compile",  "250 /(/",                NULL},
    {"closed in capitals",             "Closed",                 NULL},
};
/* clang-format on */

static size_t count_lines(const char *const *lines, struct octets *ret)
{
    size_t n = 0;
    while (n < 4 && lines[n]) {
        ret[n] = octets_of(lines[n]);
        n++;
    }
    return n;
}

static void test_match(void **state)
{
    const struct match *c = *state;
    struct smtp_regex_set set = {0};
    struct smtp_pattern p;
    struct octets lines[4], rest = octets_of(c->pattern);
    const char *what = NULL;
    size_t count = count_lines(c->lines, lines);
    assert_int_equal(smtp_pattern_take(&rest, &set, &p, &what), ERR_OK);
    assert_int_equal(rest.size, 0);
    assert_int_equal(smtp_pattern_matches(&p, lines, count), c->matches);
    smtp_regex_set_release(&set);
}

static void test_take(void **state)
{
    const struct take *c = *state;
    struct smtp_regex_set set = {0};
    struct smtp_pattern p = {.low = 4711};
    struct octets in = kit_guard(octets_of(c->in)), rest = in;
    const char *what = NULL;
    enum err e = smtp_pattern_take(&rest, &set, &p, &what);
    assert_int_equal(e, c->rest ? ERR_OK : ERR_SYNTAX);
    assert_true(c->rest ? p.low != 4711 : what && p.low == 4711 && rest.size == in.size);
    if (c->rest)
        kit_assert_text(rest, c->rest);
    smtp_regex_set_release(&set);
    kit_unguard(in);
}

static void test_every_prefix(void **state)
{
    const struct match *c = *state;
    for (size_t n = 0; n < strlen(c->pattern); n++) {
        struct smtp_regex_set set = {0};
        struct smtp_pattern p;
        struct octets in = kit_guard(octets_sub(octets_of(c->pattern), 0, n)), rest = in;
        const char *what = NULL;
        enum err e = smtp_pattern_take(&rest, &set, &p, &what);
        assert_true(e == ERR_OK || (e == ERR_SYNTAX && what));
        smtp_regex_set_release(&set);
        kit_unguard(in);
    }
}

static void test_group(void **state)
{
    (void)state;
    struct smtp_regex_set set = {0};
    struct smtp_regex *r;
    struct octets group = OCTETS("untouched");
    assert_int_equal(smtp_regex_compile(&set, OCTETS("a(b*)c|(d)"), &r), ERR_OK);
    assert_false(smtp_regex_matches(r, OCTETS("x"), &group));
    kit_assert_text(group, "untouched");
    assert_true(smtp_regex_matches(r, OCTETS("xabbc"), &group));
    kit_assert_text(group, "bb");
    assert_true(smtp_regex_matches(r, OCTETS("ac"), &group));
    kit_assert_text(group, "");
    assert_true(smtp_regex_matches(r, OCTETS("d"), &group));
    kit_assert_text(group, ""); /* the second group matched, the first took no part */
    assert_true(smtp_regex_matches(r, OCTETS("d"), NULL));
    assert_false(smtp_regex_matches(r, OCTETS_NONE, NULL));
    smtp_regex_set_release(&set);
    smtp_regex_set_release(&set);
}

static void test_named_group(void **state)
{
    (void)state;
    struct smtp_regex_set set = {0};
    struct smtp_regex *r;
    struct octets group = OCTETS("untouched");
    assert_int_equal(smtp_regex_compile(&set, OCTETS("(x)(?|a(?<v>1+)|b(?<v>2+))?(?<w>c)?"), &r),
                     ERR_OK);
    assert_false(smtp_regex_matches_named(r, OCTETS("y"), "v", &group));
    kit_assert_text(group, "untouched");
    assert_true(smtp_regex_matches_named(r, OCTETS("xb22"), "v", &group));
    kit_assert_text(group, "22");
    assert_true(smtp_regex_matches_named(r, OCTETS("xa1c"), "w", &group));
    kit_assert_text(group, "c");
    assert_true(smtp_regex_matches_named(r, OCTETS("x"), "v", &group));
    kit_assert_text(group, ""); /* it took no part */
    assert_true(smtp_regex_matches_named(r, OCTETS("xa1"), "nobody", &group));
    kit_assert_text(group, "");
    assert_true(smtp_regex_matches_numbered(r, OCTETS("xa1"), 2, &group));
    kit_assert_text(group, "1");
    assert_true(smtp_regex_matches_numbered(r, OCTETS("xa1"), 99, &group));
    kit_assert_text(group, "");
    assert_int_equal(smtp_regex_compile(&set, OCTETS("abc"), &r), ERR_OK);
    assert_false(smtp_regex_matches(r, OCTETS("ABC"), NULL));
    assert_int_equal(smtp_regex_compile_nocase(&set, OCTETS("abc"), &r), ERR_OK);
    assert_true(smtp_regex_matches(r, OCTETS("ABC"), NULL));
    smtp_regex_set_release(&set);
}

/* A reply of any length costs what 16 KiB cost. */
static void test_long_reply(void **state)
{
    (void)state;
    static uint8_t text[64 * 1024];
    struct smtp_regex_set set = {0};
    struct smtp_pattern end, begin;
    const char *what;
    memset(text, 'a', sizeof text);
    memcpy(text, "250 ", 4);
    text[sizeof text - 1] = 'z';
    const struct octets lines[] = {OCTETS_INIT("250-first"), {text, sizeof text}};
    struct octets one = OCTETS("* /z$/"), two = OCTETS("* /^first/");
    assert_int_equal(smtp_pattern_take(&one, &set, &end, &what), ERR_OK);
    assert_int_equal(smtp_pattern_take(&two, &set, &begin, &what), ERR_OK);
    assert_false(smtp_pattern_matches(&end, lines, 2));
    assert_true(smtp_pattern_matches(&begin, lines, 2));
    smtp_regex_set_release(&set);
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(matches) + KIT_COUNT(takes) + 3] = {
        cmocka_unit_test(test_group), cmocka_unit_test(test_named_group),
        cmocka_unit_test(test_long_reply)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, matches, test_match);
    KIT_ADD_ROWS(tests, &count, matches, test_every_prefix);
    KIT_ADD_ROWS(tests, &count, takes, test_take);
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
