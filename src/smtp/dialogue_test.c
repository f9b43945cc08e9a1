/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "dialogue.h"

#define ARENA_OCTETS ((size_t)256 * 1024)

/* ---- files ---- */

/* clang-format off */
static const struct valid {
    const char *name, *in;
    enum dialogue_kind kind;
    const char *called;
    size_t headers, lines;
    struct {
        enum dialogue_word word;
        unsigned number;
        const char *text;
    } last;
} valid[] = {
    {"a stimulus",
     "stimulus helo-bare\nclass    session\nC: HELO\n",
     DIALOGUE_STIMULUS, "helo-bare", 1, 1, {DIALOGUE_CLIENT, 3, "HELO"}},
    {"a check",
     "check x.y\ntitle A title of words\nC: NOOP\nS: 2xx -> safe\nend -> noted\nverdict safe a 2xx\n",
     DIALOGUE_CHECK, "x.y", 1, 4, {DIALOGUE_VERDICT, 6, "safe a 2xx"}},
    {"a specimen",
     "specimen\nproduct Postfix\n@ greeting\nS: 220 {host}\nclosed\n",
     DIALOGUE_SPECIMEN, "", 1, 3, {DIALOGUE_CLOSED, 5, ""}},
    {"a peer",
     "peer slow\nabout waits\nS= \"220 \"\nwait 5s\nsplit 1\nflood 10\nclose\nreset\ntls good\n",
     DIALOGUE_PEER, "slow", 1, 7, {DIALOGUE_TLS, 9, "good"}},
    {"no end of the last line",
     "stimulus x\nC: NOOP", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, "NOOP"}},
    {"lines that end with CRLF",
     "stimulus x\r\nC: NOOP\r\n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, "NOOP"}},
    {"comments and empty lines count as lines",
     "# one\n\n  \t\nstimulus x\n# C: DATA\n\nC: NOOP\n#\n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 7, "NOOP"}},
    {"one blank goes, the others stay",
     "stimulus x\nC:   NOOP  \n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, "  NOOP  "}},
    {"an empty command",
     "stimulus x\nC:\n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, ""}},
    {"an empty command and a blank",
     "stimulus x\nC: \n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, ""}},
    {"a '#' within a line is text",
     "stimulus x\nC: NOOP # foo\n", DIALOGUE_STIMULUS, "x", 0, 1, {DIALOGUE_CLIENT, 2, "NOOP # foo"}},
    {"a file of a head alone",
     "stimulus x\nclass session\n", DIALOGUE_STIMULUS, "x", 1, 0, {0}},
    {"a header that is named like part of another",
     "check x\nconfigure a\nconfigure b\nC: NOOP\n", DIALOGUE_CHECK, "x", 2, 1, {DIALOGUE_CLIENT, 4, "NOOP"}},
};

static const struct invalid {
    const char *name, *in;
    unsigned line;
    const char *text;
} invalid[] = {
    {"nothing",                  "",                                   0, "an empty file"},
    {"comments alone",           "# one\n\n",                          2, "an empty file"},
    {"another first word",       "\ntest x\n",                         2, "a file begins with stimulus, specimen, check or peer, not: test x"},
    {"the first word in capitals", "Stimulus x\n",                     1, "a file begins with stimulus, specimen, check or peer, not: Stimulus x"},
    {"a stimulus without a name", "stimulus\n",                        1, "one name goes with the first word: stimulus"},
    {"two names",                "check a b\n",                        1, "one name goes with the first word: check a b"},
    {"a specimen with a name",   "specimen a\n",                       1, "a specimen has no name: specimen a"},
    {"an unknown word",          "stimulus x\nclass session\nfoo bar\n", 3, "unknown word in this kind of file: foo"},
    {"a word of another kind",   "stimulus x\nwait 5s\n",              2, "unknown word in this kind of file: wait"},
    {"a verdict in a stimulus",  "stimulus x\nC: NOOP\nverdict safe a 2xx\n", 3, "unknown word in this kind of file: verdict"},
    {"a section in a check",     "check x\n@ greeting\n",              2, "unknown word in this kind of file: @"},
    {"a header of another kind", "stimulus x\nseverity low\n",         2, "unknown word in this kind of file: severity"},
    {"octets sent by a check",   "check x\nS= \"220\"\n",              2, "unknown word in this kind of file: S="},
    {"a blank before the word",  "stimulus x\n C: NOOP\n",             2, "unknown word in this kind of file: C:"},
    {"a word without its blank", "stimulus x\nC:NOOP\n",               2, "unknown word in this kind of file: C:NOOP"},
    {"a header behind the dialogue", "stimulus x\nC: NOOP\nclass session\n", 3, "headers stand before the dialogue: class session"},
    {"a header without a value", "stimulus x\nclass   \n",             2, "a header has a value: class   "},
    {"what is shown is cut",     "0123456789012345678901234567890123456789012345\n", 1,
     "a file begins with stimulus, specimen, check or peer, not: 0123456789012345678901234567890123456789"},
    {"what is shown is escaped", "\x1b[2J\n",                          1, "a file begins with stimulus, specimen, check or peer, not: \\x1B[2J"},
};
/* clang-format on */

static enum err parse(struct octets in, struct arena *a, struct dialogue *d,
                      struct dialogue_problem *p)
{
    arena_init(a, ARENA_OCTETS);
    return dialogue_parse(in, a, d, p);
}

static void test_valid(void **state)
{
    const struct valid *c = *state;
    struct arena a;
    struct dialogue d = {0};
    struct dialogue_problem p = {0};
    struct octets in = kit_guard(octets_of(c->in));
    assert_int_equal(parse(in, &a, &d, &p), ERR_OK);
    assert_int_equal(d.kind, c->kind);
    kit_assert_text(d.name, c->called);
    assert_int_equal(d.header_count, c->headers);
    assert_int_equal(d.line_count, c->lines);
    if (c->lines) {
        const struct dialogue_line *last = &d.lines[d.line_count - 1];
        assert_int_equal(last->word, c->last.word);
        assert_int_equal(last->number, c->last.number);
        kit_assert_text(last->text, c->last.text);
    }
    arena_release(&a);
    kit_unguard(in);
}

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct arena a;
    struct dialogue d = {.line_count = 4711};
    struct dialogue_problem p = {0};
    struct octets in = kit_guard(octets_of(c->in));
    assert_int_equal(parse(in, &a, &d, &p), ERR_SYNTAX);
    assert_string_equal(p.text, c->text);
    assert_int_equal(p.line, c->line);
    assert_int_equal(d.line_count, 4711);
    arena_release(&a);
    kit_unguard(in);
}

static void test_every_prefix(void **state)
{
    const struct valid *c = *state;
    for (size_t n = 0; n < strlen(c->in); n++) {
        struct arena a;
        struct dialogue d;
        struct dialogue_problem p = {0};
        struct octets in = kit_guard(octets_sub(octets_of(c->in), 0, n));
        enum err e = parse(in, &a, &d, &p);
        assert_true(e == ERR_OK || (e == ERR_SYNTAX && p.text[0]));
        arena_release(&a);
        kit_unguard(in);
    }
}

static void test_headers(void **state)
{
    (void)state;
    struct arena a;
    struct dialogue d;
    struct dialogue_problem p;
    size_t from = 0;
    assert_int_equal(
        parse(OCTETS("check x\nconfigure  RFC 5321  s4 \ntitle T\nconfigure two\nC: NOOP\n"), &a,
              &d, &p),
        ERR_OK);
    kit_assert_text(dialogue_header(&d, "configure", NULL), "RFC 5321  s4");
    kit_assert_text(dialogue_header(&d, "configure", &from), "RFC 5321  s4");
    kit_assert_text(dialogue_header(&d, "configure", &from), "two");
    kit_assert_text(dialogue_header(&d, "configure", &from), "");
    kit_assert_text(dialogue_header(&d, "configure", &from), "");
    kit_assert_text(dialogue_header(&d, "titl", NULL), "");
    assert_int_equal(d.headers[2].number, 4);
    arena_release(&a);
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 2000; cap += 16) {
        struct arena a;
        struct dialogue d;
        struct dialogue_problem p;
        arena_init(&a, cap);
        enum err e = dialogue_parse(octets_of(valid[1].in), &a, &d, &p);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        arena_release(&a);
    }
}

/* ---- quoted octets ---- */

/* clang-format off */
static const struct quoted {
    const char *name, *in;
    bool is_valid;
    struct octets want;
    const char *rest;
} quoted[] = {
    {"plain text",             "\"NOOP\"",            true, KIT_OCTETS("NOOP"), ""},
    {"nothing",                "\"\"",                true, KIT_OCTETS(""), ""},
    {"every escape",           "\"\\r\\n\\t\\0\\\\\\\"\"", true, KIT_OCTETS("\r\n\t\0\\\""), ""},
    {"hexadecimal",            "\"\\x00\\xfF\\x7fA\"", true, KIT_OCTETS("\0\xff\x7f" "A"), ""},
    {"two digits, no more",    "\"\\x414\"",          true, KIT_OCTETS("A4"), ""},
    {"nought, no more",        "\"\\012\"",           true, KIT_OCTETS("\0" "12"), ""},
    {"an escaped backslash before the end", "\"a\\\\\"", true, KIT_OCTETS("a\\"), ""},
    {"blanks within stay",     "\" a \"",             true, KIT_OCTETS(" a "), ""},
    {"what follows stays",     "\"a\" foo ",          true, KIT_OCTETS("a"), "foo"},
    {"what follows, joined",   "\"a\"\"b\"",          true, KIT_OCTETS("a"), "\"b\""},
    {"blanks before",          "  \"a\"",             true, KIT_OCTETS("a"), ""},
    {"no quote",               "a",                   false, {0}, NULL},
    {"one quote",              "\"",                  false, {0}, NULL},
    {"no second quote",        "\"abc",               false, {0}, NULL},
    {"the second one escaped", "\"abc\\\"",           false, {0}, NULL},
    {"an unknown escape",      "\"\\a\"",             false, {0}, NULL},
    {"an escape in capitals",  "\"\\N\"",             false, {0}, NULL},
    {"one digit",              "\"\\x4\"",            false, {0}, NULL},
    {"no digits",              "\"\\xzz\"",           false, {0}, NULL},
    {"an escape cut short",    "\"\\",                false, {0}, NULL},
    {"digits cut short",       "\"\\x4",              false, {0}, NULL},
};
/* clang-format on */

static void test_quoted(void **state)
{
    const struct quoted *c = *state;
    struct arena a;
    struct octets in = kit_guard(octets_of(c->in)), rest = in, got = OCTETS("untouched");
    arena_init(&a, ARENA_OCTETS);
    assert_int_equal(dialogue_take_quoted(&rest, &a, &got), c->is_valid ? ERR_OK : ERR_SYNTAX);
    kit_unguard(in);
    if (c->is_valid) {
        kit_assert_octets(got, c->want);
        assert_int_equal(rest.size, strlen(c->rest));
    } else {
        kit_assert_text(got, "untouched");
        assert_int_equal(rest.size, strlen(c->in));
    }
    arena_release(&a);
}

static void test_quoted_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(quoted); i++) {
        struct arena a;
        struct octets rest = octets_of(quoted[i].in), got;
        arena_init(&a, ARENA_OCTETS);
        if (dialogue_take_quoted(&rest, &a, &got) == ERR_OK)
            kit_assert_text(rest, quoted[i].rest);
        arena_release(&a);
    }
}

/* ---- durations ---- */

/* clang-format off */
static const struct duration {
    const char *in;
    bool is_valid;
    uint32_t ms;
} durations[] = {
    {"250ms", true, 250}, {"5s", true, 5000}, {"6m", true, 360000}, {"1h", true, 3600000}, {"0s", true, 0},
    {"007s", true, 7000}, {"24h", true, 86400000}, {"86400000ms", true, 86400000}, {"86400s", true, 86400000},
    {"25h", false, 0}, {"86400001ms", false, 0}, {"86400000h", false, 0}, {"1441m", false, 0},
    {"", false, 0}, {"5", false, 0}, {"s", false, 0}, {"5 s", false, 0}, {"5s ", false, 0}, {" 5s", false, 0}, {"5S", false, 0},
    {"5sec", false, 0}, {"-5s", false, 0}, {"+5s", false, 0}, {"1.5s", false, 0}, {"5d", false, 0}, {"1h30m", false, 0},
    {"99999999999999999999999s", false, 0}, {"4294967297ms", false, 0},
};
/* clang-format on */

static void test_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(durations); i++) {
        uint32_t ms = 4711;
        struct octets in = kit_guard(octets_of(durations[i].in));
        assert_int_equal(dialogue_duration(in, &ms), durations[i].is_valid);
        assert_int_equal(ms, durations[i].is_valid ? durations[i].ms : 4711);
        kit_unguard(in);
    }
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(valid) + KIT_COUNT(invalid) + KIT_COUNT(quoted) + 4] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_quoted_rest),
        cmocka_unit_test(test_durations),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, valid, test_valid);
    KIT_ADD_ROWS(tests, &count, valid, test_every_prefix);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    KIT_ADD_ROWS(tests, &count, quoted, test_quoted);
    return cmocka_run_group_tests_name("dialogue", tests, NULL, NULL);
}
