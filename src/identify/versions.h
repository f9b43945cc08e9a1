/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "match.h"

/* Fills in the versions of r->product: the smallest set that holds 95 % of its probability, in
 * release order. */
void identify_versions(const struct identify_database *db, const struct identify_posterior *p,
                       struct identify_answer *r);
