/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "../facts/facts.h"

/*
 * Findings that somebody has looked at and accepts: lines of ID, or of ID and where it is accepted
 * (a domain, host, address, or one of them with a port).  '#' begins a comment.  "tls.cert.*" is all
 * of a kind.
 */
struct audit_baseline {
    struct audit_accepted {
        struct octets id, where; /* where none: everywhere */
    } * at;
    size_t count, room;
};

/* Borrows the text.  ERR_SYNTAX with *ret_line, the number of the line that cannot be understood. */
MUST_CHECK enum err audit_baseline_read(struct octets text, struct arena *a,
                                        struct audit_baseline *ret, unsigned *ret_line);

/* Whether the finding is accepted there. */
bool audit_baseline_has(const struct audit_baseline *b, struct octets id,
                        const struct facts_visit *v);
