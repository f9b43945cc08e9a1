/* SPDX-License-Identifier: Apache-2.0 */
#include "player.h"

/* Enters the step at p->step. */
static void enter(struct smtp_player *p)
{
    static const enum smtp_want wants[] = {
        [SMTP_OP_SEND] = SMTP_WANT_WRITE,
        [SMTP_OP_REPLY] = SMTP_WANT_READ,
        [SMTP_OP_TLS] = SMTP_WANT_TLS,
        [SMTP_OP_END] = SMTP_WANT_DONE,
    };
    bool more = p->step < p->program->step_count;
    p->want = more ? wants[p->program->steps[p->step].op] : SMTP_WANT_DONE;
}

void smtp_player_start(struct smtp_player *p, const struct smtp_program *program)
{
    *p = (struct smtp_player){.program = program};
    enter(p);
}

const struct smtp_template *smtp_player_text(const struct smtp_player *p)
{
    return &p->program->steps[p->step].text;
}

/* The REPLY step that the next reply is compared with: the one behind a SEND, else the current one.
 */
static const struct smtp_step *reply_step(const struct smtp_player *p)
{
    const struct smtp_step *s = &p->program->steps[p->step];
    return s->op == SMTP_OP_SEND ? s + 1 : s;
}

uint32_t smtp_player_within_ms(const struct smtp_player *p)
{
    bool reads = p->want == SMTP_WANT_WRITE || p->want == SMTP_WANT_READ;
    return reads ? reply_step(p)->within_ms : 0;
}

static const struct smtp_alternative *find_alternative(const struct smtp_player *p,
                                                       enum smtp_event event,
                                                       const struct octets *lines, size_t count)
{
    const struct smtp_step *s = reply_step(p);
    for (size_t i = 0; i < s->count; i++) {
        const struct smtp_alternative *alt = &p->program->alternatives[s->first + i];
        bool hit = (alt->pattern.kind == SMTP_PATTERN_CLOSED && event == SMTP_EVENT_CLOSED) ||
                   (alt->pattern.kind == SMTP_PATTERN_TIMEOUT && event == SMTP_EVENT_TIMEOUT) ||
                   (event == SMTP_EVENT_REPLY && smtp_pattern_matches(&alt->pattern, lines, count));
        if (hit)
            return alt;
    }
    return NULL;
}

/* A reply, or the end of waiting for one. */
static void feed_reply(struct smtp_player *p, enum smtp_event event, const struct octets *lines,
                       size_t count)
{
    const struct smtp_step *s = &p->program->steps[p->step];
    const struct smtp_alternative *alt = find_alternative(p, event, lines, count);
    p->matched = alt;
    bool decided = alt && alt->verdict != SMTP_VERDICT_NONE;
    bool unmatched = reply_step(p)->count > 0 && !alt;
    if (decided)
        p->decided = alt;
    if (decided || unmatched || event != SMTP_EVENT_REPLY) {
        p->want = SMTP_WANT_DONE;
        return;
    }
    p->repeated++;
    bool last_reply = s->op == SMTP_OP_SEND && s->repeat > p->repeated;
    if (last_reply)
        return; /* the same text again */
    p->repeated = 0;
    p->step += s->op == SMTP_OP_SEND ? 2 : 1;
    enter(p);
}

void smtp_player_feed(struct smtp_player *p, enum smtp_event event, const struct octets *lines,
                      size_t count)
{
    bool reads = p->want == SMTP_WANT_WRITE || p->want == SMTP_WANT_READ;
    if (p->want == SMTP_WANT_DONE || p->want == SMTP_WANT_ABORT || event == SMTP_EVENT_STRAY ||
        event == SMTP_EVENT_CONNECTED)
        return;
    if (reads &&
        (event == SMTP_EVENT_REPLY || event == SMTP_EVENT_CLOSED || event == SMTP_EVENT_TIMEOUT)) {
        feed_reply(p, event, lines, count);
    } else if (p->want == SMTP_WANT_TLS && event == SMTP_EVENT_TLS_UP) {
        p->step++;
        enter(p);
    } else if (p->want == SMTP_WANT_TLS && event != SMTP_EVENT_REPLY) {
        p->want = SMTP_WANT_DONE;
    } else {
        p->want = SMTP_WANT_ABORT;
    }
}
