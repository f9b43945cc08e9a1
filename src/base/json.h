/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "buf.h"

/*
 * Appends JSON to a buffer.  Commas are kept by the appender; nesting is at most 16 deep.  Names
 * are our own constants (never escaped), strings are foreign (always escaped).  The buffer's sticky
 * error is the only error.
 */
struct json {
    struct buf *out;
    uint32_t has_items; /* one bit per level: an item stands already */
    unsigned depth;
};

void json_put_start(struct json *j, struct buf *out);
/* `name` is NULL inside an array. */
void json_put_open_object(struct json *j, const char *name);
void json_put_close_object(struct json *j);
void json_put_open_array(struct json *j, const char *name);
void json_put_close_array(struct json *j);
void json_put_octets(struct json *j, const char *name, struct octets value);
void json_put_text(struct json *j, const char *name, const char *value);
void json_put_number(struct json *j, const char *name, uint64_t value);
void json_put_bool(struct json *j, const char *name, bool value);
/* A probability or other small figure with `digits` decimals, without trailing zeros. */
void json_put_real(struct json *j, const char *name, double value, int digits);
/* Text that went through escape_visible before (masked text did). */
void json_put_visible(struct json *j, const char *name, struct octets visible);
/* A member whose name is foreign as well, such as an EHLO keyword. */
void json_put_member(struct json *j, struct octets name, struct octets value);
/* Strings that are left out when empty: what was not measured is absent. */
void json_put_octets_if(struct json *j, const char *name, struct octets value);
