/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "spf.h"

#define ARENA_OCTETS ((size_t)512 * 1024)

/* clang-format off */
static const struct spf_case {
    const char *name, *text;
    const char *want; /* QUALIFIER KIND DOMAIN NETWORK/BITS; ...|PLACE what; ... */
} cases[] = {
    {"no terms", "v=spf1", "|"},
    {"blanks at the end", "V=SPF1  -all  ", "- all;|"},
    {"each mechanism", "v=spf1 a mx ptr ip4:192.0.2.1 ip6:2001:db8::1 exists:a.test include:b.test all",
     "+ a 32 128;+ mx 32 128;+ ptr;+ ip4 192.0.2.1/32;+ ip6 2001:db8::1/128;+ exists a.test;+ include b.test;+ all;|"},
    {"each qualifier", "v=spf1 +a -mx ~ptr ?all", "+ a 32 128;- mx 32 128;~ ptr;? all;|"},
    {"names in any case", "v=spf1 INCLUDE:a.test REDIRECT=b.test", "+ include a.test;redirect b.test;|"},
    {"lengths of both families", "v=spf1 a/24//64 mx//48 a:a.test/8 mx:a.test/0//0",
     "+ a 24 64;+ mx 32 48;+ a a.test 8 128;+ mx a.test 0 0;|"},
    {"a slash within a domain", "v=spf1 a:foo/bar.test/24", "+ a foo/bar.test 24 128;|"},
    {"lengths of networks", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32",
     "+ ip4 192.0.2.0/24;+ ip6 2001:db8::/32;|"},
    {"modifiers", "v=spf1 redirect=a.test exp=b.test foo.bar-1=%{i}/%{c}", "redirect a.test;exp b.test;other;|"},
    {"domains that end in macros", "v=spf1 include:%{d} exists:%{ir}.%{v}._spf.%{d2} a:a%%",
     "+ include %{d};+ exists %{ir}.%{v}._spf.%{d2};+ a a%% 32 128;|"},
    {"a final dot", "v=spf1 include:a.test.", "+ include a.test.;|"},

    {"no such mechanism", "v=spf1 -all moo", "- all;|12 no such mechanism;"},
    {"a misspelt mechanism", "v=spf1 ip:192.0.2.1 ~all", "~ all;|7 no such mechanism;"},
    {"a tab between terms", "v=spf1 a\tmx", "|8 not a visible ASCII character;"},
    {"octets past ASCII", "v=spf1 include:\xc3\xa4.test", "|15 not a visible ASCII character;"},
    {"an address where a domain is meant", "v=spf1 a:192.0.2.1", "|9 an address where a domain is meant;"},
    {"an include without its domain", "v=spf1 include", "|14 no domain;"},
    {"an include of nothing", "v=spf1 include: -all", "- all;|15 no domain;"},
    {"an include as if it were a modifier", "v=spf1 include=a.test", "|7 a mechanism with an equals sign;"},
    {"a redirect as if it were a mechanism", "v=spf1 redirect:a.test", "|7 a modifier without its equals sign;"},
    {"a modifier with a qualifier", "v=spf1 -redirect=a.test", "|8 a modifier with a qualifier;"},
    {"two qualifiers", "v=spf1 --all", "|8 not the name of a mechanism or modifier;"},
    {"all with an argument", "v=spf1 all:a.test", "|10 nothing may follow here;"},
    {"two redirects", "v=spf1 redirect=a.test redirect=b.test", "redirect a.test;|23 the modifier stands there twice;"},
    {"a domain of one label", "v=spf1 include:test", "|15 a domain of one label;"},
    {"a top-level domain of digits", "v=spf1 include:a.123", "|17 not a top-level domain;"},
    {"a port behind a domain", "v=spf1 a:a.test:25", "|11 not a top-level domain;"},
    {"an unknown macro", "v=spf1 exists:%{a}.test", "|14 not the letter of a macro;"},
    {"a macro without its end", "v=spf1 exists:a.%{d", "|16 a macro without its end;"},
    {"a percent sign alone", "v=spf1 exists:50%.test", "|16 a percent sign that begins no macro;"},
    {"a macro of explanations", "v=spf1 exists:%{c}.test", "|14 a macro that only explanations may hold;"},
    {"a macro that takes no parts", "v=spf1 exists:%{d0}.test", "|14 a macro that takes none of the parts;"},
    {"an IPv4 length past 32", "v=spf1 ip4:192.0.2.0/33 a/33", "|21 not the length of an IPv4 prefix;26 not the length of an IPv4 prefix;"},
    {"a length with a leading zero", "v=spf1 ip4:192.0.2.0/024", "|21 not the length of an IPv4 prefix;"},
    {"an IPv6 length past 128", "v=spf1 ip6:::/129 mx//129", "|14 not the length of an IPv6 prefix;22 not the length of an IPv6 prefix;"},
    {"an address of three numbers", "v=spf1 ip4:192.0.2", "|11 not an IPv4 address;"},
    {"families confused", "v=spf1 ip4:2001:db8::1 ip6:192.0.2.1", "|11 not an IPv4 address;27 not an IPv6 address;"},
    {"no address", "v=spf1 ip4", "|10 no address;"},
};
/* clang-format on */

static const char *const kinds[] = {
#define X(id, name) name,
    SPF_KIND_MAP(X)
#undef X
};

static void render_term(const struct spf_term *t, struct buf *out)
{
    bool is_modifier = t->kind >= SPF_REDIRECT;
    if (!is_modifier)
        buf_append_format(out, "%c ", "+-~?"[t->qualifier]);
    buf_append_text(out, t->kind == SPF_OTHER ? "other" : kinds[t->kind]);
    if (t->domain.size) {
        buf_append_text(out, " ");
        buf_append(out, t->domain);
    }
    if (t->kind == SPF_A || t->kind == SPF_MX)
        buf_append_format(out, " %u %u", t->bits4, t->bits6);
    if (t->network.family) {
        buf_append_text(out, " ");
        address_append(out, &t->network);
        buf_append_format(out, "/%u", t->network.family == 4 ? t->bits4 : t->bits6);
    }
    buf_append_text(out, ";");
}

static void render(struct octets text, struct buf *out)
{
    struct arena arena;
    struct spf_record r;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(spf_parse(text, &arena, &r), ERR_OK);
    for (size_t i = 0; i < r.count; i++) {
        kit_assert_octets(octets_sub(text, r.terms[i].at, r.terms[i].at + r.terms[i].text.size),
                          r.terms[i].text);
        render_term(&r.terms[i], out);
    }
    buf_append_text(out, "|");
    for (size_t i = 0; i < r.problems.count; i++)
        buf_append_format(out, "%zu %s;", r.problems.at[i].at, r.problems.at[i].what);
    assert_int_equal(r.problems.has_fatal, r.problems.count > 0);
    arena_release(&arena);
}

static void record(void **state)
{
    const struct spf_case *c = *state;
    struct octets text = kit_guard(octets_of(c->text));
    struct buf out;
    buf_init(&out, 4096);
    assert_true(spf_is_record(text));
    render(text, &out);
    kit_assert_text(buf_octets(&out), c->want);
    for (size_t n = 6; n < text.size; n++) { /* from v=spf1 on */
        struct octets part = kit_guard(octets_sub(text, 0, n));
        buf_clear(&out);
        render(part, &out);
        kit_unguard(part);
    }
    buf_release(&out);
    kit_unguard(text);
}

static void what_is_a_record_of_spf(void **state)
{
    (void)state;
    assert_true(spf_is_record(OCTETS("v=spf1")));
    assert_true(spf_is_record(OCTETS("v=sPf1 a")));
    assert_false(spf_is_record(OCTETS("v=spf10")));
    assert_false(spf_is_record(OCTETS("v=spf1\ta")));
    assert_false(spf_is_record(OCTETS(" v=spf1")));
    assert_false(spf_is_record(OCTETS("spf2.0/pra")));
    assert_false(spf_is_record(OCTETS_NONE));
}

static void known_terms_are_pointed_at(void **state)
{
    struct arena arena;
    struct spf_record r;
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(spf_parse(OCTETS("v=spf1 exp=a.test ~all redirect=b.test -all"), &arena, &r),
                     ERR_OK);
    kit_assert_text(r.exp->text, "exp=a.test");
    kit_assert_text(r.redirect->text, "redirect=b.test");
    kit_assert_text(r.all->text, "~all");
    arena_release(&arena);
}

static void only_so_many_terms_are_taken(void **state)
{
    struct arena arena;
    struct spf_record r;
    struct buf text;
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    buf_init(&text, 65536);
    buf_append_text(&text, "v=spf1");
    for (size_t i = 0; i < SPF_TERMS_MAX + 1; i++)
        buf_append_text(&text, " a");
    assert_int_equal(spf_parse(buf_octets(&text), &arena, &r), ERR_OK);
    assert_int_equal(r.count, SPF_TERMS_MAX);
    assert_string_equal(r.problems.at[0].what, "too many terms");
    buf_release(&text);
    arena_release(&arena);
}

static void a_full_arena_is_told(void **state)
{
    struct arena arena;
    struct spf_record r;
    (void)state;
    arena_init(&arena, 64);
    assert_int_equal(spf_parse(OCTETS("v=spf1 a mx -all"), &arena, &r), ERR_NOMEM);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_a_record_of_spf),
        cmocka_unit_test(known_terms_are_pointed_at),
        cmocka_unit_test(only_so_many_terms_are_taken),
        cmocka_unit_test(a_full_arena_is_told),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, record);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
