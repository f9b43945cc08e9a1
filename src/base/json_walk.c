/* SPDX-License-Identifier: Apache-2.0 */
#include "json_walk.h"

#include "escape.h"

static bool fail(struct json_walk *w)
{
    w->has_failed = true;
    return false;
}

static uint8_t peek(const struct json_walk *w)
{
    return w->at < w->in.size ? w->in.at[w->at] : 0;
}

static void skip_blanks(struct json_walk *w)
{
    while (w->at < w->in.size && (w->in.at[w->at] == ' ' || w->in.at[w->at] == '\t' ||
                                  w->in.at[w->at] == '\n' || w->in.at[w->at] == '\r'))
        w->at++;
}

/* ---- values, stepped over ---- */

static bool skip_escape(struct json_walk *w)
{
    w->at++;
    uint8_t c = peek(w);
    if (!c || !strchr("\"\\/bfnrtu", c))
        return fail(w);
    w->at++;
    for (int i = 0; c == 'u' && i < 4; i++, w->at++)
        if (!octet_is_hex(peek(w)))
            return fail(w);
    return true;
}

/* Most octets of most texts stand for themselves. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Whether eight octets are: the top bit of each that is below 0x20, at or above 0x80, a quote or a
 * backslash is looked for at once. */
static bool are_plain(const uint8_t *at)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x80 * ones;
    uint64_t eight, quote, backslash;
    memcpy(&eight, at, sizeof eight);
    quote = eight ^ '"' * ones;
    backslash = eight ^ '\\' * ones;
    return !((eight | (eight - 0x20 * ones) | (quote - ones) | (backslash - ones)) & tops);
}

static size_t skip_plain(struct octets in, size_t at)
{
    while (in.size - at >= 8 && are_plain(in.at + at))
        at += 8;
    while (at < in.size && is_plain(in.at[at]))
        at++;
    return at;
}

static bool skip_string(struct json_walk *w)
{
    if (peek(w) != '"')
        return fail(w);
    for (w->at++; (w->at = skip_plain(w->in, w->at)) < w->in.size;) {
        uint8_t c = w->in.at[w->at];
        uint32_t point;
        if (c == '"') {
            w->at++;
            return true;
        } else if (c == '\\') {
            if (!skip_escape(w))
                return false;
        } else {
            size_t n =
                c < 0x20 ? 0 : escape_utf8_length(octets_sub(w->in, w->at, w->in.size), &point);
            if (!n)
                return fail(w);
            w->at += n;
        }
    }
    return fail(w);
}

static bool skip_digits(struct json_walk *w)
{
    size_t from = w->at;
    while (octet_is_digit(peek(w)))
        w->at++;
    return w->at > from || fail(w);
}

static bool skip_number(struct json_walk *w)
{
    w->at += peek(w) == '-';
    size_t from = w->at;
    if (!skip_digits(w) || (w->in.at[from] == '0' && w->at > from + 1))
        return fail(w);
    if (peek(w) == '.') {
        w->at++;
        if (!skip_digits(w))
            return false;
    }
    if (peek(w) == 'e' || peek(w) == 'E') {
        w->at++;
        w->at += peek(w) == '-' || peek(w) == '+';
        return skip_digits(w);
    }
    return true;
}

static bool skip_word(struct json_walk *w)
{
    static const struct octets words[] = {OCTETS_INIT("true"), OCTETS_INIT("false"),
                                          OCTETS_INIT("null")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (octets_has_prefix(octets_sub(w->in, w->at, w->in.size), words[i])) {
            w->at += words[i].size;
            return true;
        }
    return fail(w);
}

static bool skip_value(struct json_walk *w, unsigned depth);

static bool skip_items(struct json_walk *w, unsigned depth)
{
    bool is_object = peek(w) == '{';
    uint8_t end = is_object ? '}' : ']';
    w->at++;
    skip_blanks(w);
    if (peek(w) == end) {
        w->at++;
        return true;
    }
    for (;;) {
        skip_blanks(w);
        if (is_object) {
            if (!skip_string(w))
                return false;
            skip_blanks(w);
            if (peek(w) != ':')
                return fail(w);
            w->at++;
            skip_blanks(w);
        }
        if (!skip_value(w, depth))
            return false;
        skip_blanks(w);
        if (peek(w) != ',' && peek(w) != end)
            return fail(w);
        if (w->in.at[w->at++] == end)
            return true;
    }
}

static bool skip_value(struct json_walk *w, unsigned depth)
{
    uint8_t c = peek(w);
    if (c == '"')
        return skip_string(w);
    if (c == '{' || c == '[')
        return depth < JSON_WALK_DEPTH_MAX ? skip_items(w, depth + 1) : fail(w);
    return c == '-' || octet_is_digit(c) ? skip_number(w) : skip_word(w);
}

/* ---- items, one by one ---- */

void json_walk_init(struct json_walk *w, struct octets value)
{
    *w = (struct json_walk){.in = value};
    skip_blanks(w);
    w->end = peek(w) == '{' ? '}' : ']';
    if (peek(w) != '{' && peek(w) != '[')
        w->has_failed = true;
    w->at++;
}

bool json_walk_is_object(const struct json_walk *w)
{
    return w->end == '}';
}

/* The end, or the comma before another; nothing but blanks may stand behind the end. */
static bool find_item(struct json_walk *w)
{
    skip_blanks(w);
    if (peek(w) == w->end) {
        w->at++;
        skip_blanks(w);
        if (w->at != w->in.size)
            w->has_failed = true;
        w->is_over = true;
        return false;
    }
    if (w->has_begun) {
        if (peek(w) != ',')
            return fail(w);
        w->at++;
        skip_blanks(w);
    }
    w->has_begun = true;
    return true;
}

bool json_walk_next(struct json_walk *w, struct octets *ret_name, struct octets *ret_value)
{
    struct octets name = OCTETS_NONE;
    if (w->has_failed || w->is_over || !find_item(w))
        return false;
    size_t from = w->at;
    if (json_walk_is_object(w)) {
        if (!skip_string(w))
            return false;
        name = octets_sub(w->in, from + 1, w->at - 1);
        skip_blanks(w);
        if (peek(w) != ':')
            return fail(w);
        w->at++;
        skip_blanks(w);
        from = w->at;
    }
    if (!skip_value(w, 1))
        return false;
    *ret_name = name;
    *ret_value = octets_sub(w->in, from, w->at);
    return true;
}

/* ---- what is looked for ---- */

static struct octets find_one(struct octets value, struct octets wanted)
{
    struct json_walk w;
    struct octets name, item;
    uint64_t number = UINT64_MAX;
    json_walk_init(&w, value);
    if (!json_walk_is_object(&w) && !octets_to_number(wanted, UINT32_MAX, &number))
        return OCTETS_NONE;
    for (uint64_t i = 0; json_walk_next(&w, &name, &item); i++)
        if (json_walk_is_object(&w) ? octets_is_equal(name, wanted) : i == number)
            return item;
    return OCTETS_NONE;
}

struct octets json_walk_find(struct octets value, const char *path)
{
    struct octets rest = octets_of(path);
    while (rest.size && value.size)
        value = find_one(value, octets_take_until(&rest, '.'));
    return value;
}

bool json_walk_is_string(struct octets value)
{
    return value.size >= 2 && value.at[0] == '"';
}

static uint32_t take_hex4(struct octets o, size_t at)
{
    uint32_t n = 0;
    for (size_t i = at; i < at + 4; i++)
        n = n << 4 | (uint32_t)octet_hex_value(o.at[i]);
    return n;
}

static void append_point(struct buf *out, uint32_t p)
{
    if (p < 0x80) {
        buf_append_octet(out, (uint8_t)p);
    } else if (p < 0x800) {
        buf_append_octet(out, (uint8_t)(0xc0 | p >> 6));
        buf_append_octet(out, (uint8_t)(0x80 | (p & 0x3f)));
    } else if (p < 0x10000) {
        buf_append_octet(out, (uint8_t)(0xe0 | p >> 12));
        buf_append_octet(out, (uint8_t)(0x80 | (p >> 6 & 0x3f)));
        buf_append_octet(out, (uint8_t)(0x80 | (p & 0x3f)));
    } else {
        buf_append_octet(out, (uint8_t)(0xf0 | p >> 18));
        buf_append_octet(out, (uint8_t)(0x80 | (p >> 12 & 0x3f)));
        buf_append_octet(out, (uint8_t)(0x80 | (p >> 6 & 0x3f)));
        buf_append_octet(out, (uint8_t)(0x80 | (p & 0x3f)));
    }
}

/* The escape at o[at], a backslash; returns how many octets it has. */
static size_t append_escaped(struct buf *out, struct octets o, size_t at)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    uint8_t c = o.at[at + 1];
    const char *letter = strchr(from, c);
    if (c != 'u') {
        buf_append_octet(out, letter ? (uint8_t)to[letter - from] : c);
        return 2;
    }
    uint32_t point = take_hex4(o, at + 2);
    bool is_high = point >= 0xd800 && point < 0xdc00;
    if (is_high && at + 12 <= o.size && o.at[at + 6] == '\\' && o.at[at + 7] == 'u') {
        uint32_t low = take_hex4(o, at + 8);
        if (low >= 0xdc00 && low < 0xe000) {
            append_point(out, 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00));
            return 12;
        }
    }
    append_point(out, point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
    return 6;
}

struct octets json_walk_string(struct octets value, struct buf *room)
{
    struct octets o = octets_sub(value, 1, value.size - 1);
    size_t start = room->size, at = octets_find_octet(o, '\\', 0), from = 0;
    if (at == o.size)
        return o;
    while (at < o.size) {
        buf_append(room, octets_sub(o, from, at));
        from = at + append_escaped(room, o, at);
        at = octets_find_octet(o, '\\', from);
    }
    buf_append(room, octets_sub(o, from, o.size));
    return octets_sub(buf_octets(room), start, room->size);
}
