/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "text.h"

/* The findings of an endpoint for people, the gravest things first. */
void report_text_findings(struct buf *out, const struct report_text_style *s,
                          const struct finding_list *list);

/* The colour that a severity is painted with. */
const char *report_severity_colour(enum finding_severity severity);
