/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../record/diff.h"
#include "../report/changes.h"
#include "commands.h"

/* Two scans, read and held against each other; for diff and watch. */
struct difference {
    struct record_diff *diff;
    struct record_changes changes; /* borrows from the diff */
};

/*
 * Reads both, from wherever record_stream_open takes them.  Lines that are no record are told on
 * stderr and left out.  USAGE or FAILED: a line on stderr said why, and nothing is to be released.
 */
MUST_CHECK enum cli_exit difference_read(struct difference *d, const char *const paths[2],
                                         struct audit_select select);
void difference_release(struct difference *d);
/* As text or as JSON, one object a line; what is merely noted only if the style is verbose. */
MUST_CHECK enum err difference_write(const struct difference *d,
                                     const struct report_text_style *style, bool is_json,
                                     struct buf *out);
/* Whether something changed that is as grave as --fail-on, or anything without that option. */
bool difference_is_grave(const struct difference *d, const struct cli_options *o);
