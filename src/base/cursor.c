/* SPDX-License-Identifier: Apache-2.0 */
#include "cursor.h"

void cursor_init(struct cursor *c, struct octets in)
{
    *c = (struct cursor){.in = in};
}

size_t cursor_left(const struct cursor *c)
{
    return c->has_failed ? 0 : c->in.size - c->at;
}

struct octets cursor_take(struct cursor *c, size_t octets)
{
    if (octets > cursor_left(c)) {
        c->has_failed = true;
        return OCTETS_NONE;
    }
    struct octets o = octets_sub(c->in, c->at, c->at + octets);
    c->at += octets;
    return o;
}

static uint32_t take_number(struct cursor *c, size_t octets)
{
    struct octets o = cursor_take(c, octets);
    uint32_t n = 0;
    for (size_t i = 0; i < o.size; i++)
        n = n << 8 | o.at[i];
    return n;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)take_number(c, 1);
}

uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)take_number(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
    return take_number(c, 4);
}

void cursor_seek(struct cursor *c, size_t at)
{
    if (at > c->in.size)
        c->has_failed = true;
    else
        c->at = at;
}
