/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/json.h"
#include "../facts/domain.h"

/* The posture of a domain record: what it publishes, as it was found. */
void record_posture(struct json *j, const struct facts_domain *d);
