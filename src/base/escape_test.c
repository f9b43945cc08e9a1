/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "escape.h"

/* clang-format off */
static const struct visible {
    const char *name;
    struct octets in;
    const char *want;
} visible[] = {
    {"nothing",                           KIT_OCTETS(""), ""},
    {"printable ASCII stands",            KIT_OCTETS("250 ok ~!\"'<>&{}"), "250 ok ~!\"'<>&{}"},
    {"a backslash is doubled",            KIT_OCTETS("a\\b"), "a\\\\b"},
    {"what looks escaped is told apart",  KIT_OCTETS("\\x41"), "\\\\x41"},
    {"NUL",                               KIT_OCTETS("a\0b"), "a\\x00b"},
    {"HT, LF, CR",                        KIT_OCTETS("\t\n\r"), "\\x09\\x0A\\x0D"},
    {"ESC",                               KIT_OCTETS("\x1b[2J"), "\\x1B[2J"},
    {"DEL",                               KIT_OCTETS("\x7f"), "\\x7F"},
    {"two octets of UTF-8 stand",         KIT_OCTETS("m\u00fcller"), "m\u00fcller"},
    {"three",                             KIT_OCTETS("\u20ac\u65e5"), "\u20ac\u65e5"},
    {"four",                              KIT_OCTETS("\U0001f4a9\U0010fffd"), "\U0001f4a9\U0010fffd"},
    {"C1 in UTF-8",                       KIT_OCTETS("\xc2\x9b" "2J"), "\\xC2\\x9B2J"},
    {"C1 as an octet",                    KIT_OCTETS("\x9b" "2J"), "\\x9B2J"},
    {"Latin-1",                           KIT_OCTETS("m\xfcller"), "m\\xFCller"},
    {"a sequence cut short",              KIT_OCTETS("\xe2\x82"), "\\xE2\\x82"},
    {"a sequence cut by text",            KIT_OCTETS("\xe2\x82" "a"), "\\xE2\\x82a"},
    {"a continuation alone",              KIT_OCTETS("\x80"), "\\x80"},
    {"an overlong slash, two octets",     KIT_OCTETS("\xc0\xaf"), "\\xC0\\xAF"},
    {"an overlong slash, three octets",   KIT_OCTETS("\xe0\x80\xaf"), "\\xE0\\x80\\xAF"},
    {"an overlong slash, four octets",    KIT_OCTETS("\xf0\x80\x80\xaf"), "\\xF0\\x80\\x80\\xAF"},
    {"a surrogate",                       KIT_OCTETS("\xed\xa0\x80"), "\\xED\\xA0\\x80"},
    {"past U+10FFFF",                     KIT_OCTETS("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80"},
    {"a lead of five octets",             KIT_OCTETS("\xf8\x88\x80\x80\x80"), "\\xF8\\x88\\x80\\x80\\x80"},
    {"U+FFFE and U+FFFF",                 KIT_OCTETS("\xef\xbf\xbe\xef\xbf\xbf"), "\\xEF\\xBF\\xBE\\xEF\\xBF\\xBF"},
    {"right-to-left override",            KIT_OCTETS("a\u202eb"), "a\\xE2\\x80\\xAEb"},
    {"bidirectional embeddings",          KIT_OCTETS("\u202a\u202b\u202c\u202d"),
     "\\xE2\\x80\\xAA\\xE2\\x80\\xAB\\xE2\\x80\\xAC\\xE2\\x80\\xAD"},
    {"bidirectional isolates",            KIT_OCTETS("\u2066\u2067\u2068\u2069"),
     "\\xE2\\x81\\xA6\\xE2\\x81\\xA7\\xE2\\x81\\xA8\\xE2\\x81\\xA9"},
    {"directional marks",                 KIT_OCTETS("\u200e\u200f\u061c"), "\\xE2\\x80\\x8E\\xE2\\x80\\x8F\\xD8\\x9C"},
    {"line and paragraph separator",      KIT_OCTETS("\u2028\u2029"), "\\xE2\\x80\\xA8\\xE2\\x80\\xA9"},
    {"zero width space and joiner",       KIT_OCTETS("\u200b\u200d"), "\\xE2\\x80\\x8B\\xE2\\x80\\x8D"},
    {"a byte order mark",                 KIT_OCTETS("\ufeff"), "\\xEF\\xBB\\xBF"},
    {"a soft hyphen",                     KIT_OCTETS("\u00ad"), "\\xC2\\xAD"},
    {"a tag character",                   KIT_OCTETS("\U000e0041"), "\\xF3\\xA0\\x81\\x81"},
    {"Hebrew and Arabic stand",           KIT_OCTETS("\u05d0\u0627"), "\u05d0\u0627"},
};

typedef void escape(struct buf *out, struct octets o);
static const struct exit_form {
    const char *name;
    escape *escape;
    struct octets in;
    const char *want;
} exits[] = {
    {"JSON: plain",              escape_json, KIT_OCTETS("250 ok"), "250 ok"},
    {"JSON: a quote",            escape_json, KIT_OCTETS("a\"b"), "a\\\"b"},
    {"JSON: a backslash",        escape_json, KIT_OCTETS("a\\b"), "a\\\\\\\\b"},
    {"JSON: a control",          escape_json, KIT_OCTETS("a\nb\0"), "a\\\\x0Ab\\\\x00"},
    {"JSON: DEL",                escape_json, KIT_OCTETS("\x7f"), "\\\\x7F"},
    {"JSON: UTF-8 stands",       escape_json, KIT_OCTETS("\u20ac"), "\u20ac"},
    {"JSON: invalid UTF-8",      escape_json, KIT_OCTETS("\xff"), "\\\\xFF"},
    {"JSON: a line separator",   escape_json, KIT_OCTETS("\u2028"), "\\\\xE2\\\\x80\\\\xA8"},
    {"JSON text: stands",        escape_json_hidden, KIT_OCTETS("{\"a\":\t\"\\\\x0A\u20ac\"}"), "{\"a\":\t\"\\\\x0A\u20ac\"}"},
    {"JSON text: C1 is hidden",  escape_json_hidden, KIT_OCTETS("\"\xc2\x9b" "2J\""), "\"\\u009b2J\""},
    {"JSON text: DEL and bidirectional controls", escape_json_hidden, KIT_OCTETS("\x7f\u202e"), "\\u007f\\u202e"},
    {"JSON text: a tag is two units", escape_json_hidden, KIT_OCTETS("\U000e0041"), "\\udb40\\udc41"},
    {"JSON text: a control",     escape_json_hidden, KIT_OCTETS("\x1b[2J\n\r"), "\\u001b[2J\\u000a\\u000d"},
    {"JSON text: no UTF-8",      escape_json_hidden, KIT_OCTETS("\x9b\xe2\x80"), "\\ufffd\\ufffd\\ufffd"},
    {"HTML: plain",              escape_html, KIT_OCTETS("250 ok"), "250 ok"},
    {"HTML: markup",             escape_html, KIT_OCTETS("<script>&amp;"), "&lt;script&gt;&amp;amp;"},
    {"HTML: both quotes",        escape_html, KIT_OCTETS("\"'"), "&quot;&#39;"},
    {"HTML: a control",          escape_html, KIT_OCTETS("a\x01<"), "a\\x01&lt;"},
    {"HTML: a half sequence does not eat markup", escape_html, KIT_OCTETS("\xe2<b>"), "\\xE2&lt;b&gt;"},
    {"CSV: plain",               escape_csv,  KIT_OCTETS("250 ok"), "\"250 ok\""},
    {"CSV: nothing",             escape_csv,  KIT_OCTETS(""), "\"\""},
    {"CSV: a quote",             escape_csv,  KIT_OCTETS("a\"b"), "\"a\"\"b\""},
    {"CSV: a comma and a line end", escape_csv, KIT_OCTETS("a,b\r\nc"), "\"a,b\\x0D\\x0Ac\""},
    {"CSV: a formula",           escape_csv,  KIT_OCTETS("=1+1"), "\"'=1+1\""},
    {"CSV: a formula by plus",   escape_csv,  KIT_OCTETS("+1"), "\"'+1\""},
    {"CSV: a formula by minus",  escape_csv,  KIT_OCTETS("-1"), "\"'-1\""},
    {"CSV: a formula by at",     escape_csv,  KIT_OCTETS("@SUM(1)"), "\"'@SUM(1)\""},
    {"CSV: a full-width formula", escape_csv, KIT_OCTETS("\uff1d1"), "\"'\uff1d1\""},
    {"CSV: a formula behind a tab", escape_csv, KIT_OCTETS("\t=1"), "\"\\x09=1\""},
    {"CSV: a sign within is none", escape_csv, KIT_OCTETS("a=1"), "\"a=1\""},
    {"CSV: another wide letter is none", escape_csv, KIT_OCTETS("\uff21"), "\"\uff21\""},
    {"SARIF: plain",             escape_message, KIT_OCTETS("250 ok"), "250 ok"},
    {"SARIF: a placeholder",     escape_message, KIT_OCTETS("{0}"), "{{0}}"},
    {"SARIF: a link",            escape_message, KIT_OCTETS("[a](http://b)"), "\\x5Ba](http://b)"},
    {"SARIF: a control",         escape_message, KIT_OCTETS("\x1b["), "\\x1B\\x5B"},
    {"Markdown: plain",          escape_markdown, KIT_OCTETS("250 ok"), "`250 ok`"},
    {"Markdown: nothing is no span", escape_markdown, KIT_OCTETS(""), ""},
    {"Markdown: a span does not end early", escape_markdown, KIT_OCTETS("a`<b>``"), "`a\\x60<b>\\x60\\x60`"},
    {"Markdown: a cell does not end", escape_markdown, KIT_OCTETS("a|b\\"), "`a\\x7Cb\\\\`"},
    {"Markdown: no line ends",   escape_markdown, KIT_OCTETS("a\r\n# b"), "`a\\x0D\\x0A# b`"},
};

static const struct undo {
    const char *name, *in;
    struct octets want;
} undos[] = {
    {"small hexadecimal digits",           "\\xff",   KIT_OCTETS("\xff")},
    {"a backslash alone stands",           "a\\b",    KIT_OCTETS("a\\b")},
    {"a backslash at the end stands",      "a\\",     KIT_OCTETS("a\\")},
    {"an escape cut short stands",         "\\x4",    KIT_OCTETS("\\x4")},
    {"an escape of no digits stands",      "\\xzz",   KIT_OCTETS("\\xzz")},
    {"two backslashes, then letters",      "\\\\x41", KIT_OCTETS("\\x41")},
    {"three backslashes",                  "\\\\\\x41", KIT_OCTETS("\\A")},
};
/* clang-format on */

#define OUT_OCTETS ((size_t)64 * 1024)

static void test_visible(void **state)
{
    const struct visible *c = *state;
    struct buf out;
    struct octets in = kit_guard(c->in);
    buf_init(&out, OUT_OCTETS);
    escape_visible(&out, in);
    kit_assert_text(buf_octets(&out), c->want);
    kit_unguard(in);
    buf_release(&out);
}

static void test_exit(void **state)
{
    const struct exit_form *c = *state;
    struct buf out;
    struct octets in = kit_guard(c->in);
    buf_init(&out, OUT_OCTETS);
    c->escape(&out, in);
    kit_assert_text(buf_octets(&out), c->want);
    kit_unguard(in);
    buf_release(&out);
}

static void test_undo(void **state)
{
    const struct undo *c = *state;
    struct buf out;
    struct octets in = kit_guard(octets_of(c->in));
    buf_init(&out, OUT_OCTETS);
    escape_undo(&out, in);
    kit_assert_octets(buf_octets(&out), c->want);
    kit_unguard(in);
    buf_release(&out);
}

/* What a terminal, a JSON parser and a browser may not get. */
static void assert_tame(struct octets o, const char *not_these)
{
    for (size_t i = 0; i < o.size; i++) {
        assert_true(o.at[i] >= 0x20 && o.at[i] != 0x7f);
        assert_null(strchr(not_these, o.at[i]));
    }
}

/* Inside a JSON string a quote has a backslash before it, and backslashes begin \\ or \" alone. */
static void assert_json(struct octets o)
{
    assert_tame(o, "");
    for (size_t i = 0; i < o.size; i++) {
        assert_int_not_equal(o.at[i], '"');
        if (o.at[i] == '\\') {
            i++;
            assert_true(i < o.size && (o.at[i] == '\\' || o.at[i] == '"'));
        }
    }
}

static void check_round_trip(struct octets in)
{
    struct buf shown, back;
    struct octets guarded = kit_guard(in);
    buf_init(&shown, OUT_OCTETS);
    buf_init(&back, OUT_OCTETS);
    escape_visible(&shown, guarded);
    assert_tame(buf_octets(&shown), "");
    escape_undo(&back, buf_octets(&shown));
    kit_assert_octets(buf_octets(&back), in);
    buf_clear(&shown);
    escape_json(&shown, guarded);
    assert_json(buf_octets(&shown));
    buf_clear(&shown);
    escape_html(&shown, guarded);
    assert_tame(buf_octets(&shown), "<>\"'");
    kit_unguard(guarded);
    buf_release(&shown);
    buf_release(&back);
}

static void test_every_octet(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t alone[] = {(uint8_t)c}, within[] = {'a', (uint8_t)c, 'b'},
                wide[] = {0xe2, 0x80, (uint8_t)c};
        check_round_trip((struct octets){alone, sizeof alone});
        check_round_trip((struct octets){within, sizeof within});
        check_round_trip((struct octets){wide, sizeof wide});
    }
}

/* The same octets at every run: a failure can be looked at again. */
static void test_random_strings(void **state)
{
    (void)state;
    static const uint8_t likely[] = {'\\', 'x',  '0',  'A',  'f',  '"',
                                     0xe2, 0x80, 0xae, 0xc2, 0xf0, 0x9f};
    uint64_t seed = 1;
    for (int n = 0; n < 20000; n++) {
        uint8_t text[24];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint8_t c = (uint8_t)(seed >> 56);
            text[i] = seed >> 40 & 1 ? likely[c % sizeof likely] : c;
        }
        check_round_trip((struct octets){text, (size_t)n % sizeof text});
    }
}

static void test_full_buffer(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 6);
    escape_visible(&out, OCTETS("abc\n"));
    assert_int_equal(buf_error(&out), ERR_LIMIT);
    kit_assert_text(buf_octets(&out), "abc"); /* no half escape */
    buf_release(&out);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(visible) + KIT_COUNT(exits) + KIT_COUNT(undos) + 3] = {
        cmocka_unit_test(test_every_octet),
        cmocka_unit_test(test_random_strings),
        cmocka_unit_test(test_full_buffer),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, visible, test_visible);
    KIT_ADD_ROWS(tests, &count, exits, test_exit);
    KIT_ADD_ROWS(tests, &count, undos, test_undo);
    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
