/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "transcript.h"

/* A recording with what the importer must tell apart; octets over 127 are Latin-1 characters. */
static const char recording[] =
    "{\"id\":\"one\",\"product\":\"X\",\"version\":\"1.2\",\"seen\":\"2020\",\"origin\":\"a "
    "page\",\"kind\":\"doc\",\"variant\":\"default\",\"package\":\"x="
    "1.2\","
    "\"address\":\"127.10.0.1\",\"lmtp\":false,\"stimuli\":{"
    "\"ehlo\":{\"greet\":\"220-a.example\\r\\n220 b\",\"steps\":[[\"EHLO client.scan.test\\r\\n\","
    "\"250-a.example\\r\\n250 SIZE 7\\r\\n\",0.0,false]]},"
    "\"quit\":{\"greet\":\"220 b\",\"steps\":[[\"QUIT\\r\\n\",\"221 bye\\r\\n\",0.0,true]]},"
    "\"helo_noarg\":{\"greet\":\"220 b\",\"steps\":[[\"HELO\\r\\n\",\"501 "
    "\\u00e4?\\r\\n\",0.0,false]]},"
    "\"wrong_state\":{\"greet\":\"220 b\",\"steps\":[[\"EHLO client.scan.test\\r\\n\",\"250 "
    "a\\r\\n\",0,false],"
    "[\"EHLO\\r\\n\",\"250 wrong\\r\\n\",0.0,false]]},"
    "\"help\":{\"greet\":\"220 b\",\"steps\":[[\"HELP\\r\\n\",\"214 yes\\r\\n214 "
    "twice\\r\\n\",0.0,false]]},"
    "\"empty\":{\"greet\":\"220 b\",\"steps\":[[\"EHLO client.scan.test\\r\\n\",\"250 "
    "a\\r\\n\",0,false],"
    "[\"XYZZY\\r\\n\",\"\",6.0,false]]},"
    "\"vrfy\":{\"greet\":\"220 b\",\"steps\":[[\"EHLO client.scan.test\\r\\n\",\"250 "
    "a\\r\\n\",0,false],"
    "[\"VRFY\\r\\n\",\"\",0.1,true]]},"
    "\"rcpt_bang\":{\"greet\":\"220 b\",\"steps\":[[\"EHLO client.scan.test\\r\\n\",\"250 "
    "a\\r\\n\",0,false],"
    "[\"MAIL FROM:<probe@example.com>\\r\\n\",\"250 ok\\r\\n\",0,false],"
    "[\"RCPT TO:<example.org!someone>\\r\\n\",\"550 <example.org!someone> "
    "no\\r\\n\",0.0,false]]}}}";

static struct identify_database *db;

static int build(void **state)
{
    struct dialogue_problem problem;
    const char *path;
    (void)state;
    return identify_database_build(&bundle_built_in, &db, &path, &problem);
}

static int release(void **state)
{
    (void)state;
    identify_database_free(db);
    return 0;
}

static void read_it(struct arena *a, struct record_transcript *t)
{
    arena_init(a, (size_t)8 * 1024 * 1024);
    assert_int_equal(record_transcript_read(octets_of(recording), db, a, t), ERR_OK);
}

static void who_it_is_is_taken(void **state)
{
    struct record_transcript t;
    struct arena a;
    (void)state;
    read_it(&a, &t);
    kit_assert_text(t.id, "one");
    kit_assert_text(t.product, "X");
    kit_assert_text(t.version, "1.2");
    kit_assert_text(t.seen, "2020");
    kit_assert_text(t.origin, "a page");
    kit_assert_text(t.kind, "doc");
    assert_int_equal(t.visit.greeting.line_count, 2);
    assert_int_equal(t.visit.ehlo.line_count, 2);
    assert_int_equal(t.visit.quit.code, 221);
    arena_release(&a);
}

static const struct {
    const char *name, *ask, *line; /* NULL: no reply */
    enum facts_ended ended;
} rows[] = {
    {"a reaction, octet for octet", "helo-bare", "501 \xe4?", FACTS_ENDED_OPEN},
    {"only the first of two replies", "help", "214 yes", FACTS_ENDED_OPEN},
    {"silence", "unknown", NULL, FACTS_ENDED_TIMEOUT},
    {"a hang-up without a word", "vrfy-bare", NULL, FACTS_ENDED_CLOSED},
    {"the outsider of then is that of today", "rcpt-bang", "550 <example.net!smtpscan> no",
     FACTS_ENDED_OPEN},
};

static void a_reaction_is_taken(void **state)
{
    size_t i = (size_t)((const char *)*state - (const char *)rows) / sizeof *rows;
    struct record_transcript t;
    struct arena a;
    read_it(&a, &t);
    const struct facts_reaction *r = facts_visit_reaction(&t.visit, rows[i].ask);
    assert_non_null(r);
    assert_int_equal(r->ended, rows[i].ended);
    assert_int_equal(r->reply_count, rows[i].line != NULL);
    if (rows[i].line)
        kit_assert_text(r->replies[0].lines[0], rows[i].line);
    arena_release(&a);
}

static void what_was_asked_in_another_state_is_left_out(void **state)
{
    struct record_transcript t;
    struct arena a;
    (void)state;
    read_it(&a, &t);
    assert_null(facts_visit_reaction(&t.visit, "ehlo-bare"));
    assert_null(facts_visit_reaction(&t.visit, "noop"));
    arena_release(&a);
}

static void what_is_no_recording_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"id\":\"x\"}",
        "{\"id\":1,\"product\":\"X\",\"version\":\"1\",\"stimuli\":{}}",
        "{\"id\":\"x\",\"product\":\"X\",\"version\":\"1\",\"address\":\"no\",\"stimuli\":{}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct record_transcript t = {.id = OCTETS("untouched")};
        struct arena a;
        arena_init(&a, (size_t)1024 * 1024);
        assert_int_equal(record_transcript_read(octets_of(bad[i]), db, &a, &t), ERR_SYNTAX);
        kit_assert_text(t.id, "untouched");
        arena_release(&a);
    }
}

static void any_prefix_and_any_cap_ends_in_an_error(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof recording - 1; size += 7) {
        struct record_transcript t;
        struct arena a;
        arena_init(&a, (size_t)1024 * 1024);
        struct octets part = octets_sub(octets_of(recording), 0, size);
        assert_int_equal(record_transcript_read(part, db, &a, &t), ERR_SYNTAX);
        arena_release(&a);
    }
    for (size_t cap = 64; cap < 2048; cap += 64) {
        struct record_transcript t;
        struct arena a;
        arena_init(&a, cap);
        assert_int_equal(record_transcript_read(octets_of(recording), db, &a, &t), ERR_NOMEM);
        arena_release(&a);
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 4] = {
        cmocka_unit_test(who_it_is_is_taken),
        cmocka_unit_test(what_was_asked_in_another_state_is_left_out),
        cmocka_unit_test(what_is_no_recording_is_refused),
        cmocka_unit_test(any_prefix_and_any_cap_ends_in_an_error),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, a_reaction_is_taken);
    return cmocka_run_group_tests_name("transcript", tests, build, release);
}
