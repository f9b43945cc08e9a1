/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "program.h"

/*
 * Plays a program: a pure function from (step, event) to the next want.  It does not send, free,
 * block, recurse or read a clock; whoever drives it does what is wanted and tells what came of it.
 * What the replies mean is not its business: an arrow only means that there is no more to ask.
 */
#define SMTP_EVENT_MAP(X) \
    X(CONNECTED) \
    X(REPLY) \
    X(STRAY) /* octets that nobody asked for: kept by the driver, no step */ \
    X(TLS_UP) \
    X(TLS_FAILED) \
    X(TIMEOUT) \
    X(CLOSED)

#define X(id) SMTP_EVENT_##id,
enum smtp_event { SMTP_EVENT_MAP(X) SMTP_EVENT__COUNT };
#undef X

enum smtp_want {
    SMTP_WANT_WRITE, /* the current step's text, and then a reply to it */
    SMTP_WANT_READ,  /* one more reply */
    SMTP_WANT_TLS,   /* the handshake, now */
    SMTP_WANT_DONE,  /* no more to ask; the connection is as the last event left it */
    SMTP_WANT_ABORT, /* an event that fits no want: a reset, never a QUIT */
};

struct smtp_player {
    const struct smtp_program *program;
    size_t step;       /* the SEND, REPLY or TLS step that is wanted */
    uint32_t repeated; /* how often the SEND was answered */
    enum smtp_want want;
    const struct smtp_alternative *matched; /* by the last reply or ending; NULL: none */
    const struct smtp_alternative *decided; /* the alternative whose arrow ended it, or NULL */
};

/* The connection is in the program's state; for state `connected` that is the moment of CONNECTED.
 */
void smtp_player_start(struct smtp_player *p, const struct smtp_program *program);
/* `lines` and `count`: of the reply, for REPLY; otherwise NULL and 0. */
void smtp_player_feed(struct smtp_player *p, enum smtp_event event, const struct octets *lines,
                      size_t count);
/* The text to write, for WRITE. */
const struct smtp_template *smtp_player_text(const struct smtp_player *p);
/* The deadline of the reply that is wanted, or 0 for the visit's own. */
uint32_t smtp_player_within_ms(const struct smtp_player *p);
