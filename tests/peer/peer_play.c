/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_play.h"

#define LINE_OCTETS_MAX ((size_t)1 << 20)
#define GARBAGE_OCTETS  256

struct play {
    const struct peer_script *script;
    const struct peer_tls_contexts *tls;
    struct peer_wire *wire;
    struct buf line;
    size_t at, section;
};

/* A TLS record (RFC 8446 s5.1) that holds a fatal alert, handshake_failure (s6.2). */
static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};

/* Octets that look like nothing, the same in every run (xorshift32); the first begins no record. */
static void fill_garbage(uint8_t *at, size_t size)
{
    uint32_t state = 2463534242;
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        at[i] = (uint8_t)(state >> 24);
    }
    at[0] = 0xc5;
}

static bool start_tls(struct play *p, enum peer_tls kind)
{
    uint8_t garbage[GARBAGE_OCTETS];
    p->section = p->at + 1;
    if (kind < PEER_TLS_CERTIFICATES)
        return peer_wire_start_tls(p->wire, p->tls->of[kind]);
    /* Only once the client has begun: an end before would be one in clear. */
    if (!peer_wire_await(p->wire))
        return false;
    if (kind == PEER_TLS_ALERT)
        return peer_wire_send(p->wire, (struct octets){alert, sizeof alert});
    if (kind == PEER_TLS_CLOSE)
        return false;
    fill_garbage(garbage, sizeof garbage);
    return peer_wire_send(p->wire, (struct octets){garbage, sizeof garbage});
}

/* Waits for a line and goes to what answers it. */
static bool answer(struct play *p)
{
    if (!peer_wire_take_line(p->wire, &p->line))
        return false;
    size_t next = peer_script_find(p->script, p->section, p->at, buf_octets(&p->line));
    if (next <= p->script->count) {
        p->at = next;
        return true;
    }
    peer_log_octets(p->wire->log, p->wire->connection, "UNEXPECTED", buf_octets(&p->line));
    return peer_wire_send(p->wire, OCTETS("500 not in the script\r\n"));
}

/* Does one step that awaits nothing.  False when no more is to be done. */
static bool act(struct play *p, const struct peer_step *step)
{
    bool goes_on = false;
    switch (step->kind) {
    case PEER_SEND:
        if (peer_wire_has_input(p->wire))
            peer_log_event(p->wire->log, p->wire->connection, "EARLY");
        goes_on = peer_wire_send(p->wire, step->octets);
        break;
    case PEER_WAIT:
        goes_on = peer_wire_pause(p->wire, step->ms);
        break;
    case PEER_SPLIT:
        p->wire->split = (size_t)step->count;
        p->wire->split_ms = step->ms;
        goes_on = true;
        break;
    case PEER_FLOOD:
        goes_on = peer_wire_flood(p->wire, step->octets, step->count);
        break;
    case PEER_TLS:
        goes_on = start_tls(p, step->tls);
        break;
    case PEER_AWAIT_LINE:
    case PEER_AWAIT_PREFIX:
    case PEER_AWAIT_RAW:
    case PEER_CLOSE:
    case PEER_RESET:
        break;
    }
    p->at++;
    return goes_on;
}

void peer_play(const struct peer_script *s, const struct peer_tls_contexts *tls,
               struct peer_wire *w)
{
    struct play p = {.script = s, .tls = tls, .wire = w};
    const struct peer_step *step = NULL;
    bool goes_on = true;
    buf_init(&p.line, LINE_OCTETS_MAX);
    while (goes_on) {
        step = p.at < s->count ? &s->steps[p.at] : NULL;
        goes_on = !step || peer_step_awaits(step) ? answer(&p) : act(&p, step);
    }
    buf_release(&p.line);
    if (step && step->kind == PEER_RESET)
        peer_wire_reset(w);
    else
        peer_wire_finish(w);
}
