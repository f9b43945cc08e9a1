/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "../base/arena.h"

/*
 * Members of a stored record.  A record may come from anywhere: what is not of the type that is
 * asked for is absent.  Text is given as the octets that were seen, so that each exit escapes it
 * once.
 */
struct members {
    struct arena *arena;
    bool is_out_of_memory;
};

/* What escape_visible was given for this string; none when it is none.  Lives as long as the record
 * and the arena. */
struct octets member_octets(struct members *m, const json_t *value);
/* The same of a member of an object. */
struct octets member_text(struct members *m, const json_t *object, const char *name);
/* 0 when it is no number from 0 to max. */
uint64_t member_number(const json_t *object, const char *name, uint64_t max);
/* 0 when it is none from 0 to 1. */
double member_probability(const json_t *object, const char *name);
/* Whether it is there and true. */
bool member_is_true(const json_t *object, const char *name);
