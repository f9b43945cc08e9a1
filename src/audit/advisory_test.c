/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "knowledge.h"

#define P          "product  Exim\ncpe exim:exim\nsource x\n\n"
#define V(affects) P "advisory CVE-1\n" affects "severity high\nabout x\nsource x\n"

/* clang-format off */
static const struct affected {
    const char *name, *affects;
    const char *versions[8], *others[8]; /* affected, and not */
} affected[] = {
    {"both ends",         "affects 4.87 to 4.91\n", {"4.87", "4.88", "4.89.1", "4.91"}, {"4.86.2", "4.91.1", "4.92", "4.9"}},
    {"before",            "affects before 4.92.2\n", {"1", "4.92", "4.92.1", "4.92.2rc1"}, {"4.92.2", "4.92.10", "4.100"}},
    {"from, before",      "affects 4.97 before 4.99.3\n", {"4.97", "4.99", "4.99.2"}, {"4.96.2", "4.99.3", "4.100.1"}},
    {"to",                "affects to 8.17.2\n", {"8.15.2", "8.17.1.9", "8.17.2"}, {"8.17.2.1", "8.18.1"}},
    {"several",           "affects before 2.4.16\naffects 2.5 before 2.5.12\n", {"2.4.15", "2.5", "2.5.11"}, {"2.4.16", "2.5.12"}},
    {"all",               "affects all\n", {"0", "99"}, {NULL}},
    {"patch levels",      "affects before 6.8.0p1\n", {"6.7.1p1", "6.8.0"}, {"6.8.0p1", "6.8.0p2"}},
    {"packaged versions", "affects to 2.3.13\n", {"2.3.13+dfsg1-2+deb11u1", "1:2.3.13-2", "2.3.13-2.4.5"}, {"1:2.3.19.1+dfsg1-2", "2.3.14-1"}},
};

static const struct {
    const char *version, *upstream;
} upstreams[] = {
    {"3.7.11", "3.7.11"}, {"8.17.1.9", "8.17.1.9"}, {"3.7.11-0+deb12u1", "3.7.11"}, {"2.3.13-2.4.5", "2.3.13"},
    {"1:2.3.13+dfsg1-2", "2.3.13"}, {"4.98-RC1", "4.98-RC1"}, {"6.8.0p2", "6.8.0p2"}, {"4.99~rc1-1", "4.99"}, {"", ""}, {"-", "-"}, {":", ""},
};

static const struct fault {
    const char *name, *path, *text;
    unsigned line;
    const char *problem;
} faults[] = {
    {"no product first", "advisories/x.txt", "advisory X\n", 1, "a file begins with a stanza of its product, not: advisory"},
    {"an unknown stanza", "advisories/x.txt", P "advice X\n", 5, "a stanza is a product, an advisory or eol, not: advice"},
    {"an unknown word", "advisories/x.txt", P "advisory X\nrange 1\n", 6, "unknown key: range"},
    {"no severity", "advisories/x.txt", P "advisory X\nabout x\naffects all\n", 5, "the stanza lacks: severity"},
    {"no such severity", "advisories/x.txt", P "advisory X\nseverity bad\n", 6, "no such severity: bad"},
    {"no source", "advisories/x.txt", P "advisory X\nseverity low\nabout x\naffects all\n", 5, "the stanza lacks: source"},
    {"no range", "advisories/x.txt", V(""), 5, "the stanza lacks: affects"},
    {"a range the wrong way round", "advisories/x.txt", V("affects 2 to 1\n"), 6, "affects [FIRST] to|before LAST, or all; not: 2 to 1"},
    {"an empty range", "advisories/x.txt", V("affects 2 before 2\n"), 6, "affects [FIRST] to|before LAST, or all; not: 2 before 2"},
    {"no word in a range", "advisories/x.txt", V("affects 1 2\n"), 6, "affects [FIRST] to|before LAST, or all; not: 1 2"},
    {"more behind a range", "advisories/x.txt", V("affects 1 to 2 3\n"), 6, "affects [FIRST] to|before LAST, or all; not: 1 to 2 3"},
    {"a row without a value", "advisories/x.txt", V("affects\n"), 6, "has no value: affects"},
    {"no day", "advisories/x.txt", V("affects all\nexploited 2022\n"), 7, "no day: 2022"},
    {"another's product", "advisories/x.txt", V("affects all\nonly Postfix\n"), 7, "no product of this stanza: Postfix"},
    {"an advisory twice", "advisories/x.txt", V("affects all\n") "\nadvisory CVE-1\naffects all\nseverity low\nabout x\nsource x\n", 11, "stands twice: CVE-1"},
    {"a product twice", "advisories/x.txt", P P, 5, "has a stanza already: Exim"},
    {"half a CPE", "advisories/x.txt", "product x\ncpe exim:\nsource x\n", 2, "cpe VENDOR:PRODUCT, not: exim:"},
    {"a series without a day", "advisories/x.txt", P "eol\nseries 4.9\nsource x\n", 6, "series NAME YYYY-MM-DD, not: 4.9"},
    {"a check without a title", "checks/x.txt", "check a.b\nseverity low\nmeans x\nsource x\n", 1, "the stanza lacks: title"},
    {"a check twice", "checks/x.txt", "check a\ntitle x\nseverity low\nmeans x\nremedy x\nsource x\n\ncheck a\ntitle x\nseverity low\nmeans x\nremedy x\nsource x\n", 8, "stands twice: a"},
};
/* clang-format on */

static struct audit_knowledge *build(const char *path, const char *text, enum err want,
                                     struct dialogue_problem *ret_problem)
{
    struct bundle_file f = {.path = path, .text = octets_of(text)};
    struct bundle files = {.files = &f, .count = 1};
    struct audit_knowledge *k = NULL;
    const char *where;
    assert_int_equal(audit_knowledge_build(&files, &k, &where, ret_problem), want);
    assert_string_equal(where, path);
    return k;
}

static void test_affected(void **state)
{
    const struct affected *c = *state;
    struct dialogue_problem problem;
    char text[512];
    snprintf(text, sizeof text, P "advisory CVE-1\n%sseverity high\nabout x\nsource x\n",
             c->affects);
    struct audit_knowledge *k = build("advisories/exim.txt", text, ERR_OK, &problem);
    const struct advisory *v = audit_product(k, OCTETS("Exim"))->advisories;
    for (size_t i = 0; i < KIT_COUNT(c->versions) && c->versions[i]; i++)
        assert_true(advisory_affects(v, OCTETS("Exim"), octets_of(c->versions[i])));
    for (size_t i = 0; i < KIT_COUNT(c->others) && c->others[i]; i++)
        assert_false(advisory_affects(v, OCTETS("Exim"), octets_of(c->others[i])));
    audit_knowledge_free(k);
}

static void test_upstream(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(upstreams); i++)
        kit_assert_text(advisory_upstream(octets_of(upstreams[i].version)), upstreams[i].upstream);
}

static void test_only(void **state)
{
    (void)state;
    struct dialogue_problem problem;
    struct audit_knowledge *k =
        build("advisories/x.txt",
              "product A\nproduct B\nsource x\n\nadvisory X\nonly B\naffects all\nseverity low\n"
              "about x\nsource x\n",
              ERR_OK, &problem);
    const struct advisory_product *p = audit_product(k, OCTETS("A"));
    assert_ptr_equal(p, audit_product(k, OCTETS("B")));
    assert_null(audit_product(k, OCTETS("C")));
    assert_false(advisory_affects(p->advisories, OCTETS("A"), OCTETS("1")));
    assert_true(advisory_affects(p->advisories, OCTETS("B"), OCTETS("1")));
    audit_knowledge_free(k);
}

static void test_series(void **state)
{
    (void)state;
    struct dialogue_problem problem;
    struct audit_knowledge *k =
        build("advisories/x.txt", P "eol\nseries 3.5 2024-03-06\nseries 2 2011-01-01\nsource x\n",
              ERR_OK, &problem);
    const struct advisory_product *p = audit_product(k, OCTETS("Exim"));
    kit_assert_text(advisory_series_of(p, OCTETS("3.5.24"))->name, "3.5");
    kit_assert_text(advisory_series_of(p, OCTETS("3.5"))->name, "3.5");
    kit_assert_text(advisory_series_of(p, OCTETS("2.11.11-1"))->name, "2");
    assert_null(advisory_series_of(p, OCTETS("3.50")));
    assert_null(advisory_series_of(p, OCTETS("20.1")));
    assert_null(advisory_series_of(p, OCTETS("3.6")));
    audit_knowledge_free(k);
}

static void test_cpe(void **state)
{
    (void)state;
    static const struct {
        const char *version, *cpe;
    } rows[] = {
        {"4.96-15+deb12u6", "cpe:2.3:a:exim:exim:4.96:*:*:*:*:*:*:*"},
        {"4.98-RC1", "cpe:2.3:a:exim:exim:4.98-rc1:*:*:*:*:*:*:*"},
        {"1*2", "cpe:2.3:a:exim:exim:1\\*2:*:*:*:*:*:*:*"},
        {"", "cpe:2.3:a:exim:exim:*:*:*:*:*:*:*:*"},
    };
    struct dialogue_problem problem;
    struct audit_knowledge *k = build("advisories/x.txt", P, ERR_OK, &problem);
    struct buf name;
    buf_init(&name, 512);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        buf_clear(&name);
        advisory_cpe_append(&name, audit_product(k, OCTETS("Exim")), octets_of(rows[i].version));
        kit_assert_text(buf_octets(&name), rows[i].cpe);
    }
    buf_release(&name);
    audit_knowledge_free(k);
}

static void test_fault(void **state)
{
    const struct fault *c = *state;
    struct dialogue_problem problem;
    build(c->path, c->text, ERR_SYNTAX, &problem);
    assert_string_equal(problem.text, c->problem);
    assert_int_equal(problem.line, c->line);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(affected) + KIT_COUNT(faults) + 4] = {
        cmocka_unit_test(test_upstream), cmocka_unit_test(test_only), cmocka_unit_test(test_series),
        cmocka_unit_test(test_cpe)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, affected, test_affected);
    KIT_ADD_ROWS(tests, &count, faults, test_fault);
    return cmocka_run_group_tests_name("advisory", tests, NULL, NULL);
}
