/* SPDX-License-Identifier: Apache-2.0 */
#include "der.h"

#include "../base/err.h"

/* X.690 s8.1.3: up to four octets of length. */
static size_t take_length(struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    size_t octets = first & 0x7f, length = 0;
    if (first < 0x80)
        return first;
    if (octets == 0 || octets > 4)
        c->has_failed = true;
    for (size_t i = 0; i < octets && !c->has_failed; i++)
        length = length << 8 | cursor_u8(c);
    return length;
}

struct octets der_take(struct cursor *c, enum der_tag tag)
{
    if (cursor_u8(c) != tag)
        c->has_failed = true;
    size_t length = take_length(c);
    return cursor_take(c, length);
}

bool der_is_next(const struct cursor *c, enum der_tag tag)
{
    return cursor_left(c) && c->in.at[c->at] == tag;
}

static size_t bits_of(struct octets integer)
{
    size_t bits;
    while (integer.size && integer.at[0] == 0)
        integer = octets_sub(integer, 1, integer.size);
    if (!integer.size)
        return 0;
    bits = integer.size * 8;
    for (unsigned mask = 0x80; !(integer.at[0] & mask); mask >>= 1)
        bits--;
    return bits;
}

/* 1.2.840.113549.1.1.1, rsaEncryption (RFC 8017 A.1). */
static const struct octets rsa = OCTETS_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");

size_t der_rsa_bits(struct octets der)
{
    struct cursor c;
    cursor_init(&c, der);
    struct octets body = der_take(&c, DER_SEQUENCE);
    bool has_failed = c.has_failed || cursor_left(&c);
    cursor_init(&c, body);
    if (der_is_next(&c, DER_SEQUENCE)) {
        struct cursor algorithm;
        cursor_init(&algorithm, der_take(&c, DER_SEQUENCE));
        has_failed = has_failed || !octets_is_equal(der_take(&algorithm, DER_OID), rsa);
        struct octets bits = der_take(&c, DER_BIT_STRING);
        has_failed = has_failed || c.has_failed || cursor_left(&c) || !bits.size || bits.at[0];
        cursor_init(&c, octets_sub(bits, 1, bits.size));
        body = der_take(&c, DER_SEQUENCE);
        has_failed = has_failed || c.has_failed || cursor_left(&c);
        cursor_init(&c, body);
    }
    struct octets modulus = der_take(&c, DER_INTEGER);
    (void)der_take(&c, DER_INTEGER); /* the exponent */
    return has_failed || c.has_failed || cursor_left(&c) ? 0 : bits_of(modulus);
}
