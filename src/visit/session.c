/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <assert.h>

static void tell(struct session *s, enum session_report report)
{
    s->report(s->owner, s, report);
}

/* Stops waiting, before the owner is told what came of it. */
static void rest(struct session *s)
{
    s->wait = SESSION_IDLE;
    if (s->transport)
        transport_deadline(s->transport, 0);
}

static void wait_for(struct session *s, enum session_wait what, uint32_t deadline_ms)
{
    s->wait = what;
    s->reply = (struct facts_reply){0}; /* the last one answers nothing of what is asked now */
    s->asked_ms = net_loop_now_ms(s->loop);
    if (s->transport)
        transport_deadline(s->transport, deadline_ms);
}

/* ---- the wire, when it is to be kept ---- */

static void keep_wire(struct session *s, bool from_server, struct octets o)
{
    struct facts_visit *v = s->facts;
    struct octets copy;
    if (!s->keeps_wire)
        return;
    void *at = v->transcript;
    if (!arena_copy(s->arena, o, &copy) ||
        !arena_grow(s->arena, &at, v->wire_count, &v->wire_room, sizeof *v->transcript))
        return;
    v->transcript = at;
    v->transcript[v->wire_count++] =
        (struct facts_wire){.t_ms = (uint32_t)(net_loop_now_ms(s->loop) - s->opened_ms),
                            .from_server = from_server,
                            .tls = transport_is_tls(s->transport),
                            .octets = copy};
}

/* ---- replies ---- */

/*
 * Whether a line answers VRFY or EXPN with somebody's name: 250 and 251 do, 551 has another address
 * and 553 a choice of them (RFC 5321 s3.5.1, s3.4).  252 only repeats what was asked.
 */
static bool tells_name(struct octets line)
{
    uint16_t code = smtp_line_code(line);
    return (code >= 200 && code <= 299 && code != 252) || code == 551 || code == 553;
}

/* Who a name belongs to is nobody's business: of a reply that tells, codes and form are kept. */
static void hide_names(struct session *s, struct facts_reply *r)
{
    bool tells = false;
    for (size_t i = 0; i < r->line_count; i++)
        tells = tells || tells_name(r->lines[i]);
    for (size_t i = 0; tells && i < r->line_count; i++) {
        struct buf line;
        buf_init(&line, 64);
        buf_append(&line, octets_sub(r->lines[i], 0, smtp_line_code(r->lines[i]) ? 4 : 0));
        buf_append_text(&line, "{name}");
        if (buf_error(&line) || !arena_copy(s->arena, buf_octets(&line), &r->lines[i]))
            r->lines[i] = OCTETS_NONE;
        buf_release(&line);
    }
}

/* What was hidden in the reply does not stand in the transcript either. */
static void keep_hidden(struct session *s, const struct facts_reply *r)
{
    for (size_t i = 0; i < r->line_count; i++) {
        keep_wire(s, true, r->lines[i]);
        keep_wire(s, true, OCTETS("\r\n"));
    }
}

/* Copies the reply at the start of input into the arena.  What does not fit is left out: the
 * arena's cap is the visit's budget. */
static void take_reply(struct session *s, size_t size, uint32_t more_anomalies)
{
    struct octets all = octets_sub(s->input, 0, size);
    struct facts_reply r = {.code = s->parse.code,
                            .anomalies = s->parse.anomalies | more_anomalies,
                            .ms = (uint32_t)(net_loop_now_ms(s->loop) - s->asked_ms)};
    struct octets left = all;
    size_t lines = 0;
    for (; left.size; lines++)
        (void)smtp_reply_take_line(&left);
    if (arena_copy(s->arena, all, &left))
        r.lines = arena_alloc_array(s->arena, lines, sizeof *r.lines);
    while (r.lines && left.size)
        r.lines[r.line_count++] = smtp_reply_take_line(&left);
    if (r.line_count && !r.code)
        r.code = smtp_line_code(r.lines[0]);
    if (s->guard.asked_lookup) {
        hide_names(s, &r);
        keep_hidden(s, &r);
    }
    s->reply = r;
}

static void note_reply(struct session *s)
{
    const struct facts_reply *r = &s->reply;
    bool asked = s->wait != SESSION_READING_GREETING && !s->says_quit;
    if (r->code >= 400 && r->code < 600 && asked) {
        s->errors++;
        s->facts->cost.errors_provoked++;
    }
    /* Beyond a round trip of a second, the server took its time on purpose. */
    if (r->ms > 1000)
        s->facts->cost.delay_ms += r->ms;
}

static void play_on(struct session *s);

static void add_to_reaction(struct session *s)
{
    struct facts_reaction *r = &s->reaction;
    struct facts_reply *more = arena_alloc_array(s->arena, r->reply_count + 1, sizeof *more);
    if (!more)
        return;
    if (r->reply_count)
        memcpy(more, r->replies, r->reply_count * sizeof *more);
    more[r->reply_count++] = s->reply;
    r->replies = more;
}

static void finish_play(struct session *s, enum facts_ended ended)
{
    s->reaction.ended = ended;
    rest(s);
    tell(s, SESSION_PLAYED);
}

/* One whole reply has been taken. */
static void deliver_reply(struct session *s)
{
    enum session_wait was = s->wait;
    note_reply(s);
    if (was == SESSION_PLAYING) {
        add_to_reaction(s);
        smtp_player_feed(&s->player, SMTP_EVENT_REPLY, s->reply.lines, s->reply.line_count);
        play_on(s);
        return;
    }
    rest(s);
    tell(s, was == SESSION_READING_GREETING ? SESSION_GREETED : SESSION_REPLIED);
}

static bool is_reading(const struct session *s)
{
    return s->wait == SESSION_READING_GREETING || s->wait == SESSION_READING_REPLY ||
           s->wait == SESSION_PLAYING;
}

/* Understands as much of the input as makes one reply, if one is awaited. */
static void read_on(struct session *s)
{
    if (!is_reading(s) || s->input.size == 0)
        return;
    enum smtp_parse parse = smtp_reply_parse(&s->parse, s->input);
    if (parse == SMTP_PARSE_MORE)
        return;
    size_t size = parse == SMTP_PARSE_DONE ? s->parse.size : s->input.size;
    take_reply(s, size, parse == SMTP_PARSE_LIMIT ? SMTP_ANOMALY_TOO_LONG : 0);
    smtp_guard_reply(&s->guard, octets_sub(s->input, 0, size));
    s->input = octets_sub(s->input, size, s->input.size);
    s->parse = (struct smtp_reply){0};
    if (parse == SMTP_PARSE_LIMIT)
        s->guard.must = SMTP_GUARD_RESET; /* what comes next answers nothing of ours */
    deliver_reply(s);
}

/* What was read of a reply that will not be finished; true when there was something. */
static bool take_unfinished(struct session *s)
{
    if (s->input.size == 0)
        return false;
    take_reply(s, s->input.size, SMTP_ANOMALY_UNFINISHED);
    s->input = OCTETS_NONE;
    s->parse = (struct smtp_reply){0};
    s->guard.must = SMTP_GUARD_RESET;
    return true;
}

/* ---- events of the transport ---- */

/*
 * A reply mostly comes whole, and is understood where it was read.  What must wait for more is kept:
 * then the input is the end of what is kept.  A flood that nobody awaits is counted and dropped.
 */
static void keep(struct session *s, struct octets more)
{
    buf_append(&s->kept, octets_sub(more, 0, s->kept.cap - s->kept.size));
    s->input = buf_octets(&s->kept);
}

static void keep_behind(struct session *s, struct octets more)
{
    buf_drop_front(&s->kept, s->kept.size - s->input.size);
    keep(s, more);
}

static void keep_rest(struct session *s)
{
    buf_clear(&s->kept);
    keep(s, s->input);
}

static void on_data(struct session *s, struct octets data)
{
    if (!s->guard.asked_lookup) /* else once it is whole: keep_hidden */
        keep_wire(s, true, data);
    s->octets_in += data.size;
    if (s->octets_in > s->limits->octets_max) {
        s->over_budget = true;
        session_reset(s);
        return;
    }
    bool had_some = s->input.size;
    if (had_some)
        keep_behind(s, data);
    else
        s->input = data;
    if (s->wait == SESSION_READING_OCTETS)
        tell(s, SESSION_OCTETS);
    else
        read_on(s);
    if (!had_some)
        keep_rest(s);
}

static void on_timeout(struct session *s)
{
    enum session_wait was = s->wait;
    if (was == SESSION_PLAYING) {
        if (take_unfinished(s))
            add_to_reaction(s);
        s->facts->cost.delay_ms += net_loop_now_ms(s->loop) - s->asked_ms;
        s->guard.must = SMTP_GUARD_RESET;
        smtp_player_feed(&s->player, SMTP_EVENT_TIMEOUT, NULL, 0);
        finish_play(s, FACTS_ENDED_TIMEOUT);
        return;
    }
    if (is_reading(s) && !take_unfinished(s))
        s->reply = (struct facts_reply){0};
    s->facts->cost.delay_ms += net_loop_now_ms(s->loop) - s->asked_ms;
    s->guard.must = SMTP_GUARD_RESET;
    rest(s);
    tell(s, SESSION_TIMEOUT);
}

/* The server ended it: neither did we, nor the way there. */
static bool was_hung_up(const struct session *s, int error)
{
    return !s->is_cut && !s->over_budget && (!error || error == UV_ECONNRESET || error == UV_EPIPE);
}

static void end_play(struct session *s, bool has_more)
{
    bool hung_up = was_hung_up(s, s->end_error);
    if (has_more)
        add_to_reaction(s);
    if (hung_up)
        smtp_player_feed(&s->player, SMTP_EVENT_CLOSED, NULL, 0);
    finish_play(s, hung_up ? FACTS_ENDED_CLOSED : FACTS_ENDED_OPEN);
}

static void on_closed(struct session *s, int error)
{
    bool has_more = is_reading(s) && take_unfinished(s);
    s->facts->cost.octets_in += transport_octets_in(s->transport);
    s->facts->cost.octets_out += transport_octets_out(s->transport);
    s->transport = NULL;
    s->end_error = error;
    s->has_ended = true;
    s->over_budget = s->over_budget || error == UV_E2BIG;
    if (s->wait == SESSION_PLAYING)
        end_play(s, has_more);
    else if (is_reading(s) && !has_more)
        s->reply = (struct facts_reply){0};
    tell(s, SESSION_ENDED);
}

static void on_transport(void *owner, struct transport *t, const struct transport_report *r)
{
    struct session *s = owner;
    s->transport = t;
    switch (r->event) {
    case TRANSPORT_CONNECTED:
        rest(s);
        s->asked_ms = net_loop_now_ms(s->loop);
        tell(s, SESSION_CONNECTED);
        break;
    case TRANSPORT_DATA:
        on_data(s, r->data);
        break;
    case TRANSPORT_TLS_UP:
        s->guard = (struct smtp_guard){0};
        if (s->wait == SESSION_PLAYING) {
            smtp_player_feed(&s->player, SMTP_EVENT_TLS_UP, NULL, 0);
            play_on(s);
            break;
        }
        rest(s);
        s->asked_ms = net_loop_now_ms(s->loop);
        tell(s, SESSION_TLS_UP);
        break;
    case TRANSPORT_TLS_FAILED:
        s->tls_failure = arena_copy_text(s->arena, octets_of(r->text));
        s->guard.must = SMTP_GUARD_RESET;
        if (s->wait == SESSION_PLAYING) {
            smtp_player_feed(&s->player, SMTP_EVENT_TLS_FAILED, NULL, 0);
            finish_play(s, FACTS_ENDED_CLOSED);
            break;
        }
        rest(s);
        tell(s, SESSION_TLS_FAILED);
        break;
    case TRANSPORT_TIMEOUT:
        on_timeout(s);
        break;
    case TRANSPORT_CLOSED:
        on_closed(s, r->error);
        break;
    }
}

/* ---- what the owner asks for ---- */

enum err session_open(struct session *s, const struct transport_target *target)
{
    /* One reply, and what may follow it in the same segment. */
    buf_init(&s->kept, SMTP_REPLY_MAX + NET_READ_OCTETS);
    s->opened_ms = net_loop_now_ms(s->loop);
    s->facts->cost.connections++;
    struct transport_target bounded = *target;
    bounded.octets_max = 2 * s->limits->octets_max; /* also of what TLS keeps to itself */
    enum err e = transport_open(s->loop, &bounded, on_transport, s, &s->transport);
    if (!e)
        wait_for(s, SESSION_CONNECTING, s->limits->connect_ms);
    return e;
}

void session_await_greeting(struct session *s)
{
    uint64_t since = s->asked_ms;
    wait_for(s, SESSION_READING_GREETING, s->limits->greeting_ms);
    s->asked_ms = since; /* the delay counts from the connection, or from the handshake */
    read_on(s);
}

void session_start_tls(struct session *s, struct octets name)
{
    /* Octets that came in clear behind the reply are evidence, and never carried into TLS. */
    if (s->input.size && !arena_copy(s->arena, s->input, &s->facts->stray))
        s->facts->stray = OCTETS_NONE;
    s->input = OCTETS_NONE;
    s->parse = (struct smtp_reply){0};
    wait_for(s, SESSION_HANDSHAKING, s->limits->tls_ms);
    /* A 354 within the reply to STARTTLS forbids it, too. */
    bool may_stand =
        s->guard.must == SMTP_GUARD_HANDSHAKE || (s->guard.must == SMTP_GUARD_FREE && !s->commands);
    if (!may_stand || transport_start_tls(s->transport, name))
        session_reset(s);
}

void session_say_client_hello(struct session *s, struct octets hello)
{
    bool is_first = s->guard.must == SMTP_GUARD_FREE && !s->commands && !s->octets_in;
    bool may_stand = is_first || s->guard.must == SMTP_GUARD_HANDSHAKE;
    s->input = OCTETS_NONE; /* what came in clear before is no answer to it */
    s->guard.must = SMTP_GUARD_RESET;
    wait_for(s, SESSION_READING_OCTETS, s->limits->tls_ms);
    if (may_stand)
        keep_wire(s, false, hello);
    if (!may_stand || !s->transport || transport_write(s->transport, hello))
        session_reset(s);
}

/* One write, past the guard.  False when the guard refused it; what a connection that is at its end
 * does not take was not said, and the end is told. */
static bool write_guarded(struct session *s, enum smtp_class class, struct octets text)
{
    const char *why = NULL;
    if (!s->transport || !smtp_guard_write(&s->guard, s->scope, class, text, &why))
        return false;
    enum err e = transport_write(s->transport, text);
    if (e)
        return e == ERR_CLOSED;
    keep_wire(s, false, text);
    for (struct octets left = text; left.size; s->commands++, s->facts->cost.commands++)
        (void)octets_take_until(&left, '\n');
    return true;
}

/* What was sent unasked before this write answers nothing: it must not be taken for the next reply.
 */
static void drop_unasked(struct session *s)
{
    smtp_guard_stray(&s->guard, s->input);
    s->input = OCTETS_NONE;
    s->parse = (struct smtp_reply){0};
}

void session_say(struct session *s, enum smtp_class class, const char *verb, struct octets argument)
{
    struct buf line;
    uint8_t memory[1024];
    buf_init_over(&line, memory, sizeof memory);
    buf_append_text(&line, verb);
    if (argument.size)
        buf_append_octet(&line, ' ');
    buf_append(&line, argument);
    buf_append_text(&line, "\r\n");
    drop_unasked(s);
    s->says_quit = strcmp(verb, "QUIT") == 0;
    wait_for(s, SESSION_READING_REPLY, s->limits->reply_ms);
    if (buf_error(&line) || !write_guarded(s, class, buf_octets(&line)))
        session_reset(s);
}

/* Writes the step that the player wants; false when that cannot be. */
static bool play_write(struct session *s)
{
    struct buf text;
    uint8_t memory[SMTP_TEMPLATE_MAX];
    buf_init_over(&text, memory, sizeof memory);
    drop_unasked(s);
    bool sent = smtp_template_fill(smtp_player_text(&s->player), s->vars, &text) == ERR_OK &&
                write_guarded(s, s->player.program->class, buf_octets(&text));
    return sent;
}

/* Does what the player wants next. */
static void play_on(struct session *s)
{
    uint32_t within = smtp_player_within_ms(&s->player);
    enum smtp_want want = s->player.want;
    /* The guard may leave only one way on. */
    if (want == SMTP_WANT_WRITE && s->guard.must != SMTP_GUARD_FREE)
        want = SMTP_WANT_DONE;
    switch (want) {
    case SMTP_WANT_WRITE:
        wait_for(s, SESSION_PLAYING, within ? within : s->limits->reply_ms);
        if (!play_write(s))
            finish_play(s, FACTS_ENDED_OPEN);
        break;
    case SMTP_WANT_READ:
        wait_for(s, SESSION_PLAYING, within ? within : s->limits->reply_ms);
        read_on(s);
        break;
    case SMTP_WANT_TLS:
        session_start_tls(s, s->server_name);
        s->wait = SESSION_PLAYING;
        break;
    case SMTP_WANT_DONE:
    case SMTP_WANT_ABORT:
        if (want == SMTP_WANT_ABORT)
            s->guard.must = SMTP_GUARD_RESET;
        finish_play(s, FACTS_ENDED_OPEN);
        break;
    }
}

void session_play(struct session *s, const struct smtp_program *program,
                  const struct smtp_vars *vars)
{
    s->vars = vars;
    s->reaction = (struct facts_reaction){.ask = program->name,
                                          .state = (enum facts_state)program->state,
                                          .tls = transport_is_tls(s->transport)};
    smtp_player_start(&s->player, program);
    play_on(s);
}

bool session_is_open(const struct session *s)
{
    return s->transport && s->guard.must == SMTP_GUARD_FREE;
}

void session_close(struct session *s)
{
    if (!s->transport)
        return;
    if (s->guard.must == SMTP_GUARD_FREE && !is_reading(s))
        transport_close(s->transport);
    else
        session_reset(s);
}

void session_reset(struct session *s)
{
    s->is_cut = true;
    if (s->transport)
        transport_reset(s->transport);
}

void session_release(struct session *s)
{
    assert(!s->transport);
    buf_release(&s->kept);
}
