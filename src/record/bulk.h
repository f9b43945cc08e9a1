/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * Most of a record is evidence, of which nothing is compared between two scans: reactions, costs, why a
 * product was found.  To make a tree of it costs more than all the rest; so does one of the findings,
 * of which there are many.
 */
struct record_lean {
    struct octets line;     /* the record without its bulk, and a service's without findings */
    struct octets findings; /* of the record, an array; none where it has none */
};

/* Both borrow from the line and from `room`, to which the lean one is appended.  ERR_SYNTAX when it is no
 * JSON object, ERR_NOMEM. */
MUST_CHECK enum err record_lean_of(struct octets line, struct buf *room, struct record_lean *ret);
