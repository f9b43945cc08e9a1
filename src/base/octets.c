/* SPDX-License-Identifier: Apache-2.0 */
#include "octets.h"

#include <string.h>

#include "err.h"

struct octets octets_of(const char *text)
{
    return text ? (struct octets){(const uint8_t *)text, strlen(text)} : OCTETS_NONE;
}

struct octets octets_sub(struct octets o, size_t from, size_t to)
{
    if (to > o.size)
        to = o.size;
    if (from >= to)
        return OCTETS_NONE;
    return (struct octets){o.at + from, to - from};
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct octets octets_trim(struct octets o)
{
    while (o.size && is_blank(o.at[0]))
        o = (struct octets){o.at + 1, o.size - 1};
    while (o.size && is_blank(o.at[o.size - 1]))
        o.size--;
    return o;
}

struct octets octets_skip_mark(struct octets text)
{
    static const struct octets mark = OCTETS_INIT("\xef\xbb\xbf");
    return octets_has_prefix(text, mark) ? octets_sub(text, mark.size, text.size) : text;
}

bool octet_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool octet_is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool octet_is_hex(uint8_t c)
{
    return octet_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

uint8_t octet_to_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t n, bool nocase)
{
    if (!nocase)
        return n == 0 || memcmp(a, b, n) == 0;
    for (size_t i = 0; i < n; i++)
        if (octet_to_lower(a[i]) != octet_to_lower(b[i]))
            return false;
    return true;
}

bool octets_is_equal(struct octets a, struct octets b)
{
    return a.size == b.size && same(a.at, b.at, a.size, false);
}

bool octets_is_equal_nocase(struct octets a, struct octets b)
{
    return a.size == b.size && same(a.at, b.at, a.size, true);
}

bool octets_has_prefix(struct octets o, struct octets prefix)
{
    return o.size >= prefix.size && same(o.at, prefix.at, prefix.size, false);
}

bool octets_has_prefix_nocase(struct octets o, struct octets prefix)
{
    return o.size >= prefix.size && same(o.at, prefix.at, prefix.size, true);
}

bool octets_has_suffix_nocase(struct octets o, struct octets suffix)
{
    return suffix.size == 0 || (o.size >= suffix.size &&
                                same(o.at + (o.size - suffix.size), suffix.at, suffix.size, true));
}

int octets_compare(struct octets a, struct octets b)
{
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    if (order)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static size_t find(struct octets o, struct octets needle, size_t from, bool nocase)
{
    if (needle.size == 0) /* o.at may be NULL */
        return from < o.size ? from : o.size;
    for (size_t i = from; needle.size <= o.size && i <= o.size - needle.size; i++)
        if (same(o.at + i, needle.at, needle.size, nocase))
            return i;
    return o.size;
}

size_t octets_find(struct octets o, struct octets needle, size_t from)
{
    return find(o, needle, from, false);
}

size_t octets_find_nocase(struct octets o, struct octets needle, size_t from)
{
    return find(o, needle, from, true);
}

size_t octets_find_octet(struct octets o, uint8_t octet, size_t from)
{
    if (from >= o.size)
        return o.size;
    const uint8_t *hit = memchr(o.at + from, octet, o.size - from);
    return hit ? (size_t)(hit - o.at) : o.size;
}

struct octets octets_take_word(struct octets *rest)
{
    struct octets o = octets_trim(*rest);
    size_t end = 0;
    while (end < o.size && !is_blank(o.at[end]))
        end++;
    *rest = octets_trim(octets_sub(o, end, o.size));
    return octets_sub(o, 0, end);
}

struct octets octets_take_until(struct octets *rest, uint8_t separator)
{
    size_t end = octets_find_octet(*rest, separator, 0);
    struct octets head = octets_sub(*rest, 0, end);
    *rest = octets_sub(*rest, end + 1, rest->size);
    return head;
}

struct octets octets_of_number(uint64_t n, uint8_t room[OCTETS_NUMBER_MAX])
{
    size_t at = OCTETS_NUMBER_MAX;
    do {
        room[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n);
    return (struct octets){room + at, OCTETS_NUMBER_MAX - at};
}

bool octets_to_number(struct octets o, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;
    if (o.size == 0)
        return false;
    for (size_t i = 0; i < o.size; i++) {
        uint64_t digit = (uint64_t)(o.at[i] - '0');
        if (!octet_is_digit(o.at[i]) || digit > max || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *ret = n;
    return true;
}

int octet_hex_value(uint8_t c)
{
    if (!octet_is_hex(c))
        return -1;
    return octet_is_digit(c) ? c - '0' : octet_to_lower(c) - 'a' + 10;
}

/* Eight octets at a time: */
#define EACH(octet) ((octet) * (UINT64_MAX / 0xff))

/* The highest bit of an octet that is 0; or none, where there is no such octet. */
static uint64_t zeros_of(uint64_t octets)
{
    return (octets - EACH(0x01)) & ~octets & EACH(0x80);
}

/* Not 0 when one is a control character, beyond ASCII, or one of those two. */
static uint64_t oddities_of(uint64_t octets, uint8_t but, uint8_t nor)
{
    uint64_t is_below = octets - EACH(0x20), is_above = octets + EACH(0x01);
    return ((is_below | octets | is_above) & EACH(0x80)) | zeros_of(octets ^ EACH((uint64_t)but)) |
           zeros_of(octets ^ EACH((uint64_t)nor));
}

bool octets_is_printable_but(struct octets o, uint8_t but, uint8_t nor)
{
    uint64_t odd = 0, eight, rest = EACH(' ');
    for (; o.size >= sizeof eight; o.at += sizeof eight, o.size -= sizeof eight) {
        memcpy(&eight, o.at, sizeof eight);
        odd |= oddities_of(eight, but, nor);
    }
    for (size_t i = 0; i < o.size; i++)
        rest = rest << 8 | o.at[i];
    return !(odd | oddities_of(rest, but, nor));
}

uint64_t octets_hash(struct octets o)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < o.size; i++)
        h = (h ^ o.at[i]) * 1099511628211u;
    return h;
}
