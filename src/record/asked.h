/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/json.h"
#include "../facts/domain.h"
#include "read_parts.h"

/* The member "asked" of a posture: each question with its answer, so that it can be judged anew. */
void record_put_asked(struct json *j, const struct facts_domain *d);
/* False when there is no such member. */
bool record_take_asked(struct record_reader *r, const json_t *posture, struct facts_domain *d);
