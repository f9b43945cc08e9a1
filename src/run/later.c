/* SPDX-License-Identifier: Apache-2.0 */
#include "run_private.h"

/* Visits after the first one to who turned us away. */
#define RETRIES_MAX 2

/* How many wait at most, each with what its last visit has seen: 8 kB or so. */
#define LATER_MAX 8192

/* One who is asked again is left alone so many times longer each time. */
#define LONGER 5

static uint64_t now_us(const struct run *r)
{
    return net_loop_now_ms(r->loop) * 1000;
}

/* Temporary, as far as one can tell: a 4xx to the connection or to EHLO (RFC 5321 s4.2.1), or the
 * end of the connection without a word. */
static bool is_for_the_moment(const struct facts_visit *f)
{
    uint16_t greeting = f->greeting.code;
    if (f->outcome == FACTS_OUTCOME_BLOCKED)
        return f->reason.size && f->reason.at[0] == '4';
    if (f->outcome != FACTS_OUTCOME_CLOSED)
        return false;
    return f->stage == FACTS_STAGE_CONNECT || f->stage == FACTS_STAGE_GREETING ||
           (greeting >= 400 && greeting < 500);
}

/* A job all of whose visits wait needs no place among those that are visited. */
void run_rest_job(struct run_job *job)
{
    struct run *r = job->run;
    bool rests = job->visits && job->later == job->visits;
    if (rests == job->is_resting)
        return;
    job->is_resting = rests;
    r->resting += rests ? 1 : UINT32_MAX;
    if (rests && job->is_visiting) {
        job->is_visiting = false;
        r->visiting--;
    }
    run_fill_soon(r);
}

/* When it may be asked again: not while its operator is left alone. */
static uint64_t due_of(const struct run *r, const struct run_visit *rv)
{
    uint64_t now = now_us(r), operator_us = now + pace_back_off(&r->pace, now, &rv->place);
    return rv->due_us > operator_us ? rv->due_us : operator_us;
}

static void wake_at(struct run *r, uint64_t at_us)
{
    uint64_t now = now_us(r);
    net_timer_start(&r->later_timer, at_us > now ? (at_us - now + 999) / 1000 : 0);
}

bool run_postpone_visit(struct run_visit *rv, struct visit *v, struct facts_visit *f)
{
    struct run_job *job = rv->job;
    struct run *r = job->run;
    uint64_t wait_us = (uint64_t)r->options->again_ms * 1000;
    if (!wait_us || !r->options->list_count || r->is_interrupted || !is_for_the_moment(f) ||
        rv->retries == RETRIES_MAX || r->later_count == LATER_MAX)
        return false;
    for (uint32_t i = 0; i < rv->retries; i++)
        wait_us *= LONGER;
    rv->retries++;
    rv->due_us = now_us(r) + wait_us;
    rv->visit = NULL;
    rv->is_begun = false;
    rv->kept = v;
    rv->facts = f;
    rv->queued = r->later;
    r->later = rv;
    r->later_count++;
    job->later++;
    run_rest_job(job);
    if (r->over_us || r->later_count == 1 || rv->due_us < r->later_us) {
        r->later_us = r->over_us ? 0 : rv->due_us;
        wake_at(r, r->later_us);
    }
    return true;
}

static struct run_visit *take_out(struct run *r, struct run_visit **list)
{
    struct run_visit *rv = *list;
    *list = rv->queued;
    r->later_count--;
    rv->job->later--;
    return rv;
}

static void ask_again(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    facts_cost_add(&rv->spent, &rv->facts->cost);
    run_free_visit(rv, rv->kept);
    rv->kept = NULL;
    rv->facts = NULL;
    rv->is_answered = false;
    r->counts.retried++;
    run_rest_job(rv->job);
    run_enter_visit(rv);
}

static void give_up(struct run_visit *rv, bool tells)
{
    rv->visit = rv->kept;
    rv->is_begun = true; /* the sink may interrupt the run, which forgets all that have not */
    rv->retries--;
    run_conclude(rv, rv->kept, rv->facts, tells);
}

/* Parts those that are due, or would be so too late, from the others; when the first of these is. */
static uint64_t part(struct run *r, uint64_t now, uint64_t last)
{
    struct run_visit *rv = r->later, *next;
    uint64_t first = UINT64_MAX;
    r->later = NULL;
    for (; rv; rv = next) {
        uint64_t due = due_of(r, rv);
        bool is_now = due <= now || due > last;
        struct run_visit **list = is_now ? &r->due : &r->later;
        next = rv->queued;
        rv->queued = *list;
        *list = rv;
        if (!is_now && due < first)
            first = due;
    }
    return first;
}

void run_look_later(void *owner)
{
    struct run *r = owner;
    uint64_t now = now_us(r), last = UINT64_MAX;
    /* Nothing else is left to do: it is waited once more as long as the first time, not longer. */
    if (!r->over_us && r->counts.no_more_targets && r->jobs == r->resting)
        r->over_us = now;
    if (r->over_us)
        last = r->over_us + (uint64_t)r->options->again_ms * 1000;
    r->later_us = part(r, now, last);
    while (r->due) {
        struct run_visit *rv = take_out(r, &r->due);
        if (due_of(r, rv) > now)
            give_up(rv, true);
        else
            ask_again(rv);
    }
    if (r->later)
        wake_at(r, r->later_us);
    run_begin_ready(r);
}

static void end_list(struct run *r, struct run_visit **list)
{
    while (*list) {
        struct run_visit *rv = take_out(r, list);
        r->counts.unfinished++;
        give_up(rv, !r->options->done); /* else the next part asks it anew */
    }
}

void run_end_later(struct run *r)
{
    end_list(r, &r->later);
    end_list(r, &r->due);
}
