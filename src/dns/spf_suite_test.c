/* SPDX-License-Identifier: Apache-2.0 */
#include "test_names.h"

#include <stdio.h>
#include <stdlib.h>

#include "../base/escape.h"
#include "spf_check.h"

/* Plays every case of the public test suite of RFC 7208, tests/spf/rfc7208.txt, which says what its
 * lines are. */
#define CASES_MAX    300
#define FILE_OCTETS  ((size_t)256 * 1024)
#define ARENA_OCTETS ((size_t)1024 * 1024)

struct suite_case {
    char name[64];
    struct octets zone; /* the lines of its scenario */
    struct octets ip, helo, from, results, explanation;
};

static struct {
    struct suite_case cases[CASES_MAX];
    size_t count;
    struct buf text;
    struct arena arena;
} suite;

static struct octets plain(struct octets escaped)
{
    struct buf out;
    struct octets ret = OCTETS_NONE;
    buf_init(&out, 65536);
    escape_undo(&out, escaped);
    assert_int_equal(buf_error(&out), ERR_OK);
    assert_true(arena_copy(&suite.arena, buf_octets(&out), &ret));
    buf_release(&out);
    return ret;
}

static void add_zone(struct test_names *n, struct octets lines)
{
    while (lines.size) {
        struct octets line = octets_take_until(&lines, '\n');
        if (!octets_is_equal(octets_take_until(&line, '\t'), OCTETS("zone")))
            continue;
        struct octets name = plain(octets_take_until(&line, '\t'));
        struct octets type = octets_take_until(&line, '\t');
        test_names_add(n, name, type, plain(line));
    }
}

static struct spf_mail mail_of(const struct suite_case *c)
{
    struct spf_mail m = {.helo = plain(c->helo), .domain = plain(c->from), .now_s = 1};
    size_t sign = m.domain.size;
    while (sign > 0 && m.domain.at[sign - 1] != '@')
        sign--;
    m.local = octets_sub(m.domain, 0, sign ? sign - 1 : 0);
    m.domain = octets_sub(m.domain, sign, m.domain.size);
    assert_true(address_parse(c->ip, &m.ip));
    return m;
}

/* The suite writes the digits of %{i} in upper case, RFC 7208 s7.4 in lower. */
static void assert_explained(struct octets got, struct octets want)
{
    bool is_default = octets_is_equal(want, OCTETS("DEFAULT"));
    if (want.size && (is_default ? got.size != 0 : !octets_is_equal_nocase(got, plain(want))))
        fail_msg("explained \"%.*s\"", (int)got.size, (const char *)got.at);
}

static bool is_among(struct octets results, struct octets result)
{
    while (results.size)
        if (octets_is_equal(octets_take_until(&results, '|'), result))
            return true;
    return false;
}

static void check_case(void **state)
{
    const struct suite_case *c = *state;
    static struct test_names names;
    struct arena arena;
    struct spf_check *check;
    struct dns_question q;
    struct spf_mail mail = mail_of(c);
    arena_init(&arena, ARENA_OCTETS);
    test_names_init(&names);
    add_zone(&names, c->zone);
    assert_int_equal(spf_check_new(&arena, &mail, SPF_LIMITS, &check), ERR_OK);
    while (spf_check_step(check, &q) == DNS_STEP_ASK) {
        struct dns_answer a = test_names_answer(&names, &q);
        assert_true(names.questions < 300);
        spf_check_answer(check, &a);
    }
    assert_int_equal(spf_check_step(check, &q), DNS_STEP_DONE);
    const struct spf_verdict *v = spf_check_verdict(check);
    if (!is_among(c->results, octets_of(spf_result_name(v->result))))
        fail_msg("%s (%s)", spf_result_name(v->result), spf_cause_name(v->cause));
    assert_explained(v->explanation, c->explanation);
    test_names_release(&names);
    arena_release(&arena);
}

static void load(const char *path)
{
    FILE *f = fopen(path, "rb");
    char part[4096];
    size_t got;
    buf_init(&suite.text, FILE_OCTETS);
    arena_init(&suite.arena, (size_t)16 * 1024 * 1024);
    while (f && (got = fread(part, 1, sizeof part, f)))
        buf_append(&suite.text, (struct octets){(const uint8_t *)part, got});
    if (!f || buf_error(&suite.text)) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    fclose(f);
}

static void add_case(struct octets line, struct octets scenario)
{
    struct suite_case *c = &suite.cases[suite.count++];
    struct octets name = octets_take_until(&line, '\t');
    snprintf(c->name, sizeof c->name, "%.*s", (int)name.size, (const char *)name.at);
    (void)octets_take_until(&line, '\t'); /* the section */
    c->zone = scenario;
    c->ip = octets_take_until(&line, '\t');
    c->helo = octets_take_until(&line, '\t');
    c->from = octets_take_until(&line, '\t');
    c->results = octets_take_until(&line, '\t');
    c->explanation = line;
}

static void read_cases(void)
{
    struct octets rest = buf_octets(&suite.text);
    struct octets scenario = OCTETS_NONE;
    while (rest.size && suite.count < CASES_MAX) {
        struct octets before = rest;
        struct octets line = octets_take_until(&rest, '\n');
        struct octets word = octets_take_until(&line, '\t');
        if (octets_is_equal(word, OCTETS("scenario")))
            scenario = octets_sub(before, 0, octets_find(before, OCTETS("\nscenario\t"), 0));
        if (octets_is_equal(word, OCTETS("test")))
            add_case(line, scenario);
    }
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[CASES_MAX];
    if (argc != 2)
        return 2;
    load(argv[1]);
    read_cases();
    for (size_t i = 0; i < suite.count; i++)
        tests[i] = kit_row(suite.cases[i].name, check_case, &suite.cases[i]);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): the macro of cmocka counts an array of ours */
    int wrong = _cmocka_run_group_tests("rfc7208", tests, suite.count, NULL, NULL);
    buf_release(&suite.text);
    arena_release(&suite.arena);
    return wrong || suite.count < 203;
}
