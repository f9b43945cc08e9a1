/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "reply.h"

#define X10(text) text text text text text text text text text text
#define A(name)   SMTP_ANOMALY_##name

/* clang-format off */
static const struct whole {
    const char *name;
    struct octets in; /* ends with the reply, but for `more` octets behind it */
    size_t more;
    uint16_t code;
    size_t lines;
    uint32_t anomalies;
} wholes[] = {
    {"one line",                        KIT_OCTETS("220 mx ESMTP\r\n"), 0, 220, 1, 0},
    {"three lines",                     KIT_OCTETS("250-mx\r\n250-SIZE 1\r\n250 HELP\r\n"), 0, 250, 3, 0},
    {"a code alone",                    KIT_OCTETS("220\r\n"), 0, 220, 1, 0},
    {"a code and a blank",              KIT_OCTETS("220 \r\n"), 0, 220, 1, 0},
    {"empty text between",              KIT_OCTETS("250-\r\n250-\r\n250\r\n"), 0, 250, 3, 0},
    {"a tab is text",                   KIT_OCTETS("250 a\tb\r\n"), 0, 250, 1, 0},
    {"octets over 127 are text",        KIT_OCTETS("250 \xff\xfe\x80\r\n"), 0, 250, 1, 0},
    {"a code that no RFC knows",        KIT_OCTETS("999 odd\r\n"), 0, 999, 1, 0},
    {"the next reply stays",            KIT_OCTETS("250 a\r\n354 b\r\n"), 7, 250, 1, 0},
    {"half a reply stays",              KIT_OCTETS("250 a\r\n35"), 2, 250, 1, 0},
    {"LF alone",                        KIT_OCTETS("220 mx\n"), 0, 220, 1, A(BARE_LF)},
    {"LF alone in one line of two",     KIT_OCTETS("220-mx\n220 mx\r\n"), 0, 220, 2, A(BARE_LF)},
    {"CR twice",                        KIT_OCTETS("220 mx\r\r\n"), 0, 220, 1, A(CONTROL)},
    {"CR within",                       KIT_OCTETS("220 m\rx\r\n"), 0, 220, 1, A(CONTROL)},
    {"an empty line",                   KIT_OCTETS("\r\n"), 0, 0, 1, A(NO_CODE)},
    {"an empty line by LF",             KIT_OCTETS("\n"), 0, 0, 1, A(NO_CODE) | A(BARE_LF)},
    {"no code",                         KIT_OCTETS("hello\r\n"), 0, 0, 1, A(NO_CODE)},
    {"two digits",                      KIT_OCTETS("22 mx\r\n"), 0, 0, 1, A(NO_CODE)},
    {"a blank before the code",         KIT_OCTETS(" 220 mx\r\n"), 0, 0, 1, A(NO_CODE)},
    {"code nought is none",             KIT_OCTETS("000 mx\r\n"), 0, 0, 1, A(NO_CODE)},
    {"a sign is no digit",              KIT_OCTETS("+20 mx\r\n"), 0, 0, 1, A(NO_CODE)},
    {"a line without code between",     KIT_OCTETS("250-mx\r\noops\r\n250 x\r\n"), 0, 250, 3, A(NO_CODE)},
    {"an empty line between",           KIT_OCTETS("250-mx\r\n\r\n250 x\r\n"), 0, 250, 3, A(NO_CODE)},
    {"the code changes",                KIT_OCTETS("200-a\r\n250 b\r\n"), 0, 200, 2, A(CODE_CHANGED)},
    {"the code changes and back",       KIT_OCTETS("250-a\r\n354-b\r\n250 c\r\n"), 0, 250, 3, A(CODE_CHANGED)},
    {"NUL in the text",                 KIT_OCTETS("220 a\0b\r\n"), 0, 220, 1, A(CONTROL)},
    {"DEL in the text",                 KIT_OCTETS("220 a\x7f\r\n"), 0, 220, 1, A(CONTROL)},
    {"NUL before the code",             KIT_OCTETS("\0220 a\r\n"), 0, 0, 1, A(CONTROL) | A(NO_CODE)},
    {"text joined to the code",         KIT_OCTETS("220OK\r\n"), 0, 220, 1, A(BAD_SEPARATOR)},
    {"four digits",                     KIT_OCTETS("2200\r\n"), 0, 220, 1, A(BAD_SEPARATOR)},
    {"a tab behind the code",           KIT_OCTETS("220\tOK\r\n"), 0, 220, 1, A(BAD_SEPARATOR)},
    {"an underscore ends the reply",    KIT_OCTETS("220_a\r\n220 b\r\n"), 7, 220, 1, A(BAD_SEPARATOR)},
    {"a line of 512 octets",            KIT_OCTETS("220 " X10(X10("12345")) "123456\r\n"), 0, 220, 1, 0},
    {"a line of 513 octets",            KIT_OCTETS("220 " X10(X10("12345")) "1234567\r\n"), 0, 220, 1, A(LONG_LINE)},
    {"all at once",                     KIT_OCTETS("250-\x01\noops\n251?\r\n"), 0, 250, 3,
                                        A(CONTROL) | A(BARE_LF) | A(NO_CODE) | A(CODE_CHANGED) | A(BAD_SEPARATOR)},
};

static const struct part {
    const char *name;
    struct octets in;
} parts[] = {
    {"nothing",                         OCTETS_INIT("")},
    {"a line without its end",          KIT_OCTETS("250 mx")},
    {"a line with half its end",        KIT_OCTETS("250 mx\r")},
    {"a line that is not the last",     KIT_OCTETS("250-mx\r\n")},
    {"a bad line that is not the last", KIT_OCTETS("250-mx\r\nfoo\r\n")},
    {"half a code",                     KIT_OCTETS("25")},
};
/* clang-format on */

static void check_same(const struct smtp_reply *r, const struct whole *c)
{
    assert_int_equal(r->code, c->code);
    assert_int_equal(r->lines, c->lines);
    assert_int_equal(r->anomalies, c->anomalies);
    assert_int_equal(r->size, c->in.size - c->more);
}

static void test_whole(void **state)
{
    const struct whole *c = *state;
    struct octets in = kit_guard(c->in);
    struct smtp_reply r = {0};
    assert_int_equal(smtp_reply_parse(&r, in), SMTP_PARSE_DONE);
    check_same(&r, c);
    kit_unguard(in);
}

/* Whatever comes in pieces is understood as if it came at once. */
static void test_octet_by_octet(void **state)
{
    const struct whole *c = *state;
    size_t size = c->in.size - c->more;
    struct smtp_reply resumed = {0};
    for (size_t n = 0; n <= size; n++) {
        struct smtp_reply fresh = {0};
        struct octets in = kit_guard(octets_sub(c->in, 0, n));
        enum smtp_parse want = n == size ? SMTP_PARSE_DONE : SMTP_PARSE_MORE;
        assert_int_equal(smtp_reply_parse(&resumed, in), want);
        assert_int_equal(smtp_reply_parse(&fresh, in), want);
        assert_memory_equal(&fresh, &resumed, sizeof fresh);
        kit_unguard(in);
    }
    check_same(&resumed, c);
}

static void test_part(void **state)
{
    const struct part *c = *state;
    struct octets in = kit_guard(c->in);
    struct smtp_reply r = {0};
    assert_int_equal(smtp_reply_parse(&r, in), SMTP_PARSE_MORE);
    assert_true(r.size <= in.size);
    kit_unguard(in);
}

/* What was understood is not looked at again: here it is gone. */
static void test_resume_is_linear(void **state)
{
    (void)state;
    uint8_t data[] = "250-mx\r\n250-SIZE 1\r\n250 HELP\r\n";
    size_t size = sizeof data - 1;
    struct smtp_reply r = {0};
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, 20}), SMTP_PARSE_MORE);
    assert_int_equal(r.size, 20);
    memset(data, '\n', 20);
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, size}), SMTP_PARSE_DONE);
    assert_int_equal(r.lines, 3);
    assert_int_equal(r.anomalies, 0);
    assert_int_equal(r.size, size);
}

static void test_limit(void **state)
{
    (void)state;
    static uint8_t data[SMTP_REPLY_MAX + 16];
    struct smtp_reply r = {0};
    /* One line without an end. */
    memset(data, 'x', sizeof data);
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, SMTP_REPLY_MAX - 1}),
                     SMTP_PARSE_MORE);
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, SMTP_REPLY_MAX}), SMTP_PARSE_LIMIT);
    /* An end behind the limit comes too late, one right before it in time. */
    data[SMTP_REPLY_MAX] = '\n';
    r = (struct smtp_reply){0};
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, sizeof data}), SMTP_PARSE_LIMIT);
    data[SMTP_REPLY_MAX - 1] = '\n';
    r = (struct smtp_reply){0};
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, sizeof data}), SMTP_PARSE_DONE);
    assert_int_equal(r.size, SMTP_REPLY_MAX);
    assert_int_equal(r.anomalies, A(BARE_LF) | A(NO_CODE) | A(LONG_LINE));
    /* Lines without end. */
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t) "250-x\r\n\r"[i % 8];
    r = (struct smtp_reply){0};
    assert_int_equal(smtp_reply_parse(&r, (struct octets){data, SMTP_REPLY_MAX}), SMTP_PARSE_LIMIT);
    assert_true(r.size <= SMTP_REPLY_MAX);
}

/* clang-format off */
static const struct line {
    const char *name, *in;
    uint16_t code;
    const char *text, *enhanced;
} lines[] = {
    {"code and text",             "250 ok",             250, "ok", ""},
    {"code and hyphen",           "250-ok",             250, "ok", ""},
    {"code alone",                "250",                250, "", ""},
    {"code and blank",            "250 ",               250, "", ""},
    {"only one separator goes",   "250  ok",            250, " ok", ""},
    {"joined text",               "250ok",              250, "ok", ""},
    {"no code",                   "hello",              0,   "hello", ""},
    {"too short",                 "25",                 0,   "25", ""},
    {"nothing",                   "",                   0,   "", ""},
    {"an enhanced code",          "550 5.7.1 no",       550, "5.7.1 no", "5.7.1"},
    {"an enhanced code alone",    "550 5.7.1",          550, "5.7.1", "5.7.1"},
    {"one in a line between",     "550-5.7.509 no",     550, "5.7.509 no", "5.7.509"},
    {"one behind a blank",        "550  5.7.1 no",      550, " 5.7.1 no", "5.7.1"},
    {"of three digits each",      "550 4.999.999 no",   550, "4.999.999 no", "4.999.999"},
    {"class six is none",         "550 6.1.1 no",       550, "6.1.1 no", ""},
    {"two parts are none",        "550 5.7 no",         550, "5.7 no", ""},
    {"four parts are none",       "220 1.2.3.4 mx",     220, "1.2.3.4 mx", ""},
    {"an empty part is none",     "550 5..1 no",        550, "5..1 no", ""},
    {"letters are none",          "550 5.7.x no",       550, "5.7.x no", ""},
    {"joined text is none",       "550 5.7.1, no",      550, "5.7.1, no", ""},
    {"four digits are none",      "550 5.7.1000 no",    550, "5.7.1000 no", ""},
};
/* clang-format on */

static void test_line(void **state)
{
    const struct line *c = *state;
    struct octets in = kit_guard(octets_of(c->in));
    assert_int_equal(smtp_line_code(in), c->code);
    kit_assert_text(smtp_line_text(in), c->text);
    kit_assert_text(smtp_line_enhanced(in), c->enhanced);
    kit_unguard(in);
}

static void test_take_line(void **state)
{
    (void)state;
    struct octets rest = OCTETS("a\r\nb\n\nc\rd\r\n\re");
    const char *want[] = {"a", "b", "", "c\rd", "\re"};
    for (size_t i = 0; i < KIT_COUNT(want); i++)
        kit_assert_text(smtp_reply_take_line(&rest), want[i]);
    assert_int_equal(rest.size, 0);
    kit_assert_text(smtp_reply_take_line(&rest), "");
}

static void test_anomaly_names(void **state)
{
    (void)state;
    assert_string_equal(smtp_anomaly_name(SMTP_ANOMALY_BIT_BARE_LF), "bare-lf");
    assert_string_equal(smtp_anomaly_name(SMTP_ANOMALY_BIT_TOO_LONG), "too-long");
    assert_string_equal(smtp_anomaly_name(SMTP_ANOMALY__COUNT), "?");
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(wholes) + KIT_COUNT(parts) + KIT_COUNT(lines) + 4] = {
        cmocka_unit_test(test_resume_is_linear),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_take_line),
        cmocka_unit_test(test_anomaly_names),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, wholes, test_whole);
    KIT_ADD_ROWS(tests, &count, wholes, test_octet_by_octet);
    KIT_ADD_ROWS(tests, &count, parts, test_part);
    KIT_ADD_ROWS(tests, &count, lines, test_line);
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
