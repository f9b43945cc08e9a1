/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "template.h"

#define V(id) (1u << SMTP_VAR_##id)

/* clang-format off */
static const struct valid {
    const char *name, *in, *want;
    uint32_t vars;
} valid[] = {
    {"plain text",               "NOOP",                        "NOOP", 0},
    {"nothing",                  "",                            "", 0},
    {"a placeholder",            "EHLO {me}\r\n",               "EHLO <me>\r\n", V(ME)},
    {"two, joined",              "{random.1}@{domain}",         "<random.1>@<domain>", V(RANDOM_1) | V(DOMAIN)},
    {"the same twice",           "{me}{me}",                    "<me><me>", V(ME)},
    {"a name with a dot",        "{outsider.local}",            "<outsider.local>", V(OUTSIDER_LOCAL)},
    {"a literal brace",          "a{{b",                        "a{b", 0},
    {"a literal name in braces", "{{me}",                       "{me}", 0},
    {"literal braces, joined",   "{{{{",                        "{{", 0},
    {"a brace, then a name",     "{{{me}",                      "{<me>", V(ME)},
    {"a closing brace is text",  "a}b",                         "a}b", 0},
    {"a repetition",             "NOOP {x*5}",                  "NOOP xxxxx", 0},
    {"of more than one octet",   "{ab*3}",                      "ababab", 0},
    {"of one",                   "{x*1}",                       "x", 0},
    {"of a name is of its text", "{me*2}",                      "meme", 0},
    {"of a line end",            "{\r\n*2}",                    "\r\n\r\n", 0},
};

static const struct invalid {
    const char *name, *in, *what;
} invalid[] = {
    {"an unknown name",              "{foo}",         "unknown placeholder"},
    {"names are in small letters",   "{ME}",          "unknown placeholder"},
    {"no name",                      "{}",            "unknown placeholder"},
    {"a blank in the name",          "{ me}",         "unknown placeholder"},
    {"no closing brace",             "a{me",          "'{' without '}' (a literal one is '{{')"},
    {"a brace at the end",           "a{",            "'{' without '}' (a literal one is '{{')"},
    {"a repetition of nothing",      "{*5}",          "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
    {"a repetition without count",   "{x*}",          "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
    {"no times",                     "{x*0}",         "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
    {"too many times",               "{x*20001}",     "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
    {"a count with a sign",          "{x*-1}",        "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
    {"a count of counts",            "{x*5*6}",       "a repetition is {TEXT*COUNT}, COUNT up to 20000"},
};
/* clang-format on */

/* Each placeholder has its own name in <> as value. */
static struct smtp_vars named_vars(struct arena *a)
{
    struct smtp_vars v = {0};
    for (unsigned i = 0; i < SMTP_VAR__COUNT; i++) {
        struct buf text;
        buf_init(&text, 64);
        buf_append_text(&text, "<");
        buf_append_text(&text, smtp_var_name((enum smtp_var)i));
        buf_append_text(&text, ">");
        assert_true(arena_copy(a, buf_octets(&text), &v.value[i]));
        buf_release(&text);
    }
    return v;
}

static void test_valid(void **state)
{
    const struct valid *c = *state;
    struct arena a;
    struct buf out;
    struct smtp_template t = {0};
    const char *what = NULL;
    struct octets in = kit_guard(octets_of(c->in));
    arena_init(&a, (size_t)64 * 1024);
    buf_init(&out, SMTP_TEMPLATE_MAX);
    struct smtp_vars vars = named_vars(&a), none = {0};
    assert_int_equal(smtp_template_parse(in, &a, &t, &what), ERR_OK);
    assert_int_equal(t.vars, c->vars);
    assert_int_equal(smtp_template_fill(&t, &vars, &out), ERR_OK);
    kit_assert_text(buf_octets(&out), c->want);
    assert_int_equal(smtp_template_fill(&t, &none, &out), c->vars ? ERR_NOT_FOUND : ERR_OK);
    kit_unguard(in);
    buf_release(&out);
    arena_release(&a);
}

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct arena a;
    struct smtp_template t = {.vars = 4711};
    const char *what = NULL;
    struct octets in = kit_guard(octets_of(c->in));
    arena_init(&a, (size_t)64 * 1024);
    assert_int_equal(smtp_template_parse(in, &a, &t, &what), ERR_SYNTAX);
    assert_string_equal(what, c->what);
    assert_int_equal(t.vars, 4711);
    kit_unguard(in);
    arena_release(&a);
}

static void test_every_prefix(void **state)
{
    const struct valid *c = *state;
    for (size_t n = 0; n < strlen(c->in); n++) {
        struct arena a;
        struct smtp_template t;
        const char *what = NULL;
        struct octets in = kit_guard(octets_sub(octets_of(c->in), 0, n));
        arena_init(&a, (size_t)64 * 1024);
        enum err e = smtp_template_parse(in, &a, &t, &what);
        assert_true(e == ERR_OK || (e == ERR_SYNTAX && what));
        kit_unguard(in);
        arena_release(&a);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct arena a, small;
    struct buf out;
    struct smtp_template t;
    struct smtp_vars none = {0};
    const char *what = NULL;
    arena_init(&a, (size_t)64 * 1024);
    arena_init(&small, 16);
    buf_init(&out, SMTP_TEMPLATE_MAX);
    assert_int_equal(smtp_template_parse(OCTETS("{x*20000}{x*12768}"), &a, &t, &what), ERR_OK);
    assert_int_equal(smtp_template_fill(&t, &none, &out), ERR_OK);
    assert_int_equal(out.size, SMTP_TEMPLATE_MAX);
    buf_clear(&out);
    assert_int_equal(smtp_template_parse(OCTETS("{x*20000}{x*12769}"), &a, &t, &what), ERR_OK);
    assert_int_equal(smtp_template_fill(&t, &none, &out), ERR_LIMIT);
    assert_int_equal(smtp_template_parse(OCTETS("x"), &small, &t, &what), ERR_NOMEM);
    assert_string_equal(smtp_var_name(SMTP_VAR__COUNT), "?");
    buf_release(&out);
    arena_release(&small);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(valid) + KIT_COUNT(invalid) + 1] = {
        cmocka_unit_test(test_limits)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, valid, test_valid);
    KIT_ADD_ROWS(tests, &count, valid, test_every_prefix);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
