/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "arena.h"

/*
 * Base64 (RFC 4648 s4), blanks allowed anywhere, as records in DNS have them (RFC 6376 s2.10).  The
 * octets live in the arena.  ERR_SYNTAX: *ret_bad is the place of the octet that is none of it, or
 * the size of the text when it is all there and too short.
 */
MUST_CHECK enum err base64_decode(struct octets text, struct arena *a, struct octets *ret,
                                  size_t *ret_bad);
