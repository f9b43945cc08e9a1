/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <dirent.h>
#include <stdio.h>

#include "program.h"

#define ARENA_OCTETS ((size_t)1024 * 1024)

/* One file, parsed and compiled. */
struct compiled {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct dialogue dialogue;
    struct dialogue_problem problem;
    struct smtp_program *programs;
    size_t count;
    enum err error;
};

static void compile(struct compiled *c, struct octets text, size_t arena_octets)
{
    *c = (struct compiled){0};
    arena_init(&c->arena, arena_octets);
    c->error = dialogue_parse(text, &c->arena, &c->dialogue, &c->problem);
    if (!c->error)
        c->error = smtp_program_compile(&c->dialogue, &c->arena, &c->regexes, &c->programs,
                                        &c->count, &c->problem);
}

static void release(struct compiled *c)
{
    smtp_regex_set_release(&c->regexes);
    arena_release(&c->arena);
}

static void compile_or_fail(struct compiled *c, const char *text)
{
    compile(c, octets_of(text), ARENA_OCTETS);
    if (c->error)
        print_error("line %u: %s\n", c->problem.line, c->problem.text);
    assert_int_equal(c->error, ERR_OK);
}

/* ---- what compiles ---- */

/* The example of docs/dialogue.md. */
static const char harvest_rcpt[] =
    "check    harvest.rcpt\n"
    "title    Tells existing from missing addresses at RCPT\n"
    "severity low\n"
    "class    transaction\n"
    "needs    domain\n"
    "remedy   Refuse unknown users at RCPT, but limit the rate; do not accept all and bounce "
    "later.\n"
    "source   RFC 5321 s3.5.3\n"
    "C: MAIL FROM:<{sender}>\n"
    "S: 2xx\n"
    "C: RCPT TO:<{random.1}@{domain}>\n"
    "S: * as first\n"
    "C: RCPT TO:<{random.2}@{domain}>\n"
    "S: * as second\n"
    "C: RCPT TO:<{postmaster}>\n"
    "S: * as known\n"
    "verdict untestable first 4xx\n"
    "verdict safe       first 2xx, second 2xx   \"accepts every name: who exists stays hidden\"\n"
    "verdict exposed    first 5xx, second 5xx, known 2xx\n";

static void test_harvest_rcpt(void **state)
{
    (void)state;
    struct compiled c;
    compile_or_fail(&c, harvest_rcpt);
    assert_int_equal(c.count, 1);
    const struct smtp_program *p = c.programs;
    assert_string_equal(p->name, "harvest.rcpt");
    assert_int_equal(p->kind, DIALOGUE_CHECK);
    assert_int_equal(p->class, SMTP_CLASS_TRANSACTION);
    assert_int_equal(p->state, SMTP_STATE_EHLO);
    assert_int_equal(p->errors, 0);
    kit_assert_text(p->needs, "domain");
    assert_int_equal(p->vars, 1u << SMTP_VAR_SENDER | 1u << SMTP_VAR_RANDOM_1 |
                                  1u << SMTP_VAR_RANDOM_2 | 1u << SMTP_VAR_DOMAIN |
                                  1u << SMTP_VAR_POSTMASTER);
    assert_int_equal(p->step_count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(p->steps[i].op, i % 2 ? SMTP_OP_REPLY : SMTP_OP_SEND);
    assert_int_equal(p->steps[6].line, 14);
    assert_int_equal(p->alternative_count, 4);
    kit_assert_text(p->alternatives[1].as, "first");
    assert_int_equal(p->rule_count, 3);
    assert_int_equal(p->rules[0].verdict, SMTP_VERDICT_UNTESTABLE);
    assert_int_equal(p->rules[1].count, 2);
    kit_assert_text(p->rules[1].words, "accepts every name: who exists stays hidden");
    assert_int_equal(p->rules[2].count, 3);
    kit_assert_text(p->rules[2].conditions[2].name, "known");
    assert_int_equal(p->rules[2].conditions[2].pattern.low, 200);
    release(&c);
}

static void test_steps(void **state)
{
    (void)state;
    struct compiled c;
    compile_or_fail(&c, "check x\nclass noisy\nstate greeted\nerrors 3\nagain 6m on 4xx /later/\n"
                        "within 5s\nrepeat 25\nC: NOOP {x*10}\n"
                        "S: 421 -> safe \"hung \\\"up\\\"\"\nS: closed as end -> noted\nS: *\n"
                        "within 250ms\nnext\nS: timeout\n"
                        "C= \"STARTTLS\\n\"\ntls\nC: NOOP\nend -> untestable \"nothing\"\n"
                        "verdict exposed end != end\nverdict safe end = end, end 2xx 5.7.x /a/\n");
    const struct smtp_program *p = c.programs;
    static const enum smtp_op ops[] = {SMTP_OP_SEND, SMTP_OP_REPLY, SMTP_OP_REPLY,
                                       SMTP_OP_SEND, SMTP_OP_REPLY, SMTP_OP_TLS,
                                       SMTP_OP_SEND, SMTP_OP_REPLY, SMTP_OP_END};
    assert_int_equal(p->class, SMTP_CLASS_NOISY);
    assert_int_equal(p->state, SMTP_STATE_GREETED);
    assert_int_equal(p->errors, 3);
    assert_int_equal(p->again_ms, 360000);
    assert_int_equal(p->again_on.low, 400);
    assert_non_null(p->again_on.regex);
    assert_int_equal(p->step_count, KIT_COUNT(ops));
    for (size_t i = 0; i < KIT_COUNT(ops); i++)
        assert_int_equal(p->steps[i].op, ops[i]);
    assert_int_equal(p->steps[0].repeat, 25);
    assert_int_equal(p->steps[3].repeat, 1);
    assert_int_equal(p->steps[1].within_ms, 5000);
    assert_int_equal(p->steps[2].within_ms, 250);
    assert_int_equal(p->steps[4].within_ms, 0);
    assert_int_equal(p->steps[1].first, 0);
    assert_int_equal(p->steps[1].count, 3);
    assert_int_equal(p->steps[2].first, 3);
    assert_int_equal(p->steps[2].count, 1);
    assert_int_equal(p->steps[4].count, 0);
    kit_assert_text(p->alternatives[0].words, "hung \"up\"");
    assert_int_equal(p->alternatives[1].pattern.kind, SMTP_PATTERN_CLOSED);
    assert_int_equal(p->alternatives[1].verdict, SMTP_VERDICT_NOTED);
    assert_int_equal(p->alternatives[2].verdict, SMTP_VERDICT_NONE);
    assert_int_equal(p->steps[8].verdict, SMTP_VERDICT_UNTESTABLE);
    kit_assert_text(p->steps[8].words, "nothing");
    assert_int_equal(p->rules[0].conditions[0].compare, SMTP_COMPARE_DIFFERENT);
    assert_int_equal(p->rules[1].conditions[0].compare, SMTP_COMPARE_SAME);
    assert_int_equal(p->rules[1].conditions[1].compare, SMTP_COMPARE_PATTERN);
    release(&c);
}

static void test_each(void **state)
{
    (void)state;
    struct compiled c;
    compile_or_fail(&c, "check auth\nclass session\nC: AUTH {each}\nS: 334 -> exposed\n"
                        "each plain PLAIN\neach  login   LOGIN\neach ntlm NTLM\n");
    static const char *const names[] = {"auth.plain", "auth.login", "auth.ntlm"};
    static const char *const values[] = {"PLAIN", "LOGIN", "NTLM"};
    assert_int_equal(c.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(c.programs[i].name, names[i]);
        kit_assert_text(c.programs[i].each, values[i]);
        assert_int_equal(c.programs[i].vars, 0);
        assert_int_equal(c.programs[i].step_count, 2);
    }
    release(&c);
}

/* A stimulus provokes one error unless it says otherwise; a check says how many. */
static void test_errors(void **state)
{
    (void)state;
    struct compiled c;
    compile_or_fail(&c, "stimulus x\nclass session\nC: NOOP\n");
    assert_int_equal(c.programs[0].errors, 1);
    release(&c);
    compile_or_fail(&c, "stimulus x\nclass session\nerrors 0\nC: NOOP\n");
    assert_int_equal(c.programs[0].errors, 0);
    assert_int_equal(c.programs[0].again_ms, 0);
    release(&c);
}

/* ---- what is refused ---- */

#define S    "stimulus x\nclass session\n"
#define C    "check x\nclass session\n"
#define N    "check x\nclass noisy\n"
#define T    "check x\nclass transaction\n"
#define LONG "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-xy" /* 50 octets */

/* clang-format off */
static const struct invalid {
    const char *name, *in;
    unsigned line;
    const char *text; /* its beginning */
    enum err error;
} invalid[] = {
    {"a specimen",                 "specimen\n",                           1, "only stimuli and checks are played", ERR_SYNTAX},
    {"a peer",                     "peer x\nS: 220 hi\n",                  1, "only stimuli and checks are played", ERR_SYNTAX},
    {"a long name",                "stimulus " LONG LONG LONG LONG "x\nclass session\nC: NOOP\n", 1, "a name is at most 200 octets", ERR_SYNTAX},
    {"no class",                   "stimulus x\nC: NOOP\n",                1, "class is passive,", ERR_SYNTAX},
    {"an unknown class",           "stimulus x\nabout y\nclass loud\nC: NOOP\n", 3, "class is passive,", ERR_SYNTAX},
    {"class consent",              "check x\nclass consent\nC: NOOP\n",    2, "class consent is not played from files", ERR_SYNTAX},
    {"class passive writes nothing", "stimulus x\nclass passive\nC: NOOP\n", 3, "class passive writes nothing", ERR_REFUSED},
    {"an unknown state",           S "state rcpt\nC: NOOP\n",              3, "state is connected,", ERR_SYNTAX},
    {"speaking before the greeting", S "state connected\nC: NOOP\n",       3, "speaking before the greeting", ERR_SYNTAX},
    {"state mail without class",   S "state mail\nC: NOOP\n",              3, "state mail is class transaction", ERR_SYNTAX},
    {"too many errors",            S "errors 26\nC: NOOP\n",               3, "errors is a number up to 25, not: 26", ERR_SYNTAX},
    {"errors in words",            S "errors few\nC: NOOP\n",              3, "errors is a number", ERR_SYNTAX},
    {"again without a pattern",    C "again 6m\nC: NOOP\n",                3, "again DURATION on PATTERN, not: 6m", ERR_SYNTAX},
    {"again without on",           C "again 6m 4xx\nC: NOOP\n",            3, "again DURATION", ERR_SYNTAX},
    {"again without a unit",       C "again 6 on 4xx\nC: NOOP\n",          3, "again DURATION", ERR_SYNTAX},
    {"again at once",              C "again 0s on 4xx\nC: NOOP\n",         3, "again DURATION", ERR_SYNTAX},
    {"again on an odd pattern",    C "again 6m on foo\nC: NOOP\n",         3, "a pattern begins with", ERR_SYNTAX},
    {"again with more",            C "again 6m on 4xx foo\nC: NOOP\n",     3, "again DURATION", ERR_SYNTAX},
    {"nothing to ask",             S,                                      1, "nothing is asked", ERR_SYNTAX},
    {"verdicts alone",             C "verdict safe a 2xx\n",               1, "nothing is asked", ERR_SYNTAX},
    {"an unknown placeholder",     S "C: NOOP\nC: EHLO {foo}\n",           4, "unknown placeholder: EHLO {foo}", ERR_SYNTAX},
    {"octets without quotes",      S "C= NOOP\n",                          3, "octets stand in double quotes: NOOP", ERR_SYNTAX},
    {"octets with more behind",    S "C= \"NOOP\" foo\n",                  3, "octets stand in double quotes", ERR_SYNTAX},
    {"octets with an odd escape",  S "C= \"\\q\"\n",                       3, "octets stand in double quotes", ERR_SYNTAX},
    {"a reply to nothing",         C "S: 2xx\nC: NOOP\n",                  3, "an S: line stands under a C: line", ERR_SYNTAX},
    {"a reply to tls",             N "C: STARTTLS\ntls\nS: 2xx\n",         5, "an S: line stands under a C: line", ERR_SYNTAX},
    {"an odd pattern",             C "C: NOOP\nS: ok\n",                   4, "a pattern begins with", ERR_SYNTAX},
    {"a regex that does not compile", C "C: NOOP\nS: 2xx /(/\n",           4, "a regular expression stands", ERR_SYNTAX},
    {"as without a name",          C "C: NOOP\nS: 2xx as\n",               4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"an arrow to nowhere",        C "C: NOOP\nS: 2xx ->\n",               4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"an unknown verdict",         C "C: NOOP\nS: 2xx -> good\n",          4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"words without an end",       C "C: NOOP\nS: 2xx -> safe \"words\n",  4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"words without quotes",       C "C: NOOP\nS: 2xx -> safe words\n",    4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"a name behind the arrow",    C "C: NOOP\nS: 2xx -> safe as a\n",     4, "PATTERN [as NAME]", ERR_SYNTAX},
    {"within no time",             C "within 0s\nC: NOOP\n",               3, "within takes a duration", ERR_SYNTAX},
    {"within no duration",         C "within soon\nC: NOOP\n",             3, "within takes a duration such as 5s, not: soon", ERR_SYNTAX},
    {"within before nothing",      C "C: NOOP\nwithin 5s\n",               1, "within stands before what is answered", ERR_SYNTAX},
    {"repeat below noisy",         C "repeat 2\nC: NOOP\n",                3, "repeat is class noisy", ERR_SYNTAX},
    {"repeat no times",            N "repeat 0\nC: NOOP\n",                3, "repeat takes 1 to 25, not: 0", ERR_SYNTAX},
    {"repeat too often",           N "repeat 26\nC: NOOP\n",               3, "repeat takes 1 to 25", ERR_SYNTAX},
    {"repeat before next",         N "C: NOOP\nrepeat 2\nnext\n",          5, "repeat stands before a C: line", ERR_SYNTAX},
    {"repeat twice",               N "repeat 2\nrepeat 2\nC: NOOP\n",      4, "repeat stands before a C: line", ERR_SYNTAX},
    {"repeat before nothing",      N "C: NOOP\nrepeat 2\n",                1, "repeat stands before a C: line", ERR_SYNTAX},
    {"next with words",            C "C: NOOP\nnext 2xx\n",                4, "next and tls stand alone, without: 2xx", ERR_SYNTAX},
    {"tls with words",             C "C: STARTTLS\ntls now\n",             4, "next and tls stand alone, without: now", ERR_SYNTAX},
    {"more behind end",            C "C: NOOP\nend -> safe\nC: NOOP\n",    5, "nothing is played after end", ERR_SYNTAX},
    {"end without an arrow",       C "C: NOOP\nend safe\n",                4, "end -> VERDICT", ERR_SYNTAX},
    {"end with more",              C "C: NOOP\nend -> safe words\n",       4, "end -> VERDICT", ERR_SYNTAX},
    {"a verdict on no reply",      C "C: NOOP\nS: * as a\nverdict safe b 2xx\n", 5, "no reply has this name", ERR_SYNTAX},
    {"a verdict on no other reply", C "C: NOOP\nS: * as a\nverdict safe a = b\n", 5, "verdict VERDICT NAME PATTERN", ERR_SYNTAX},
    {"a verdict without a condition", C "C: NOOP\nS: * as a\nverdict safe\n", 5, "verdict VERDICT NAME PATTERN", ERR_SYNTAX},
    {"an unknown verdict in a rule", C "C: NOOP\nS: * as a\nverdict good a 2xx\n", 5, "verdict VERDICT NAME PATTERN", ERR_SYNTAX},
    {"a condition without a pattern", C "C: NOOP\nS: * as a\nverdict safe a\n", 5, "a pattern begins with", ERR_SYNTAX},
    {"an empty condition",         C "C: NOOP\nS: * as a\nverdict safe a 2xx,, a 5xx\n", 5, "no reply has this name", ERR_SYNTAX},
    {"nine conditions",            C "C: NOOP\nS: * as a\nverdict safe a *,a *,a *,a *,a *,a *,a *,a *,a *\n", 5, "at most eight conditions", ERR_SYNTAX},
    {"words behind words",         C "C: NOOP\nS: * as a\nverdict safe a * \"x\" \"y\"\n", 5, "verdict VERDICT NAME PATTERN", ERR_SYNTAX},
    {"each without a value",       C "C: NOOP\neach a\n",                  4, "each SUFFIX VALUE, not: a", ERR_SYNTAX},
    {"{each} without a row",       C "C: AUTH {each}\n",                   3, "{each} is the value of an each line", ERR_SYNTAX},
    {"a write over 32 KiB",        N "C: NOOP {x*20000}{x*20000}\n",       3, "a write is at most 32 KiB", ERR_REFUSED},

    {"DATA",                       T "C: NOOP\nC: DATA\n",                 4, "a command that is never sent", ERR_REFUSED},
    {"DATA in octets",             N "C= \"NOOP\\r\\n\\0D\\0ATA\\r\\n\"\n", 3, "a command that is never sent", ERR_REFUSED},
    {"DATA by an each row",        C "C: {each}\neach a NOOP\neach b DATA\n", 3, "a command that is never sent", ERR_REFUSED},
    {"DATA by repetition",         N "C: {DATA*1}\n",                      3, "a command that is never sent", ERR_REFUSED},
    {"a transaction in class session", S "C: MAIL FROM:<{sender}>\n",      3, "class session begins no transaction", ERR_REFUSED},
    {"a user of the domain",       T "C: RCPT TO:<root@{domain}>\n",       3, "a recipient that is not ours", ERR_REFUSED},
    {"a stranger",                 T "C: RCPT TO:<root@example.org>\n",    3, "a recipient that is not ours", ERR_REFUSED},
    {"the outsider's name at the domain", T "C: RCPT TO:<{outsider.local}@{domain}>\n", 3, "a recipient that is not ours", ERR_REFUSED},
    {"a user of the domain as sender", T "C: MAIL FROM:<root@{domain}>\n", 3, "a sender that is not ours", ERR_REFUSED},
    {"a password",                 S "C: AUTH PLAIN AGEAYg==\n",           3, "AUTH with an initial response", ERR_REFUSED},
};
/* clang-format on */

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct compiled p;
    struct octets in = kit_guard(octets_of(c->in));
    compile(&p, in, ARENA_OCTETS);
    assert_int_equal(p.error, c->error);
    if (strncmp(p.problem.text, c->text, strlen(c->text)) != 0)
        assert_string_equal(p.problem.text, c->text);
    assert_int_equal(p.problem.line, c->line);
    assert_null(p.programs);
    release(&p);
    kit_unguard(in);
}

static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof harvest_rcpt - 1; n++) {
        struct compiled c;
        struct octets in = kit_guard(octets_sub(octets_of(harvest_rcpt), 0, n));
        compile(&c, in, ARENA_OCTETS);
        assert_true(c.error == ERR_OK || c.problem.text[0]);
        release(&c);
        kit_unguard(in);
    }
}

static void test_arena_exhausted(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 16 * 1024; cap += 64) {
        struct compiled c;
        compile(&c, octets_of(harvest_rcpt), cap);
        assert_true(c.error == ERR_OK || c.error == ERR_NOMEM);
        release(&c);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(smtp_verdict_name(SMTP_VERDICT_UNTESTABLE), "untestable");
    assert_string_equal(smtp_verdict_name(SMTP_VERDICT__COUNT), "?");
    assert_string_equal(smtp_state_name(SMTP_STATE_MAIL), "mail");
    assert_string_equal(smtp_state_name(SMTP_STATE__COUNT), "?");
}

/* ---- the data ---- */

/* The folder under data/, found from the path of this source as the compiler was given it. */
static void data_path(char *ret, size_t size, const char *below)
{
    const char *here = __FILE__, *end = strrchr(here, '/');
    snprintf(ret, size, "%.*s/../../data/%s", end ? (int)(end - here) : 1, end ? here : ".", below);
}

static void check_stimulus(const char *folder, const char *file)
{
    static uint8_t text[64 * 1024];
    char path[1024];
    struct compiled c;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t size = fread(text, 1, sizeof text, f);
    fclose(f);
    compile(&c, (struct octets){text, size}, ARENA_OCTETS);
    if (c.error)
        print_error("%s:%u: %s\n", path, c.problem.line, c.problem.text);
    assert_int_equal(c.error, ERR_OK);
    assert_int_equal(c.count, 1);
    assert_int_equal(strlen(c.programs[0].name), strlen(file) - strlen(".smtp"));
    assert_memory_equal(c.programs[0].name, file, strlen(c.programs[0].name));
    release(&c);
}

/* Every stimulus compiles, so the guard allows it, and bears the name of its file. */
static void test_all_stimuli(void **state)
{
    (void)state;
    char folder[400];
    size_t count = 0;
    data_path(folder, sizeof folder, "stimuli");
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        const char *dot = strrchr(d->d_name, '.');
        if (!dot || strcmp(dot, ".smtp") != 0)
            continue;
        check_stimulus(folder, d->d_name);
        count++;
    }
    closedir(dir);
    assert_true(count >= 40);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(invalid) + 8] = {
        cmocka_unit_test(test_harvest_rcpt), cmocka_unit_test(test_steps),
        cmocka_unit_test(test_each),         cmocka_unit_test(test_errors),
        cmocka_unit_test(test_every_prefix), cmocka_unit_test(test_arena_exhausted),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_all_stimuli),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
