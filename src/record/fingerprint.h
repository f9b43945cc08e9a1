/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/specimen.h"

/*
 * The fingerprint file of smtpscan 0.5 (Julien Bordet, 2003; also carried by smtpscan.nasl), a
 * server a line:
 *
 *   NAME:c1:c2:...:c15        "Sendmail 8.12.6/8.12.6 -3-:503:501:501:250: ..."
 *
 * c1 to c15 are the codes that its fifteen tests were answered with, 0 without an answer.  Five of
 * the tests ask what stimuli of ours ask: 1 MAIL before HELO (when it was accepted, or refused for
 * the order), 2 HELO without a name, 8 HELP, 14 NOOP and 15 EHLO.  The others ask for MAIL and RCPT
 * in forms that we do not have, and for VRFY, EXPN, TURN, SOML and SAML with arguments.
 */
#define RECORD_FINGERPRINT_TESTS 15

#define RECORD_FINGERPRINT_MAP(X) \
    X(GOOD, "taken") \
    X(NO_ROW, "empty or a comment") \
    X(FIELDS, "not a name and fifteen codes") \
    X(CODE, "a code that answers no command") \
    X(GREETING, "220, the greeting read as a reply") \
    X(ALIKE, "all codes alike, a server that turns its visitor away")

#define X(id, text) RECORD_FINGERPRINT_##id,
enum record_fingerprint_judgement { RECORD_FINGERPRINT_MAP(X) RECORD_FINGERPRINT__COUNT };
#undef X

struct record_fingerprint {
    struct octets name;                       /* as it stands */
    struct octets product;                    /* by the name that we have for it */
    struct octets versions;                   /* one, or several with commas; "unknown" */
    struct octets variant;                    /* N of "-N-"; may be none */
    uint16_t codes[RECORD_FINGERPRINT_TESTS]; /* 0: no answer */
};

const char *record_fingerprint_text(enum record_fingerprint_judgement j);

/* One line, without its end.  Borrows it.  *ret is set when the judgement is GOOD. */
enum record_fingerprint_judgement record_fingerprint_read(struct octets line,
                                                          struct record_fingerprint *ret);

/* Its reactions as sections of code-only replies; who it is stays empty. */
MUST_CHECK enum err record_fingerprint_sections(const struct record_fingerprint *f, struct arena *a,
                                                struct specimen *ret);
