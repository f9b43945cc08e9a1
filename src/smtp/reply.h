/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/err.h"
#include "../base/octets.h"

/*
 * Resumable parser of SMTP replies (RFC 5321 s4.2).  Pure: no I/O, no clock.
 * It never rejects: what breaks the grammar is kept as an anomaly, for it is evidence.
 *
 *   Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 */
#define SMTP_REPLY_MAX ((size_t)64 * 1024) /* octets of one reply, all lines */
#define SMTP_REPLY_LINES_MAX \
    ((size_t)8192) /* lines of one reply: each costs us more than its octets */
#define SMTP_REPLY_LINE_MAX ((size_t)512) /* RFC 5321 s4.5.3.1.5, CRLF included */

#define SMTP_ANOMALY_MAP(X) \
    X(BARE_LF, "bare-lf", "line ended by LF alone") \
    X(NO_CODE, "no-code", "line without a three-digit code") \
    X(CODE_CHANGED, "code-changed", "code differs between lines of one reply") \
    X(CONTROL, "control", "control character in text") \
    X(BAD_SEPARATOR, "bad-separator", "neither SP nor '-' after the code") \
    X(LONG_LINE, "long-line", "line over 512 octets") \
    X(UNFINISHED, "unfinished", "the reply ended without its last line end") \
    X(TOO_LONG, "too-long", "the reply was cut at our limit")

enum smtp_anomaly_bit {
#define X(id, name, text) SMTP_ANOMALY_BIT_##id,
    SMTP_ANOMALY_MAP(X)
#undef X
        SMTP_ANOMALY__COUNT
};
enum smtp_anomaly {
#define X(id, name, text) SMTP_ANOMALY_##id = 1 << SMTP_ANOMALY_BIT_##id,
    SMTP_ANOMALY_MAP(X)
#undef X
};

const char *smtp_anomaly_name(enum smtp_anomaly_bit bit);

/* What was understood so far of one reply; zero it before the first octet. */
struct smtp_reply {
    uint16_t code;      /* of the first line; 0 when it carried none */
    uint32_t anomalies; /* set of enum smtp_anomaly */
    size_t lines;
    size_t size; /* octets understood, line ends included: of the whole reply once DONE */
};

enum smtp_parse { SMTP_PARSE_MORE, SMTP_PARSE_DONE, SMTP_PARSE_LIMIT };

/*
 * Go on with the reply that starts at in.at[0]; `in` holds the same octets as at the call before,
 * and more.  Work is linear in the octets that are new, but for an unfinished last line.  DONE:
 * r->size octets are the reply. LIMIT: the reply has SMTP_REPLY_MAX octets, or SMTP_REPLY_LINES_MAX lines, and no end.
 */
MUST_CHECK enum smtp_parse smtp_reply_parse(struct smtp_reply *r, struct octets in);

/* Cuts the next line off *rest, without its line end (CRLF or LF). */
struct octets smtp_reply_take_line(struct octets *rest);

/* The code at the start of a line, or 0. */
uint16_t smtp_line_code(struct octets line);
/* What follows the code and its separator; all of the line when it has no code. */
struct octets smtp_line_text(struct octets line);
/* The enhanced status code (RFC 2034 s4, RFC 3463) that begins the line's text, or none. */
struct octets smtp_line_enhanced(struct octets line);
