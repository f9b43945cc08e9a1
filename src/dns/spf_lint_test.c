/* SPDX-License-Identifier: Apache-2.0 */
#include "test_names.h"

#include "spf_lint.h"

/* The tree and what is said of it, from zones. */
#define ARENA_OCTETS ((size_t)1024 * 1024)

/* clang-format off */
static const struct lint_case {
    const char *name, *zone;
    const char *want; /* LOOKUPS VOIDS; NODE FOUND... | FLAW DOMAIN@PLACE [NAME]; ... */
} cases[] = {
    {"nothing is wrong", "a.test TXT v=spf1 mx include:b.test -all\na.test MX 0 m.a.test\nb.test TXT v=spf1 ip4:192.0.2.0/24 -all",
     "2 0;a.test record;b.test record;|"},
    {"no record", "a.test A 192.0.2.1", "0 0;a.test no record;|spf.missing a.test@0;"},
    {"no such name", "", "0 0;a.test no such name;|spf.missing a.test@0;"},
    {"two records", "a.test TXT v=spf1 -all\na.test TXT v=spf1 ~all", "0 0;a.test more than one record;|spf.multiple a.test@0;"},
    {"DNS fails: nothing is known", "a.test TIMEOUT ", "0 0;a.test DNS failed;|"},
    {"everybody", "a.test TXT v=spf1 +all", "0 0;a.test record;|spf.plus-all a.test@7;"},
    {"everybody, by an include", "a.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 all",
     "1 0;a.test record;b.test record;|spf.plus-all b.test@7;"},
    {"neutral for the rest", "a.test TXT v=spf1 a ?all\na.test A 192.0.2.1", "1 0;a.test record;|spf.neutral-all a.test@9;"},
    {"neutral for the rest, after a redirect", "a.test TXT v=spf1 redirect=b.test\nb.test TXT v=spf1 ?all",
     "1 0;a.test record;b.test record;|spf.neutral-all b.test@7;"},
    {"an included neutral says nothing", "a.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 ?all",
     "1 0;a.test record;b.test record;|"},
    {"no end", "a.test TXT v=spf1 ip4:192.0.2.1", "0 0;a.test record;|spf.neutral-all a.test@0;"},
    {"syntax, twice", "a.test TXT v=spf1 ip4:1.2.3 foo -all", "0 0;a.test record;|spf.syntax a.test@11;spf.syntax a.test@17;"},
    {"pointers", "a.test TXT v=spf1 ptr -all", "1 0;a.test record;|spf.ptr a.test@7;"},
    {"a loop", "a.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 include:a.test -all",
     "2 0;a.test record;b.test record;a.test loop;|spf.loop b.test@7;"},
    {"networks that are wide", "a.test TXT v=spf1 ip4:10.0.0.0/13 ip4:10.0.0.0/14 ip6:2001::/31 ip6:2001::/32 a/8 -ip4:0.0.0.0/0 -all\na.test A 192.0.2.1",
     "1 0;a.test record;|spf.too-wide a.test@7;spf.too-wide a.test@39;spf.too-wide a.test@67;"},
    {"an include of a name without a record", "a.test TXT v=spf1 include:b.test -all\nb.test A 192.0.2.1",
     "1 0;a.test record;b.test no record;|spf.void-include a.test@7 b.test;"},
    {"an include of a name that can be registered", "a.test TXT v=spf1 include:_spf.mail.gone.test -all\n",
     "1 0;a.test record;_spf.mail.gone.test no such name;|spf.takeover a.test@7 gone.test;"},
    {"an include of a name whose owner is there", "a.test TXT v=spf1 include:_spf.here.test -all\nhere.test SOA ns.here.test",
     "1 0;a.test record;_spf.here.test no such name;|spf.void-include a.test@7 _spf.here.test;"},
    {"an address of a name that can be registered", "a.test TXT v=spf1 a:gone.test -all",
     "1 1;a.test record;|spf.takeover a.test@7 gone.test;"},
    {"a missing name of the own", "a.test TXT v=spf1 a:x.a.test -all", "1 1;a.test record;|"},
    {"IPv6 alone is an address", "a.test TXT v=spf1 a -all\na.test AAAA 2001:db8::1", "1 0;a.test record;|"},
    {"what depends on the sender is not followed", "a.test TXT v=spf1 include:%{l}.b.test exists:%{i}.a.test include:%{d}.b.test -all\na.test.b.test TXT v=spf1 a -all\na.test.b.test A 192.0.2.1",
     "4 0;a.test record; depends on the sender;a.test.b.test record;|"},
    {"what follows all is never asked", "a.test TXT v=spf1 -all include:gone.test redirect=gone.test", "0 0;a.test record;|"},
    {"more than ten lookups, two of them void",
     "a.test TXT v=spf1 include:b.test include:b.test a:x.a.test -all\nb.test TXT v=spf1 a a a a -all\nb.test A 192.0.2.1",
     "11 1;a.test record;b.test record;b.test record;|spf.lookups a.test@0;"},
    {"three void lookups", "a.test TXT v=spf1 a:x.a.test mx:x.a.test exists:x.a.test -all",
     "3 3;a.test record;|spf.void-lookups a.test@0;"},
};
/* clang-format on */

static const struct spf_tree *walk(struct arena *a, struct test_names *n, const char *domain)
{
    struct spf_walk *w;
    struct dns_question q;
    enum dns_step step;
    if (spf_walk_new(a, octets_of(domain), &w))
        return NULL;
    while ((step = spf_walk_step(w, &q)) == DNS_STEP_ASK) {
        struct dns_answer answer = test_names_answer(n, &q);
        assert_true(n->questions <= SPF_TREE_QUESTIONS_MAX);
        spf_walk_answer(w, &answer);
    }
    assert_int_equal(spf_walk_step(w, &q), step); /* once more: nothing is counted twice */
    return step == DNS_STEP_DONE ? spf_walk_tree(w) : NULL;
}

static void render(const struct spf_tree *t, const struct spf_flaws *flaws, struct buf *out)
{
    buf_append_format(out, "%u %u;", t->nodes[0]->lookups, t->nodes[0]->voids);
    for (size_t i = 0; i < t->count; i++) {
        buf_append(out, t->nodes[i]->domain);
        buf_append_format(out, " %s;", spf_found_name(t->nodes[i]->found));
    }
    buf_append_text(out, "|");
    for (size_t i = 0; i < flaws->count; i++) {
        const struct spf_flaw *f = &flaws->at[i];
        buf_append_format(out, "%s ", spf_flaw_name(f->kind));
        buf_append(out, f->node->domain);
        buf_append_format(out, "@%zu%s", f->at, f->name.size ? " " : "");
        buf_append(out, f->name);
        buf_append_text(out, ";");
        assert_non_null(f->what);
    }
}

static void zone(void **state)
{
    const struct lint_case *c = *state;
    static struct test_names names;
    struct arena arena;
    struct spf_flaws flaws = {0};
    struct buf out;
    arena_init(&arena, ARENA_OCTETS);
    buf_init(&out, 65536);
    test_names_init(&names);
    test_names_add_lines(&names, c->zone);
    const struct spf_tree *t = walk(&arena, &names, "a.test");
    assert_non_null(t);
    assert_int_equal(spf_lint(t, NULL, &arena, &flaws), ERR_OK);
    render(t, &flaws, &out);
    kit_assert_text(buf_octets(&out), c->want);
    test_names_release(&names);
    buf_release(&out);
    arena_release(&arena);
}

static void a_full_arena_is_told(void **state)
{
    static struct test_names names;
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        enum err e = ERR_NOMEM;
        for (size_t cap = 0; e; cap += 128) {
            struct arena arena;
            struct spf_flaws flaws = {0};
            arena_init(&arena, cap);
            test_names_init(&names);
            test_names_add_lines(&names, cases[i].zone);
            const struct spf_tree *t = walk(&arena, &names, "a.test");
            e = t ? spf_lint(t, NULL, &arena, &flaws) : ERR_NOMEM;
            test_names_release(&names);
            arena_release(&arena);
            assert_true(cap < ARENA_OCTETS);
        }
    }
}

/* A record that leads to ever longer names ends at our own bounds. */
static void an_endless_chain_ends(void **state)
{
    static const struct dns_record r = {
        .type = DNS_TYPE_TXT, .text = OCTETS_INIT("v=spf1 include:x.%{d} include:y.%{d}")};
    struct arena arena;
    struct spf_walk *w;
    struct dns_question q;
    size_t questions = 0;
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(spf_walk_new(&arena, OCTETS("a.test"), &w), ERR_OK);
    while (spf_walk_step(w, &q) == DNS_STEP_ASK) {
        assert_true(++questions <= SPF_TREE_QUESTIONS_MAX);
        spf_walk_answer(w, &(struct dns_answer){.status = DNS_FOUND, .records = &r, .count = 1});
    }
    assert_true(spf_walk_tree(w)->is_cut);
    assert_int_equal(spf_walk_tree(w)->count, SPF_TREE_NODES_MAX);
    arena_release(&arena);
}

static void too_many_exchanges_are_told(void **state)
{
    static struct test_names names;
    struct arena arena;
    struct spf_flaws flaws = {0};
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    test_names_init(&names);
    test_names_add_lines(&names, "a.test TXT v=spf1 mx -all");
    for (int i = 0; i < 11; i++)
        test_names_add_lines(&names, "a.test MX 0 m.test");
    const struct spf_tree *t = walk(&arena, &names, "a.test");
    assert_int_equal(spf_lint(t, NULL, &arena, &flaws), ERR_OK);
    assert_int_equal(flaws.count, 1);
    assert_int_equal(flaws.at[0].kind, SPF_FLAW_LOOKUPS);
    test_names_release(&names);
    arena_release(&arena);
}

static bool is_registry(struct octets name)
{
    return octets_is_equal(name, OCTETS("co.test"));
}

static void who_registers_is_asked_of_the_caller(void **state)
{
    static struct test_names names;
    struct arena arena;
    struct spf_flaws flaws = {0};
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    test_names_init(&names);
    test_names_add_lines(&names, "a.test TXT v=spf1 include:s.b.co.test include:c.test -all\n"
                                 "co.test SOA ns.test");
    const struct spf_tree *t = walk(&arena, &names, "a.test");
    assert_int_equal(spf_lint(t, is_registry, &arena, &flaws), ERR_OK);
    assert_int_equal(flaws.count, 2);
    assert_int_equal(flaws.at[0].kind, SPF_FLAW_TAKEOVER);
    kit_assert_text(flaws.at[0].name, "b.co.test");
    assert_int_equal(flaws.at[1].kind, SPF_FLAW_VOID_INCLUDE);
    test_names_release(&names);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_full_arena_is_told),
        cmocka_unit_test(an_endless_chain_ends),
        cmocka_unit_test(too_many_exchanges_are_told),
        cmocka_unit_test(who_registers_is_asked_of_the_caller),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, zone);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
