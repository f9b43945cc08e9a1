/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../src/identify/database.h"

/*
 * Which of our questions a client's line is: the C: text of the stimuli, read the other way round.
 */
#define ASKS_MAX 128

struct asks {
    struct ask {
        const char *name;
        enum smtp_state state;
        const struct smtp_template *text;
    } of[ASKS_MAX];
    size_t count;
    uint8_t by_octet[256][ASKS_MAX]; /* those that may begin so, ended by `count` */
};

/* What the placeholders of a line stood for; borrowed from it. */
struct ask_words {
    struct octets me, sender;
};

/* Borrows from the database. */
MUST_CHECK enum err asks_init(struct asks *a, const struct identify_database *db);

/* The question that this line (its end included) is in this state; asks->count when it is none. */
size_t asks_find(const struct asks *a, struct octets line, enum smtp_state state,
                 struct ask_words *ret);
/* The question of that name; asks->count when there is none. */
size_t asks_named(const struct asks *a, struct octets name);
