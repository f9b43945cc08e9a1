/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "octets.h"

/*
 * Reads numbers and runs in network byte order from octets.  The error is sticky: read many, check
 * has_failed once.  After a failure every read gives zero or none.
 */
struct cursor {
    struct octets in;
    size_t at;
    bool has_failed;
};

void cursor_init(struct cursor *c, struct octets in);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
struct octets cursor_take(struct cursor *c, size_t octets);
void cursor_seek(struct cursor *c, size_t at); /* fails past the end */
size_t cursor_left(const struct cursor *c);
