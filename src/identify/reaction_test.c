/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "reaction.h"

#define ARENA_OCTETS ((size_t)4 * 1024 * 1024)

/* clang-format off */
static const struct text {
    const char *name;
    const char *lines[6]; /* a NULL ends a reply, two end all */
    size_t replies;
    enum facts_ended ended;
    const char *text, *coarse[3]; /* enhanced code, code, class */
} texts[] = {
    {"one line",       {"250 ok"}, 1, FACTS_ENDED_OPEN, "250 ok", {"250 ", "250 ", "2 "}},
    {"two lines",      {"250-a", "250 b"}, 1, FACTS_ENDED_OPEN, "250-a\n250 b", {"250 ", "250 ", "2 "}},
    {"an enhanced code", {"550 5.7.1 no"}, 1, FACTS_ENDED_OPEN, "550 5.7.1 no", {"550 5.7.1", "550 ", "5 "}},
    {"of the first line", {"550-5.7.1 no", "550 5.7.2 no"}, 1, FACTS_ENDED_OPEN, "550-5.7.1 no\n550 5.7.2 no", {"550 5.7.1", "550 ", "5 "}},
    {"two replies",    {"250 a", NULL, "500 5.5.1 b"}, 2, FACTS_ENDED_OPEN, "250 a\n\n500 5.5.1 b", {"250 500 5.5.1", "250 500 ", "2 5 "}},
    {"closed behind a reply", {"221 bye"}, 1, FACTS_ENDED_CLOSED, "221 bye!closed", {"221 !closed", "221 !closed", "2 !closed"}},
    {"closed alone",   {NULL}, 0, FACTS_ENDED_CLOSED, "!closed", {"!closed", "!closed", "!closed"}},
    {"timeout alone",  {NULL}, 0, FACTS_ENDED_TIMEOUT, "!timeout", {"!timeout", "!timeout", "!timeout"}},
    {"no code",        {"oops"}, 1, FACTS_ENDED_OPEN, "oops", {"oop ", "oop ", "o "}},
    {"an empty line",  {""}, 1, FACTS_ENDED_OPEN, "", {" ", " ", " "}},
    {"a line is masked", {"220 mx.scanned.net at 21 Nov 2026 23:04:05"}, 1, FACTS_ENDED_OPEN, "220 {host} at {date}", {"220 ", "220 ", "2 "}},
};
/* clang-format on */

static struct mask known = {.hosts = {OCTETS_INIT("mx.scanned.net")}, .host_count = 1};

/* Replies out of a row's lines. */
static size_t replies_of(const char *const *from, size_t count, struct octets *lines,
                         struct facts_reply *ret)
{
    size_t line = 0;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (struct facts_reply){.lines = &lines[line]};
        for (; line < 6 && from[line + i]; line++) {
            lines[line] = octets_of(from[line + i]);
            ret[i].line_count++;
        }
    }
    return count;
}

/* Numbers texts as they come, and keeps them to be looked at. */
static uint32_t add_text(void *table, struct octets text)
{
    return intern_add(table, text);
}

static uint32_t find_text(void *table, struct octets text)
{
    return intern_find(table, text);
}

static void test_text(void **state)
{
    const struct text *c = *state;
    struct octets lines[6];
    struct facts_reply replies[2];
    struct reaction r = {0};
    struct reaction_keys keys;
    struct arena a;
    struct intern table;
    struct buf out;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&table, &a);
    buf_init(&out, (size_t)64 * 1024);
    size_t count = replies_of(c->lines, c->replies, lines, replies);
    struct facts_reaction seen = {.replies = replies, .reply_count = count, .ended = c->ended};
    assert_int_equal(reaction_mask(&seen, false, &known, &a, &r), ERR_OK);
    assert_int_equal(r.reply_count, c->replies);
    reaction_append(&out, &r);
    kit_assert_text(buf_octets(&out), c->text);
    reaction_keys(&r, add_text, &table, &keys);
    assert_int_equal(keys.at[REACTION_TEXT], intern_find(&table, octets_of(c->text)));
    for (unsigned level = REACTION_ENHANCED; level < REACTION_LEVEL__COUNT; level++)
        assert_int_equal(keys.at[level], intern_find(&table, octets_of(c->coarse[level - 1])));
    buf_release(&out);
    arena_release(&a);
}

/* Masks an EHLO reply given as text, lines apart by LF. */
static struct reaction hello_of(struct arena *a, const char *text)
{
    struct octets lines[16], rest = octets_of(text);
    struct facts_reply reply = {.lines = lines};
    struct reaction r = {0};
    while (rest.size)
        lines[reply.line_count++] = octets_take_until(&rest, '\n');
    struct facts_reaction seen = {.replies = &reply, .reply_count = reply.line_count ? 1 : 0};
    assert_int_equal(reaction_mask(&seen, true, &known, a, &r), ERR_OK);
    return r;
}

static void test_hello(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    struct reaction_keys one, two, keywords, other;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&t, &a);
    struct reaction many = hello_of(
        &a, "250-mx.scanned.net Hello\n250-SIZE 10240000\n250-STARTTLS\n250-FOO x\n250 BAR");
    struct reaction alone = hello_of(&a, "250 mx.scanned.net Hello");
    struct reaction fewer = hello_of(&a, "250-other\n250-FOO y\n250 BAR");
    kit_assert_text(many.lines[1], "250-SIZE 10240000"); /* parameters stay */
    /* One line or many is not what the first line says. */
    reaction_keys_hello(&many, add_text, &t, &one);
    reaction_keys_hello(&alone, add_text, &t, &two);
    assert_memory_equal(one.at, two.at, sizeof one.at);
    assert_int_equal(one.at[REACTION_TEXT], intern_find(&t, OCTETS("250 {host} Hello")));
    /* What an administrator switches leaves the coarser keys alone. */
    reaction_keys_keywords(&many, add_text, &t, &keywords);
    reaction_keys_keywords(&fewer, add_text, &t, &other);
    assert_int_equal(keywords.at[REACTION_TEXT],
                     intern_find(&t, OCTETS("keywords SIZE STARTTLS FOO BAR ")));
    assert_int_not_equal(keywords.at[REACTION_TEXT], other.at[REACTION_TEXT]);
    assert_int_equal(keywords.at[REACTION_CODE], other.at[REACTION_CODE]);
    assert_int_equal(keywords.at[REACTION_CLASS], other.at[REACTION_CLASS]);
    arena_release(&a);
}

static void test_change(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    struct reaction_keys keys;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&t, &a);
    struct reaction plain = hello_of(&a, "250-x\n250-SIZE 1\n250-STARTTLS\n250 HELP");
    struct reaction tls = hello_of(&a, "250-x\n250-AUTH PLAIN\n250-size 2\n250 HELP");
    reaction_keys_change(&plain, &tls, add_text, &t, &keys);
    assert_int_equal(keys.at[REACTION_TEXT], intern_find(&t, OCTETS("change -STARTTLS +AUTH")));
    reaction_keys_change(&plain, &plain, add_text, &t, &keys);
    assert_int_equal(keys.at[REACTION_TEXT], intern_find(&t, OCTETS("change")));
    assert_int_equal(keys.at[REACTION_CLASS], keys.at[REACTION_TEXT]);
    arena_release(&a);
}

static void test_nothing(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    struct reaction_keys keys;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&t, &a);
    struct reaction none = hello_of(&a, "");
    reaction_keys_hello(&none, add_text, &t, &keys);
    reaction_keys_keywords(&none, add_text, &t, &keys);
    reaction_keys_change(&none, &none, add_text, &t, &keys);
    reaction_keys(&none, find_text, &t, &keys);
    assert_int_equal(keys.at[REACTION_CODE], intern_find(&t, OCTETS_NONE));
    arena_release(&a);
}

/* An endless reply is compared by what fits, and costs no more. */
static void test_long(void **state)
{
    (void)state;
    static struct octets lines[4000];
    struct facts_reply reply = {.lines = lines, .line_count = KIT_COUNT(lines)};
    struct facts_reaction seen = {.replies = &reply, .reply_count = 1, .ended = FACTS_ENDED_CLOSED};
    struct reaction r = {0}, small = {.ended = FACTS_ENDED_TIMEOUT};
    struct arena a, tiny;
    struct buf out;
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        lines[i] = OCTETS("250-a line of some twenty octets");
    arena_init(&a, ARENA_OCTETS);
    arena_init(&tiny, 1000);
    buf_init(&out, (size_t)64 * 1024);
    assert_int_equal(reaction_mask(&seen, false, &known, &a, &r), ERR_OK);
    reaction_append(&out, &r);
    assert_int_equal(buf_error(&out), ERR_OK);
    assert_int_equal(r.line_count, 150);
    assert_true(out.size < 150 * 40);
    assert_int_equal(reaction_mask(&seen, false, &known, &tiny, &small), ERR_NOMEM);
    assert_int_equal(small.ended, FACTS_ENDED_TIMEOUT); /* untouched */
    buf_release(&out);
    arena_release(&tiny);
    arena_release(&a);
}

static void keys_of(const char *line, struct intern *table, struct reaction_keys *ret)
{
    struct octets one = octets_of(line);
    size_t end = 1;
    struct reaction r = {.lines = &one, .line_count = 1, .reply_ends = &end, .reply_count = 1};
    reaction_keys(&r, add_text, table, ret);
}

/* Words that were not kept are like no words and unlike none: only the code is known. */
static void what_was_kept_by_its_code_alone_has_no_text(void **state)
{
    struct reaction_keys any, bare, plain;
    struct intern table;
    struct arena a;
    (void)state;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&table, &a);
    keys_of("501 {any}", &table, &any);
    keys_of("501", &table, &bare);
    keys_of("501 {{any}", &table, &plain); /* said so on the wire, and masked */
    assert_true(any.is_code_only);
    assert_false(bare.is_code_only);
    assert_false(plain.is_code_only);
    assert_int_not_equal(any.at[REACTION_TEXT], plain.at[REACTION_TEXT]);
    assert_int_not_equal(any.at[REACTION_ENHANCED], plain.at[REACTION_ENHANCED]);
    assert_int_not_equal(any.at[REACTION_ENHANCED], bare.at[REACTION_ENHANCED]);
    assert_int_equal(any.at[REACTION_CODE], plain.at[REACTION_CODE]);
    assert_int_equal(any.at[REACTION_CLASS], bare.at[REACTION_CLASS]);
    arena_release(&a);
}

static void and_a_hello_has_the_keywords_that_were_kept(void **state)
{
    struct octets one = OCTETS("250 {any}");
    size_t end = 1;
    struct reaction r = {.lines = &one, .line_count = 1, .reply_ends = &end, .reply_count = 1};
    struct reaction_keys hello, keywords = {.at = {1, 1, 1, 1}}, change = keywords;
    struct intern table;
    struct arena a;
    (void)state;
    arena_init(&a, ARENA_OCTETS);
    intern_init(&table, &a);
    reaction_keys_hello(&r, add_text, &table, &hello);
    reaction_keys_keywords(&r, add_text, &table, &keywords);
    reaction_keys_change(&r, &r, add_text, &table, &change);
    assert_true(hello.is_code_only);
    assert_int_equal(keywords.at[REACTION_TEXT], 0);
    assert_int_equal(change.at[REACTION_TEXT], 0);
    struct octets two[] = {OCTETS_INIT("250-{any}"), OCTETS_INIT("250 SIZE 10")};
    r = (struct reaction){
        .lines = two, .line_count = 2, .reply_ends = &(size_t){2}, .reply_count = 1};
    reaction_keys_hello(&r, add_text, &table, &hello);
    reaction_keys_keywords(&r, add_text, &table, &keywords);
    assert_true(hello.is_code_only);
    assert_int_equal(keywords.at[REACTION_TEXT], intern_find(&table, OCTETS("keywords SIZE ")));
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(texts) + 6] = {
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_long),
        cmocka_unit_test(what_was_kept_by_its_code_alone_has_no_text),
        cmocka_unit_test(and_a_hello_has_the_keywords_that_were_kept),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, texts, test_text);
    mask_prepare(&known);
    return cmocka_run_group_tests_name("reaction", tests, NULL, NULL);
}
