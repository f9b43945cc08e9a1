/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "buf.h"

/*
 * What JSON text holds, as spans of it: nothing is copied, nothing allocated (RFC 8259).  For whoever
 * wants a few members of many records; jansson makes a tree of all of it, at seven times the cost.
 * Each value that is stepped over is held to the grammar, to well-formed UTF-8 and to a depth of
 * JSON_WALK_DEPTH_MAX, so that text whose walk has come to its end without a failure is JSON.
 */
#define JSON_WALK_DEPTH_MAX 32

struct json_walk {
    struct octets in;
    size_t at;
    uint8_t end; /* the bracket that closes it */
    bool has_begun, is_over, has_failed;
};

/* Of a value that is an object or an array, blanks around it; anything else has no items and has
 * failed. */
void json_walk_init(struct json_walk *w, struct octets value);
bool json_walk_is_object(const struct json_walk *w);
/* The next member or item.  False at the end, and when the text is no JSON: has_failed.  A name is
 * without its quotes, and as it is written; *ret_name has no octets in an array.  Both borrow. */
bool json_walk_next(struct json_walk *w, struct octets *ret_name, struct octets *ret_value);

/* The value of a member, by a path such as "tls.version" or "lines.0"; no octets when there is none,
 * or when the text on the way there is no JSON.  Names that need an escape are never found. */
struct octets json_walk_find(struct octets value, const char *path);
bool json_walk_is_string(struct octets value);
/* What a string says: a span of it when nothing in it is escaped, else appended to `room` and borrowed
 * from there until it changes.  A lone surrogate gives U+FFFD. */
struct octets json_walk_string(struct octets value, struct buf *room);
