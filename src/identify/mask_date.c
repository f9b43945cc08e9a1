/* SPDX-License-Identifier: Apache-2.0 */
#include "mask_date.h"

#include "../base/err.h"

/*
 * W weekday, M month by name, D one or two digits, P two digits, Y four digits, T time of day, Z
 * zone, F a fraction of a second or nothing; a blank is one or more; all else stands for itself.
 * Longest first.
 */
static const char *const forms[] = {
    "W, D M Y T Z (Z)", "W, D M Y T Z", "W, D M Y T", "D M Y T Z", "D M Y T",
    "W M D T Z Y",      "W M D T Y",    "Y-P-PxTFZ",  "Y-P-PxTF",  "Y/P/P T",
    "W, D M Y",         "W M D Y",      "D-M-Y T",    "D-M-Y",
};

static size_t digits(struct octets o, size_t least, size_t most)
{
    size_t n = 0;
    while (n < o.size && n < most && octet_is_digit(o.at[n]))
        n++;
    return n >= least && (n == o.size || !octet_is_digit(o.at[n])) ? n : 0;
}

/* One of the three-letter names in `names`, which stand side by side; a longer name may go on. */
static size_t name(struct octets o, const char *names)
{
    size_t n = 3;
    if (o.size < 3)
        return 0;
    uint8_t initial = octet_to_lower(o.at[0]);
    struct octets start = {o.at, 3};
    while (*names && (octet_to_lower((uint8_t)*names) != initial ||
                      !octets_is_equal_nocase(start, (struct octets){(const uint8_t *)names, 3})))
        names += 3;
    if (!*names)
        return 0;
    while (n < o.size && octet_is_alpha(o.at[n]))
        n++;
    return n <= 9 ? n : 0;
}

/* 23:04 or 23:04:05 */
static size_t time_of_day(struct octets o)
{
    size_t n = digits(o, 1, 2);
    for (int part = 0; n && part < 2; part++) {
        size_t more = n < o.size && o.at[n] == ':' ? digits(octets_sub(o, n + 1, o.size), 2, 2) : 0;
        if (!more)
            return part ? n : 0;
        n += 1 + more;
    }
    return n;
}

/* +0000, +00:00, or up to five capitals. */
static size_t zone(struct octets o)
{
    size_t n = 0;
    if (o.size && (o.at[0] == '+' || o.at[0] == '-')) {
        struct octets rest = octets_sub(o, 1, o.size);
        if (digits(rest, 4, 4))
            return 5;
        return rest.size >= 5 && digits(rest, 2, 2) && rest.at[2] == ':' &&
                       octet_is_digit(rest.at[3])
                   ? 6
                   : 0;
    }
    while (n < o.size && o.at[n] >= 'A' && o.at[n] <= 'Z')
        n++;
    return n <= 5 ? n : 0;
}

static size_t fraction(struct octets o)
{
    size_t n = o.size && o.at[0] == '.' ? 1 : 0;
    while (n && n < o.size && octet_is_digit(o.at[n]))
        n++;
    return n;
}

static size_t blanks(struct octets o)
{
    size_t n = 0;
    while (n < o.size && o.at[n] == ' ')
        n++;
    return n;
}

static size_t match_one(struct octets o, char form)
{
    switch (form) {
    case 'W':
        return name(o, "SunMonTueWedThuFriSat");
    case 'M':
        return name(o, "JanFebMarAprMayJunJulAugSepOctNovDec");
    case 'D':
        return digits(o, 1, 2);
    case 'P':
        return digits(o, 2, 2);
    case 'Y':
        return digits(o, 4, 4);
    case 'T':
        return time_of_day(o);
    case 'Z':
        return zone(o);
    case ' ':
        return blanks(o);
    case 'x':
        return o.size && (o.at[0] == 'T' || o.at[0] == ' ');
    default:
        return o.size && o.at[0] == (uint8_t)form;
    }
}

static size_t match(struct octets text, const char *form)
{
    size_t at = 0;
    for (; *form; form++) {
        struct octets rest = octets_sub(text, at, text.size);
        size_t n = *form == 'F' ? fraction(rest) : match_one(rest, *form);
        if (!n && *form != 'F')
            return 0;
        at += n;
    }
    return at;
}

size_t mask_date_length(struct octets text)
{
    bool begins_with_digit = text.size && octet_is_digit(text.at[0]);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (begins_with_digit == (forms[i][0] == 'W'))
            continue;
        size_t n = match(text, forms[i]);
        if (n)
            return n;
    }
    return 0;
}
