/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../src/smtp/dialogue.h"
#include "peer_tls.h"

/*
 * A dialogue of kind `peer` (docs/dialogue.md) as an array of steps.  What its words mean here:
 *
 *   C: text        waits for that line, whatever its case and line end; a `*` at the end: any rest
 *   C= "octets"    waits for exactly these octets, a line end being the last
 *   S: text        sends the text with CRLF; lines that follow each other leave as one segment
 *   S= "octets"    sends exactly these
 *   wait 5s        does nothing for that long, unless the client ends the connection
 *   split N [1ms]  from here on sends N octets at a time, each time with that pause; 0: all at once
 *   flood N ["x"]  sends N octets (k, M, G: 2^10, 2^20, 2^30), those quoted again and again
 *   close          ends the connection in order, and waits for the client to do so
 *   reset          ends it by a reset
 *   tls KIND       one of PEER_TLS_MAP; those without a handshake await octets first
 *
 * Not every client asks in the same order.  A line that is not the one awaited is looked for in the
 * same section of the script - the sections are parted by `tls` - behind the place and then before
 * it, a bare `C: *` coming last.  So a script is as well a table of answers.  Behind its end it
 * waits for the client to go, or to ask again.
 */
enum peer_step_kind {
    PEER_AWAIT_LINE,
    PEER_AWAIT_PREFIX,
    PEER_AWAIT_RAW,
    PEER_SEND,
    PEER_WAIT,
    PEER_SPLIT,
    PEER_FLOOD,
    PEER_CLOSE,
    PEER_RESET,
    PEER_TLS,
};

struct peer_step {
    enum peer_step_kind kind;
    struct octets octets; /* awaited, sent, or what a flood is made of */
    uint64_t count;       /* octets of a flood, or of one segment */
    uint32_t ms;
    enum peer_tls tls;
};

struct peer_script {
    struct peer_step *steps;
    size_t count;
    bool has_tls;
};

/* Reads a file's text, which as the arena must outlive *ret.  ERR_SYNTAX with *ret_problem set. */
MUST_CHECK enum err peer_script_read(struct octets text, struct arena *a, struct peer_script *ret,
                                     struct dialogue_problem *ret_problem);

/*
 * The step behind the one that awaits `line` (line end included); `at` is the place, `section`
 * where its section begins.  s->count + 1 when no step does.
 */
size_t peer_script_find(const struct peer_script *s, size_t section, size_t at, struct octets line);

bool peer_step_awaits(const struct peer_step *step);
