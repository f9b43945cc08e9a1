/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../record/change.h"
#include "text.h"

/* What changed between two scans, for people: a line each under its target, the gravest first, and a
 * last line that counts.  What is merely noted is left out unless verbose. */
void report_text_changes(struct buf *out, const struct report_text_style *style,
                         const struct record_changes *changes);
