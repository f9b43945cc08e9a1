/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "spf_macro.h"

/* clang-format off */
/* The sender and addresses of RFC 7208 s7.4; s l o d i p h v c r t. */
static const struct spf_values v4 = {{
    OCTETS_INIT("strong-bad@email.example.com"), OCTETS_INIT("strong-bad"), OCTETS_INIT("email.example.com"),
    OCTETS_INIT("email.example.com"), OCTETS_INIT("192.0.2.3"), OCTETS_INIT("mx.example.org"),
    OCTETS_INIT("JUMPIN' JUPITER"), OCTETS_INIT("in-addr"), OCTETS_INIT("192.0.2.3"), OCTETS_INIT("unknown"), OCTETS_INIT("7")}};
static const struct spf_values v6 = {{
    OCTETS_INIT("a&b=c@email.example.com"), OCTETS_INIT("a&b=c"), OCTETS_INIT("email.example.com"),
    OCTETS_INIT("email.example.com"),
    OCTETS_INIT("2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1"), OCTETS_INIT("unknown"),
    OCTETS_INIT("h"), OCTETS_INIT("ip6"), OCTETS_INIT("2001:db8::cb01"), OCTETS_INIT("r"), OCTETS_INIT("7")}};

static const struct macro_case {
    const char *name, *text;
    const struct spf_values *values;
    const char *want;
} cases[] = {
    /* The examples of RFC 7208 s7.4. */
    {"%{s}", "%{s}", &v4, "strong-bad@email.example.com"},
    {"%{o}", "%{o}", &v4, "email.example.com"},
    {"%{d}", "%{d}", &v4, "email.example.com"},
    {"%{d4}", "%{d4}", &v4, "email.example.com"},
    {"%{d3}", "%{d3}", &v4, "email.example.com"},
    {"%{d2}", "%{d2}", &v4, "example.com"},
    {"%{d1}", "%{d1}", &v4, "com"},
    {"%{dr}", "%{dr}", &v4, "com.example.email"},
    {"%{d2r}", "%{d2r}", &v4, "example.email"},
    {"%{l}", "%{l}", &v4, "strong-bad"},
    {"%{l-}", "%{l-}", &v4, "strong.bad"},
    {"%{lr}", "%{lr}", &v4, "strong-bad"},
    {"%{lr-}", "%{lr-}", &v4, "bad.strong"},
    {"%{l1r-}", "%{l1r-}", &v4, "strong"},
    {"a reversed address", "%{ir}.%{v}._spf.%{d2}", &v4, "3.2.0.192.in-addr._spf.example.com"},
    {"a local part as labels", "%{lr-}.lp._spf.%{d2}", &v4, "bad.strong.lp._spf.example.com"},
    {"both", "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", &v4, "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
    {"the address first", "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", &v4, "3.2.0.192.in-addr.strong.lp._spf.example.com"},
    {"two labels of a longer text", "%{d2}.trusted-domains.example.net", &v4, "example.com.trusted-domains.example.net"},
    {"an IPv6 address", "%{ir}.%{v}._spf.%{d2}", &v6,
     "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"},

    {"upper case is escaped", "%{S}", &v6, "a%26b%3Dc%40email.example.com"},
    {"an ampersand parts nothing", "%{L-&}", &v6, NULL},
    {"percent, blank, escaped blank", "a%%b%_c%-d", &v4, "a%b c%20d"},
    {"several delimiters", "%{s-.=}", &v6, "a&b.c@email.example.com"},
    {"more parts than there are", "%{d99999999999999999999}", &v4, "email.example.com"},
    {"the rest", "%{p} %{h} %{c} %{r} %{t}", &v6, "unknown h 2001:db8::cb01 r 7"},
};

static const struct {
    const char *name, *text, *want; /* NULL: nothing is wrong */
    bool is_explanation;
    size_t at;
} checks[] = {
    {"letters of explanations in one", "%{c} %{r} %{t}", NULL, true, 0},
    {"a blank outside of one", "a b", "not a visible ASCII character", false, 1},
    {"a tab within one", "a\tb", "not a visible ASCII character", true, 1},
    {"a delimiter that is none", "%{d!}", "a macro without its end", true, 0},
    {"an r that stands twice", "%{drr}", "a macro without its end", true, 0},
    {"nothing after the sign", "a%", "a percent sign that begins no macro", true, 1},
};
/* clang-format on */

static void expansion(void **state)
{
    const struct macro_case *c = *state;
    struct octets text = kit_guard(octets_of(c->text));
    struct buf out;
    size_t at = 0;
    buf_init(&out, 4096);
    if (c->want) {
        assert_null(spf_macro_check(text, true, &at));
        spf_macro_expand(&out, text, c->values);
        kit_assert_text(buf_octets(&out), c->want);
    } else {
        assert_non_null(spf_macro_check(text, true, &at));
    }
    for (size_t n = 0; n < text.size; n++) {
        struct octets part = kit_guard(octets_sub(text, 0, n));
        if (!spf_macro_check(part, true, &at))
            spf_macro_expand(&out, part, c->values);
        kit_unguard(part);
    }
    buf_release(&out);
    kit_unguard(text);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(checks); i++) {
        size_t at = 0;
        const char *wrong =
            spf_macro_check(octets_of(checks[i].text), checks[i].is_explanation, &at);
        if (!checks[i].want != !wrong || (wrong && strcmp(wrong, checks[i].want)))
            fail_msg("%s: %s", checks[i].name, wrong ? wrong : "nothing");
        if (wrong)
            assert_int_equal(at, checks[i].at);
    }
}

static void letters_are_seen_in_either_case(void **state)
{
    (void)state;
    assert_int_equal(spf_macro_letters(OCTETS("a.%{D}.%%{p}.%{ir}")), SPF_LETTER_D | SPF_LETTER_I);
    assert_int_equal(spf_macro_letters(OCTETS("a.test")), 0);
}

/* More parts than a name has labels: the last 128 of them are left. */
static void a_value_of_many_parts_is_cut_on_the_left(void **state)
{
    struct spf_values values = v4;
    struct buf long_value, out;
    (void)state;
    buf_init(&long_value, 65536);
    buf_init(&out, 65536);
    for (size_t i = 0; i < 200; i++)
        buf_append_format(&long_value, "%s%zu", i ? "." : "", i);
    values.of[3] = buf_octets(&long_value);
    spf_macro_expand(&out, OCTETS("%{d}"), &values);
    assert_true(octets_has_prefix(buf_octets(&out), OCTETS("72.73.")));
    buf_clear(&out);
    spf_macro_expand(&out, OCTETS("%{dr}"), &values);
    assert_true(octets_has_prefix(buf_octets(&out), OCTETS("199.198.")));
    assert_true(octets_has_suffix_nocase(buf_octets(&out), OCTETS(".73.72")));
    buf_release(&long_value);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(letters_are_seen_in_either_case),
        cmocka_unit_test(a_value_of_many_parts_is_cut_on_the_left),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, expansion);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
