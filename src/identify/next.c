/* SPDX-License-Identifier: Apache-2.0 */
#include "next.h"

#include <math.h>

#define GAIN_LEAST 0.15 /* bits: what promises less is not worth a command */
#define DOUBT \
    0.15 /* share of belief kept for every specimen alike: early certainty must be tested */
#define RISK_DOUBT 0.05 /* the same, when it is asked how likely an error is */
#define RISK_LEAST \
    0.06 /* errors to expect of a question that is asked when no error may be provoked any more */
#define UNKNOWN_SETTLED     0.02 /* with less than this for "unknown", the product is settled */
#define QUESTIONS_UNSETTLED 10   /* asked while it is not */
#define QUESTIONS_LEAST     4    /* asked of everybody, however sure we seem */

static uint32_t lines_of(const struct smtp_template *t)
{
    uint32_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        for (size_t at = 0; at < t->parts[i].text.size; at++)
            n += t->parts[i].text.at[at] == '\n' ? t->parts[i].times : 0;
    return n ? n : 1;
}

/* Lines that a question takes, with those that bring the session to its state and back. */
static uint32_t commands_of(const struct smtp_program *p)
{
    const struct smtp_template *text = &p->steps[0].text;
    bool says_hello = text->count && octets_find_nocase(text->parts[0].text, OCTETS("LO"), 0) == 2;
    /* MAIL before and RSET behind; or the RSET alone; or a proper EHLO anew. */
    uint32_t n = p->state == SMTP_STATE_MAIL                        ? 2
                 : p->class == SMTP_CLASS_TRANSACTION || says_hello ? 1
                                                                    : 0;
    for (size_t i = 0; i < p->step_count; i++)
        n += p->steps[i].op == SMTP_OP_SEND ? p->steps[i].repeat * lines_of(&p->steps[i].text) : 0;
    return n;
}

/* How many errors to expect, over the specimens as they are believed. */
static double risk_of(const struct identify_database *db, size_t question,
                      const struct identify_posterior *p)
{
    double known = 0, errors = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        const struct identify_specimen *s = &db->specimens[i];
        double belief =
            (1 - RISK_DOUBT) * p->specimens[i] + RISK_DOUBT / (double)db->specimen_count;
        if (!s->keys[question].at[REACTION_TEXT])
            continue;
        known += belief;
        errors += belief * s->errors[question];
    }
    return known > 0 ? errors / known : db->questions[question].program->errors;
}

/* With no error left only what is all but sure to be accepted; and no MAIL, which a submission port
 * refuses to strangers. */
static bool is_safe(const struct identify_database *db, size_t question,
                    const struct identify_posterior *p)
{
    return db->questions[question].program->class < SMTP_CLASS_TRANSACTION &&
           risk_of(db, question, p) < RISK_LEAST;
}

/* needs with words of its own ("starttls", "port 587") are for checks: a stimulus that has them is
 * not asked here. */
static bool may_ask(const struct smtp_program *p, const struct facts_visit *v,
                    const struct identify_next_limits *l)
{
    return p->class <= l->class && l->states & 1u << p->state && (p->vars & ~l->vars) == 0 &&
           commands_of(p) <= l->commands && p->needs.size == 0 && !facts_visit_reaction(v, p->name);
}

/* The entropy of the answer, in bits, over the specimens as they are believed; `doubt` is spread
 * over all alike. */
static double gain_of(const struct identify_database *db, size_t question,
                      const struct identify_posterior *p, double doubt, double *by_text)
{
    double known = 0, sum = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        uint32_t text = db->specimens[i].keys[question].at[REACTION_TEXT];
        double belief = (1 - doubt) * p->specimens[i] + doubt / (double)db->specimen_count;
        by_text[text] += belief;
        known += text ? belief : 0;
    }
    by_text[0] = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        uint32_t text = db->specimens[i].keys[question].at[REACTION_TEXT];
        if (by_text[text] > 0)
            sum -= by_text[text] * log2(by_text[text] / known);
        by_text[text] = 0;
    }
    return sum;
}

static double cost_of(const struct smtp_program *p)
{
    return commands_of(p) + 0.7 * p->errors;
}

const struct smtp_program *identify_next(const struct identify_database *db,
                                         const struct facts_visit *v,
                                         const struct identify_next_limits *limits,
                                         struct arena *scratch)
{
    static const struct identify_options plain = {0};
    const struct smtp_program *best = NULL;
    struct specimen masked;
    struct reaction_keys *seen;
    struct identify_posterior p;
    double best_worth = 0;
    double *by_text = arena_alloc_array(scratch, db->texts.count + 1, sizeof *by_text);
    if (!by_text || identify_seen(db, v, scratch, &masked, &seen) ||
        identify_posterior(db, seen, &plain, scratch, &p))
        return NULL;
    /* Whether we know it at all deserves more questions than which of its versions it is. */
    size_t least = p.unknown > UNKNOWN_SETTLED ? QUESTIONS_UNSETTLED : QUESTIONS_LEAST;
    for (size_t q = IDENTIFY_PSEUDO__COUNT; q < db->question_count; q++) {
        const struct smtp_program *program = db->questions[q].program;
        if (!may_ask(program, v, limits) ||
            ((limits->errors == 0 || program->errors > limits->errors) && !is_safe(db, q, &p)))
            continue;
        bool enough = v->reaction_count >= least && gain_of(db, q, &p, 0, by_text) < GAIN_LEAST;
        double worth = (gain_of(db, q, &p, DOUBT, by_text) + 0.01) / cost_of(program);
        if ((limits->exhaustive || !enough) && worth > best_worth) {
            best = program;
            best_worth = worth;
        }
    }
    return best;
}
