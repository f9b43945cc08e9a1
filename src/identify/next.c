/* SPDX-License-Identifier: Apache-2.0 */
#include "next.h"

#include <math.h>

/* Bits that a question must promise, for each that was asked before: we get less patient. */
#define GAIN_EACH 0.06f
#define DOUBT \
    0.15f /* share of belief kept for every specimen alike: early certainty must be tested */
#define RISK_DOUBT 0.05f /* the same, when it is asked how likely an error is */
#define RISK_LEAST \
    0.06f /* errors to expect of a question that is asked when no error may be provoked any more */
#define HANG_UP_COST        20.0f /* commands that a provoked hang-up is worth */
#define UNKNOWN_SETTLED     0.02  /* with less than this for "unknown", the product is settled */
#define QUESTIONS_UNSETTLED 10    /* asked while it is not */
#define QUESTIONS_LEAST     4     /* asked of everybody, however sure we seem */

/* The specimens that count at this moment; those of a release side by side. */
#define CONTENDERS_MAX   48
#define CONTENDERS_LEAST 0.002f /* the probability that makes one */

struct contender {
    size_t specimen, release;
    float p;
};

struct contenders {
    struct contender at[CONTENDERS_MAX];
    size_t count;
};

static int by_release(const void *a, const void *b)
{
    const struct contender *x = a, *y = b;
    return (x->release > y->release) - (x->release < y->release);
}

static void find_contenders(const struct identify_belief *b, struct contenders *c)
{
    c->count = 0;
    for (size_t i = 0; i < b->db->specimen_count && c->count < CONTENDERS_MAX; i++)
        if (b->p[i] >= CONTENDERS_LEAST)
            c->at[c->count++] = (struct contender){i, b->db->specimens[i].release, b->p[i]};
    qsort(c->at, c->count, sizeof *c->at, by_release);
}

/* Weights gathered by text. */
struct tally {
    uint32_t texts[CONTENDERS_MAX];
    float weights[CONTENDERS_MAX], sum;
    size_t count;
};

static void tally_add(struct tally *t, uint32_t text, float weight)
{
    size_t at = 0;
    while (at < t->count && t->texts[at] != text)
        at++;
    if (at == t->count) {
        t->texts[at] = text;
        t->weights[t->count++] = 0;
    }
    t->weights[at] += weight;
    t->sum += weight;
}

/* Bits, times the weight of all. */
static float tally_entropy(const struct tally *t)
{
    float sum = 0;
    for (size_t i = 0; i < t->count && t->count > 1; i++)
        sum -= t->weights[i] * log2f(t->weights[i] / t->sum);
    return sum;
}

/* What the answer is expected to tell of product and version, in bits: its entropy, less what only
 * configurations of one release differ by. */
static float gain_of(const struct identify_question *q, const struct contenders *c)
{
    struct tally all = {0}, own = {0};
    float within = 0;
    for (size_t i = 0; i < c->count; i++) {
        uint32_t text = q->keys[c->at[i].specimen].at[REACTION_TEXT];
        if (i && c->at[i].release != c->at[i - 1].release) {
            within += tally_entropy(&own);
            own.count = 0;
            own.sum = 0;
        }
        if (!text)
            continue;
        tally_add(&all, text, c->at[i].p);
        tally_add(&own, text, c->at[i].p);
    }
    within += tally_entropy(&own);
    return all.sum > 0 ? (tally_entropy(&all) - within) / all.sum : 0;
}

/* What to expect of asking, over the specimens as they are believed. */
struct risk {
    float errors, hang_up;
};

static struct risk risk_of(const struct identify_question *q, const struct contenders *c)
{
    float known = 0, errors = 0, hang_ups = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t s = c->at[i].specimen;
        if (!q->keys[s].at[REACTION_TEXT])
            continue;
        known += c->at[i].p;
        errors += c->at[i].p * (float)q->errors[s];
        hang_ups += c->at[i].p * (float)q->hangs_up[s];
    }
    if (known <= 0)
        return (struct risk){q->risk, q->hang_up_risk};
    return (struct risk){(1 - RISK_DOUBT) * errors / known + RISK_DOUBT * q->risk,
                         (1 - RISK_DOUBT) * hang_ups / known + RISK_DOUBT * q->hang_up_risk};
}

/* With no error left only what is all but sure to be accepted; and no MAIL, which a submission port
 * refuses to strangers. */
static bool is_safe(const struct identify_question *q, struct risk risk)
{
    return q->program->class < SMTP_CLASS_TRANSACTION && risk.errors < RISK_LEAST;
}

/* needs with words of its own ("starttls", "port 587") are for checks: a stimulus that has them is
 * not asked here. */
static bool may_ask(const struct identify_question *q, const struct identify_next_limits *l)
{
    const struct smtp_program *p = q->program;
    return p->class <= l->class && l->states & 1u << p->state && (p->vars & ~l->vars) == 0 &&
           q->commands <= l->commands && p->needs.size == 0;
}

static float cost_of(const struct identify_question *q, struct risk risk)
{
    return (float)q->commands + 0.7f * (float)q->program->errors + HANG_UP_COST * risk.hang_up;
}

size_t identify_next(const struct identify_belief *b, const struct identify_next_limits *limits)
{
    struct contenders c;
    size_t best = 0;
    float best_worth = 0;
    /* Whether we know it at all deserves more questions than which of its versions it is. */
    size_t least = b->unknown > UNKNOWN_SETTLED ? QUESTIONS_UNSETTLED : QUESTIONS_LEAST;
    find_contenders(b, &c);
    for (size_t i = IDENTIFY_PSEUDO__COUNT; i < b->db->question_count; i++) {
        const struct identify_question *q = &b->db->questions[i];
        if (b->seen[i].at[REACTION_TEXT] || !may_ask(q, limits))
            continue;
        struct risk risk = risk_of(q, &c);
        bool has_budget = limits->errors > 0 && q->program->errors <= limits->errors;
        if (!has_budget && !is_safe(q, risk))
            continue;
        float gain = gain_of(q, &c);
        bool enough = b->asked >= least && gain < GAIN_EACH * (float)b->asked;
        float worth = ((1 - DOUBT) * gain + DOUBT * q->entropy + 0.01f) / cost_of(q, risk);
        if ((limits->exhaustive || !enough) && worth > best_worth) {
            best = i;
            best_worth = worth;
        }
    }
    return best;
}
