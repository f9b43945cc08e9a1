/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "buf.h"

/* Clocks are read at the edges (net, run, record) and handed down as values; nothing pure reads
 * one. */
uint64_t clock_now_ms(void);  /* monotonic, for deadlines and delays */
uint64_t clock_wall_ms(void); /* milliseconds since 1970-01-01 UTC, for records */

/* RFC 3339 in UTC with milliseconds: 2026-11-21T23:04:05.123Z */
void clock_append_rfc3339(struct buf *out, uint64_t wall_ms);
/* The reverse, for seconds or milliseconds.  False when o is not such a time. */
MUST_CHECK bool clock_parse_rfc3339(struct octets o, uint64_t *ret_wall_ms);
