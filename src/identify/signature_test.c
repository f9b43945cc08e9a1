/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "database.h"

/* What the tests read into, and the one file they read. */
struct world {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct signatures signatures;
    struct dialogue_problem problem;
};

static enum err load(struct world *w, const char *text)
{
    static const struct octets none = {NULL, 0};
    *w = (struct world){0};
    arena_init(&w->arena, 1 << 22);
    signatures_init(&w->signatures, &w->arena, &w->regexes);
    const struct bundle_file f = {.path = "signatures/test.txt",
                                  .text = text ? octets_of(text) : none};
    return signatures_load(&w->signatures, &f, &w->problem);
}

static void release(struct world *w)
{
    smtp_regex_set_release(&w->regexes);
    arena_release(&w->arena);
}

#define TAIL "example mx ESMTP Exim 4.96\nsource a test\n"

static const struct wrong {
    const char *name, *text;
    unsigned line;
} wrong[] = {
    {"a key before the first", "in greeting\nsignature X\n", 1},
    {"a second signature in a stanza", "signature X\nsignature Y\n", 2},
    {"no place", "# a\n\nsignature X\nmatch /Exim/\n" TAIL, 3},
    {"no pattern", "signature X\nin greeting\n" TAIL, 1},
    {"no example", "signature X\nin greeting\nmatch /Exim/\nsource a test\n", 1},
    {"no source", "signature X\nin greeting\nmatch /Exim/\nexample Exim\n", 1},
    {"a place that is none", "signature X\nin greeting door\n", 2},
    {"two patterns", "signature X\nin ehlo\nmatch /a/\nmatch /b/\n", 4},
    {"a pattern without slashes", "signature X\nin ehlo\nmatch Exim\n", 3},
    {"an empty pattern", "signature X\nin ehlo\nmatch //\n", 3},
    {"an unknown role", "signature X\nrole leader\n", 2},
    {"an unknown key", "signature X\nmatches /a/\n", 2},
    {"a key without a value", "signature X\nin\n", 2},
    {"years twice", "signature X\nseen 2020\nseen 2021\n", 3},
    {"a fault in the second stanza", "signature X\nin ehlo\nmatch /Exim/\n" TAIL "\nin help\n", 7},
};

static void test_wrong(void **state)
{
    const struct wrong *c = *state;
    struct world w;
    assert_int_equal(load(&w, c->text), ERR_SYNTAX);
    assert_int_equal(w.problem.line, c->line);
    assert_true(w.problem.text[0]);
    release(&w);
}

static const struct unverified {
    const char *name, *text;
    unsigned line;
} unverified[] = {
    {"a pattern that does not compile", "signature X\nin ehlo\nmatch /Exim (/\n" TAIL, 3},
    {"an example that does not match", "signature X\nin ehlo\nmatch /Postfix/\n" TAIL, 4},
    {"a second example", "signature X\nin ehlo\nmatch /Exim/\n" TAIL "example Postfix\n", 6},
    {"an example that another takes",
     "signature A\nin greeting error\nmatch /mx/\n" TAIL
     "\nsignature B\nin error\nmatch /Exim/\n" TAIL,
     10},
    {"a counter that matches", "signature X\nin ehlo\nmatch /Exim/\n" TAIL "counter Exim\n", 6},
};

/* The same product, or another place, takes nothing away. */
static void test_shared_example(void **state)
{
    struct world w;
    const char *path;
    (void)state;
    assert_int_equal(load(&w, "signature A\nin greeting\nmatch /mx/\n" TAIL
                              "\nsignature A\nin greeting\nmatch /Exim/\n" TAIL
                              "\nsignature B\nin error\nmatch /ESMTP/\n" TAIL),
                     ERR_OK);
    assert_int_equal(signatures_verify(&w.signatures, &path, &w.problem), ERR_OK);
    release(&w);
}

static void test_unverified(void **state)
{
    const struct unverified *c = *state;
    struct world w;
    const char *path = NULL;
    assert_int_equal(load(&w, c->text), ERR_OK);
    assert_int_equal(signatures_verify(&w.signatures, &path, &w.problem), ERR_SYNTAX);
    assert_string_equal(path, "signatures/test.txt");
    assert_int_equal(w.problem.line, c->line);
    release(&w);
}

static const char sample[] = "# The specific stands before the general.\n"
                             "signature Exim\n"
                             "in       greeting help\n"
                             "match    /Exim (?<version>[0-9]+\\.[0-9.]+)/\n"
                             "example  mx ESMTP Exim 4.96\n"
                             "counter  mx ESMTP Exim\n"
                             "source   a test\n"
                             "seen     2012-2026\n"
                             "\n"
                             "signature Exim family\n"
                             "in greeting\n"
                             "match /Exim/\n"
                             "example Exim\n"
                             "source a test\n"
                             "\n\n"
                             "signature Wall\n"
                             "in greeting ehlo\n"
                             "role front\n"
                             "match /^\\*+$/\n"
                             "example ****\n"
                             "source a test\n"
                             "\n"
                             "signature Hosted\n"
                             "in greeting\n"
                             "match /^hosted/\n"
                             "example hosted here\n"
                             "runs Postfix\n"
                             "runs Exim\n"
                             "source a test\n"
                             "\n"
                             "signature Blocker\n"
                             "in error\n"
                             "match /blocked by/\n"
                             "example you are blocked by us\n"
                             "source a test\n"
                             "\n"
                             "signature Bye\n"
                             "in quit\n"
                             "match /so long/\n"
                             "example so long\n"
                             "source a test\n";

static void test_load(void **state)
{
    struct world w;
    const char *path;
    (void)state;
    assert_int_equal(load(&w, sample), ERR_OK);
    assert_int_equal(w.signatures.count, 6);
    const struct signature *exim = &w.signatures.items[0];
    kit_assert_text(exim->product, "Exim");
    kit_assert_text(exim->seen, "2012-2026");
    kit_assert_text(exim->literal, "Exim ");
    assert_int_equal(exim->places, 1u << SIGNATURE_GREETING | 1u << SIGNATURE_HELP);
    assert_int_equal(exim->line, 2);
    assert_null(exim->regex);
    assert_int_equal(signatures_verify(&w.signatures, &path, &w.problem), ERR_OK);
    assert_non_null(exim->regex);
    release(&w);
}

/* Where a line was heard. */
enum heard { GREETING, EHLO, HELP, NOOP, QUIT, CUT, REASON };

static const struct found {
    const char *name;
    enum heard heard;
    const char *line, *product, *version, *ask; /* product NULL: nothing is found */
} founds[] = {
    {"a version is named", GREETING, "220 mx ESMTP Exim 4.96 ready", "Exim", "4.96", "greeting"},
    {"the first that matches", GREETING, "220 mx ESMTP Exim", "Exim family", "", "greeting"},
    {"a code is no part of the text", GREETING, "220 ****", "Wall", "", "greeting"},
    {"a front in the hello", EHLO, "250 ****", "Wall", "", "ehlo"},
    {"help", HELP, "214-This is Exim 4.96", "Exim", "4.96", "help-unknown"},
    {"not where it is not looked at", NOOP, "250 Exim 4.96", NULL, NULL, NULL},
    {"an error to anything", NOOP, "550 blocked by us", "Blocker", "", "noop"},
    {"no error", NOOP, "250 blocked by us", NULL, NULL, NULL},
    {"a greeting that refuses", GREETING, "554 blocked by us", "Blocker", "", "greeting"},
    {"the end", QUIT, "221 so long", "Bye", "", "quit"},
    {"the words of a cut", CUT, "421-mx\n421 blocked by us", "Blocker", "", "cut"},
    {"the words of a refusal", REASON, "554 blocked by us", "Blocker", "", "cut"},
    {"words of ours", CUT, "blocked by us", NULL, NULL, NULL},
};

static void test_find(void **state)
{
    const struct found *c = *state;
    struct octets line = octets_of(c->line);
    struct facts_reply reply = {.lines = &line, .line_count = 1};
    struct facts_reaction reaction = {
        .ask = c->heard == HELP ? "help-unknown" : "noop", .replies = &reply, .reply_count = 1};
    bool asked = c->heard == HELP || c->heard == NOOP;
    struct facts_visit v = {.reactions = &reaction, .reaction_count = asked};
    struct world w;
    struct signature_hit hits[4];
    if (c->heard == GREETING)
        v.greeting = reply;
    if (c->heard == EHLO)
        v.ehlo = reply;
    if (c->heard == QUIT)
        v.quit = reply;
    if (c->heard == CUT)
        v.cut_reply = line;
    if (c->heard == REASON)
        v.reason = line;
    assert_int_equal(load(&w, sample), ERR_OK);
    assert_int_equal(signature_find(&w.signatures, &v, hits, 4), c->product ? 1 : 0);
    if (c->product) {
        kit_assert_text(hits[0].signature->product, c->product);
        kit_assert_text(hits[0].version, c->version);
        assert_string_equal(hits[0].ask, c->ask);
    }
    release(&w);
}

static void test_each_counts_once(void **state)
{
    struct octets lines[] = {OCTETS_INIT("220-Exim 1.0"), OCTETS_INIT("220-Exim 2.0"),
                             OCTETS_INIT("220 hosted")};
    struct facts_visit v = {.greeting = {.lines = lines, .line_count = 3}};
    struct world w;
    struct signature_hit hits[4];
    (void)state;
    assert_int_equal(load(&w, sample), ERR_OK);
    assert_int_equal(signature_find(&w.signatures, &v, hits, 4), 2);
    kit_assert_text(hits[0].version, "1.0");
    kit_assert_text(hits[1].signature->product, "Hosted");
    assert_int_equal(signature_find(&w.signatures, &v, hits, 1), 1);
    release(&w);
}

static void test_truth(void **state)
{
    struct world w;
    (void)state;
    assert_int_equal(load(&w, sample), ERR_OK);
    const struct signature *all = w.signatures.items;
    assert_true(signature_is_true_of(&all[0], OCTETS("Exim")));
    assert_true(signature_is_true_of(&all[0], OCTETS("Exim submission")));
    assert_false(signature_is_true_of(&all[0], OCTETS("Postfix")));
    assert_true(signature_is_true_of(&all[2], OCTETS("Postfix"))); /* a front */
    assert_true(signature_is_true_of(&all[3], OCTETS("Exim")));
    assert_false(signature_is_true_of(&all[3], OCTETS("Sendmail")));
    release(&w);
}

/* A pattern that does not compile matches nothing, and is tried once. */
static void test_broken(void **state)
{
    struct world w;
    struct octets version;
    (void)state;
    assert_int_equal(load(&w, "signature X\nin ehlo\nmatch /Exim (/\n" TAIL), ERR_OK);
    struct signature *one = &w.signatures.items[0];
    assert_false(signature_matches(&w.signatures, one, OCTETS("Exim ("), &version));
    assert_true(one->is_broken);
    release(&w);
}

/* What is built in is verified here, and not at each start. */
static void test_built_in(void **state)
{
    struct identify_database *db;
    struct dialogue_problem problem = {0};
    const char *path = "";
    (void)state;
    enum err e = identify_database_build(&bundle_built_in, &db, &path, &problem);
    if (!e)
        e = identify_database_verify(db, &path, &problem);
    if (e)
        fail_msg("%s:%u: %s", path, problem.line, problem.text);
    assert_true(db->signatures.count > 100);
    /* A pattern's literal is in each of its examples: else the literal would hide a match. */
    for (size_t i = 0; i < db->signatures.count; i++) {
        const struct signature *s = &db->signatures.items[i];
        for (size_t k = 0; k < s->examples.count; k++)
            assert_true(!s->literal.size || octets_find(s->examples.at[k].text, s->literal, 0) <
                                                s->examples.at[k].text.size);
    }
    identify_database_free(db);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(wrong) + KIT_COUNT(unverified) + KIT_COUNT(founds) + 6] = {
        cmocka_unit_test(test_load),           cmocka_unit_test(test_each_counts_once),
        cmocka_unit_test(test_truth),          cmocka_unit_test(test_broken),
        cmocka_unit_test(test_shared_example), cmocka_unit_test(test_built_in)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, wrong, test_wrong);
    KIT_ADD_ROWS(tests, &count, unverified, test_unverified);
    KIT_ADD_ROWS(tests, &count, founds, test_find);
    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
