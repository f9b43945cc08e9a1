/* SPDX-License-Identifier: Apache-2.0 */
#include "visit_private.h"

#include "../base/clock.h"
#include "../base/random.h"

#define TAG_SIZE                8
#define FAREWELL_MS             1000 /* for the reply under way and a QUIT, when a visit is cancelled */
#define SESSIONS_MAX_EXHAUSTIVE 60

struct octets visit_words(struct visit *v, const struct facts_reply *r)
{
    struct octets words = OCTETS_NONE;
    struct buf text;
    buf_init(&text, 2048);
    for (size_t i = 0; i < r->line_count; i++) {
        if (i)
            buf_append_text(&text, "\n");
        buf_append(&text, octets_sub(r->lines[i], 0, text.cap - text.size));
    }
    if (!arena_copy(&v->arena, buf_octets(&text), &words))
        words = OCTETS_NONE;
    buf_release(&text);
    return words;
}

void visit_fail(struct visit *v, enum facts_outcome outcome, enum facts_stage stage,
                struct octets reason)
{
    struct facts_visit *f = &v->facts;
    if (f->outcome == FACTS_OUTCOME_ANSWERED) {
        f->cut_stage = stage;
        f->cut_reply = reason;
        return;
    }
    f->outcome = outcome;
    f->stage = stage;
    f->reason = reason;
}

void visit_take_421(struct visit *v, struct octets words)
{
    visit_host_note(&v->host->enough, octets_sub(words, 0, 200));
    v->host->has_had_enough = v->host->has_had_enough || !v->options->exhaustive;
}

void visit_keep_reaction(struct visit *v, const struct facts_reaction *r)
{
    void *at = v->facts.reactions;
    if (!arena_grow(&v->arena, &at, v->facts.reaction_count, &v->facts.reaction_room, sizeof *r))
        return;
    v->facts.reactions = at;
    v->facts.reactions[v->facts.reaction_count++] = *r;
}

void visit_end_session(struct visit *v, bool orderly)
{
    v->step = VISIT_ENDING;
    if (orderly)
        session_close(&v->session);
    else
        session_reset(&v->session);
}

/* ---- the end of a visit ---- */

static void deliver(void *owner)
{
    struct visit *v = owner;
    v->listener.done(v->listener.owner, v, &v->facts);
}

/* Tells the owner, from the loop and not from within whatever brought us here. */
static void finish(struct visit *v)
{
    if (v->is_finished)
        return;
    v->is_finished = true;
    if (v->is_cut_short && v->facts.outcome == FACTS_OUTCOME_ANSWERED && !v->facts.cut_stage)
        visit_fail(v, FACTS_OUTCOME_ANSWERED, FACTS_STAGE_DIALOGUE, OCTETS("interrupted"));
    if (!v->facts.cut_stage)
        visit_note_left_out(v);
    visit_opened(v);
    session_release(&v->session);
    v->facts.cost.duration_ms = net_loop_now_ms(v->loop) - v->started_ms;
    visit_turn_leave(v->host, &v->turn);
    v->deadline.fire = deliver;
    net_timer_start(&v->deadline, 0);
}

static uint32_t sessions_most(const struct visit *v)
{
    if (v->options->exhaustive || v->facts.level == FACTS_LEVEL_FULL)
        return SESSIONS_MAX_EXHAUSTIVE;
    if (v->facts.level == FACTS_LEVEL_AUDIT)
        return v->facts.port == 25 ? VISIT_CHECK_SESSIONS : VISIT_CHECK_SESSIONS_ELSEWHERE;
    return VISIT_SESSIONS_MAX;
}

/* Whether there is something to ask on another connection, and room for one. */
static bool wants_another(struct visit *v)
{
    return !v->is_over && !v->probing && !v->crowding && v->sessions < sessions_most(v) &&
           visit_wants_more(v);
}

/* Lets the server alone until a check is to be played once more; other ports may go on. */
static void wait_again(struct visit *v)
{
    uint64_t wait = visit_again_in(v);
    v->step = VISIT_WAITING_AGAIN;
    v->facts.cost.delay_ms += wait;
    session_release(&v->session);
    visit_turn_leave(v->host, &v->turn);
    net_timer_start(&v->deadline, wait);
}

/* The connection has gone: another one, or the end. */
static void after_session(struct visit *v)
{
    visit_opened(v);
    if (v->session.over_budget) {
        v->is_over = true;
        visit_fail(v, FACTS_OUTCOME_NOT_SMTP,
                   v->facts.greeting.line_count ? FACTS_STAGE_DIALOGUE : FACTS_STAGE_GREETING,
                   OCTETS("sent more than a connection may cost us"));
        visit_turn_leave(v->host, &v->turn);
    }
    if (v->turn.is_waiting && !v->is_cancelled)
        return; /* closed while we waited for our turn: opened again when it comes */
    if (v->lets_others_first && !v->is_cancelled) {
        v->lets_others_first = false;
        visit_turn_leave(v->host, &v->turn);
        visit_turn_take(v->host, &v->turn); /* opens the connection when the turn is ours again */
        return;
    }
    if (!v->is_cancelled && wants_another(v)) {
        visit_open(v);
    } else if (!v->is_cancelled && visit_again_in(v)) {
        wait_again(v);
    } else if ((v->crowding || !visit_probe_next(v)) && !visit_crowd_next(v)) {
        finish(v);
    }
}

static void on_session(void *owner, struct session *s, enum session_report report)
{
    struct visit *v = owner;
    uint32_t errors = v->facts.cost.errors_provoked - v->errors_counted;
    (void)s;
    v->errors_counted += errors;
    v->host->errors_spent += errors;
    v->host->commands_spent += v->facts.cost.commands - v->commands_counted;
    v->commands_counted = v->facts.cost.commands;
    if (report == SESSION_CONNECTED && v->listener.answered)
        v->listener.answered(v->listener.owner);
    if (v->crowding)
        visit_crowding_report(v, report);
    else if (v->probing)
        visit_probing_report(v, report);
    else if (v->step < VISIT_STARTTLS)
        visit_opening_report(v, report);
    else if (v->step != VISIT_ENDING)
        visit_asking_report(v, report);
    if (report == SESSION_ENDED)
        after_session(v);
}

/* Ends the connection, whose end ends the visit; without one, the visit. */
static void stop(struct visit *v)
{
    if (v->session.transport)
        visit_end_session(v, false);
    else
        finish(v);
}

static void on_deadline(void *owner)
{
    struct visit *v = owner;
    if (v->step == VISIT_WAITING_AGAIN) {
        visit_turn_take(v->host, &v->turn); /* opens a connection when the turn is ours */
        return;
    }
    if (v->step == VISIT_WAITING_TURN && v->turn.is_patient) {
        visit_turn_insist(v->host, &v->turn);
        return;
    }
    v->is_over = true;
    if (!v->is_cancelled && v->facts.outcome != FACTS_OUTCOME_FAILED)
        visit_fail(v, FACTS_OUTCOME_TIMEOUT,
                   v->step <= VISIT_WAITING_TURN ? FACTS_STAGE_CONNECT : FACTS_STAGE_DIALOGUE,
                   OCTETS("the visit took too long"));
    stop(v);
}

void visit_cancel(struct visit *v)
{
    v->is_cancelled = true;
    /* Whom we were about to leave for good was asked everything. */
    v->is_cut_short = !v->is_finished && (v->step < VISIT_QUIT || v->step == VISIT_WAITING_AGAIN ||
                                          v->probing || v->crowding || wants_another(v));
    /* Where a reply is under way it is waited for, and QUIT said; not for long. */
    if (v->session.transport && v->step > VISIT_GREETING && v->step < VISIT_ENDING)
        net_timer_start(&v->deadline, FAREWELL_MS);
    else
        stop(v);
}

/* ---- the beginning ---- */

static enum err prepare_names(struct visit *v, const struct visit_request *r)
{
    struct facts_visit *f = &v->facts;
    char tag[TAG_SIZE];
    uint8_t memory[64];
    struct buf text;
    enum err e = random_name(&v->loop->random, tag, sizeof tag);
    if (e)
        return e;
    bool ok =
        arena_copy(&v->arena, (struct octets){(const uint8_t *)tag, sizeof tag}, &f->asker.tag) &&
        arena_copy(&v->arena, r->input, &f->input) && arena_copy(&v->arena, r->tag, &f->tag) &&
        arena_copy(&v->arena, r->domain, &f->domain) && arena_copy(&v->arena, r->host, &f->host);
    buf_init_over(&text, memory, sizeof memory);
    address_append(&text, &r->address);
    ok = ok && arena_copy(&v->arena, buf_octets(&text), &v->scope.address);
    f->address = r->address;
    f->port = r->port;
    f->is_again = r->is_again;
    f->level = r->level;
    f->named = r->named;
    f->is_origin = r->is_origin;
    f->is_null_mx = r->is_null_mx;
    f->time_ms = clock_wall_ms();
    f->asker.ehlo = v->options->ehlo;
    f->asker.sender = v->options->sender;
    v->scope.domain = f->domain;
    v->scope.sender = v->options->sender;
    v->scope.outsider = v->options->outsider;
    v->scope.tag = f->asker.tag;
    return ok ? ERR_OK : ERR_NOMEM;
}

static struct octets joined(struct visit *v, const char *before, struct octets middle,
                            struct octets behind)
{
    struct octets o = OCTETS_NONE;
    uint8_t memory[512];
    struct buf text;
    buf_init_over(&text, memory, sizeof memory);
    buf_append_text(&text, before);
    buf_append(&text, middle);
    buf_append(&text, behind);
    if (buf_error(&text) || !arena_copy(&v->arena, buf_octets(&text), &o))
        o = OCTETS_NONE;
    return o;
}

static void prepare_vars(struct visit *v)
{
    struct octets *value = v->vars.value;
    struct octets outsider = v->options->outsider;
    size_t at = octets_find_octet(outsider, '@', 0);
    value[SMTP_VAR_DOMAIN] = v->facts.domain;
    value[SMTP_VAR_HOST] = v->facts.host;
    value[SMTP_VAR_ADDRESS] = v->scope.address;
    value[SMTP_VAR_SENDER] = v->options->sender;
    value[SMTP_VAR_OUTSIDER] = outsider;
    value[SMTP_VAR_OUTSIDER_LOCAL] = octets_sub(outsider, 0, at);
    value[SMTP_VAR_OUTSIDER_DOMAIN] = octets_sub(outsider, at + 1, outsider.size);
    value[SMTP_VAR_RANDOM_1] = joined(v, "", v->facts.asker.tag, OCTETS("-1"));
    value[SMTP_VAR_RANDOM_2] = joined(v, "", v->facts.asker.tag, OCTETS("-2"));
    if (v->facts.domain.size) {
        value[SMTP_VAR_POSTMASTER] = joined(v, "postmaster@", v->facts.domain, OCTETS_NONE);
        value[SMTP_VAR_ABUSE] = joined(v, "abuse@", v->facts.domain, OCTETS_NONE);
    }
}

enum err visit_start(struct net_loop *l, const struct visit_options *options,
                     const struct visit_request *request, struct visit_host *host,
                     struct visit_listener listener, struct visit **ret)
{
    struct visit *v = pool_take(&l->visits, sizeof *v + VISIT_OCTETS_LEAST);
    if (!v)
        return ERR_NOMEM;
    *v = (struct visit){.loop = l, .options = options, .host = host, .listener = listener};
    v->turn = (struct visit_turn){.granted = visit_turn_granted, .owner = v};
    arena_init_over(&v->arena, v->memory, VISIT_OCTETS_LEAST, VISIT_OCTETS_MAX);
    enum err e = prepare_names(v, request);
    if (e) {
        arena_release(&v->arena);
        pool_give(&l->visits, v);
        return e;
    }
    prepare_vars(v);
    if (request->level >= FACTS_LEVEL_AUDIT)
        v->checks = arena_alloc_array(&v->arena, options->check_count, sizeof *v->checks);
    bool may_be_noisy =
        request->level == FACTS_LEVEL_FULL && request->named == FACTS_NAMED_ARGUMENT;
    v->class_max = request->named == FACTS_NAMED_NETWORK ? SMTP_CLASS_SESSION
                   : may_be_noisy                        ? SMTP_CLASS_NOISY
                                                         : SMTP_CLASS_TRANSACTION;
    v->tls_first = request->port == 465;
    v->started_ms = net_loop_now_ms(l);
    v->session.report = on_session; /* the rest at each connection */
    net_timer_init(l, &v->deadline, on_deadline, v);
    net_timer_start(&v->deadline, options->visit_ms);
    visit_open(v);
    *ret = v;
    return ERR_OK;
}

static void memory_free(void *owner)
{
    struct visit *v = owner;
    arena_release(&v->arena);
    pool_give(&v->loop->visits, v);
}

void visit_free(struct visit *v)
{
    if (v)
        net_timer_close(&v->deadline, memory_free);
}
