/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/finding.h"
#include "../base/json.h"

/* How many of the things that a finding holds possible are written; `more` counts the rest. */
#define RECORD_POSSIBLE_MAX 10

/* The member "findings" of a record; nothing where there are none. */
void record_findings(struct json *j, const struct finding_list *list);
