/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "cast.h"

/* Masking undone and done again gives what was there, for all that was ever recorded. */

#define NOISES 20

static struct octets said(const struct script *s, const struct script_values *v, uint8_t *out,
                          size_t room)
{
    return (struct octets){out, script_say(s, v, out, room)};
}

static const struct script_clock *some_day(unsigned n)
{
    static struct script_clock clock;
    script_clock_set(&clock, 1700000000U + n * 1000003U);
    return &clock;
}

/* The session that the masks below know. */
static struct script_values session(unsigned n)
{
    return (struct script_values){.of = {[SCRIPT_HOST] = OCTETS("mx.balokidomizuta.example"),
                                         [SCRIPT_DOMAIN] = OCTETS("balokidomizuta.example"),
                                         [SCRIPT_ME] = OCTETS("client.scan.test"),
                                         [SCRIPT_CLIENT] = OCTETS("127.0.0.1"),
                                         [SCRIPT_SENDER] = OCTETS("smtpscan@example.org"),
                                         [SCRIPT_TARGET] = OCTETS("127.31.7.200")},
                                  .noise = n * 77777U,
                                  .clock = some_day(n)};
}

static void fill_mask(struct mask *m, const struct script_values *v)
{
    *m = (struct mask){.me = v->of[SCRIPT_ME],
                       .client = v->of[SCRIPT_CLIENT],
                       .sender = v->of[SCRIPT_SENDER],
                       .target = v->of[SCRIPT_TARGET],
                       .hosts = {v->of[SCRIPT_HOST]},
                       .host_count = 1,
                       .domains = {v->of[SCRIPT_DOMAIN]},
                       .domain_count = 1};
    mask_prepare(m);
}

static void mask_all(struct octets text, bool is_hello, const struct mask *m, struct buf *out)
{
    for (size_t n = 0; text.size; n++) {
        struct octets line = octets_take_until(&text, '\n');
        line = octets_sub(line, 0, line.size - 1); /* CR */
        mask_line(out, m, line, is_hello && n ? MASK_KEYWORD : MASK_TEXT);
        buf_append_text(out, "\n");
    }
}

static void hold_section(const char *path, const struct specimen_section *section, struct arena *a)
{
    static uint8_t out[65536];
    struct script script;
    struct buf want, got;
    bool is_hello = cast_is_hello(section->ask);
    assert_int_equal(script_make(&section->reaction, is_hello, OCTETS_NONE, a, &script), ERR_OK);
    if (script.uses & (1u << SCRIPT_ANY | 1u << SCRIPT_RCPT))
        return; /* words that nobody kept */
    buf_init(&want, sizeof out);
    buf_init(&got, sizeof out);
    for (size_t i = 0; i < section->reaction.line_count; i++) {
        buf_append(&want, section->reaction.lines[i]);
        buf_append_text(&want, "\n");
    }
    for (unsigned n = 0; n < NOISES; n++) {
        struct script_values v = session(n);
        struct mask m;
        fill_mask(&m, &v);
        buf_clear(&got);
        mask_all(said(&script, &v, out, sizeof out), is_hello, &m, &got);
        if (!octets_is_equal(buf_octets(&want), buf_octets(&got)))
            print_error("%s: %.*s\n", path, (int)section->ask.size, (const char *)section->ask.at);
        kit_assert_octets(buf_octets(&got), buf_octets(&want));
    }
    buf_release(&want);
    buf_release(&got);
}

static void test_every_text_masks_back(void **state)
{
    (void)state;
    size_t specimens = 0;
    for (size_t i = 0; i < bundle_built_in.count; i++) {
        const char *path = bundle_built_in.files[i].path;
        struct arena a;
        struct specimen s;
        if (strncmp(path, "specimens/", 10) != 0)
            continue;
        arena_init(&a, (size_t)16 * 1024 * 1024);
        assert_int_equal(cast_read(path, &a, &s), ERR_OK);
        for (size_t n = 0; n < s.section_count; n++)
            hold_section(path, &s.sections[n], &a);
        arena_release(&a);
        specimens++;
    }
    assert_true(specimens > 300);
}

/* ---- keywords that are withheld ---- */

static const struct withheld {
    const char *name, *lines[4], *want;
} withheld[] = {
    {"in the middle", {"250-a", "250-STARTTLS", "250 HELP"}, "250-a\r\n250 HELP\r\n"},
    {"at the end", {"250-a", "250-HELP", "250 STARTTLS"}, "250-a\r\n250 HELP\r\n"},
    {"alone", {"250-a", "250 STARTTLS"}, "250 a\r\n"},
    {"not there", {"250-a", "250 HELP"}, "250-a\r\n250 HELP\r\n"},
    {"a host of that name", {"250-STARTTLS", "250 HELP"}, "250-STARTTLS\r\n250 HELP\r\n"},
};

static void test_withheld(void **state)
{
    const struct withheld *w = *state;
    struct octets lines[4];
    struct arena a;
    struct script script;
    struct script_values v = session(1);
    uint8_t out[256];
    size_t count = 0;
    while (count < 4 && w->lines[count]) {
        lines[count] = octets_of(w->lines[count]);
        count++;
    }
    const struct reaction r = {
        .lines = lines, .line_count = count, .reply_ends = &count, .reply_count = 1};
    arena_init(&a, 65536);
    assert_int_equal(script_make(&r, true, OCTETS("STARTTLS"), &a, &script), ERR_OK);
    kit_assert_text(said(&script, &v, out, sizeof out), w->want);
    arena_release(&a);
}

/* ---- which question a line is ---- */

static const struct heard {
    const char *name, *line;
    enum smtp_state state;
    const char *ask, *me, *sender;
} heard[] = {
    {"hello again", "EHLO a.example\r\n", SMTP_STATE_EHLO, "ehlo-twice", "a.example", ""},
    {"by LF alone", "EHLO a.example\n", SMTP_STATE_GREETED, "ehlo-bare-lf", "a.example", ""},
    {"without a name", "EHLO\r\n", SMTP_STATE_GREETED, "ehlo-bare", "", ""},
    {"in a transaction", "RCPT TO:<>\r\n", SMTP_STATE_MAIL, "rcpt-null", "", ""},
    {"before it", "RCPT TO:<>\r\n", SMTP_STATE_EHLO, "rcpt-first", "", ""},
    {"a sender", "MAIL FROM:<a@b.example> FOO=BAR\r\n", SMTP_STATE_EHLO, "mail-parameter", "",
     "a@b.example"},
    {"a sender without brackets", "MAIL FROM:a@b.example\r\n", SMTP_STATE_EHLO, "mail-no-brackets",
     "", "a@b.example"},
    {"nothing", "\r\n", SMTP_STATE_EHLO, "empty-line", "", ""},
    {"none of ours", "WIZ\r\n", SMTP_STATE_EHLO, NULL, "", ""},
};

static struct cast *cast;

static void test_heard(void **state)
{
    const struct heard *h = *state;
    struct ask_words words = {0};
    size_t ask = asks_find(&cast->asks, octets_of(h->line), h->state, &words);
    if (!h->ask) {
        assert_int_equal(ask, cast->asks.count);
        return;
    }
    assert_true(ask < cast->asks.count);
    assert_string_equal(cast->asks.of[ask].name, h->ask);
    kit_assert_text(words.me, h->me);
    kit_assert_text(words.sender, h->sender);
}

static int set_up(void **state)
{
    (void)state;
    return cast_new("specimens/postfix/*", &cast) ? 1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    cast_free(cast);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[1 + KIT_COUNT(withheld) + KIT_COUNT(heard)] = {
        cmocka_unit_test(test_every_text_masks_back)};
    size_t count = 1;
    KIT_ADD_ROWS(tests, &count, withheld, test_withheld);
    KIT_ADD_ROWS(tests, &count, heard, test_heard);
    return _cmocka_run_group_tests("fleet", tests, count, set_up, tear_down);
}
