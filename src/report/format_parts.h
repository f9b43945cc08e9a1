/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "format.h"

/* The formats, and what they share.  Used by report/ alone. */
extern const struct report_format report_html, report_sarif, report_csv, report_markdown,
    report_junit;

/* The paragraph that the lines of a stanza make. */
void report_join(struct buf *plain, const struct stanza_values *values);
