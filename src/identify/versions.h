/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "match.h"

/* Fills in the versions of r->product behind r->front: the smallest set that holds 95 % of its
 * probability, in release order. */
void identify_versions(const struct identify_belief *b, struct identify_answer *r);

/* Whether a version that is claimed agrees with the set found: it is in it, between its ends, or
 * between them and the next release known on either side. */
bool identify_versions_allow(const struct identify_belief *b, const struct identify_answer *r,
                             struct octets version);

/* Makes that version the whole set. */
void identify_versions_narrow(struct identify_answer *r, struct octets version);
