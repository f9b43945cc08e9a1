/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "player.h"

#define S "stimulus x\nclass session\n"
#define N "check x\nclass noisy\n"

struct fixture {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct dialogue dialogue;
    struct smtp_program *program;
    struct smtp_player player;
};

static void start(struct fixture *f, const char *text)
{
    struct dialogue_problem problem = {0};
    size_t count = 0;
    *f = (struct fixture){0};
    arena_init(&f->arena, (size_t)256 * 1024);
    assert_int_equal(dialogue_parse(octets_of(text), &f->arena, &f->dialogue, &problem), ERR_OK);
    assert_int_equal(
        smtp_program_compile(&f->dialogue, &f->arena, &f->regexes, &f->program, &count, &problem),
        ERR_OK);
    smtp_player_start(&f->player, f->program);
}

static void stop(struct fixture *f)
{
    smtp_regex_set_release(&f->regexes);
    arena_release(&f->arena);
}

/* ---- every event in every want ---- */

/* clang-format off */
static const char *const wants[] = {
    [SMTP_WANT_WRITE] = N "C: NOOP\nnext\n",
    [SMTP_WANT_READ]  = N "next\nnext\n",
    [SMTP_WANT_TLS]   = N "tls\nC: NOOP\n",
    [SMTP_WANT_DONE]  = N "end -> safe\n",
    [SMTP_WANT_ABORT] = N "tls\nC: NOOP\n", /* and a reply */
};

#define W SMTP_WANT_WRITE
#define R SMTP_WANT_READ
#define T SMTP_WANT_TLS
#define D SMTP_WANT_DONE
#define A SMTP_WANT_ABORT
static const enum smtp_want after[][SMTP_EVENT__COUNT] = {
    /*                  CONNECTED REPLY STRAY TLS_UP TLS_FAILED TIMEOUT CLOSED */
    [SMTP_WANT_WRITE] = {W,       R,    W,    A,     A,         D,      D},
    [SMTP_WANT_READ]  = {R,       R,    R,    A,     A,         D,      D},
    [SMTP_WANT_TLS]   = {T,       A,    T,    W,     D,         D,      D},
    [SMTP_WANT_DONE]  = {D,       D,    D,    D,     D,         D,      D},
    [SMTP_WANT_ABORT] = {A,       A,    A,    A,     A,         A,      A},
};
#undef W
#undef R
#undef T
#undef D
#undef A
/* clang-format on */

static void feed_reply(struct smtp_player *p, const char *line)
{
    struct octets lines[] = {octets_of(line)};
    smtp_player_feed(p, SMTP_EVENT_REPLY, lines, 1);
}

static void feed(struct smtp_player *p, enum smtp_event event)
{
    if (event == SMTP_EVENT_REPLY)
        feed_reply(p, "250 ok");
    else
        smtp_player_feed(p, event, NULL, 0);
}

static void test_every_event_in_every_want(void **state)
{
    (void)state;
    for (unsigned want = 0; want < KIT_COUNT(wants); want++) {
        for (unsigned event = 0; event < SMTP_EVENT__COUNT; event++) {
            struct fixture f;
            start(&f, wants[want]);
            if (want == SMTP_WANT_ABORT)
                feed_reply(&f.player, "250 too early");
            assert_int_equal(f.player.want, want);
            feed(&f.player, (enum smtp_event)event);
            assert_int_equal(f.player.want, after[want][event]);
            stop(&f);
        }
    }
}

/* ---- dialogues as they are played ---- */

/* clang-format off */
static const struct play {
    const char *name, *text;
    const char *events[8]; /* a reply's line, or "!closed", "!timeout", "!tls-up", "!tls-failed", "!stray" */
    const char *wants;     /* one letter before the first event and behind each: write, read, tls, done, abort */
    enum smtp_verdict decided;
} plays[] = {
    {"a command and its reply",           S "C: NOOP\n", {"250 ok"}, "wd", SMTP_VERDICT_NONE},
    {"two commands",                      S "C: NOOP\nC: RSET\n", {"250 ok", "500 no"}, "wwd", SMTP_VERDICT_NONE},
    {"any reply goes on without patterns", S "C: NOOP\nC: RSET\n", {"500 no", "oops"}, "wwd", SMTP_VERDICT_NONE},
    {"a pattern that matches goes on",    S "C: NOOP\nS: 2xx\nC: RSET\n", {"250 ok", "250 ok"}, "wwd", SMTP_VERDICT_NONE},
    {"nothing that matches ends it",      S "C: NOOP\nS: 2xx\nC: RSET\n", {"500 no"}, "wd", SMTP_VERDICT_NONE},
    {"an arrow ends it",                  N "C: NOOP\nS: 5xx -> safe\nS: *\nC: RSET\n", {"500 no"}, "wd", SMTP_VERDICT_SAFE},
    {"the first match wins",              N "C: NOOP\nS: * -> noted\nS: 5xx -> safe\n", {"500 no"}, "wd", SMTP_VERDICT_NOTED},
    {"the second when the first does not", N "C: NOOP\nS: 4xx -> noted\nS: 5xx -> safe\n", {"500 no"}, "wd", SMTP_VERDICT_SAFE},
    {"next reads one more reply",         S "C: NOOP\nS: 2xx\nnext\nS: 2xx\nC: RSET\n", {"250 a", "250 b", "250 c"}, "wrwd", SMTP_VERDICT_NONE},
    {"next has its own patterns",         N "C: NOOP\nS: 2xx\nnext\nS: 5xx -> exposed\nC: RSET\n", {"250 a", "500 b"}, "wrd", SMTP_VERDICT_EXPOSED},
    {"next with nothing that matches",    N "C: NOOP\nnext\nS: 5xx -> exposed\nC: RSET\n", {"250 a", "250 b"}, "wrd", SMTP_VERDICT_NONE},
    {"a closed connection ends it",       S "C: NOOP\nC: RSET\n", {"!closed"}, "wd", SMTP_VERDICT_NONE},
    {"closed as a pattern",               N "C: NOOP\nS: 2xx -> safe\nS: closed -> exposed\nS: timeout -> noted\n", {"!closed"}, "wd", SMTP_VERDICT_EXPOSED},
    {"timeout as a pattern",              N "C: NOOP\nS: 2xx -> safe\nS: closed -> exposed\nS: timeout -> noted\n", {"!timeout"}, "wd", SMTP_VERDICT_NOTED},
    {"a star is no closed",               N "C: NOOP\nS: * -> safe\n", {"!closed"}, "wd", SMTP_VERDICT_NONE},
    {"a star is no timeout",              N "C: NOOP\nS: * -> safe\n", {"!timeout"}, "wd", SMTP_VERDICT_NONE},
    {"closed without an arrow ends it too", N "C: NOOP\nS: closed\nC: RSET\n", {"!closed"}, "wd", SMTP_VERDICT_NONE},
    {"nothing is written after a timeout", N "C: NOOP\nS: timeout\nC: RSET\n", {"!timeout", "250 late"}, "wdd", SMTP_VERDICT_NONE},
    {"a repetition",                      N "repeat 3\nC: NOOP\nC: RSET\n", {"250 1", "250 2", "250 3", "250 r"}, "wwwwd", SMTP_VERDICT_NONE},
    {"an arrow ends a repetition",        N "repeat 25\nC: NOOP\nS: 421 -> safe\nS: *\nend -> exposed\n", {"250 1", "250 2", "421 no"}, "wwwd", SMTP_VERDICT_SAFE},
    {"no match ends a repetition",        N "repeat 25\nC: NOOP\nS: 2xx\n", {"250 1", "500 2"}, "wwd", SMTP_VERDICT_NONE},
    {"a closed one too",                  N "repeat 25\nC: NOOP\nS: 2xx\nS: closed -> noted\n", {"250 1", "!closed"}, "wwd", SMTP_VERDICT_NOTED},
    {"once is no repetition",             N "repeat 1\nC: NOOP\nC: RSET\n", {"250 1", "250 r"}, "wwd", SMTP_VERDICT_NONE},
    {"two repetitions count apart",       N "repeat 2\nC: NOOP\nrepeat 2\nC: RSET\n", {"250 1", "250 2", "250 1", "250 2"}, "wwwwd", SMTP_VERDICT_NONE},
    {"a repetition, then one more reply", N "repeat 2\nC: NOOP\nnext\n", {"250 1", "250 2", "250 3"}, "wwrd", SMTP_VERDICT_NONE},
    {"tls",                               N "C: STARTTLS\nS: 220\ntls\nC: NOOP\n", {"220 go", "!tls-up", "250 ok"}, "wtwd", SMTP_VERDICT_NONE},
    {"tls that fails",                    N "C: STARTTLS\nS: 220\ntls\nC: NOOP\n", {"220 go", "!tls-failed"}, "wtd", SMTP_VERDICT_NONE},
    {"a reply where tls is wanted",       N "C: STARTTLS\nS: 220\ntls\nC: NOOP\n", {"220 go", "250 what"}, "wta", SMTP_VERDICT_NONE},
    {"tls refused is not tried",          N "C: STARTTLS\nS: 220\ntls\nC: NOOP\n", {"454 no"}, "wd", SMTP_VERDICT_NONE},
    {"tls unasked for",                   N "C: NOOP\n", {"!tls-up"}, "wa", SMTP_VERDICT_NONE},
    {"stray octets change nothing",       N "C: NOOP\nC: RSET\n", {"!stray", "250 ok", "!stray", "250 ok", "!stray"}, "wwwwdd", SMTP_VERDICT_NONE},
    {"end",                               N "C: NOOP\nend -> untestable\n", {"250 ok"}, "wd", SMTP_VERDICT_NONE},
};
/* clang-format on */

static enum smtp_event event_of(const char *text)
{
    static const struct {
        const char *text;
        enum smtp_event event;
    } names[] = {{"!closed", SMTP_EVENT_CLOSED},
                 {"!timeout", SMTP_EVENT_TIMEOUT},
                 {"!tls-up", SMTP_EVENT_TLS_UP},
                 {"!tls-failed", SMTP_EVENT_TLS_FAILED},
                 {"!stray", SMTP_EVENT_STRAY}};
    for (size_t i = 0; i < KIT_COUNT(names); i++)
        if (strcmp(text, names[i].text) == 0)
            return names[i].event;
    return SMTP_EVENT_REPLY;
}

static void test_play(void **state)
{
    const struct play *c = *state;
    struct fixture f;
    size_t n = 0;
    start(&f, c->text);
    assert_int_equal("wrtda"[f.player.want], c -> wants[n]);
    for (; n < KIT_COUNT(c->events) && c->events[n]; n++) {
        enum smtp_event event = event_of(c->events[n]);
        if (event == SMTP_EVENT_REPLY)
            feed_reply(&f.player, c->events[n]);
        else
            smtp_player_feed(&f.player, event, NULL, 0);
        assert_int_equal("wrtda"[f.player.want], c -> wants[n + 1]);
    }
    assert_int_equal(c->wants[n + 1], 0);
    assert_int_equal(f.player.decided ? f.player.decided->verdict : SMTP_VERDICT_NONE, c->decided);
    stop(&f);
}

static void test_text_and_deadline(void **state)
{
    (void)state;
    struct fixture f;
    struct smtp_vars vars = {0};
    struct buf out;
    buf_init(&out, SMTP_TEMPLATE_MAX);
    start(&f, N "within 5s\nC: NOOP {me}\nnext\nwithin 7s\nnext\nC= \"RSET\\n\"\n");
    vars.value[SMTP_VAR_ME] = OCTETS("x");
    assert_int_equal(smtp_player_within_ms(&f.player), 5000);
    assert_int_equal(smtp_template_fill(smtp_player_text(&f.player), &vars, &out), ERR_OK);
    kit_assert_text(buf_octets(&out), "NOOP x\r\n");
    feed_reply(&f.player, "250 1");
    assert_int_equal(smtp_player_within_ms(&f.player), 0);
    feed_reply(&f.player, "250 2");
    assert_int_equal(smtp_player_within_ms(&f.player), 7000);
    feed_reply(&f.player, "250 3");
    assert_int_equal(smtp_player_within_ms(&f.player), 0);
    buf_clear(&out);
    assert_int_equal(smtp_template_fill(smtp_player_text(&f.player), &vars, &out), ERR_OK);
    kit_assert_text(buf_octets(&out), "RSET\n");
    feed_reply(&f.player, "250 4");
    assert_int_equal(f.player.want, SMTP_WANT_DONE);
    assert_int_equal(smtp_player_within_ms(&f.player), 0);
    stop(&f);
    buf_release(&out);
}

/* A dialogue always ends: at most as many replies as its steps, repetitions counted. */
static void test_always_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(plays); i++) {
        struct fixture f;
        size_t replies = 0;
        start(&f, plays[i].text);
        while (f.player.want == SMTP_WANT_WRITE || f.player.want == SMTP_WANT_READ ||
               f.player.want == SMTP_WANT_TLS) {
            feed(&f.player, f.player.want == SMTP_WANT_TLS ? SMTP_EVENT_TLS_UP : SMTP_EVENT_REPLY);
            assert_true(++replies <= 25 * f.program->step_count);
        }
        stop(&f);
    }
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(plays) + 3] = {
        cmocka_unit_test(test_every_event_in_every_want),
        cmocka_unit_test(test_text_and_deadline),
        cmocka_unit_test(test_always_ends),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, plays, test_play);
    return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
