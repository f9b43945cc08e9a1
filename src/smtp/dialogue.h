/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"

/*
 * The dialogue language (docs/dialogue.md), read into lines.  One parser for four kinds of file;
 * what the lines mean is decided by who asked for them: smtp/program.h compiles stimuli and checks,
 * identify/specimen.h takes specimens, the scripted server of the tests takes peers.  Nothing is
 * sent here.
 */
enum dialogue_kind {
    DIALOGUE_STIMULUS,
    DIALOGUE_SPECIMEN,
    DIALOGUE_CHECK,
    DIALOGUE_PEER,
    DIALOGUE__COUNT
};

enum dialogue_word {
    DIALOGUE_CLIENT,     /* text sent, or awaited, with CRLF */
    DIALOGUE_CLIENT_RAW, /* quoted octets, exactly */
    DIALOGUE_SERVER,
    DIALOGUE_SERVER_RAW,
    DIALOGUE_NEXT,
    DIALOGUE_SECTION,
    DIALOGUE_TLS,
    DIALOGUE_WITHIN,
    DIALOGUE_REPEAT,
    DIALOGUE_END,
    DIALOGUE_VERDICT,
    DIALOGUE_EACH,
    DIALOGUE_WAIT,
    DIALOGUE_SPLIT,
    DIALOGUE_FLOOD,
    DIALOGUE_CLOSE,
    DIALOGUE_RESET,
    DIALOGUE_CLOSED,
    DIALOGUE_TIMEOUT,
    DIALOGUE_WORD__COUNT
};

struct dialogue_line {
    enum dialogue_word word;
    unsigned number;    /* in the file, from 1 */
    struct octets text; /* what follows the word and one blank; borrows from the file's text */
};

struct dialogue_header {
    struct octets key, value;
    unsigned number;
};

struct dialogue {
    enum dialogue_kind kind;
    struct octets name; /* after the first word; none for a specimen */
    struct dialogue_header *headers;
    size_t header_count;
    struct dialogue_line *lines;
    size_t line_count;
};

/* What is wrong with a file, for "FILE:LINE: text". */
struct dialogue_problem {
    unsigned line;
    char text[160];
};

/*
 * Reads one file.  Borrows `text`, which must outlive *ret; arrays come from the arena.  ERR_SYNTAX
 * with *ret_problem set; ERR_NOMEM past the arena's cap.
 */
MUST_CHECK enum err dialogue_parse(struct octets text, struct arena *a, struct dialogue *ret,
                                   struct dialogue_problem *ret_problem);

/* The value of a header; none when it is not there.  `from` goes on after an earlier hit (0 at
 * first); may be NULL. */
struct octets dialogue_header(const struct dialogue *d, const char *key, size_t *from);

/* Sets the problem and returns ERR_SYNTAX; `detail` is foreign text and shown cut and escaped. */
MUST_CHECK enum err dialogue_problem_set(struct dialogue_problem *p, unsigned line,
                                         const char *what, struct octets detail);

/*
 * A quoted string at the start of *rest ("..." with \r \n \t \0 \\ \" \xHH), which loses it.
 * ERR_SYNTAX when it is none; the octets are copied into the arena.
 */
MUST_CHECK enum err dialogue_take_quoted(struct octets *rest, struct arena *a, struct octets *ret);

/* "250ms", "5s", "6m", "1h".  False when it is none of them or exceeds a day. */
MUST_CHECK bool dialogue_duration(struct octets text, uint32_t *ret_ms);
