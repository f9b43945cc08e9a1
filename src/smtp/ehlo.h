/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * The lines of an EHLO reply (RFC 5321 s4.1.1.1): the first greets, each further one offers an
 * extension. A keyword ends at a blank or at '=' (the form "AUTH=LOGIN" of old servers).
 */
struct smtp_keyword {
    struct octets name;  /* as sent; compare without case */
    struct octets value; /* its parameters, trimmed; none when it has none */
};

/* The keyword of a line, its code included.  A line without one gives an empty name. */
struct smtp_keyword smtp_ehlo_keyword(struct octets line);

/* Whether `lines` (the first one skipped) offer `name`; *ret_value, when not NULL, gets the first
 * one's parameters. */
bool smtp_ehlo_has(const struct octets *lines, size_t count, struct octets name,
                   struct octets *ret_value);
