/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

/*
 * How many connections a server takes within a minute: greeting, QUIT, and the next, one after
 * another, until one is refused or 25 were not.  The last thing that is asked.
 */
#define CONNECTIONS_MAX 25
#define WITHIN_MS       60000

struct visit_crowding {
    struct facts_reaction reaction; /* the greetings */
    uint64_t began_ms;
    bool is_greeted; /* on the connection under way */
    bool has_ended;  /* refused: no further one */
    bool is_kept;
};

/* Class noisy, and of an exchange: submission ports have users with many connections. */
static bool may_crowd(const struct visit *v)
{
    const struct facts_visit *f = &v->facts;
    return v->options->counts_connections && v->class_max >= SMTP_CLASS_NOISY && f->port == 25 &&
           !f->tls.implicit && f->outcome == FACTS_OUTCOME_ANSWERED && !f->cut_stage && !v->is_over;
}

static bool begin(struct visit *v)
{
    struct visit_crowding *c = arena_alloc(&v->arena, sizeof *c);
    if (!c)
        return false;
    *c = (struct visit_crowding){
        .reaction = {.ask = "limit.connections", .state = FACTS_STATE_CONNECTED},
        .began_ms = net_loop_now_ms(v->loop)};
    c->reaction.replies = arena_alloc_array(&v->arena, CONNECTIONS_MAX, sizeof(struct facts_reply));
    if (!c->reaction.replies)
        return false;
    v->crowding = c;
    net_timer_start(&v->deadline, v->options->visit_ms);
    return true;
}

bool visit_crowd_next(struct visit *v)
{
    if (!v->crowding && (v->is_cancelled || !may_crowd(v) || !begin(v)))
        return false;
    struct visit_crowding *c = v->crowding;
    bool is_late = net_loop_now_ms(v->loop) - c->began_ms > WITHIN_MS;
    if (!v->is_cancelled && !v->is_over && !c->has_ended && !is_late &&
        c->reaction.reply_count < CONNECTIONS_MAX) {
        c->is_greeted = false;
        if (visit_connect(v) == ERR_OK)
            return true;
    }
    if (!c->is_kept && !v->is_cancelled && !v->is_over)
        visit_keep_reaction(v, &c->reaction);
    c->is_kept = true;
    return false;
}

static void on_greeted(struct visit *v)
{
    struct visit_crowding *c = v->crowding;
    c->is_greeted = true;
    c->reaction.replies[c->reaction.reply_count++] = v->session.reply;
    c->has_ended = v->session.reply.code != 220;
    if (session_is_open(&v->session))
        session_say(&v->session, SMTP_CLASS_SESSION, "QUIT", OCTETS_NONE);
    else
        session_reset(&v->session);
}

static void refuse(struct visit *v, enum facts_ended how)
{
    if (v->crowding->is_greeted || v->is_cancelled || v->is_over)
        return;
    v->crowding->has_ended = true;
    v->crowding->reaction.ended = how;
}

void visit_crowding_report(struct visit *v, enum session_report report)
{
    switch (report) {
    case SESSION_CONNECTED:
        session_await_greeting(&v->session);
        break;
    case SESSION_GREETED:
        on_greeted(v);
        break;
    case SESSION_REPLIED:
        session_close(&v->session);
        break;
    case SESSION_TIMEOUT:
        refuse(v, FACTS_ENDED_TIMEOUT);
        session_reset(&v->session);
        break;
    case SESSION_ENDED:
        refuse(v, FACTS_ENDED_CLOSED);
        break;
    case SESSION_OCTETS:
    case SESSION_TLS_UP:
    case SESSION_TLS_FAILED:
    case SESSION_PLAYED:
        break; /* not asked for here */
    }
}
