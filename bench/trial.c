/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include "identify/next.h"
#include "visit/visit.h"

struct trial {
    const struct identify_database *db;
    struct identify_belief *belief;
    size_t specimen;
    struct trial_cost cost;
    bool starttls_done;
    /* Of the connection under way: */
    uint32_t commands, errors;
    bool said_hello, is_soiled, is_closed;
};

static const struct reaction_keys *answer(const struct trial *t, size_t question)
{
    return &t->db->questions[question].keys[t->specimen];
}

static bool wants_starttls(const struct trial *t)
{
    return answer(t, IDENTIFY_TLS_CHANGE)->at[REACTION_TEXT] && !t->starttls_done;
}

static uint32_t left(uint32_t budget, uint32_t spent)
{
    return budget > spent ? budget - spent : 0;
}

/* What the visit's choose() allows. */
static size_t choose(struct trial *t, bool fresh)
{
    uint32_t way_out = 1u + (wants_starttls(t) ? 2 : 0) + (!fresh && t->is_soiled ? 1 : 0) +
                       (fresh || !t->said_hello ? 1 : 0);
    uint32_t errors = left(VISIT_SESSION_ERRORS, fresh ? 0 : t->errors);
    uint32_t of_host = left(VISIT_HOST_ERRORS, t->cost.errors);
    struct identify_next_limits limits = {
        .errors = of_host < errors ? of_host : errors,
        .commands = left(VISIT_SESSION_COMMANDS, way_out + (fresh ? 0 : t->commands)),
        .class = SMTP_CLASS_TRANSACTION,
        .states = 1u << SMTP_STATE_EHLO | 1u << SMTP_STATE_MAIL,
        .vars = ~0u,
    };
    if (!of_host || (!fresh && (t->errors > VISIT_SESSION_ERRORS || t->is_closed)))
        return 0;
    if (fresh || !t->said_hello)
        limits.states |= 1u << SMTP_STATE_GREETED;
    identify_settle(t->belief);
    return identify_next(t->belief, &limits);
}

static void hear(struct trial *t, size_t question)
{
    identify_hear(t->belief, question, answer(t, question));
}

/* What the specimen was never asked cannot be put to it. */
static void pass_over_unknown(struct trial *t)
{
    for (size_t q = IDENTIFY_PSEUDO__COUNT; q < t->db->question_count; q++)
        if (!answer(t, q)->at[REACTION_TEXT])
            t->belief->seen[q].at[REACTION_TEXT] = INTERN_UNSEEN;
}

static void say_hello(struct trial *t)
{
    t->commands++;
    t->said_hello = true;
    hear(t, IDENTIFY_HELLO);
    hear(t, IDENTIFY_KEYWORDS);
}

static bool closes(const struct trial *t, const char *ask)
{
    const struct specimen *s = &t->db->specimens[t->specimen].about;
    for (size_t i = 0; i < s->section_count; i++)
        if (octets_is_equal(s->sections[i].ask, octets_of(ask)))
            return s->sections[i].reaction.ended != FACTS_ENDED_OPEN;
    return false;
}

static void ask(struct trial *t, size_t question)
{
    const struct identify_question *q = &t->db->questions[question];
    if (q->program->state != SMTP_STATE_GREETED && !t->said_hello)
        say_hello(t);
    if (q->program->state == SMTP_STATE_EHLO && t->is_soiled) {
        t->commands++;
        t->is_soiled = false;
    }
    bool soils = q->program->class == SMTP_CLASS_TRANSACTION;
    bool opens = q->program->state == SMTP_STATE_MAIL && !t->is_soiled;
    t->commands += q->commands - (soils ? 1 : 0) - (q->program->state == SMTP_STATE_MAIL ? 1 : 0) +
                   (opens ? 1 : 0);
    t->is_soiled = t->is_soiled || soils;
    t->is_closed = closes(t, q->name);
    t->errors += q->errors[t->specimen];
    t->cost.errors += q->errors[t->specimen];
    hear(t, question);
}

static void play_session(struct trial *t)
{
    t->cost.connections++;
    t->commands = t->errors = 0;
    t->said_hello = t->is_soiled = t->is_closed = false;
    if (t->cost.connections == 1)
        say_hello(t);
    for (;;) {
        size_t question = choose(t, false);
        if (question) {
            ask(t, question);
        } else if (wants_starttls(t) && !t->is_closed) {
            t->commands += 2u + (t->is_soiled ? 1 : 0);
            t->is_soiled = false;
            t->starttls_done = true;
            hear(t, IDENTIFY_TLS_CHANGE);
        } else {
            break;
        }
    }
    t->cost.commands += t->commands + (t->is_closed ? 0 : 1u + (t->is_soiled ? 1 : 0));
    if (!t->is_closed)
        hear(t, IDENTIFY_QUIT);
}

struct identify_belief *trial_run(const struct identify_database *db, size_t specimen,
                                  const struct identify_options *options, struct arena *a,
                                  struct trial_cost *ret_cost)
{
    struct trial t = {
        .db = db, .belief = identify_belief_new(db, options, a), .specimen = specimen};
    if (!t.belief)
        return NULL;
    pass_over_unknown(&t);
    hear(&t, IDENTIFY_GREETING);
    do
        play_session(&t);
    while (choose(&t, true) && t.cost.connections < VISIT_SESSIONS_MAX);
    identify_settle(t.belief);
    *ret_cost = t.cost;
    return t.belief;
}
