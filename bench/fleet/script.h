/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../src/base/arena.h"
#include "../../src/identify/mask.h"
#include "../../src/identify/reaction.h"

/*
 * A recorded reaction, made ready to be said: masking undone.  What masking took away is filled in
 * with something that masking takes away again; the test holds that for all specimens.
 */
#define SCRIPT_SLOT_MAP(X) \
    X(TEXT, "") \
    X(HOST, "{host}") \
    X(DOMAIN, "{domain}") \
    X(ME, "{me}") \
    X(CLIENT, "{client}") \
    X(SENDER, "{sender}") \
    X(RCPT, "{rcpt}") \
    X(TARGET, "{target}") \
    X(IP, "{ip}") \
    X(DATE, "{date}") \
    X(ID, "{id}") \
    X(NUMBER, "{n}") \
    X(ANY, REACTION_ANY)

#define X(id, text) SCRIPT_##id,
enum script_slot { SCRIPT_SLOT_MAP(X) SCRIPT_SLOT__COUNT };
#undef X
#define SCRIPT_KNOWN SCRIPT_IP /* slots before it are strings that the session knows */

struct script_part {
    enum script_slot slot;
    unsigned form;      /* DATE: which; IP, ID, NUMBER: of which model */
    struct octets text; /* TEXT */
};

struct script {
    struct script_part *parts;
    size_t part_count;
    uint32_t uses; /* set of 1 << enum script_slot */
    uint16_t code; /* of the last reply; 0: says nothing */
    enum facts_ended ended;
};

#define SCRIPT_DATES 6
struct script_clock {
    uint64_t second;
    char text[SCRIPT_DATES][40];
    size_t size[SCRIPT_DATES];
};
void script_clock_set(struct script_clock *c, uint64_t unix_second);

struct script_values {
    struct octets of[SCRIPT_KNOWN]; /* none: a word that stands for it */
    uint64_t noise;                 /* what identifiers and numbers are drawn from */
    const struct script_clock *clock;
};

/* `is_hello`: lines behind the first are keywords.  `without`: leaves that keyword out; none: all
 * stay. */
MUST_CHECK enum err script_make(const struct reaction *r, bool is_hello, struct octets without,
                                struct arena *a, struct script *ret);

/* One line of our own: "250 2.0.0 Ok", with placeholders. */
MUST_CHECK enum err script_make_line(const char *line, enum facts_ended ended, struct arena *a,
                                     struct script *ret);

/* Writes what is said, CRLF included; what does not fit is cut off.  Returns how many octets. */
size_t script_say(const struct script *s, const struct script_values *v, uint8_t *out, size_t room);
