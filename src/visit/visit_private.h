/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdalign.h>

#include "visit.h"

/* What the parts of a visit share: opening.c (from connect to hello), asking.c (the dialogues),
 * probing.c (TLS hello by hello), visit.c (the frame). */

/* What the answer awaited from the session is to. */
enum visit_step {
    VISIT_CONNECTING,
    VISIT_WAITING_TURN,
    VISIT_TLS_FIRST,
    VISIT_GREETING,
    VISIT_EHLO,
    VISIT_HELO,
    VISIT_LHLO,
    VISIT_STARTTLS,
    VISIT_TLS,
    VISIT_PLAYING,
    VISIT_MAIL, /* to bring the session to state mail */
    VISIT_RSET,
    VISIT_QUIT,
    VISIT_ENDING,
    VISIT_WAITING_AGAIN, /* no connection: a server that greylists is let alone for a while */
};

/* What became of a check. */
struct visit_check {
    bool is_done;
    uint64_t again_ms; /* when it is to be played once more; 0: not at all */
    bool was_again;
};

struct visit {
    struct session session; /* first of all, and behind it what each of its reports looks at */

    struct visit_host *host;
    struct visit_listener listener;
    struct visit_probing *probing;   /* once that has begun */
    struct visit_crowding *crowding; /* once that has */
    enum visit_step step;
    uint32_t errors_counted, commands_counted; /* already taken from the host's budget */
    bool asks_no_more; /* no further questions, on this connection or another */
    bool is_over;      /* no further connection */
    bool is_cancelled, is_finished;
    bool is_cut_short; /* cancelled before all was asked */
    bool is_opening;   /* counted among the host's openings */
    bool lets_others_first,
        let_others; /* a handshake without a name failed: another port may tell the name */

    /* Of the connection under way: */
    bool is_greeted;    /* its greeting was read */
    bool is_virgin;     /* nothing was accepted yet that says hello */
    bool said_hello;    /* in state ehlo */
    bool is_soiled;     /* a MAIL or RCPT was asked, accepted or not: RSET before anything else */
    bool wants_quit;    /* no more questions on this connection */
    bool mail_refused;  /* state mail cannot be reached on this server */
    bool starttls_done; /* tried, whatever came of it */
    bool starttls_here; /* on this connection */

    struct facts_visit facts;
    struct arena arena;
    const struct visit_options *options;
    struct net_loop *loop;
    struct net_timer deadline; /* of the whole visit; also defers `done` */
    struct visit_turn turn;
    uint64_t started_ms;
    struct identify_belief *belief; /* NULL until the first question is chosen */
    struct smtp_scope scope;
    struct smtp_vars vars;
    enum smtp_class class_max;

    uint32_t sessions;
    uint32_t hang_ups;                  /* questions that the server ended the connection at */
    bool tls_first;                     /* on this connection */
    bool tried_plain, tried_tls_first;  /* ways of opening that failed */
    bool opens_anew;                    /* the other way of opening is to be tried */
    bool shook_nameless;                /* the handshake under way went without SNI */
    bool says_lhlo;                     /* EHLO and HELO were unknown: it may be LMTP */
    size_t asked_from;                  /* the first reaction of this connection */
    const struct smtp_program *pending; /* chosen, waiting for its state */

    struct visit_check *checks;   /* of the audit: one for each of the options' */
    struct visit_check *checking; /* of the pending one; NULL when that is identify's */
    bool checks_alone;            /* the connection is a check's own */
    bool checks_no_more;
    const char *no_more_why;
    uint32_t held_back; /* checks that the server answered late, or by hanging up */

    alignas(max_align_t) uint8_t memory[]; /* the first VISIT_OCTETS_LEAST of the arena */
};

/* What a plain session takes, mostly. */
#define VISIT_OCTETS_LEAST ((size_t)512)

/* A tarpit: Courier lets its second error wait 16 s, its third 32. */
bool visit_is_slow(const struct facts_reaction *r);

/* Keeps a reaction.  Out of memory drops it: the record says less, and nothing untrue. */
void visit_keep_reaction(struct visit *v, const struct facts_reaction *r);

/* The name for SNI: the one resolved, else the one that the server greets by; some refuse to shake
 * hands without. */
struct octets visit_server_name(const struct visit *v);
/* Takes the facts of the handshake that is complete. */
void visit_take_tls(struct visit *v, bool implicit);

/* A 421, in these words: no port of this host is asked more. */
void visit_take_421(struct visit *v, struct octets words);

/* No longer on its way to a greeting in clear. */
void visit_opened(struct visit *v);

/* Opens a connection for a session of its own, which takes the place of the one that has ended. */
MUST_CHECK enum err visit_connect(struct visit *v);

/* The ways into a session; end with visit_decide once it is ready to be asked. */
void visit_open(struct visit *v);
void visit_say_hello(struct visit *v);
void visit_opening_report(struct visit *v, enum session_report report);
void visit_turn_granted(void *owner);

/* The next step of a session that stands open and idle. */
void visit_decide(struct visit *v);
void visit_asking_report(struct visit *v, enum session_report report);
/*
 * A server that hangs up after an error does so behind its reply: we notice only when what is said
 * next gets none.  The hang-up belongs to the question then, and what was said next is still open.
 * False when no question of this connection can be to blame.
 */
bool visit_blame_question(struct visit *v);
/* Whether another connection would be of use. */
bool visit_wants_more(struct visit *v);

/* The ports of this address that have not had their turn: so much of its commands is kept for each. */
#define VISIT_KEPT_COMMANDS 6
uint32_t visit_ports_waiting(const struct visit *v);

/* Makes the next check that may be played the pending one, and says whether there is one; `fresh`:
 * only says so, as if on a new connection.  `before_tls`: only of those that need cleartext. */
bool visit_choose_check(struct visit *v, bool fresh, bool before_tls);
/* The same for one that speaks before the greeting, when nothing else is left to ask. */
bool visit_choose_check_at_once(struct visit *v);
/* The pending check has been played: what is to be kept of it. */
void visit_take_check(struct visit *v, struct facts_reaction *r);
/* At the end of a visit: a server that turned us away while checks were left has cut it short. */
void visit_note_left_out(struct visit *v);
/* In how many milliseconds one is to be played once more; 0: none is. */
uint64_t visit_again_in(const struct visit *v);

/* Sets the outcome unless the server has answered; then it is a cut. */
void visit_fail(struct visit *v, enum facts_outcome outcome, enum facts_stage stage,
                struct octets reason);
/* The words of the session's last reply, its lines joined by LF. */
struct octets visit_words(struct visit *v, const struct facts_reply *r);
void visit_end_session(struct visit *v, bool orderly);

/*
 * The TLS prober, after all dialogues: each hello on a connection of its own.  Next: opens the next
 * connection; false when there is nothing (more) to probe, or it may not be.  While probing is set,
 * it gets the session's reports, and v->step stands at VISIT_ENDING.
 */
bool visit_probe_next(struct visit *v);
/* The same for the next connection of those that are only counted, which come last. */
bool visit_crowd_next(struct visit *v);
void visit_crowding_report(struct visit *v, enum session_report report);
void visit_probing_report(struct visit *v, enum session_report report);
