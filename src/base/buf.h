/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"
#include "octets.h"

/*
 * A growing buffer that takes its cap at birth: a peer never chooses our memory.
 * Appending keeps a sticky error: append many, check buf_error once.  After an error the content is
 * what fitted before; nothing partial of the failing append is kept.
 */
struct buf {
    uint8_t *data;
    size_t size;
    size_t room; /* octets allocated */
    size_t cap;  /* octets allowed */
    enum err error;
    bool is_lent; /* the memory is somebody else's */
};

void buf_init(struct buf *b, size_t cap_octets);
/* In memory of the caller's, which is all that it may hold: for short texts, without an allocation. */
void buf_init_over(struct buf *b, void *memory, size_t octets);
void buf_release(struct buf *b); /* frees; b may be used again after buf_init */
void buf_clear(struct buf *b);   /* empties and forgets the error; keeps the memory */

/* Each appends all or nothing. */
void buf_append(struct buf *b, struct octets o);
void buf_append_text(struct buf *b, const char *text);
void buf_append_octet(struct buf *b, uint8_t octet);
void buf_append_number(struct buf *b, uint64_t n);
void buf_append_hex(struct buf *b, struct octets o); /* two lower-case digits for each octet */
void buf_append_format(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for so many octets behind b->data + b->size, for who writes there and then raises the size; NULL:
 * the sticky error. */
MUST_CHECK uint8_t *buf_reserve(struct buf *b, size_t octets);
void buf_drop_front(struct buf *b, size_t octets); /* at most b->size */

/* The sticky error: LIMIT past the cap, NOMEM. */
MUST_CHECK enum err buf_error(const struct buf *b);
struct octets buf_octets(const struct buf *b); /* borrows until the next change */
