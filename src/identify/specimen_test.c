/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <dirent.h>
#include <stdio.h>

#include "specimen.h"

#define ARENA_OCTETS ((size_t)4 * 1024 * 1024)
#define TEXT_OCTETS  ((size_t)256 * 1024)

#define HEAD \
    "specimen\nproduct  Postfix\nversion  3.7.11\nconfig   default\nkind     live\n" \
    "seen     2026-11\norigin   lab\n"
#define M "masks    1\n"

/* clang-format off */
static const struct same {
    const char *name, *text;
} same[] = {
    {"a head alone",                   HEAD M},
    {"every header",
     "specimen\nproduct  Postfix\nvendor   Wietse Venema\nversion  3.7.11\nfront    postscreen\n"
     "build    Debian 3.7.11-0+deb12u1\nconfig   default\nkind     live\nseen     2026-11\norigin   lab, x\n"
     "cpe      cpe:2.3:a:postfix:postfix:3.7.11:*:*:*:*:*:*:*\n" M "@ greeting\nS: 220 {host} ESMTP Postfix\n"},
    {"a reply of three lines",         HEAD M "@ ehlo\nS: 250-{host}\nS: 250-SIZE 1\nS: 250 HELP\n"},
    {"two replies",                    HEAD M "@ x\nS: 250 a\nnext\nS: 250-b\nS: 250 c\n"},
    {"a reply and its end",            HEAD M "@ quit\nS: 221 bye\nclosed\n"},
    {"an end alone",                   HEAD M "@ x\ntimeout\n@ y\nclosed\n"},
    {"a section without anything",     HEAD M "@ x\n@ y\nS: 250 a\n"},
    {"the question",                   HEAD M "@ asked\nC: NOOP {x*3}\nC= \"\\r\\n\"\nS: 250 a\n"},
    {"escapes and braces as they are", HEAD M "@ x\nS: 250 a\\x00\\\\b {{c} {id}\\x20\n"},
    {"a blank before the text",        HEAD M "@ x\nS:  oops\nS: \n"},
    {"a line that looks like a comment", HEAD M "@ x\nS: # no comment\n"},
};

static const struct invalid {
    const char *name, *text;
    unsigned line;
    const char *problem;
} invalid[] = {
    {"no product",          "specimen\nversion 1\n" M,          1, "a specimen says its: product"},
    {"no origin",           "specimen\nproduct x\nversion 1\nconfig a\nkind live\nseen 2026\n" M, 1, "a specimen says its: origin"},
    {"no masks",            HEAD "@ x\n",                       1, "masked by another version (masks)"},
    {"older masks",         HEAD "masks 0\n",                   1, "masked by another version (masks)"},
    {"a reply to nothing",  HEAD M "S: 220 x\n",                9, "replies stand under an @ line"},
    {"a reply behind the end", HEAD M "@ x\nclosed\nS: 220 x\n", 11, "nothing follows an ending"},
    {"an end behind the end", HEAD M "@ x\nclosed\ntimeout\n",  11, "nothing follows an ending"},
    {"a stimulus",          "stimulus x\nC: NOOP\n",            1, "not a specimen"},
};
/* clang-format on */

struct read {
    struct arena arena;
    struct dialogue dialogue;
    struct dialogue_problem problem;
    struct specimen specimen;
    enum err error;
};

static void read_specimen(struct read *r, struct octets text)
{
    *r = (struct read){0};
    arena_init(&r->arena, ARENA_OCTETS);
    r->error = dialogue_parse(text, &r->arena, &r->dialogue, &r->problem);
    if (!r->error)
        r->error = specimen_take(&r->dialogue, &r->arena, &r->specimen, &r->problem);
}

/* The C: lines of a section, which are the author's and not kept by the specimen. */
struct questions {
    const struct dialogue *all;
    struct dialogue one;
};

static const struct dialogue *question(void *owner, struct octets ask)
{
    struct questions *q = owner;
    size_t i = 0;
    while (i < q->all->line_count && !(q->all->lines[i].word == DIALOGUE_SECTION &&
                                       octets_is_equal(octets_trim(q->all->lines[i].text), ask)))
        i++;
    q->one = (struct dialogue){.kind = DIALOGUE_STIMULUS, .lines = q->all->lines + i};
    for (i++; i < q->all->line_count && q->all->lines[i].word != DIALOGUE_SECTION; i++)
        q->one.line_count++;
    q->one.line_count += q->one.line_count > 0;
    return q->one.line_count ? &q->one : NULL;
}

static void check_same(struct octets text)
{
    struct read r;
    struct buf out;
    struct questions q = {.all = &r.dialogue};
    buf_init(&out, TEXT_OCTETS);
    read_specimen(&r, text);
    if (r.error)
        print_error("line %u: %s\n", r.problem.line, r.problem.text);
    assert_int_equal(r.error, ERR_OK);
    specimen_append(&out, &r.specimen, question, &q);
    assert_int_equal(buf_error(&out), ERR_OK);
    kit_assert_octets(buf_octets(&out), text);
    buf_release(&out);
    arena_release(&r.arena);
}

static void test_same(void **state)
{
    const struct same *c = *state;
    struct octets in = kit_guard(octets_of(c->text));
    check_same(in);
    kit_unguard(in);
}

static void test_invalid(void **state)
{
    const struct invalid *c = *state;
    struct read r;
    struct octets in = kit_guard(octets_of(c->text));
    read_specimen(&r, in);
    assert_int_equal(r.error, ERR_SYNTAX);
    assert_string_equal(r.problem.text, c->problem);
    assert_int_equal(r.problem.line, c->line);
    assert_int_equal(r.specimen.section_count, 0);
    arena_release(&r.arena);
    kit_unguard(in);
}

static void test_every_prefix(void **state)
{
    const struct same *c = *state;
    for (size_t n = 0; n < strlen(c->text); n++) {
        struct read r;
        struct octets in = kit_guard(octets_sub(octets_of(c->text), 0, n));
        read_specimen(&r, in);
        assert_true(r.error == ERR_OK || r.problem.text[0]);
        arena_release(&r.arena);
        kit_unguard(in);
    }
}

static void test_replies(void **state)
{
    (void)state;
    struct read r;
    read_specimen(
        &r,
        OCTETS(HEAD M
               "@ x\nC: FOO\nS: 250-a\nS: 250 b\nnext\nS: 500 c\nclosed\n@  y \nnext\nS: 250 d\n"));
    assert_int_equal(r.error, ERR_OK);
    assert_int_equal(r.specimen.section_count, 2);
    const struct specimen_section *x = &r.specimen.sections[0], *y = &r.specimen.sections[1];
    kit_assert_text(x->ask, "x");
    kit_assert_text(y->ask, "y");
    assert_int_equal(x->reaction.reply_count, 2);
    assert_int_equal(x->reaction.reply_ends[0], 2);
    assert_int_equal(x->reaction.reply_ends[1], 3);
    assert_int_equal(x->reaction.ended, FACTS_ENDED_CLOSED);
    kit_assert_text(x->reaction.lines[2], "500 c");
    assert_int_equal(y->reaction.reply_count, 1);
    assert_int_equal(y->reaction.ended, FACTS_ENDED_OPEN);
    kit_assert_text(r.specimen.version, "3.7.11");
    assert_int_equal(r.specimen.front.size, 0);
    arena_release(&r.arena);
}

/* What a visit saw is written as a specimen, and read again is the same. */
static void test_from_facts(void **state)
{
    (void)state;
    struct octets greeting[] = {OCTETS_INIT("220 mx.scanned.net ESMTP \xff{x} ")};
    struct octets ehlo[] = {OCTETS_INIT("250-mx.scanned.net"), OCTETS_INIT("250 SIZE 10240000")};
    struct octets answers[] = {OCTETS_INIT("500-5.5.1 no"), OCTETS_INIT("500 \r")};
    struct facts_reply twice[] = {{.lines = answers, .line_count = 2},
                                  {.lines = answers, .line_count = 1}};
    struct facts_reaction reactions[] = {
        {.ask = "unknown", .replies = twice, .reply_count = 2},
        {.ask = "silent", .ended = FACTS_ENDED_TIMEOUT},
        {.ask = "not-asked"},
        {.ask = "helo-bare", .replies = twice, .reply_count = 1, .ended = FACTS_ENDED_CLOSED},
    };
    struct facts_visit v = {.reactions = reactions, .reaction_count = KIT_COUNT(reactions)};
    struct dialogue none = {0};
    struct questions q = {.all = &none};
    struct specimen s = {0};
    struct arena a;
    struct buf out;
    v.greeting = (struct facts_reply){.lines = greeting, .line_count = 1};
    v.ehlo = (struct facts_reply){.lines = ehlo, .line_count = 2};
    arena_init(&a, ARENA_OCTETS);
    buf_init(&out, TEXT_OCTETS);
    assert_int_equal(specimen_from_facts(&v, &a, &s), ERR_OK);
    s.product = OCTETS("X");
    s.version = OCTETS("1");
    s.config = s.kind = s.seen = s.origin = OCTETS("y");
    specimen_append(&out, &s, question, &q);
    kit_assert_text(
        buf_octets(&out),
        "specimen\nproduct  X\nversion  1\nconfig   y\nkind     y\nseen     y\norigin   y\n" M
        "@ greeting\nS: 220 {host} ESMTP \\xFF{{x}\\x20\n"
        "@ ehlo\nS: 250-{host}\nS: 250 SIZE 10240000\n"
        "@ helo-bare\nS: 500-5.5.1 no\nS: 500 \\x0D\nclosed\n"
        "@ silent\ntimeout\n"
        "@ unknown\nS: 500-5.5.1 no\nS: 500 \\x0D\nnext\nS: 500-5.5.1 no\n");
    check_same(buf_octets(&out));
    buf_release(&out);
    arena_release(&a);
}

/* ---- the data ---- */

static void check_file(const char *path)
{
    static uint8_t text[TEXT_OCTETS];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t size = fread(text, 1, sizeof text, f);
    fclose(f);
    check_same((struct octets){text, size});
}

/* Every file below a folder that ends in .smtp, one level of folders deep. */
static size_t check_folder(const char *folder, int depth)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        char path[1024];
        const char *dot = strrchr(d->d_name, '.');
        if (d->d_name[0] == '.' || strlen(folder) > 700)
            continue;
        snprintf(path, sizeof path, "%.700s/%s", folder, d->d_name);
        if (dot && strcmp(dot, ".smtp") == 0) {
            check_file(path);
            count++;
        } else if (depth > 0) {
            count += check_folder(path, depth - 1);
        }
    }
    if (dir)
        closedir(dir);
    return count;
}

/* Every specimen that we have is as we would write it. */
static void test_all_specimens(void **state)
{
    (void)state;
    char folder[700];
    const char *here = __FILE__, *end = strrchr(here, '/');
    snprintf(folder, sizeof folder, "%.*s/../../data/specimens", end ? (int)(end - here) : 1,
             end ? here : ".");
    assert_true(check_folder(folder, 1) > 100);
}

int main(void)
{
    struct CMUnitTest tests[2 * KIT_COUNT(same) + KIT_COUNT(invalid) + 3] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_from_facts),
        cmocka_unit_test(test_all_specimens),
    };
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, same, test_same);
    KIT_ADD_ROWS(tests, &count, same, test_every_prefix);
    KIT_ADD_ROWS(tests, &count, invalid, test_invalid);
    return cmocka_run_group_tests_name("specimen", tests, NULL, NULL);
}
