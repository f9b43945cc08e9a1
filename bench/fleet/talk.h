/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "draw.h"

/*
 * One session as its server sees it: lines in, what to say out.  Pure; whoever holds the connection
 * does what the act wants, after the delay that the address takes.
 */
#define TALK_WORD_MAX 128

struct talk_word {
    uint8_t size, at[TALK_WORD_MAX];
};

struct talk {
    const struct cast *cast;
    struct draw who;
    enum smtp_state state;
    bool has_tls; /* a handshake is done */
    unsigned commands, errors;
    struct talk_word me, sender;
    uint64_t noise;
};

struct talk_act {
    const struct script *says; /* NULL: nothing */
    bool closes, resets, starts_tls;
};

void talk_init(struct talk *t, const struct cast *cast, const struct draw *who, uint64_t noise);
struct talk_act talk_greet(const struct talk *t);
/* A whole line, its end included. */
struct talk_act talk_hear(struct talk *t, struct octets line);
/* The handshake is done: everything is forgotten (RFC 3207 s4.2). */
void talk_secure(struct talk *t);
