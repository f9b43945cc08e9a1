/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/json.h"
#include "../facts/domain.h"
#include "read_parts.h"

/* The records of one type as an array of texts, or nothing where there are none; aliases stand apart,
 * for they are in answers of any type. */
void record_put_records(struct json *j, const char *name, const struct facts_dns *a,
                        enum dns_type type);
/* The member "asked" of a posture: each question with its answer, so that it can be judged anew. */
void record_put_asked(struct json *j, const struct facts_domain *d);
/* False when there is no such member. */
bool record_take_asked(struct record_reader *r, const json_t *posture, struct facts_domain *d);
