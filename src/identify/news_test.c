/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "news.h"

/* A specimen that is built in, read again as if it were new. */
struct world {
    struct identify_database *database;
    struct arena arena;
    struct specimen specimen;
    struct identify_news news;
};

#define KNOWN "specimens/postfix/bookworm-postfix-default.smtp"

static int build(void **state)
{
    static struct world w;
    struct dialogue_problem problem;
    const char *path;
    *state = &w;
    return identify_database_build(&bundle_built_in, &w.database, &path, &problem) != ERR_OK;
}

static int release(void **state)
{
    struct world *w = *state;
    identify_database_free(w->database);
    return 0;
}

static void read_known(struct world *w)
{
    struct dialogue d;
    struct dialogue_problem problem;
    size_t i = 0;
    while (i < bundle_built_in.count && strcmp(bundle_built_in.files[i].path, KNOWN) != 0)
        i++;
    assert_true(i < bundle_built_in.count);
    arena_init(&w->arena, 1 << 22);
    assert_int_equal(dialogue_parse(bundle_built_in.files[i].text, &w->arena, &d, &problem),
                     ERR_OK);
    assert_int_equal(specimen_take(&d, &w->arena, &w->specimen, &problem), ERR_OK);
}

/* Lets the server answer that instead; false when it was not asked so. */
static bool answer(struct world *w, const char *ask, struct octets *line)
{
    static size_t end = 1;
    for (size_t i = 0; i < w->specimen.section_count; i++) {
        struct specimen_section *s = &w->specimen.sections[i];
        if (!octets_is_equal(s->ask, octets_of(ask)))
            continue;
        s->reaction =
            (struct reaction){.lines = line, .line_count = 1, .reply_ends = &end, .reply_count = 1};
        return true;
    }
    return false;
}

static void compare(struct world *w)
{
    assert_int_equal(identify_news_of(w->database, &w->specimen, &w->arena, &w->news), ERR_OK);
}

static void what_is_known_is_no_news(void **state)
{
    struct world *w = *state;
    read_known(w);
    compare(w);
    assert_true(w->news.is_known);
    assert_int_equal(w->news.answer_count, 0);
    assert_int_equal(w->news.unasked, 0);
    assert_true(w->news.alike >= IDENTIFY_WHOLE);
    assert_int_equal(w->news.alike, w->news.compared);
    bool is_itself = false;
    for (size_t i = 0; i < w->news.same_count && i < IDENTIFY_NEWS_MAX; i++)
        is_itself = is_itself || strcmp(w->database->specimens[w->news.same[i]].path, KNOWN) == 0;
    assert_true(is_itself);
    arena_release(&w->arena);
}

static void an_answer_that_nobody_gave_is_told(void **state)
{
    struct world *w = *state;
    struct octets odd = OCTETS("250 2.0.0 Never said before");
    read_known(w);
    assert_true(answer(w, "vrfy-bare", &odd));
    compare(w);
    assert_int_equal(w->news.answer_count, 1);
    assert_string_equal(w->news.answers[0].ask, "vrfy-bare");
    kit_assert_text(w->news.answers[0].said, "250 2.0.0 Never said before");
    assert_int_equal(w->news.same_count, 0);
    assert_int_equal(w->news.compared - w->news.alike, 1);
    kit_assert_text(w->database->specimens[w->news.nearest].about.version, "3.7.11");
    arena_release(&w->arena);
}

static void a_greeting_is_news_and_makes_no_stranger(void **state)
{
    struct world *w = *state;
    struct octets odd = OCTETS("220 {host} never greeted so before");
    read_known(w);
    assert_true(answer(w, "greeting", &odd));
    compare(w);
    assert_int_equal(w->news.answer_count, 1);
    assert_string_equal(w->news.answers[0].ask, "greeting");
    assert_true(w->news.same_count > 0);
    arena_release(&w->arena);
}

static void more_news_than_there_is_room_for_is_counted(void **state)
{
    struct world *w = *state;
    struct octets odd = OCTETS("299 Never said before");
    size_t changed = 0;
    read_known(w);
    for (size_t i = 0; i < w->specimen.section_count; i++) {
        struct octets ask = w->specimen.sections[i].ask;
        char name[64] = {0};
        assert_true(ask.size < sizeof name);
        memcpy(name, ask.at, ask.size);
        changed += strncmp(name, "mail-", 5) == 0 && answer(w, name, &odd);
    }
    compare(w);
    assert_true(changed > IDENTIFY_NEWS_MAX);
    assert_int_equal(w->news.answer_count, changed);
    arena_release(&w->arena);
}

static void another_product_knows_nothing_of_it(void **state)
{
    struct world *w = *state;
    read_known(w);
    w->specimen.product = OCTETS("Never Heard Of");
    compare(w);
    assert_false(w->news.is_known);
    assert_int_equal(w->news.answer_count, 0);
    assert_true(w->news.unasked >= IDENTIFY_WHOLE);
    assert_true(w->news.nearest == SIZE_MAX);
    arena_release(&w->arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_no_news),
        cmocka_unit_test(an_answer_that_nobody_gave_is_told),
        cmocka_unit_test(a_greeting_is_news_and_makes_no_stranger),
        cmocka_unit_test(more_news_than_there_is_room_for_is_counted),
        cmocka_unit_test(another_product_knows_nothing_of_it),
    };
    return cmocka_run_group_tests_name("news", tests, build, release);
}
