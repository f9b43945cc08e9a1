/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

#include "../smtp/ehlo.h"

/* From connect to hello: what the port speaks, and whether it lets us in. */

/* A port that was closed without a word after this long may have waited for a ClientHello. */
#define SILENCE_MS 2000
/* How long a port with TLS first lets the others greet before it. */
#define PATIENCE_MS 2000

void visit_opened(struct visit *v)
{
    if (!v->is_opening)
        return;
    v->is_opening = false;
    visit_host_opened(v->host);
}

enum err visit_connect(struct visit *v)
{
    struct transport_target target = {
        .address = v->facts.address, .port = v->facts.port, .source = v->host->source};
    session_release(&v->session);
    /* What is worth keeping of the session that went before is in the facts. */
    v->session = (struct session){.loop = v->loop,
                                  .arena = &v->arena,
                                  .facts = &v->facts,
                                  .scope = &v->scope,
                                  .limits = &v->options->limits,
                                  .report = v->session.report,
                                  .owner = v,
                                  .keeps_wire = v->options->keeps_wire};
    return session_open(&v->session, &target);
}

void visit_open(struct visit *v)
{
    v->is_greeted = v->said_hello = v->wants_quit = v->opens_anew = v->is_soiled = false;
    v->starttls_here = v->checks_alone = false;
    v->checking = NULL;
    v->is_virgin = true;
    v->asked_from = v->facts.reaction_count;
    v->pending = NULL;
    v->sessions++;
    v->step = VISIT_CONNECTING;
    enum err e = visit_connect(v);
    if (!e && !v->tls_first && !v->is_opening) {
        v->is_opening = true;
        visit_host_opening(v->host);
    }
    if (!e)
        return;
    v->is_over = true;
    visit_fail(v, FACTS_OUTCOME_FAILED, FACTS_STAGE_CONNECT, octets_of(err_text(e)));
    /* No connection, so no report will come: the deadline ends the visit. */
    net_timer_start(&v->deadline, 0);
}

/* ---- connecting ---- */

/* Our address on this connection, and the name we give there. */
static void note_ourselves(struct visit *v)
{
    struct address local = transport_local_address(v->session.transport);
    struct facts_asker *me = &v->facts.asker;
    struct buf text;
    uint8_t memory[80];
    if (me->client.size)
        return;
    buf_init_over(&text, memory, sizeof memory);
    address_append(&text, &local);
    if (!arena_copy(&v->arena, buf_octets(&text), &me->client))
        me->client = OCTETS_NONE;
    if (!me->ehlo.size) {
        /* RFC 5321 s4.1.3: who has no name gives an address literal. */
        buf_clear(&text);
        buf_append_text(&text, local.family == 6 ? "[IPv6:" : "[");
        address_append(&text, &local);
        buf_append_text(&text, "]");
        if (!arena_copy(&v->arena, buf_octets(&text), &me->ehlo))
            me->ehlo = OCTETS_NONE;
    }
    v->vars.value[SMTP_VAR_ME] = me->ehlo;
    v->vars.value[SMTP_VAR_CLIENT] = me->client;
}

static void fail_connect(struct visit *v, int error)
{
    static const struct {
        int error;
        enum facts_outcome outcome;
    } outcomes[] = {
        {UV_ECONNREFUSED, FACTS_OUTCOME_REFUSED},     {UV_ETIMEDOUT, FACTS_OUTCOME_TIMEOUT},
        {UV_EHOSTUNREACH, FACTS_OUTCOME_UNREACHABLE}, {UV_ENETUNREACH, FACTS_OUTCOME_UNREACHABLE},
        {UV_EACCES, FACTS_OUTCOME_UNREACHABLE},       {UV_EAFNOSUPPORT, FACTS_OUTCOME_UNREACHABLE},
        {UV_ECONNRESET, FACTS_OUTCOME_CLOSED}, /* all else is a fault on our side */
    };
    enum facts_outcome outcome = FACTS_OUTCOME_FAILED;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (outcomes[i].error == error)
            outcome = outcomes[i].outcome;
    v->is_over = true;
    visit_fail(v, outcome, FACTS_STAGE_CONNECT, octets_of(uv_strerror(error)));
}

/* The turn is ours and the connection stands: the handshake, or what the greeting leads to. */
static void speak(struct visit *v);

static void take_turn(struct visit *v)
{
    v->step = VISIT_WAITING_TURN;
    if (v->turn.is_held) {
        speak(v);
        return;
    }
    /*
     * Who speaks TLS first could begin at once, but the mail exchange on port 25 is the one that
     * matters: a greeting under way is waited for.  And waiting is no fault of this server's: its
     * time starts anew when the turn comes.
     */
    v->turn.is_patient = v->tls_first && v->host->opening;
    if (v->turn.is_patient)
        net_timer_start(&v->deadline, PATIENCE_MS);
    else
        net_timer_stop(&v->deadline);
    visit_turn_take(v->host, &v->turn);
}

void visit_turn_granted(void *owner)
{
    struct visit *v = owner;
    if (v->is_cancelled)
        return;
    net_timer_start(&v->deadline, v->options->visit_ms);
    if (!v->session.transport) {
        visit_open(v);
    } else if (v->step == VISIT_WAITING_TURN) {
        speak(v);
    }
}

static void on_connecting(struct visit *v, enum session_report report)
{
    switch ((unsigned)report) {
    case SESSION_CONNECTED:
        note_ourselves(v);
        if (v->tls_first) {
            take_turn(v);
        } else if (v->turn.is_held && visit_choose_check_at_once(v)) {
            v->step = VISIT_PLAYING;
            session_play(&v->session, v->pending, &v->vars);
        } else {
            v->step = VISIT_GREETING;
            session_await_greeting(&v->session);
        }
        break;
    case SESSION_TIMEOUT:
        v->is_over = true;
        visit_fail(v, FACTS_OUTCOME_TIMEOUT, FACTS_STAGE_CONNECT,
                   OCTETS("no answer to the connection"));
        visit_end_session(v, false);
        break;
    case SESSION_ENDED:
        fail_connect(v, v->session.end_error);
        break;
    }
}

/* ---- TLS ---- */

struct octets visit_server_name(const struct visit *v)
{
    return v->facts.host.size ? v->facts.host : octets_of(v->host->name);
}

/* The first word of the greeting, when it is formed like a full host name. */
static void note_own_name(struct visit *v)
{
    const struct facts_reply *greeting = &v->session.reply;
    struct octets rest = greeting->line_count ? smtp_line_text(greeting->lines[0]) : OCTETS_NONE;
    struct octets name = octets_take_word(&rest);
    size_t dots = 0;
    if (name.size < 4 || v->host->name)
        return;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        dots += c == '.';
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '-' && c != '.')
            return;
    }
    if (dots && octet_is_alpha(name.at[name.size - 1]))
        visit_host_note(&v->host->name, name);
}

void visit_take_tls(struct visit *v, bool implicit)
{
    struct facts_tls *tls = &v->facts.tls;
    if (transport_tls_facts(v->session.transport, &v->arena, tls))
        *tls = (struct facts_tls){0};
    tls->implicit = implicit;
    /* A name that only the server itself gave is no name to hold its certificate against. */
    tls->has_name = tls->has_name && v->facts.host.size;
    tls->name_matches = tls->name_matches && v->facts.host.size;
}

static bool is_alert(const char *failure)
{
    return failure && strncmp(failure, "alert", 5) == 0;
}

static void on_tls_first(struct visit *v, enum session_report report)
{
    if (report == SESSION_TLS_UP) {
        visit_take_tls(v, true);
        v->step = VISIT_GREETING;
        session_await_greeting(&v->session);
        return;
    }
    const char *why = report == SESSION_TIMEOUT ? "no answer to the ClientHello"
                      : report == SESSION_ENDED ? "the connection ended within the handshake"
                                                : v->session.tls_failure;
    if (is_alert(why) && v->shook_nameless && !v->let_others) {
        v->opens_anew = v->lets_others_first = v->let_others = true;
        net_timer_stop(&v->deadline); /* our own queue is no time of the server's */
        if (report != SESSION_ENDED)
            visit_end_session(v, false);
        return;
    }
    v->tried_tls_first = true;
    if (!v->tried_plain && !is_alert(why)) {
        v->opens_anew = true; /* it may greet in clear */
        v->tls_first = false;
    } else if (!v->tried_plain) {
        visit_fail(v, FACTS_OUTCOME_TLS_FAILED, FACTS_STAGE_TLS, octets_of(why));
    }
    /* A port that was silent in clear and knows no TLS keeps the outcome it has. */
    v->is_over = !v->opens_anew;
    if (report != SESSION_ENDED)
        visit_end_session(v, false);
}

/* ---- the greeting ---- */

/* Whether these octets cannot be the beginning of a reply, however they go on. */
static bool is_no_reply(const struct facts_reply *r)
{
    struct octets line = r->line_count ? r->lines[0] : OCTETS_NONE;
    for (size_t i = 0; i < line.size && i < 3; i++)
        if (!octet_is_digit(line.at[i]))
            return true;
    return r->line_count > 1 && line.size < 3;
}

static void on_no_greeting(struct visit *v, enum session_report report)
{
    struct session *s = &v->session;
    bool said_something = s->reply.line_count > 0;
    bool silent = !said_something && (report == SESSION_TIMEOUT ||
                                      net_loop_now_ms(v->loop) - s->asked_ms > SILENCE_MS);
    struct octets reason =
        said_something ? visit_words(v, &s->reply) : OCTETS("connected, no greeting");
    enum facts_outcome outcome =
        report == SESSION_TIMEOUT ? FACTS_OUTCOME_TIMEOUT : FACTS_OUTCOME_CLOSED;
    if (said_something && !v->facts.greeting.line_count)
        v->facts.greeting = s->reply;
    if (is_no_reply(&s->reply))
        outcome = FACTS_OUTCOME_NOT_SMTP;
    visit_fail(v, outcome, FACTS_STAGE_GREETING, reason);
    if (silent && !v->tls_first && !v->tried_tls_first) {
        v->tried_plain = v->opens_anew = v->tls_first = true;
    } else {
        v->is_over = true;
    }
    if (report != SESSION_ENDED)
        visit_end_session(v, false);
}

static void on_greeting(struct visit *v, enum session_report report)
{
    if (report != SESSION_GREETED) {
        on_no_greeting(v, report);
        return;
    }
    v->is_greeted = true;
    note_own_name(v);
    v->session.server_name = visit_server_name(v);
    if (!v->facts.greeting.line_count)
        v->facts.greeting = v->session.reply;
    take_turn(v);
    visit_opened(v); /* after our own place in the queue was taken */
}

/* Not ours to talk to: the outcome stands, nothing more is asked. */
static void turn_away(struct visit *v, enum facts_outcome outcome, enum facts_stage stage,
                      bool quits)
{
    struct octets words = visit_words(v, &v->session.reply);
    v->is_over = v->wants_quit = true;
    if (v->session.reply.code == 421)
        visit_take_421(v, words);
    visit_fail(v, outcome, stage, words);
    if (quits)
        visit_decide(v);
    else
        visit_end_session(v, true);
}

static void speak(struct visit *v)
{
    uint16_t code = v->session.reply.code;
    if (!v->is_greeted) {
        v->step = VISIT_TLS_FIRST;
        v->shook_nameless = visit_server_name(v).size == 0;
        session_start_tls(&v->session, visit_server_name(v));
    } else if (code == 0 || !session_is_open(&v->session)) {
        /* No code, a 354, or more than one greeting's worth: nobody to say hello to. */
        turn_away(v, FACTS_OUTCOME_NOT_SMTP, FACTS_STAGE_GREETING, false);
    } else if (code == 421) {
        turn_away(v, FACTS_OUTCOME_BLOCKED, FACTS_STAGE_GREETING, true);
    } else {
        visit_decide(v);
    }
}

/* ---- hello ---- */

/* The three greetings of a client, in the order of the steps. */
static const struct hello {
    const char *verb;
    enum facts_protocol protocol; /* spoken by who accepts it */
    const char *refused;          /* the reaction that keeps a refusal */
} hellos[] = {
    [VISIT_EHLO] = {"EHLO", FACTS_PROTOCOL_ESMTP, "ehlo-refused"},
    [VISIT_HELO] = {"HELO", FACTS_PROTOCOL_SMTP, "helo-refused"},
    [VISIT_LHLO] = {"LHLO", FACTS_PROTOCOL_LMTP, "lhlo-refused"},
};

static void say(struct visit *v, enum visit_step step)
{
    v->step = step;
    session_say(&v->session, SMTP_CLASS_SESSION, hellos[step].verb, v->facts.asker.ehlo);
}

void visit_say_hello(struct visit *v)
{
    static const enum visit_step steps[FACTS_PROTOCOL__COUNT] = {
        [FACTS_PROTOCOL_NONE] = VISIT_EHLO,
        [FACTS_PROTOCOL_ESMTP] = VISIT_EHLO,
        [FACTS_PROTOCOL_SMTP] = VISIT_HELO,
        [FACTS_PROTOCOL_LMTP] = VISIT_LHLO,
    };
    say(v, steps[v->says_lhlo ? FACTS_PROTOCOL_LMTP : v->facts.protocol]);
}

/* A hello that was accepted: the facts of the first one in each state are kept. */
static void accept_hello(struct visit *v, enum facts_protocol protocol)
{
    struct facts_visit *f = &v->facts;
    const struct facts_reply *r = &v->session.reply;
    bool tls = transport_is_tls(v->session.transport);
    struct facts_reply *place = protocol == FACTS_PROTOCOL_SMTP ? &f->helo
                                : tls                           ? &f->ehlo_tls
                                                                : &f->ehlo;
    if (!place->line_count)
        *place = *r;
    if (f->protocol == FACTS_PROTOCOL_NONE)
        f->protocol = protocol;
    if (!tls && place == &f->ehlo)
        f->starttls_offered =
            smtp_ehlo_has(f->ehlo.lines, f->ehlo.line_count, OCTETS("STARTTLS"), NULL);
    f->outcome = FACTS_OUTCOME_ANSWERED;
    f->stage = FACTS_STAGE_NONE;
    f->reason = OCTETS_NONE;
    v->said_hello = true;
    v->is_virgin = false;
    v->session.mail_is_open = v->is_soiled = false;
    visit_decide(v);
}

static void keep_refusal(struct visit *v)
{
    struct facts_reply *copy = arena_alloc(&v->arena, sizeof *copy);
    if (!copy)
        return;
    *copy = v->session.reply;
    visit_keep_reaction(v, &(struct facts_reaction){.ask = hellos[v->step].refused,
                                                    .state = FACTS_STATE_GREETED,
                                                    .tls = transport_is_tls(v->session.transport),
                                                    .replies = copy,
                                                    .reply_count = 1});
}

static bool greets_as_lmtp(const struct visit *v)
{
    const struct facts_reply *g = &v->facts.greeting;
    return g->line_count && octets_find(g->lines[0], OCTETS("LMTP"), 0) < g->lines[0].size;
}

/* Refused in the greeting, and again at hello: the greeting's words are the reason. */
static void turn_away_at_greeting(struct visit *v)
{
    v->is_over = v->wants_quit = true;
    visit_fail(v, FACTS_OUTCOME_BLOCKED, FACTS_STAGE_GREETING, visit_words(v, &v->facts.greeting));
    visit_decide(v);
}

/* LHLO at once, if that is no third error on this connection; else on one of its own. */
static void try_lhlo(struct visit *v)
{
    v->says_lhlo = true;
    if (v->session.errors < VISIT_SESSION_ERRORS) {
        say(v, VISIT_LHLO);
        return;
    }
    v->opens_anew = v->wants_quit = true;
    visit_decide(v);
}

/* EHLO, HELO or LHLO was refused: the next of them, or the end. */
static void refuse_hello(struct visit *v)
{
    uint16_t code = v->session.reply.code;
    bool unknown_verb = code >= 500 && code <= 504;
    bool may_go_on =
        v->options->exhaustive || v->host->errors_spent < visit_host_budget[v->facts.level].errors;
    keep_refusal(v);
    if (!session_is_open(&v->session)) {
        /* 354 or 334 to a hello: whatever it is, nothing more is said to it. */
        turn_away(v, FACTS_OUTCOME_NOT_SMTP, FACTS_STAGE_EHLO, false);
        return;
    }
    if (!v->is_virgin && code != 421) {
        v->wants_quit = true; /* it lets nobody say hello twice: that is all on this connection */
        visit_decide(v);
        return;
    }
    if (code == 0)
        turn_away(v, FACTS_OUTCOME_NOT_SMTP, FACTS_STAGE_EHLO, false);
    else if (code == 421 || v->facts.protocol != FACTS_PROTOCOL_NONE)
        turn_away(v, FACTS_OUTCOME_BLOCKED, FACTS_STAGE_EHLO, true);
    else if (may_go_on && v->step == VISIT_EHLO && !greets_as_lmtp(v))
        say(v, VISIT_HELO);
    else if (may_go_on && v->step != VISIT_LHLO && unknown_verb)
        try_lhlo(v);
    else if (v->facts.greeting.code >= 400)
        turn_away_at_greeting(v);
    else
        turn_away(v, unknown_verb ? FACTS_OUTCOME_NOT_SMTP : FACTS_OUTCOME_BLOCKED,
                  FACTS_STAGE_EHLO, true);
}

static void on_hello(struct visit *v, enum session_report report)
{
    struct session *s = &v->session;
    if (report == SESSION_REPLIED) {
        if (s->reply.code >= 200 && s->reply.code < 300)
            accept_hello(v, hellos[v->step].protocol);
        else
            refuse_hello(v);
        return;
    }
    if (report == SESSION_ENDED && visit_blame_question(v))
        return;
    v->is_over = true;
    /* TLS 1.3 tells only now of a client certificate that it wants. */
    if (report == SESSION_TLS_FAILED) {
        visit_fail(v, FACTS_OUTCOME_TLS_FAILED, FACTS_STAGE_TLS, octets_of(s->tls_failure));
        visit_end_session(v, false);
        return;
    }
    struct octets reason =
        s->reply.line_count ? visit_words(v, &s->reply) : OCTETS("no reply to EHLO");
    visit_fail(v, report == SESSION_TIMEOUT ? FACTS_OUTCOME_TIMEOUT : FACTS_OUTCOME_CLOSED,
               FACTS_STAGE_EHLO, reason);
    if (report != SESSION_ENDED)
        visit_end_session(v, false);
}

void visit_opening_report(struct visit *v, enum session_report report)
{
    switch ((unsigned)v->step) {
    case VISIT_CONNECTING:
        on_connecting(v, report);
        break;
    case VISIT_TLS_FIRST:
        on_tls_first(v, report);
        break;
    case VISIT_GREETING:
        on_greeting(v, report);
        break;
    case VISIT_EHLO:
    case VISIT_HELO:
    case VISIT_LHLO:
        on_hello(v, report);
        break;
    default: /* waiting for the turn: whatever the connection says now is dealt with when the turn
                comes */
        break;
    }
}
