/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "mtasts.h"

/* clang-format off */
static const struct mtasts_case {
    const char *name, *text;
    const char *want; /* ID, or MODE MAX_AGE MX...|PLACE[!] what; ... */
} records[] = {
    {"the example of RFC 8461 s3.1", "v=STSv1; id=20160831085700Z;", "20160831085700Z|"},
    {"blanks around semicolons", "v=STSv1 \t; id=1 ;\t", "1|"},
    {"blanks around equals signs", "v=STSv1; id = 1", "1|9! a blank beside the equals sign;"},
    {"an id of 32 characters", "v=STSv1; id=12345678901234567890123456789012", "12345678901234567890123456789012|"},
    {"an id of both cases", "v=STSv1;id=aZ09", "aZ09|"},
    {"an id twice, the first stands", "v=STSv1; id=1; id=2", "1|15 the tag stands there twice;"},
    {"an id in capitals is none", "v=STSv1; ID=1", "|13! no id;"},
    {"extensions before the id", "v=STSv1; a.b_c-d=!x:y; id=1", "1|"},
    {"an extension without a value", "v=STSv1; id=1; x=", "1|15! not an extension;"},
    {"an extension with an equals sign", "v=STSv1; id=1; x=a=b", "1|15! not an extension;"},
    {"an extension with a blank", "v=STSv1; id=1; x=a b", "1|15! not an extension;"},
    {"an extension with a long name", "v=STSv1; id=1; a12345678901234567890123456789012=x", "1|15! not an extension;"},
    {"two semicolons at the end", "v=STSv1; id=1;;", "1|14! an empty tag;"},
    {"extensions are passed over", "v=STSv1; id=1; x-y=z", "1|"},
    {"no id", "v=STSv1;", "|8! no id;"},
    {"an empty id", "v=STSv1; id=", "|12! no id;"},
    {"an id of other characters", "v=STSv1; id=2024-01-01", "2024-01-01|16! neither a letter nor a digit;"},
    {"an id of 33 characters", "v=STSv1; id=123456789012345678901234567890123",
     "123456789012345678901234567890123|12! an id of more than 32 characters;"},
    {"something that is no tag", "v=STSv1; id=1; hello", "1|15! a tag without an equals sign;"},
}, policies[] = {
    {"the example of RFC 8461 s3.2",
     "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n",
     "enforce 604800 mail.example.com *.example.net backupmx.example.com|"},
    {"the example of RFC 8461 appendix A",
     "version: STSv1\r\nmode: testing\r\nmx: mx1.example.com\r\nmx: mx2.example.com\r\nmx: mx.backup-example.com\r\nmax_age: 1296000\r\n",
     "testing 1296000 mx1.example.com mx2.example.com mx.backup-example.com|"},
    {"fields in another order", "max_age: 1\nmx: a.test\nmode: enforce\nversion: STSv1\n", "enforce 1 a.test|"},
    {"ends of lines of both kinds", "version: STSv1\r\nmode: none\nmax_age: 1\r\n", "none 1|"},
    {"blanks behind the colon", "version:\tSTSv1\nmode:  none\nmax_age: \t1\n", "none 1|"},
    {"blanks before a colon", "version: STSv1\nmode: none\nmax_age : 1\n", "none 0|26 not a field and its value;38! no max_age;"},
    {"blanks before a field", "version: STSv1\n mode: none\nmax_age: 1\n", " 1|15 not a field and its value;38! no mode;38! no mx;"},
    {"names of fields keep their case", "version: STSv1\nMode: none\nmax_age: 1\n", " 1|37! no mode;37! no mx;"},
    {"empty lines", "version: STSv1\r\n\r\nmode: none\r\nmax_age: 1\r\n\r\n", "none 1|"},
    {"empty lines without CR, and blanks alone", "\nversion: STSv1\n \nmode: none\nmax_age: 1\n\n", "none 1|"},
    {"lines that end in CR alone", "version: STSv1\rmode: none\rmax_age: 1\r", " 0|9! not the version of MTA-STS;37! no mode;37! no max_age;37! no mx;"},
    {"lines that end in LF, no last end", "version:STSv1\nmode:testing\nmax_age:1\nmx:a.test", "testing 1 a.test|"},
    {"blanks at the end of lines", "version: STSv1 \nmode: none\t\nmax_age: 86400 \n", "none 86400|"},
    {"fields that are not known", "version: STSv1\nmode: none\nfoo: bar\nmax_age: 1\n", "none 1|"},
    {"such a field in another script", "version: STSv1\nmode: none\na.b_c-d: \xc3\xa4 b\nmax_age: 1\n", "none 1|"},
    {"such a field twice", "version: STSv1\nmode: none\nx: 1\nx: 2\nmax_age: 1\n", "none 1|"},
    {"such a field without a value", "version: STSv1\nmode: none\nx:\nmax_age: 1\n", "none 1|26 not a field and its value;"},
    {"such a field with a control character", "version: STSv1\nmode: none\nx: a\tb\nmax_age: 1\n", "none 1|26 not a field and its value;"},
    {"such a field of 32 and of 33 characters", "version: STSv1\nmode: none\na1234567890123456789012345678901: x\na12345678901234567890123456789012: x\nmax_age: 1\n",
     "none 1|62 not a field and its value;"},
    {"a version twice, the first stands", "version: STSv1\nversion: STSv2\nmode: none\nmax_age: 1\n", "none 1|15 the field stands there twice;"},
    {"an exchange twice", "version: STSv1\nmode: enforce\nmx: a.test\nmx: a.test\nmax_age: 1\n", "enforce 1 a.test a.test|"},
    {"fields twice, the first stands", "version: STSv1\nmode: none\nmode: enforce\nmax_age: 1\nmax_age: 2\n",
     "none 1|26 the field stands there twice;51 the field stands there twice;"},
    {"no mx", "version: STSv1\nmode: enforce\nmax_age: 1\n", "enforce 1|40! no mx;"},
    {"nothing", "", " 0|0! no version;0! no mode;0! no max_age;0! no mx;"},
    {"another version", "version: STSv2\nmode: none\nmax_age: 1\n", "none 1|9! not the version of MTA-STS;"},
    {"a mode that is none", "version: STSv1\nmode: Enforce\nmax_age: 1\nmx: a.test", " 1 a.test|21! not a mode;"},
    {"no time at all", "version: STSv1\nmode: none\nmax_age: 0\n", "none 0|"},
    {"a year", "version: STSv1\nmode: none\nmax_age: 31557600\n", "none 31557600|"},
    {"ten digits", "version: STSv1\nmode: none\nmax_age: 9999999999\n", "none 31557600|35 more than a year;"},
    {"eleven digits", "version: STSv1\nmode: none\nmax_age: 00000000001\n", "none 0|35! not a number of seconds;"},
    {"less than no time", "version: STSv1\nmode: none\nmax_age: -1\n", "none 0|35! not a number of seconds;"},
    {"more than a year", "version: STSv1\nmode: none\nmax_age: 31557601\n", "none 31557600|35 more than a year;"},
    {"a max_age that is no number", "version: STSv1\nmode: none\nmax_age: 1d\n", "none 0|35! not a number of seconds;"},
    {"patterns that are none", "version: STSv1\nmode: none\nmax_age: 1\nmx: a.*.test\nmx: *\nmx: .test\nmx: *.\n",
     "none 1|41! not the pattern of an exchange;54! not the pattern of an exchange;60! not the pattern of an exchange;70! not the pattern of an exchange;"},
    {"a host with a dot at its end", "version: STSv1\nmode: none\nmax_age: 1\nmx: a.test.\n", "none 1|41! not the pattern of an exchange;"},
    {"hosts that names of hosts may not be", "version: STSv1\nmode: none\nmax_age: 1\nmx: a_b.test\nmx: -a.test\nmx: a-.test\n",
     "none 1|41! not the pattern of an exchange;54! not the pattern of an exchange;66! not the pattern of an exchange;"},
    {"a host that is no A-label", "version: STSv1\nmode: none\nmax_age: 1\nmx: \xc3\xa4.test\n", "none 1|41! not the pattern of an exchange;"},
    {"a host that is one, and one of a single label", "version: STSv1\nmode: none\nmax_age: 1\nmx: xn--4ca.a-b.test\nmx: *.test\nmx: test\n",
     "none 1 xn--4ca.a-b.test *.test test|"},
    {"a page where a policy is meant", "<html>\n<p>hi</p>", " 0|0! not a field and its value;7! not a field and its value;16! no version;16! no mode;16! no max_age;16! no mx;"},
    {"an empty field", "version:\nmode: none\nmax_age: 1", "none 1|7! not the version of MTA-STS;"},
};
/* clang-format on */

static void render_problems(const struct dns_problems *p, struct buf *out)
{
    buf_append_text(out, "|");
    for (size_t i = 0; i < p->count; i++)
        buf_append_format(out, "%zu%s %s;", p->at[i].at, p->at[i].is_fatal ? "!" : "",
                          p->at[i].what);
}

static void render_record(struct octets text, struct buf *out)
{
    struct mtasts_record r;
    mtasts_parse(text, &r);
    buf_append(out, r.id);
    render_problems(&r.problems, out);
}

static void render_policy(struct octets text, struct buf *out)
{
    static const char *const modes[] = {"", "none", "testing", "enforce"};
    struct mtasts_policy p;
    mtasts_parse_policy(text, &p);
    buf_append_format(out, "%s %u", modes[p.mode], p.max_age_s);
    for (size_t i = 0; i < p.mx_count; i++) {
        buf_append_text(out, " ");
        buf_append(out, p.mx[i]);
    }
    render_problems(&p.problems, out);
}

static void check(const struct mtasts_case *c, void (*render)(struct octets, struct buf *))
{
    kit_assert_rendered(c->text, c->want, render);
}

static void record(void **state)
{
    const struct mtasts_case *c = *state;
    assert_true(mtasts_is_record(octets_of(c->text)));
    check(c, render_record);
}

static void policy(void **state)
{
    check(*state, render_policy);
}

static void what_is_a_record_of_mtasts(void **state)
{
    static const struct {
        const char *text;
        bool is_record, is_nearly;
    } rows[] = {
        {"v=STSv1; id=1", true, false},    {"v=STSv1 ; id=1", true, false},
        {"v=STSv1", false, true},          {"v=STSv2; id=1", false, true},
        {" v=STSv1; id=1", false, true},   {"v=stsv1; id=1", false, true},
        {"v=spf1 -all", false, false},     {"", false, false},
        {"v = STSv1; id=1", false, false}, {"v=STSv1;", true, false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        assert_int_equal(mtasts_is_record(octets_of(rows[i].text)), rows[i].is_record);
        assert_int_equal(mtasts_is_nearly(octets_of(rows[i].text)), rows[i].is_nearly);
    }
}

static void a_star_stands_for_one_label(void **state)
{
    static const struct {
        const char *pattern, *host;
        bool want;
    } rows[] = {
        {"mail.example.com", "mail.example.com", true},
        {"Mail.example.com", "mail.Example.com.", true},
        {"mail.example.com", "a.mail.example.com", false},
        {"*.example.com", "mail.example.com", true},
        {"*.example.com", "example.com", false},
        {"*.example.com", "foo.bar.example.com", false}, /* these three are of RFC 8461 s4.1 */
        {"*.example.net", "mx.example.net", true},
        {"*.EXAMPLE.com", "MAIL.example.COM", true},
        {"mail.example.com", "mail.example.com.test", false},
        {"*.example.com", ".example.com", false},
        {"*.com", "example.com", true},
        {"*.example.com", "", false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++)
        if (mtasts_is_match(octets_of(rows[i].pattern), octets_of(rows[i].host)) != rows[i].want)
            fail_msg("%s %s", rows[i].pattern, rows[i].host);
}

static void one_pattern_of_the_policy_is_enough(void **state)
{
    struct mtasts_policy p;
    (void)state;
    mtasts_parse_policy(OCTETS("mx: a.test\nmx: *.b.test\n"), &p);
    assert_true(mtasts_is_allowed(&p, OCTETS("x.b.test")));
    assert_false(mtasts_is_allowed(&p, OCTETS("c.test")));
}

static void large_policies_are_cut(void **state)
{
    struct mtasts_policy p;
    struct buf text;
    (void)state;
    buf_init(&text, (size_t)2 * MTASTS_POLICY_OCTETS);
    for (size_t i = 0; i < MTASTS_MX_MAX + 1; i++)
        buf_append_text(&text, "mx: a.test\n");
    mtasts_parse_policy(buf_octets(&text), &p);
    assert_int_equal(p.mx_count, MTASTS_MX_MAX);
    assert_string_equal(p.problems.at[0].what, "too many exchanges");
    while (text.size <= MTASTS_POLICY_OCTETS)
        buf_append_text(&text, "foo: bar\n");
    mtasts_parse_policy(buf_octets(&text), &p);
    assert_string_equal(p.problems.at[0].what, "more than 64 kilobytes");
    assert_int_equal(p.problems.at[0].at, MTASTS_POLICY_OCTETS);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_a_record_of_mtasts),
        cmocka_unit_test(a_star_stands_for_one_label),
        cmocka_unit_test(one_pattern_of_the_policy_is_enough),
        cmocka_unit_test(large_policies_are_cut),
    };
    struct CMUnitTest tests[KIT_COUNT(records) + KIT_COUNT(policies) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, records, record);
    KIT_ADD_ROWS(tests, &count, policies, policy);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
