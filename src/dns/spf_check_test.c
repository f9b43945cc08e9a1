/* SPDX-License-Identifier: Apache-2.0 */
#include "test_names.h"

#include "spf_check.h"

/* What the public suite (spf_suite_test.c) does not hold. */
#define ARENA_OCTETS ((size_t)1024 * 1024)

/* clang-format off */
static const struct check_case {
    const char *name, *zone, *ip, *from, *helo;
    const char *want; /* RESULT; CAUSE; DOMAIN TERM; LOOKUPS VOIDS; EXPLANATION; QUESTIONS... */
} cases[] = {
    {"the term that decided is told", "a.test TXT v=spf1 mx ip4:192.0.2.0/24 -all\na.test MX 10 mx.a.test\nmx.a.test A 192.0.2.9",
     "192.0.2.1", "u@a.test", "h.test", "pass;;a.test ip4:192.0.2.0/24;1 0;;a.test TXT;a.test MX;mx.a.test A;"},
    {"no term, then no term is told", "a.test TXT v=spf1 ip4:192.0.2.1", "192.0.2.2", "u@a.test", "h.test",
     "neutral;;a.test ;0 0;;a.test TXT;"},
    {"what was included decides the including term", "a.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 ip4:192.0.2.1 -all",
     "192.0.2.1", "u@a.test", "h.test", "pass;;a.test include:b.test;1 0;;a.test TXT;b.test TXT;"},
    {"what was redirected to decides itself", "a.test TXT v=spf1 redirect=b.test\nb.test TXT v=spf1 ~all",
     "192.0.2.1", "u@a.test", "h.test", "softfail;;b.test ~all;1 0;;a.test TXT;b.test TXT;"},
    {"a loop is seen at once", "a.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 include:A.test -all",
     "192.0.2.1", "u@a.test", "h.test", "permerror;the record leads back to itself;A.test ;2 0;;a.test TXT;b.test TXT;"},
    {"an include of what is not there", "a.test TXT v=spf1 include:b.test -all", "192.0.2.1", "u@a.test", "h.test",
     "permerror;no record;b.test ;1 0;;a.test TXT;b.test TXT;"},
    {"an include that cannot be asked for", "a.test TXT v=spf1 include:%{l}.test -all", "192.0.2.1", "a..b@a.test", "h.test",
     "permerror;malformed domain;a..b.test ;1 0;;a.test TXT;"},
    {"DNS fails for an exchange", "a.test TXT v=spf1 mx -all\na.test MX 0 m.test\nm.test TIMEOUT ", "192.0.2.1", "u@a.test", "h.test",
     "temperror;DNS failed;a.test mx;1 0;;a.test TXT;a.test MX;m.test A;"},
    {"DNS fails for a pointer: no match", "a.test TXT v=spf1 ptr ~all\n1.2.0.192.in-addr.arpa TIMEOUT ", "192.0.2.1", "u@a.test", "h.test",
     "softfail;;a.test ~all;1 0;;a.test TXT;1.2.0.192.in-addr.arpa PTR;"},
    {"pointers elsewhere are not asked about", "a.test TXT v=spf1 ptr -all\n1.2.0.192.in-addr.arpa PTR x.test\n1.2.0.192.in-addr.arpa PTR m.a.test\nm.a.test A 192.0.2.1",
     "192.0.2.1", "u@a.test", "h.test", "pass;;a.test ptr;1 0;;a.test TXT;1.2.0.192.in-addr.arpa PTR;m.a.test A;"},
    {"a null exchange is no host", "a.test TXT v=spf1 mx -all\na.test MX 0 ", "192.0.2.1", "u@a.test", "h.test",
     "fail;;a.test -all;1 0;;a.test TXT;a.test MX;"},
    {"voids end it at the third", "a.test TXT v=spf1 a:x.test mx:y.test exists:z.test a -all", "192.0.2.1", "u@a.test", "h.test",
     "permerror;too many lookups without an answer;a.test exists:z.test;3 3;;a.test TXT;x.test A;y.test MX;z.test A;"},
    {"HELO stands in for a null sender", "h.test TXT v=spf1 exists:%{l}.%{o}.test -all\npostmaster.h.test.test A 127.0.0.2", "192.0.2.1", "", "h.test",
     "pass;;h.test exists:%{l}.%{o}.test;1 0;;h.test TXT;postmaster.h.test.test A;"},
    {"blanks in a name are escaped", "a.test TXT v=spf1 exists:%{l}.a.test -all", "192.0.2.1", "a b\\@a.test", "h.test",
     "fail;;a.test -all;1 1;;a.test TXT;a\\032b\\092.a.test A;"},
    {"who is told of a failure", "a.test TXT v=spf1 -all exp=e.%{d}\ne.a.test TXT %{i} is not one of %{d}'s; see %{r}, %{t}",
     "2001:db8::1", "u@a.test", "h.test",
     "fail;;a.test -all;0 0;2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1 is not one of a.test's; see unknown, 7;a.test TXT;e.a.test TXT;"},
    {"%{p} is looked for once", "a.test TXT v=spf1 exists:%{p}.x.test exists:%{p}.y.test -all\n1.2.0.192.in-addr.arpa PTR m.test\nm.test A 192.0.2.1\nm.test.y.test A 127.0.0.1",
     "192.0.2.1", "u@a.test", "h.test",
     "pass;;a.test exists:%{p}.y.test;2 1;;a.test TXT;1.2.0.192.in-addr.arpa PTR;m.test A;m.test.x.test A;m.test.y.test A;"},
    {"a name of one label is no domain", "", "192.0.2.1", "u@test", "h.test", "none;malformed domain;test ;0 0;;"},
    {"an unknown explanation does not count", "a.test TXT v=spf1 -all exp=x.test", "192.0.2.1", "u@a.test", "h.test",
     "fail;;a.test -all;0 0;;a.test TXT;x.test TXT;"},
};
/* clang-format on */

static struct spf_mail mail_of(const struct check_case *c)
{
    struct octets from = octets_of(c->from);
    struct spf_mail m = {.helo = octets_of(c->helo), .now_s = 7};
    m.local = octets_take_until(&from, '@');
    m.domain = from;
    assert_true(address_parse(octets_of(c->ip), &m.ip));
    return m;
}

static void render(const struct spf_verdict *v, const struct test_names *n, struct buf *out)
{
    buf_append_format(out, "%s;%s;", spf_result_name(v->result), spf_cause_name(v->cause));
    buf_append(out, v->decider->domain);
    buf_append_text(out, " ");
    buf_append(out, v->term ? v->term->text : OCTETS_NONE);
    buf_append_format(out, ";%u %u;", v->lookups, v->voids);
    buf_append(out, v->explanation);
    buf_append_text(out, ";");
    buf_append(out, buf_octets(&n->asked));
}

/* How it ended; the verdict lives in the arena. */
static enum dns_step play(const struct check_case *c, struct arena *a, struct test_names *n,
                          struct spf_check **ret)
{
    struct spf_mail mail = mail_of(c);
    struct dns_question q;
    enum dns_step step = DNS_STEP_NOMEM;
    if (spf_check_new(a, &mail, SPF_LIMITS, ret))
        return step;
    while ((step = spf_check_step(*ret, &q)) == DNS_STEP_ASK) {
        struct dns_answer answer = test_names_answer(n, &q);
        assert_true(n->questions < 100);
        spf_check_answer(*ret, &answer);
    }
    return step;
}

static void evaluation(void **state)
{
    const struct check_case *c = *state;
    static struct test_names names;
    struct arena arena;
    struct spf_check *check = NULL;
    struct buf out;
    arena_init(&arena, ARENA_OCTETS);
    buf_init(&out, 65536);
    test_names_init(&names);
    test_names_add_lines(&names, c->zone);
    assert_int_equal(play(c, &arena, &names, &check), DNS_STEP_DONE);
    render(spf_check_verdict(check), &names, &out);
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
        enum dns_step step = DNS_STEP_NOMEM;
        for (size_t cap = 0; step == DNS_STEP_NOMEM; cap += 64) {
            struct arena arena;
            struct spf_check *check;
            arena_init(&arena, cap);
            test_names_init(&names);
            test_names_add_lines(&names, cases[i].zone);
            step = play(&cases[i], &arena, &names, &check);
            test_names_release(&names);
            arena_release(&arena);
            assert_true(cap < ARENA_OCTETS);
        }
        assert_int_equal(step, DNS_STEP_DONE);
    }
}

static void each_record_on_the_way_is_kept(void **state)
{
    static const struct check_case c = {"",
                                        "a.test TXT v=spf1 include:b.test redirect=c.test\nb.test "
                                        "TXT v=spf1 -all\nc.test TXT v=spf1 ?all",
                                        "192.0.2.1",
                                        "u@a.test",
                                        "h.test",
                                        ""};
    static struct test_names names;
    struct arena arena;
    struct spf_check *check = NULL;
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    test_names_init(&names);
    test_names_add_lines(&names, c.zone);
    assert_int_equal(play(&c, &arena, &names, &check), DNS_STEP_DONE);
    const struct spf_visit *v = spf_check_verdict(check)->visits;
    kit_assert_text(v->domain, "a.test");
    assert_int_equal(v->result, SPF_RESULT_NEUTRAL);
    kit_assert_text(v->next->domain, "b.test");
    kit_assert_text(v->next->via->text, "include:b.test");
    assert_int_equal(v->next->result, SPF_RESULT_FAIL);
    kit_assert_text(v->next->next->domain, "c.test");
    assert_ptr_equal(v->next->next->parent, v);
    assert_null(v->next->next->next);
    test_names_release(&names);
    arena_release(&arena);
}

static void the_limits_are_the_callers(void **state)
{
    static struct test_names names;
    struct arena arena;
    struct spf_check *check;
    struct dns_question q;
    struct spf_limits limits = {.lookups = 1, .voids = 10, .names = 10};
    struct spf_mail mail = {.domain = OCTETS("a.test"), .ip = {.family = 4}};
    (void)state;
    arena_init(&arena, ARENA_OCTETS);
    test_names_init(&names);
    test_names_add_lines(&names, "a.test TXT v=spf1 a a -all");
    assert_int_equal(spf_check_new(&arena, &mail, limits, &check), ERR_OK);
    while (spf_check_step(check, &q) == DNS_STEP_ASK) {
        struct dns_answer a = test_names_answer(&names, &q);
        spf_check_answer(check, &a);
    }
    assert_int_equal(spf_check_verdict(check)->cause, SPF_CAUSE_LOOKUPS);
    test_names_release(&names);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_full_arena_is_told),
        cmocka_unit_test(each_record_on_the_way_is_kept),
        cmocka_unit_test(the_limits_are_the_callers),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, evaluation);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
