/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "taglist.h"

/* clang-format off */
static const struct taglist_case {
    const char *name, *text;
    const char *want; /* NAME@PLACE=VALUE@PLACE; ...|PLACE what; ... */
} cases[] = {
    {"tags in their order", "v=DMARC1; p=none;rua=mailto:a@b.test",
     "v@0=DMARC1@2;p@10=none@12;rua@17=mailto:a@b.test@21;|"},
    {"a semicolon at the end", "a=1;", "a@0=1@2;|"},
    {"blanks around names and values", " a = 1 2\t;\r\n b= ", "a@1=1 2@5;b@13=@15;|"},
    {"a value holds equals signs", "p=MIIB==", "p@0=MIIB==@2;|"},
    {"names keep their case", "a=1; A=2", "a@0=1@2;A@5=2@7;|"},
    {"nothing at all", "", "|"},
    {"blanks alone", "  ", "|0 an empty tag;"},
    {"no equals sign", "v=1; word; b=2", "v@0=1@2;b@11=2@13;|5 a tag without an equals sign;"},
    {"a name of other octets", "v=1; -x=2", "v@0=1@2;|5 not the name of a tag;"},
    {"no name", "=2", "|0 not the name of a tag;"},
    {"twice the same, the first stands", "a=1; a=2", "a@0=1@2;|5 the tag stands there twice;"},
    {"two semicolons", "a=1;; b=2", "a@0=1@2;b@6=2@8;|4 an empty tag;"},
    {"two semicolons at the end", "a=1; ;", "a@0=1@2;|4 an empty tag;"},
    {"an octet past ASCII", "a=1\xc3\xa4", "|3 not a printable ASCII character;"},
    {"a control character", "a=\001", "|2 not a printable ASCII character;"},
};
/* clang-format on */

static void render(struct octets text, struct buf *out)
{
    struct taglist l;
    struct dns_problems p = {0};
    taglist_parse(text, TAGLIST_STRICT, &l, &p);
    for (size_t i = 0; i < l.count; i++) {
        const struct taglist_tag *t = &l.tags[i];
        buf_append(out, t->name);
        buf_append_format(out, "@%zu=", t->at);
        buf_append(out, t->value);
        buf_append_format(out, "@%zu;", t->value_at);
    }
    buf_append_text(out, "|");
    for (size_t i = 0; i < p.count; i++)
        buf_append_format(out, "%zu %s;", p.at[i].at, p.at[i].what);
}

static void list(void **state)
{
    const struct taglist_case *c = *state;
    kit_assert_rendered(c->text, c->want, render);
}

static void only_so_many_tags_are_kept(void **state)
{
    struct buf text;
    struct taglist l;
    struct dns_problems p = {0};
    (void)state;
    buf_init(&text, 4096);
    for (unsigned i = 0; i <= TAGLIST_TAGS_MAX; i++)
        buf_append_format(&text, "t%u=;", i);
    taglist_parse(buf_octets(&text), TAGLIST_STRICT, &l, &p);
    assert_int_equal(l.count, TAGLIST_TAGS_MAX);
    assert_int_equal(p.count, 1);
    assert_true(p.has_fatal);
    assert_string_equal(p.at[0].what, "too many tags");
    buf_release(&text);
}

static void each_form_has_faults_of_its_own(void **state)
{
    static const struct {
        const char *text;
        size_t faults;
        bool is_fatal[TAGLIST_BARE + 1];
    } rows[] = {
        {"a=1; b=2", 0, {false, false, false}}, {"a=1; b", 1, {false, true, true}},
        {"a=1; a=2", 1, {false, true, false}},  {"a =1", 1, {false, false, true}},
        {"a= 1", 1, {false, false, true}},      {"a= ", 0, {false, false, false}},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++)
        for (unsigned form = TAGLIST_LOOSE; form <= TAGLIST_BARE; form++) {
            struct taglist l;
            struct dns_problems p = {0};
            taglist_parse(octets_of(rows[i].text), (enum taglist_form)form, &l, &p);
            assert_int_equal(p.has_fatal, rows[i].is_fatal[form]);
            assert_true(p.count <= rows[i].faults);
            assert_true(l.count);
        }
}

static void only_so_many_problems_are_kept(void **state)
{
    struct dns_problems p = {0};
    (void)state;
    for (unsigned i = 0; i < DNS_PROBLEMS_MAX + 1; i++)
        dns_problem_add(&p, i == DNS_PROBLEMS_MAX, i, "x");
    assert_int_equal(p.count, DNS_PROBLEMS_MAX);
    assert_int_equal(p.at[DNS_PROBLEMS_MAX - 1].at, DNS_PROBLEMS_MAX - 1);
    assert_true(p.has_fatal);
}

static void versions(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"v=DMARC1", true},           {"v=DMARC1; p=none", true},
        {"v = DMARC1 ;p=none", true}, {"v=DMARC10", false},
        {"v=dmarc1", false},          {"V=DMARC1", false},
        {"v=DMARC1 p=x", false},      {"", false},
        {"p=none; v=DMARC1", false},
    };
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++)
        assert_int_equal(taglist_is_version(octets_of(rows[i].text), "v", "DMARC1"), rows[i].want);
}

static void a_tag_is_found_by_its_name(void **state)
{
    struct taglist l;
    struct dns_problems p = {0};
    (void)state;
    taglist_parse(OCTETS("a=1; b=x:y"), TAGLIST_STRICT, &l, &p);
    const struct taglist_tag *t = taglist_find(&l, "b");
    assert_non_null(t);
    assert_int_equal(taglist_place(t, octets_sub(t->value, 2, 3)), 9);
    assert_int_equal(taglist_place(t, OCTETS_NONE), 7);
    assert_null(taglist_find(&l, "B"));
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(only_so_many_tags_are_kept),
        cmocka_unit_test(each_form_has_faults_of_its_own),
        cmocka_unit_test(only_so_many_problems_are_kept),
        cmocka_unit_test(versions),
        cmocka_unit_test(a_tag_is_found_by_its_name),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, list);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
