/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <time.h>

static uint64_t read_ms(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t))
        return 0;
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_now_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

static void append_digits(struct buf *out, unsigned n, unsigned width)
{
    char text[10];
    for (unsigned i = width; i-- > 0; n /= 10)
        text[i] = (char)('0' + n % 10);
    buf_append(out, (struct octets){(const uint8_t *)text, width});
}

void clock_append_rfc3339(struct buf *out, uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm t;
    if (!gmtime_r(&seconds, &t))
        return;
    const struct {
        int n;
        char end;
    } parts[] = {
        {t.tm_mon + 1, '-'}, {t.tm_mday, 'T'}, {t.tm_hour, ':'}, {t.tm_min, ':'}, {t.tm_sec, '.'}};
    buf_append_number(out, (uint64_t)t.tm_year + 1900);
    buf_append_octet(out, '-');
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        append_digits(out, (unsigned)parts[i].n, 2);
        buf_append_octet(out, (uint8_t)parts[i].end);
    }
    append_digits(out, (unsigned)(wall_ms % 1000), 3);
    buf_append_octet(out, 'Z');
}

/* A fixed number of digits at o.at[from]; *bad is set when there are others. */
static int digits(struct octets o, size_t from, size_t count, bool *bad)
{
    uint64_t n = 0;
    if (!octets_to_number(octets_sub(o, from, from + count), 9999, &n))
        *bad = true;
    return (int)n;
}

bool clock_parse_rfc3339(struct octets o, uint64_t *ret_wall_ms)
{
    static const char form[] = "0000-00-00T00:00:00";
    if (o.size < sizeof form || o.at[o.size - 1] != 'Z')
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] != '0' && o.at[i] != (uint8_t)form[i])
            return false;
    bool bad = false;
    struct tm t = {.tm_year = digits(o, 0, 4, &bad) - 1900,
                   .tm_mon = digits(o, 5, 2, &bad) - 1,
                   .tm_mday = digits(o, 8, 2, &bad),
                   .tm_hour = digits(o, 11, 2, &bad),
                   .tm_min = digits(o, 14, 2, &bad),
                   .tm_sec = digits(o, 17, 2, &bad)};
    bool has_ms = o.size == sizeof form + 4 && o.at[19] == '.';
    int ms = has_ms ? digits(o, 20, 3, &bad) : 0;
    if (bad || (o.size != sizeof form && !has_ms))
        return false;
    struct tm given = t;
    time_t seconds = timegm(&t); /* carries: 30 February becomes 2 March in t */
    if (seconds < 0 || t.tm_mon != given.tm_mon || t.tm_mday != given.tm_mday ||
        t.tm_hour != given.tm_hour || t.tm_min != given.tm_min || t.tm_sec != given.tm_sec)
        return false;
    *ret_wall_ms = (uint64_t)seconds * 1000 + (uint64_t)ms;
    return true;
}
