/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "dialogue.h"
#include "guard.h"
#include "pattern.h"
#include "template.h"

/*
 * A stimulus or check compiled into a flat array of steps: how far it can go is known before it
 * starts.  A running one is an index into it (player.h).  Compilation asks the guard; a program
 * that exists is one that may be played.
 */
#define SMTP_VERDICT_MAP(X) \
    X(NONE, "") \
    X(EXPOSED, "exposed") \
    X(SAFE, "safe") \
    X(UNTESTABLE, "untestable") \
    X(NOTED, "noted")

#define X(id, name) SMTP_VERDICT_##id,
enum smtp_verdict { SMTP_VERDICT_MAP(X) SMTP_VERDICT__COUNT };
#undef X
const char *smtp_verdict_name(enum smtp_verdict v);

/* The state that the visit brings the connection to before the first step. */
enum smtp_state {
    SMTP_STATE_CONNECTED,
    SMTP_STATE_GREETED,
    SMTP_STATE_EHLO,
    SMTP_STATE_TLS,
    SMTP_STATE_MAIL,
    SMTP_STATE__COUNT
};
const char *smtp_state_name(enum smtp_state s);

struct smtp_alternative {
    struct smtp_pattern pattern;
    struct octets as;          /* the reply's name for verdict lines; none */
    enum smtp_verdict verdict; /* NONE: no arrow */
    struct octets words;
};

enum smtp_op { SMTP_OP_SEND, SMTP_OP_REPLY, SMTP_OP_TLS, SMTP_OP_END };

struct smtp_step {
    enum smtp_op op;
    unsigned line;
    /* SEND: a REPLY follows always */
    struct octets written; /* the text as the author wrote it, the row's value put in */
    struct smtp_template text;
    uint32_t repeat; /* 1, or how often at most, until an arrow decides */
    /* REPLY: alternatives[first .. first + count); none: any reply will do */
    size_t first, count;
    uint32_t within_ms; /* 0: the visit's own reply deadline */
    /* END */
    enum smtp_verdict verdict;
    struct octets words;
};

/* NAME PATTERN, or NAME = NAME, NAME != NAME */
enum smtp_compare { SMTP_COMPARE_PATTERN, SMTP_COMPARE_SAME, SMTP_COMPARE_DIFFERENT };
struct smtp_condition {
    enum smtp_compare compare;
    struct octets name, other;
    struct smtp_pattern pattern;
};

#define SMTP_CONDITIONS_MAX 8
struct smtp_rule {
    enum smtp_verdict verdict;
    struct smtp_condition conditions[SMTP_CONDITIONS_MAX]; /* all must hold */
    size_t count;
    struct octets words;
};

struct smtp_program {
    const char *name; /* "helo-bare"; with a suffix for each row of `each` */
    enum dialogue_kind kind;
    enum smtp_class class;
    enum smtp_state state;
    uint32_t errors;     /* replies 4xx and 5xx that it is expected to provoke */
    uint32_t vars;       /* placeholders used: what the visit must know */
    struct octets needs; /* as written; see smtp/needs.h */
    struct octets each;  /* the row's value, as written */
    bool is_alone;       /* on a connection of its own */
    uint32_t again_ms;   /* 0: played once */
    struct smtp_pattern again_on;
    struct smtp_step *steps;
    size_t step_count;
    struct smtp_alternative *alternatives;
    size_t alternative_count;
    struct smtp_rule *rules;
    size_t rule_count;
    const struct dialogue *source; /* for titles, remedies and the like */
};

/*
 * Compiles a parsed stimulus or check; a check with `each` rows gives one program a row.  All comes
 * from the arena, regexes from the set.  Refused with ERR_SYNTAX, or ERR_REFUSED by the guard, and
 * *ret_problem.
 */
MUST_CHECK enum err smtp_program_compile(const struct dialogue *d, struct arena *a,
                                         struct smtp_regex_set *set,
                                         struct smtp_program **ret_programs, size_t *ret_count,
                                         struct dialogue_problem *ret_problem);

/* Whether the TLS handshake is one of its steps: where none succeeds, it tells nothing. */
bool smtp_program_shakes_hands(const struct smtp_program *p);
