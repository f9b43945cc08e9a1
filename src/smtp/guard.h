/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * The guard: what may be written to a mail server, whatever a dialogue's author thought.  Pure.  It
 * is asked when a dialogue is compiled and again on every plaintext write (what goes under TLS
 * included, before it is encrypted). It judges a write in every way in which a server may read it,
 * so that none of them is forbidden: bare CR, bare LF and control characters as line ends, as
 * blanks or as nothing; the eighth bit kept or stripped; case and leading blanks ignored; long
 * lines in one piece or in several.
 */
#define SMTP_CLASS_MAP(X) \
    X(PASSIVE, "passive")         /* DNS and HTTPS only */ \
    X(SESSION, "session")         /* greeting, EHLO, STARTTLS, odd verbs, QUIT */ \
    X(TRANSACTION, "transaction") /* MAIL, RCPT, then RSET */ \
    X(NOISY, "noisy")             /* may trip limits; delivers nothing */ \
    X(CONSENT, "consent")         /* needs proof of consent: nothing that is built in today */

#define X(id, name) SMTP_CLASS_##id,
enum smtp_class { SMTP_CLASS_MAP(X) SMTP_CLASS__COUNT };
#undef X
const char *smtp_class_name(enum smtp_class c);
enum smtp_class smtp_class_of(struct octets name); /* __COUNT when there is no such class */

/* Whose addresses a visit may name. */
struct smtp_scope {
    struct octets domain;   /* under test; none: no domain */
    struct octets sender;   /* our envelope sender */
    struct octets outsider; /* a mailbox of the user's elsewhere, or a reserved name */
    struct octets tag;      /* the random part of this visit's local parts, 6 octets or more */
    struct octets address;  /* the server's address as text, for address literals */
};

/*
 * Whether a dialogue of this class may write these octets, as if on a fresh connection.  *ret_why
 * (not NULL) names the rule that refuses.  A class below TRANSACTION may not begin a mail
 * transaction with a well-formed MAIL or RCPT.
 */
bool smtp_guard_allows(const struct smtp_scope *scope, enum smtp_class class, struct octets write,
                       const char **ret_why);

/* What the last replies leave us. */
enum smtp_guard_must {
    SMTP_GUARD_FREE,   /* anything that smtp_guard_allows */
    SMTP_GUARD_CANCEL, /* after 334: one "*", else reset (a QUIT would be taken for a password) */
    SMTP_GUARD_HANDSHAKE, /* after 220 to STARTTLS: the handshake, else reset */
    SMTP_GUARD_RESET, /* after an unexpected 354 or other 3xx (a QUIT would be message text), or a
                         write of ours without LF at its end (the next one would continue it): not
                         one octet more */
};

/* The memory of one connection; zero it at the start, and again when TLS is up. */
struct smtp_guard {
    enum smtp_guard_must must;
    bool asked_starttls; /* some write held a line that begins with STARTTLS */
    bool asked_auth;     /* the last write held a line that begins with AUTH */
    bool
        asked_lookup; /* the last write held a VRFY or EXPN of something: its reply may name people */
    bool cancelled;   /* the last write was the "*" */
};

/* Whether this may be written now; remembers it if so. */
bool smtp_guard_write(struct smtp_guard *g, const struct smtp_scope *scope, enum smtp_class class,
                      struct octets write, const char **ret_why);
/* Learns from a reply, all its lines as received. */
void smtp_guard_reply(struct smtp_guard *g, struct octets reply);
/* Learns from octets that answered nothing and are to be dropped: they may forbid, never allow. */
void smtp_guard_stray(struct smtp_guard *g, struct octets stray);
