/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <time.h>

#include "identify/next.h"
#include "trial.h"

/*
 * CPU of the identification alone: matching one visit from its facts to its answer, and choosing
 * one question.  The visits are those of bench/trial.c, over all specimens.
 */
#define ROUNDS 20

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool add_replies(const struct reaction *r, struct arena *a, struct facts_reaction *ret)
{
    size_t line = 0;
    ret->replies = arena_alloc_array(a, r->reply_count, sizeof *ret->replies);
    for (size_t i = 0; i < r->reply_count && ret->replies; i++) {
        ret->replies[i] =
            (struct facts_reply){.lines = r->lines + line, .line_count = r->reply_ends[i] - line};
        line = r->reply_ends[i];
    }
    ret->reply_count = r->reply_count;
    ret->ended = r->ended;
    return ret->replies != NULL;
}

static struct facts_reply *plain_reply(struct facts_visit *v, struct octets ask)
{
    return octets_is_equal(ask, OCTETS("greeting"))   ? &v->greeting
           : octets_is_equal(ask, OCTETS("ehlo"))     ? &v->ehlo
           : octets_is_equal(ask, OCTETS("ehlo-tls")) ? &v->ehlo_tls
           : octets_is_equal(ask, OCTETS("quit"))     ? &v->quit
                                                      : NULL;
}

/* The facts of a visit that heard what the belief did; masked words stand for themselves. */
static bool recall(const struct identify_belief *b, size_t specimen, struct arena *a,
                   struct facts_visit *v)
{
    const struct specimen *s = &b->db->specimens[specimen].about;
    *v = (struct facts_visit){.asker = {.ehlo = OCTETS("client.example.org"),
                                        .client = OCTETS("192.0.2.1"),
                                        .sender = OCTETS("probe@client.example.org")}};
    v->reactions = arena_alloc_array(a, s->section_count, sizeof *v->reactions);
    for (size_t i = 0; i < s->section_count && v->reactions; i++) {
        struct facts_reaction r = {0};
        struct facts_reply *plain = plain_reply(v, s->sections[i].ask);
        if (!add_replies(&s->sections[i].reaction, a, &r))
            return false;
        if (plain && r.reply_count)
            *plain = r.replies[0];
        for (size_t q = IDENTIFY_PSEUDO__COUNT; q < b->db->question_count; q++)
            if (b->seen[q].at[REACTION_TEXT] &&
                octets_is_equal(s->sections[i].ask, octets_of(b->db->questions[q].name))) {
                r.ask = b->db->questions[q].name;
                v->reactions[v->reaction_count++] = r;
            }
    }
    return v->reactions != NULL;
}

struct spent {
    double match_us, next_us, matches, steps;
};

static bool measure(const struct identify_database *db, size_t specimen, struct spent *sum)
{
    static const struct identify_options plain = {0};
    const struct identify_next_limits limits = {
        .errors = 2, .commands = 9, .class = SMTP_CLASS_TRANSACTION, .states = ~0u, .vars = ~0u};
    struct trial_cost cost;
    struct facts_visit v;
    struct arena a;
    arena_init(&a, (size_t)64 * 1024 * 1024);
    struct identify_belief *b = trial_run(db, specimen, &plain, &a, &cost);
    bool ok = b && recall(b, specimen, &a, &v);
    double start = cpu_us();
    for (unsigned i = 0; ok && i < ROUNDS; i++) {
        struct identify_answer answer;
        struct arena scratch;
        arena_init(&scratch, (size_t)1024 * 1024);
        ok = identify_match(db, &v, &plain, &scratch, &answer) == ERR_OK;
        arena_release(&scratch);
    }
    sum->match_us += cpu_us() - start;
    sum->matches += ROUNDS;
    /* The steps of a visit: hear one reaction more, choose anew. */
    b = ok ? identify_belief_new(db, &plain, &a) : NULL;
    start = cpu_us();
    for (size_t q = 0; b && q < db->question_count; q++) {
        identify_hear(b, q, &db->questions[q].keys[specimen]);
        identify_settle(b);
        if (b->heard < 3 || b->heard > 15)
            continue;
        (void)identify_next(b, &limits);
        sum->steps++;
    }
    sum->next_us += cpu_us() - start;
    arena_release(&a);
    return b != NULL;
}

int main(void)
{
    struct identify_database *db;
    struct dialogue_problem problem;
    struct spent sum = {0};
    const char *path;
    double start = cpu_us();
    if (identify_database_build(&bundle_built_in, &db, &path, &problem))
        return 1;
    double built = cpu_us() - start;
    for (size_t i = 0; i < db->specimen_count; i++)
        if (!measure(db, i, &sum))
            return 1;
    printf("%zu specimens\nbuilding the database %8.0f us\nmatching one visit   %8.1f us\n"
           "hearing and choosing %8.1f us a step\n",
           db->specimen_count, built, sum.match_us / sum.matches, sum.next_us / sum.steps);
    identify_database_free(db);
    return 0;
}
