/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../net/transport.h"
#include "../smtp/player.h"
#include "../smtp/reply.h"

/*
 * One connection that speaks SMTP in strict lock-step: it waits for the greeting, sends what its
 * owner asks for (each write past the guard), reads whole replies, and reports.  It decides
 * nothing: the next step is the owner's, given from within the report.  All that it keeps lives in
 * the visit's arena.
 */
enum session_report {
    SESSION_CONNECTED,  /* the TCP connection stands */
    SESSION_GREETED,    /* session->reply is the greeting */
    SESSION_REPLIED,    /* session->reply answers session_say */
    SESSION_TLS_UP,     /* the handshake asked for is complete */
    SESSION_TLS_FAILED, /* session->tls_failure says why; only an end is left */
    SESSION_OCTETS,     /* session->input has more, the answer to session_say_client_hello */
    SESSION_PLAYED,     /* session->reaction is complete; see session_is_open */
    SESSION_TIMEOUT,    /* the wait asked for took too long; only an end is left */
    SESSION_ENDED,      /* the connection has gone: the last report */
};

struct session;
typedef void session_owner(void *owner, struct session *s, enum session_report report);

struct session_limits {
    uint32_t connect_ms, greeting_ms, reply_ms, tls_ms;
    uint64_t octets_max; /* from the server, on one connection */
};

enum session_wait {
    SESSION_IDLE,
    SESSION_CONNECTING,
    SESSION_READING_GREETING,
    SESSION_READING_REPLY,
    SESSION_HANDSHAKING,
    SESSION_READING_OCTETS,
    SESSION_PLAYING
};

struct session {
    /* What each event looks at comes first: it is fetched into the caches as one piece. */
    struct net_loop *loop;
    struct arena *arena;       /* the visit's */
    struct facts_visit *facts; /* cost and transcript are counted here */
    session_owner *report;
    void *owner;
    struct transport *transport; /* NULL before open and after the end */
    enum session_wait wait;
    bool keeps_wire; /* record every octet */
    bool says_quit;  /* a refusal of QUIT is no error of ours */
    bool has_ended, over_budget;
    bool is_cut; /* we have reset it: its end tells nothing of the server */
    struct smtp_guard guard;

    struct octets input;     /* what was read and not yet understood; */
    struct smtp_reply parse; /* of the reply at its start */
    uint64_t asked_ms;       /* loop time */
    uint64_t octets_in;
    uint32_t commands, errors; /* on this connection */

    struct facts_reply reply; /* the last one */
    struct buf kept;          /* memory of the input, once the event has passed that brought it */
    const struct smtp_scope *scope; /* for the guard */
    const struct session_limits *limits;
    uint64_t opened_ms;             /* loop time */
    struct facts_reaction reaction; /* of the program that was played */
    struct smtp_player player;
    const struct smtp_vars *vars;
    struct octets server_name; /* SNI for a handshake that a program asks for */
    const char *tls_failure;
    int end_error;     /* a uv error, 0 for an orderly end */
    bool mail_is_open; /* a MAIL was accepted and not yet reset */
};

/* Opens the connection; the caller has set loop, arena, facts, scope, limits, report and owner, all
 * else zero. */
MUST_CHECK enum err session_open(struct session *s, const struct transport_target *target);

/* Each of these asks for one thing.  Its report may come from within the call: ask last, and one at
 * a time. */
void session_await_greeting(struct session *s);
void session_start_tls(struct session *s,
                       struct octets name); /* implicit, or after the 220 to STARTTLS */
/*
 * The first message of a handshake that will not be completed, where a handshake may stand: before
 * anything was said, or behind the 220 to STARTTLS; else a reset.  Nothing may be said after it, and
 * the connection ends in a reset.  Every piece of the answer is a report; who read it drops it.
 */
void session_say_client_hello(struct session *s, struct octets hello);
void session_say(struct session *s, enum smtp_class class, const char *verb,
                 struct octets argument);
void session_play(struct session *s, const struct smtp_program *program,
                  const struct smtp_vars *vars);

/* The connection may still be written to: it stands, and the guard leaves something to say. */
bool session_is_open(const struct session *s);
/* Ends it: orderly close, or a reset when the guard or an unfinished reply forbids anything else.
 * SESSION_ENDED follows. */
void session_close(struct session *s);
void session_reset(struct session *s);
/* Frees what is not in the arena.  Only after SESSION_ENDED, or before it was opened. */
void session_release(struct session *s);
