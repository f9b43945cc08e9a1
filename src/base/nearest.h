/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "octets.h"

/*
 * Which of some names a mistyped word was meant to be.  Letters are alike in either case.
 */
#define NEAREST_OCTETS_MAX 64 /* longer words are near to nothing */

/* How many octets must be put in, taken out or changed, or neighbours exchanged, to make one of the
 * other (optimal string alignment); SIZE_MAX when one is too long. */
size_t nearest_distance(struct octets a, struct octets b);

struct nearest {
    struct octets word;  /* as typed */
    struct octets found; /* the nearest name offered, the first of equals; none: all are far off */
    size_t distance;     /* of it; before, one more than is near enough */
};

/* Near enough is one slip in a word of up to three octets, two up to seven, then three. */
void nearest_init(struct nearest *n, struct octets word);
/* Borrows the name.  True when it is the nearest so far. */
bool nearest_offer(struct nearest *n, struct octets name);
