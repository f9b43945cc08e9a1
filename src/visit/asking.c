/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

/* The dialogues of a session that stands: which question, in which state, and the way out. */

#define HANG_UPS_MOST 2    /* a server that hangs up that often is not asked again */
#define SLOW_MS       5000 /* a reply within a dialogue that took longer was held back on purpose */

/* ---- what may be asked ---- */

static uint32_t left(uint32_t budget, uint32_t spent)
{
    return budget > spent ? budget - spent : 0;
}

/* Errors to provoke on one connection.  Who records asks each question as if it were the first: a
 * server's limit of errors would answer the second. */
static uint32_t errors_most(const struct visit *v)
{
    return v->options->exhaustive ? 1 : VISIT_SESSION_ERRORS;
}

/* Once, to see it; an audit asks a submission port what it asks under TLS each time. */
static bool wants_starttls(const struct visit *v, bool fresh)
{
    bool each_time = v->facts.level >= FACTS_LEVEL_AUDIT && v->facts.port != 25 &&
                     v->facts.starttls == FACTS_STARTTLS_OK && (fresh || !v->starttls_here);
    bool is_tls = !fresh && transport_is_tls(v->session.transport);
    return v->facts.starttls_offered && !is_tls && (!v->starttls_done || each_time);
}

/* The next question; `fresh`: as if on a new connection.  NULL when there is none. */
static const struct smtp_program *choose(struct visit *v, bool fresh)
{
    static const struct identify_options as_seen = {0};
    const struct session *s = &v->session;
    uint32_t errors = left(errors_most(v), fresh ? 0 : s->errors);
    uint32_t way_out = 1u + (wants_starttls(v, fresh) ? 2 : 0) +
                       (!fresh && (s->mail_is_open || v->is_soiled) ? 1 : 0) +
                       (fresh || !v->said_hello ? 1 : 0);
    struct identify_next_limits limits = {
        .errors = errors,
        .commands = left(VISIT_SESSION_COMMANDS, way_out + (fresh ? 0 : s->commands)),
        .class = v->class_max,
        .states = 1u << SMTP_STATE_EHLO,
        .exhaustive = v->options->exhaustive,
    };
    if (v->facts.level < FACTS_LEVEL_IDENTIFY || v->facts.protocol == FACTS_PROTOCOL_NONE ||
        v->asks_no_more || v->host->has_had_enough)
        return NULL;
    /* A question that seemed safe was refused: no more surprises on this connection. */
    if (!fresh && s->errors > errors_most(v))
        return NULL;
    if (!v->options->exhaustive) {
        uint32_t of_host =
            left(visit_host_budget[v->facts.level].commands,
                 v->host->commands_spent + way_out + visit_ports_waiting(v) * VISIT_KEPT_COMMANDS);
        limits.commands = of_host < limits.commands ? of_host : limits.commands;
        /* Ports that wait for their turn are to have something left of the address's budget. */
        uint32_t kept = v->host->waiting || v->host->opening ? VISIT_SESSION_ERRORS : 0;
        uint32_t unspent = left(VISIT_HOST_ERRORS, v->host->errors_spent);
        uint32_t free = left(unspent, kept);
        if (!unspent)
            return NULL;
        limits.errors = free < errors ? free : errors;
    }
    if (fresh || v->is_virgin)
        limits.states |= 1u << SMTP_STATE_GREETED;
    if (!v->mail_refused)
        limits.states |= 1u << SMTP_STATE_MAIL;
    for (unsigned i = 0; i < SMTP_VAR__COUNT; i++)
        if (v->vars.value[i].size)
            limits.vars |= 1u << i;
    if (!v->belief)
        v->belief = identify_belief_new(v->options->database, &as_seen, &v->arena);
    if (!v->belief || identify_follow(v->belief, &v->facts))
        return NULL;
    identify_settle(v->belief);
    size_t question = identify_next(v->belief, &limits);
    return question ? v->options->database->questions[question].program : NULL;
}

bool visit_wants_more(struct visit *v)
{
    if (v->opens_anew)
        return true;
    if (v->facts.outcome != FACTS_OUTCOME_ANSWERED)
        return false;
    /* A connection on which nothing could be asked is not tried again. */
    bool fruitless = v->sessions > 1 && v->facts.reaction_count == v->asked_from;
    bool first_tls = v->facts.starttls_offered && !v->starttls_done;
    return first_tls ||
           (!fruitless && (choose(v, true) != NULL || visit_choose_check(v, true, false)));
}

/* ---- asking ---- */

static void rset(struct visit *v)
{
    v->step = VISIT_RSET;
    session_say(&v->session, SMTP_CLASS_SESSION, "RSET", OCTETS_NONE);
}

static void open_mail(struct visit *v)
{
    struct buf path;
    buf_init(&path, 400);
    buf_append_text(&path, "FROM:<");
    buf_append(&path, v->options->sender);
    buf_append_text(&path, ">");
    v->step = VISIT_MAIL;
    session_say(&v->session, SMTP_CLASS_TRANSACTION, "MAIL", buf_octets(&path));
    buf_release(&path);
}

/* Brings the session to the state that the pending question needs, and asks it. */
static void ask(struct visit *v)
{
    const struct smtp_program *p = v->pending;
    bool is_clean = !v->session.mail_is_open && !v->is_soiled;
    if ((p->state == SMTP_STATE_EHLO && !is_clean) || (v->checking && v->is_soiled)) {
        rset(v);
    } else if (p->state == SMTP_STATE_MAIL && !v->session.mail_is_open) {
        open_mail(v);
    } else {
        v->step = VISIT_PLAYING;
        session_play(&v->session, p, &v->vars);
    }
}

static void leave(struct visit *v)
{
    v->wants_quit = true;
    if (v->session.mail_is_open) {
        rset(v);
    } else {
        v->step = VISIT_QUIT;
        session_say(&v->session, SMTP_CLASS_SESSION, "QUIT", OCTETS_NONE);
    }
}

void visit_decide(struct visit *v)
{
    if (!session_is_open(&v->session)) {
        visit_end_session(v, false);
        return;
    }
    if (v->wants_quit || v->is_cancelled) {
        leave(v);
        return;
    }
    /* On a submission port little is answered before TLS (RFC 8314 s3.3); on port 25 TLS comes
     * last, it changes what is offered. */
    bool tls_now = wants_starttls(v, false) && v->facts.port != 25;
    /* The first thing said to anybody is hello. */
    bool first_hello = !v->said_hello && v->facts.protocol == FACTS_PROTOCOL_NONE;
    if (!v->pending && !first_hello && !tls_now && !v->checks_alone)
        v->pending = choose(v, false);
    if (!v->pending && !first_hello)
        (void)visit_choose_check(v, false, tls_now);
    bool before_hello = v->pending && v->pending->state == SMTP_STATE_GREETED;
    if (!v->said_hello && !before_hello) {
        if (first_hello || v->pending || wants_starttls(v, false) ||
            transport_is_tls(v->session.transport))
            visit_say_hello(v);
        else
            leave(v);
    } else if (v->pending) {
        ask(v);
    } else if (wants_starttls(v, false) && (v->session.mail_is_open || v->is_soiled)) {
        rset(v); /* RFC 3207 s4: not within a transaction */
    } else if (wants_starttls(v, false)) {
        v->step = VISIT_STARTTLS;
        v->starttls_done = v->starttls_here = true;
        session_say(&v->session, SMTP_CLASS_SESSION, "STARTTLS", OCTETS_NONE);
    } else {
        leave(v);
    }
}

/* ---- what came of it ---- */

/* The verb that a question begins with, as far as it matters for the state it leaves behind. */
static bool says(const struct smtp_program *p, const char *verb)
{
    const struct smtp_template *t = &p->steps[0].text;
    struct octets text = t->count ? t->parts[0].text : OCTETS_NONE;
    while (text.size && text.at[0] == ' ')
        text = octets_sub(text, 1, text.size);
    return octets_has_prefix_nocase(text, octets_of(verb));
}

static void follow_state(struct visit *v, const struct smtp_program *p, uint16_t code)
{
    /* Some servers remember parameters of a MAIL that they refused: what is asked next begins with
     * a clean slate. */
    v->is_soiled = v->is_soiled || says(p, "MAIL") || says(p, "RCPT");
    if (code < 200 || code > 299)
        return;
    if (says(p, "MAIL"))
        v->session.mail_is_open = true;
    if (says(p, "RSET"))
        v->session.mail_is_open = v->is_soiled = false;
    if (says(p, "EHLO") || says(p, "HELO") || says(p, "LHLO")) {
        v->session.mail_is_open = v->is_soiled = false;
        v->is_virgin = false;
        /* Only our own full EHLO leaves the session as it was. */
        v->said_hello = says(p, "EHLO ") && p->state == SMTP_STATE_EHLO;
    }
}

/* A 421 ends the asking of this server, whatever it answers (RFC 5321 s3.8). */
static void note_421(struct visit *v, const struct facts_reply *r)
{
    if (r->code != 421)
        return;
    v->wants_quit = true;
    v->is_over = v->is_over || !v->options->exhaustive;
    struct octets words = visit_words(v, r);
    visit_take_421(v, words);
    visit_fail(v, FACTS_OUTCOME_BLOCKED, FACTS_STAGE_DIALOGUE, words);
}

/* A server that hangs up again and again is not asked any more. */
static void note_hang_up(struct visit *v)
{
    v->asks_no_more =
        v->asks_no_more || (++v->hang_ups >= HANG_UPS_MOST && !v->options->exhaustive);
}

bool visit_blame_question(struct visit *v)
{
    struct facts_visit *f = &v->facts;
    if (f->reaction_count <= v->asked_from)
        return false;
    struct facts_reaction *previous = &f->reactions[f->reaction_count - 1];
    uint16_t code = previous->reply_count ? previous->replies[previous->reply_count - 1].code : 0;
    if (previous->ended != FACTS_ENDED_OPEN || (code < 400 && code != 221))
        return false;
    previous->ended = FACTS_ENDED_CLOSED;
    if (code != 221)
        note_hang_up(v);
    return true;
}

bool visit_is_slow(const struct facts_reaction *r)
{
    return r->reply_count && r->replies[r->reply_count - 1].ms > SLOW_MS;
}

/* A limit that is looked for on a connection of its own shows by a 421: no displeasure. */
static void on_check_played(struct visit *v, struct facts_reaction *r)
{
    bool is_alone = v->pending->is_alone;
    visit_take_check(v, r);
    v->pending = NULL;
    if (r->reply_count || r->ended != FACTS_ENDED_OPEN)
        visit_keep_reaction(v, r);
    for (size_t i = 0; i < r->reply_count && !is_alone; i++)
        note_421(v, &r->replies[i]);
    if (v->session.transport)
        visit_decide(v);
}

static void on_played(struct visit *v)
{
    struct facts_reaction *r = &v->session.reaction;
    const struct smtp_program *p = v->pending;
    if (v->checking) {
        on_check_played(v, r);
        return;
    }
    v->pending = NULL;
    bool was_asked =
        r->reply_count || r->ended != FACTS_ENDED_OPEN; /* the guard may have stopped it */
    bool is_silent_end = !r->reply_count && r->ended == FACTS_ENDED_CLOSED;
    bool is_blamed = is_silent_end && visit_blame_question(v);
    if (was_asked && !is_blamed)
        visit_keep_reaction(v, r);
    bool is_farewell = r->reply_count && r->replies[r->reply_count - 1].code == 221;
    if (r->ended == FACTS_ENDED_CLOSED && !is_blamed && !is_farewell)
        note_hang_up(v);
    if (r->reply_count)
        follow_state(v, p, r->replies[r->reply_count - 1].code);
    for (size_t i = 0; i < r->reply_count; i++)
        note_421(v, &r->replies[i]);
    /* Who lets us wait that long, or answers so that nothing more may be said, is not asked again. */
    if (r->ended == FACTS_ENDED_TIMEOUT || visit_is_slow(r) ||
        v->session.guard.must == SMTP_GUARD_RESET)
        v->asks_no_more = v->asks_no_more || !v->options->exhaustive;
    if (!was_asked && session_is_open(&v->session))
        v->asks_no_more = true; /* the guard refused it, and it would be chosen again and again */
    if (v->session.transport)
        visit_decide(v);
}

static void on_starttls(struct visit *v)
{
    const struct facts_reply *r = &v->session.reply;
    if (r->code == 220) {
        v->step = VISIT_TLS;
        session_start_tls(&v->session, visit_server_name(v));
        return;
    }
    v->facts.starttls = FACTS_STARTTLS_REFUSED;
    v->facts.starttls_reason = visit_words(v, r);
    visit_decide(v);
}

static void on_tls_up(struct visit *v)
{
    v->facts.starttls = FACTS_STARTTLS_OK;
    visit_take_tls(v, false);
    /* RFC 3207 s4.2: what was said before is forgotten. */
    v->said_hello = false;
    v->session.mail_is_open = v->is_soiled = false;
    visit_decide(v);
}

/* What is asked within a transaction cannot be; an audit keeps the words, or that there were none. */
static void refuse_mail(struct visit *v, enum facts_ended ended)
{
    struct facts_reply *copy = v->checking ? arena_alloc(&v->arena, sizeof *copy) : NULL;
    v->mail_refused = true;
    v->pending = NULL;
    v->checking = NULL;
    if (!copy)
        return;
    *copy = v->session.reply;
    bool is_tls = v->session.transport && transport_is_tls(v->session.transport);
    visit_keep_reaction(v, &(struct facts_reaction){.ask = "mail-refused",
                                                    .state = FACTS_STATE_EHLO,
                                                    .tls = is_tls,
                                                    .ended = ended,
                                                    .replies = copy,
                                                    .reply_count = copy->line_count ? 1 : 0});
}

static void on_replied(struct visit *v)
{
    uint16_t code = v->session.reply.code;
    if (v->step != VISIT_QUIT)
        note_421(v, &v->session.reply);
    switch ((unsigned)v->step) {
    case VISIT_STARTTLS:
        on_starttls(v);
        break;
    case VISIT_MAIL:
        v->session.mail_is_open = code >= 200 && code < 300;
        if (!v->session.mail_is_open)
            refuse_mail(v, FACTS_ENDED_OPEN);
        visit_decide(v);
        break;
    case VISIT_RSET:
        v->session.mail_is_open = v->is_soiled = false;
        /* A server that refuses RSET cannot be brought back to a clean slate: the next question
         * takes a new connection. */
        v->wants_quit = v->wants_quit || code < 200 || code > 299;
        visit_decide(v);
        break;
    case VISIT_QUIT:
        if (!v->facts.quit.line_count)
            v->facts.quit = v->session.reply;
        visit_end_session(v, true);
        break;
    }
}

/* The handshake after STARTTLS came to nothing. */
static void fail_starttls(struct visit *v, const char *why)
{
    v->facts.starttls = FACTS_STARTTLS_FAILED;
    v->facts.starttls_reason = octets_of(why);
}

static void on_no_answer(struct visit *v, enum session_report report)
{
    static const char *const starttls[] = {"no reply to STARTTLS", "closed at STARTTLS"};
    static const char *const handshake[] = {"no answer to the ClientHello",
                                            "the connection ended within the handshake"};
    bool ended = report == SESSION_ENDED;
    if (ended && v->step != VISIT_TLS && visit_blame_question(v)) {
        v->starttls_done = v->starttls_done && v->step != VISIT_STARTTLS;
        return;
    }
    if (v->step == VISIT_STARTTLS)
        fail_starttls(v, starttls[ended]);
    else if (v->step == VISIT_TLS)
        fail_starttls(v, handshake[ended]);
    else if (v->step == VISIT_MAIL)
        refuse_mail(v, ended ? FACTS_ENDED_CLOSED : FACTS_ENDED_TIMEOUT);
    if (!ended)
        visit_end_session(v, false);
}

void visit_asking_report(struct visit *v, enum session_report report)
{
    switch (report) {
    case SESSION_REPLIED:
        on_replied(v);
        break;
    case SESSION_TLS_UP:
        on_tls_up(v);
        break;
    case SESSION_TLS_FAILED:
        if (v->step == VISIT_TLS)
            fail_starttls(v, v->session.tls_failure);
        visit_end_session(v, false);
        break;
    case SESSION_PLAYED:
        on_played(v);
        break;
    case SESSION_TIMEOUT:
    case SESSION_ENDED:
        on_no_answer(v, report);
        break;
    case SESSION_CONNECTED:
    case SESSION_GREETED:
    case SESSION_OCTETS:
        break;
    }
}
