/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "mtasts.h"

/* clang-format off */
static const struct mtasts_case {
    const char *name, *text;
    const char *want; /* ID, or MODE MAX_AGE MX...|PLACE[!] what; ... */
} records[] = {
    {"a record", "v=STSv1; id=20160831085700Z;", "20160831085700Z|"},
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
    {"lines that end in LF, no last end", "version:STSv1\nmode:testing\nmax_age:1\nmx:a.test", "testing 1 a.test|"},
    {"blanks at the end of lines", "version: STSv1 \nmode: none\t\nmax_age: 86400 \n", "none 86400|"},
    {"fields that are not known", "version: STSv1\nmode: none\nfoo: bar\nmax_age: 1\n", "none 1|"},
    {"fields twice, the first stands", "version: STSv1\nmode: none\nmode: enforce\nmax_age: 1\nmax_age: 2\n",
     "none 1|26 the field stands there twice;51 the field stands there twice;"},
    {"no mx", "version: STSv1\nmode: enforce\nmax_age: 1\n", "enforce 1|40! no mx;"},
    {"nothing", "", " 0|0! no version;0! no mode;0! no max_age;0! no mx;"},
    {"another version", "version: STSv2\nmode: none\nmax_age: 1\n", "none 1|9! not the version of MTA-STS;"},
    {"a mode that is none", "version: STSv1\nmode: Enforce\nmax_age: 1\nmx: a.test", " 1 a.test|21! not a mode;"},
    {"more than a year", "version: STSv1\nmode: none\nmax_age: 31557601\n", "none 31557600|35 more than a year;"},
    {"a max_age that is no number", "version: STSv1\nmode: none\nmax_age: 1d\n", "none 0|35! not a number of seconds;"},
    {"patterns that are none", "version: STSv1\nmode: none\nmax_age: 1\nmx: a.*.test\nmx: *\nmx: .test\nmx: *.\n",
     "none 1|41! not the pattern of an exchange;54! not the pattern of an exchange;60! not the pattern of an exchange;70! not the pattern of an exchange;"},
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
        {"v=STSv1; id=1", true, false},  {"v=STSv1 ; id=1", true, false},
        {"v=STSv1", false, true},        {"v=STSv2; id=1", false, true},
        {" v=STSv1; id=1", false, true}, {"v=stsv1; id=1", false, true},
        {"v=spf1 -all", false, false},   {"", false, false},
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
        {"*.example.com", "a.mail.example.com", false}, /* the example of RFC 8461 s4.1 */
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
