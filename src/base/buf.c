/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t cap_octets)
{
    *b = (struct buf){.cap = cap_octets};
}

void buf_init_over(struct buf *b, void *memory, size_t octets)
{
    *b = (struct buf){.data = memory, .room = octets, .cap = octets, .is_lent = true};
}

void buf_release(struct buf *b)
{
    if (!b->is_lent)
        free(b->data);
    *b = (struct buf){.cap = b->cap};
}

void buf_clear(struct buf *b)
{
    b->size = 0;
    b->error = ERR_OK;
}

/* True when n more octets, for which there is no room yet, are given it; sets the sticky error
 * otherwise. */
static bool make_room(struct buf *b, size_t n)
{
    if (b->error)
        return false;
    if (n > b->cap - b->size) {
        b->error = ERR_LIMIT;
        return false;
    }
    size_t room = b->room ? b->room : 64;
    room = room < b->cap ? room : b->cap; /* what is in the room is within the cap */
    while (room < b->size + n)
        room = room > b->cap / 2 ? b->cap : room * 2;
    uint8_t *data = realloc(b->data, room);
    if (!data) {
        b->error = ERR_NOMEM;
        return false;
    }
    b->data = data;
    b->room = room;
    return true;
}

/* True when n more octets fit. */
static bool has_room(struct buf *b, size_t n)
{
    return (!b->error && n <= b->room - b->size) || make_room(b, n);
}

void buf_append(struct buf *b, struct octets o)
{
    if (o.size == 0 || !has_room(b, o.size))
        return;
    memcpy(b->data + b->size, o.at, o.size);
    b->size += o.size;
}

uint8_t *buf_reserve(struct buf *b, size_t octets)
{
    return has_room(b, octets) ? b->data + b->size : NULL;
}

void buf_append_text(struct buf *b, const char *text)
{
    buf_append(b, octets_of(text));
}

void buf_append_octet(struct buf *b, uint8_t octet)
{
    if (has_room(b, 1))
        b->data[b->size++] = octet;
}

void buf_append_number(struct buf *b, uint64_t n)
{
    uint8_t digits[OCTETS_NUMBER_MAX];
    buf_append(b, octets_of_number(n, digits));
}

void buf_append_hex(struct buf *b, struct octets o)
{
    static const char digits[] = "0123456789abcdef";
    if (o.size > SIZE_MAX / 2 || !has_room(b, 2 * o.size))
        return;
    for (size_t i = 0; i < o.size; i++) {
        b->data[b->size++] = (uint8_t)digits[o.at[i] >> 4];
        b->data[b->size++] = (uint8_t)digits[o.at[i] & 15];
    }
}

void buf_append_format(struct buf *b, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format,
                      args); /* NOLINT(clang-analyzer-valist.Uninitialized): it is not */
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof text); /* for our own short texts only */
    buf_append(b, (struct octets){(const uint8_t *)text, (size_t)n});
}

void buf_drop_front(struct buf *b, size_t octets)
{
    assert(octets <= b->size);
    b->size -= octets;
    if (b->size)
        memmove(b->data, b->data + octets, b->size);
}

enum err buf_error(const struct buf *b)
{
    return b->error;
}

struct octets buf_octets(const struct buf *b)
{
    return (struct octets){b->data, b->size};
}
