/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "belief.h"

/*
 * Who says hello by its address is understood as one who says a name: what the server answers is the
 * text that the specimens have, whether it says the name that it was given or the address that it sees.
 */
#define NAME "a.example.net"

static const struct row {
    const char *name, *ask; /* NULL: EHLO */
    const char *reply, *to; /* a server's, to who says hello by its address, or by a name if none */
    const char *text;       /* of specimens */
} rows[] = {
    {"the address that is seen, said once", NULL, "250 mx.example.org at your service, [192.0.2.7]",
     "192.0.2.7", "250 {host} at your service, [{client}]"},
    {"the same of IPv6", NULL, "250 mx.example.org Nice to meet you, [2001:db8::7]", "2001:db8::7",
     "250 {host} Nice to meet you, [{client}]"},
    {"it may as well be the name", NULL, "250 mx.example.org Nice to meet you, [192.0.2.7]",
     "192.0.2.7", "250 {host} Nice to meet you, {me}"},
    {"the one or the other", NULL, "250 mx.example.org Nice to meet you, [192.0.2.7]", "192.0.2.7",
     "250 {host} Nice to meet you, [{client}]"},
    {"a name is no address", NULL, "250 mx.example.org Nice to meet you, " NAME, NULL,
     "250 {host} Nice to meet you, {me}"},
    {"both", NULL, "250 mx.example.org Hello [192.0.2.7] [192.0.2.7]", "192.0.2.7",
     "250 {host} Hello {me} [{client}]"},
    {"the name alone", NULL, "250 mx.example.org greets [192.0.2.7]", "192.0.2.7",
     "250 {host} greets {me}"},
    {"in the answer to a question", "ehlo-twice",
     "250 mx.example.org Nice to meet you, [192.0.2.7]", "192.0.2.7",
     "250 {host} Nice to meet you, [{client}]"},
};

static struct identify_database *db;

static void hear(const struct row *row, struct arena *a, struct reaction_keys *ret)
{
    char literal[64];
    const struct identify_options options = {0};
    snprintf(literal, sizeof literal, "[%s]", row->to ? row->to : "");
    struct octets line = octets_of(row->reply), greeting = OCTETS("220 mx.example.org");
    struct facts_reply reply = {.lines = &line, .line_count = 1, .code = 250};
    struct facts_reaction reaction = {.ask = row->ask, .replies = &reply, .reply_count = 1};
    struct facts_visit v = {
        .asker = {.ehlo = octets_of(row->to ? literal : NAME),
                  .client = octets_of(row->to ? row->to : "192.0.2.7")},
        .greeting = {.lines = &greeting, .line_count = 1, .code = 220},
        .reactions = &reaction,
        .reaction_count = row->ask != NULL,
    };
    if (!row->ask)
        v.ehlo = reply;
    struct identify_belief *b = identify_belief_new(db, &options, a);
    assert_non_null(b);
    assert_int_equal(identify_follow(b, &v), ERR_OK);
    *ret = b->seen[row->ask ? identify_question_of(db, octets_of(row->ask)) : IDENTIFY_HELLO];
}

static void the_text_is_that_of_specimens(void **state)
{
    const struct row *row = *state;
    struct arena a;
    struct reaction_keys keys;
    uint32_t wanted = intern_find(&db->texts, octets_of(row->text));
    arena_init(&a, (size_t)4 * 1024 * 1024);
    hear(row, &a, &keys);
    assert_int_not_equal(wanted, INTERN_UNSEEN);
    assert_true(reaction_is_same(&(struct reaction_keys){.at = {wanted}}, &keys));
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows)];
    size_t count = 0;
    struct dialogue_problem problem;
    const char *path;
    if (identify_database_build(&bundle_built_in, &db, &path, &problem))
        return 1;
    KIT_ADD_ROWS(tests, &count, rows, the_text_is_that_of_specimens);
    int failed = cmocka_run_group_tests_name("belief", tests, NULL, NULL);
    identify_database_free(db);
    return failed;
}
