/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "match.h"

/* Fills in the versions of r->product behind r->front: the smallest set that holds 95 % of its
 * probability, in release order. */
void identify_versions(const struct identify_belief *b, struct identify_answer *r);
