/* SPDX-License-Identifier: Apache-2.0 */
#include "escape.h"

static const char hex[] = "0123456789ABCDEF";

size_t escape_utf8_length(struct octets o, uint32_t *ret)
{
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t n = 0; n < sizeof forms / sizeof *forms; n++) {
        if ((o.at[0] & forms[n].mask) != forms[n].lead)
            continue;
        uint32_t point = o.at[0] & (uint8_t)~forms[n].mask;
        if (o.size < n + 1)
            return 0;
        for (size_t i = 1; i <= n; i++) {
            if ((o.at[i] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (o.at[i] & 0x3f);
        }
        if (point < forms[n].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
        *ret = point;
        return n + 1;
    }
    return 0;
}

static bool is_printable(uint32_t point)
{
    /* clang-format off */
    static const struct {uint32_t low, high;} hidden[] = {
        {0x00, 0x1f}, {0x7f, 0x9f},        /* C0, DEL, C1 */
        {0xad, 0xad},                      /* soft hyphen */
        {0x61c, 0x61c}, {0x180e, 0x180e},  /* Arabic letter mark, Mongolian separator */
        {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, /* zero width, separators, bidirectional */
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb},
        {0xe0000, 0xe0fff},                /* tags and variation selectors */
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (point >= hidden[i].low && point <= hidden[i].high)
            return false;
    return (point & 0xfffe) != 0xfffe;
}

typedef void put(struct buf *out, struct octets plain);

/* Hands runs of plain text to `plain`, and writes what must be shown as \xHH or \\ through it as
 * well. */
static void escape(struct buf *out, struct octets o, put *plain)
{
    size_t at = 0;
    while (at < o.size) {
        uint32_t point = 0;
        struct octets rest = octets_sub(o, at, o.size);
        size_t n = escape_utf8_length(rest, &point);
        if (n && point == '\\') {
            plain(out, OCTETS("\\\\"));
        } else if (n && is_printable(point)) {
            plain(out, octets_sub(rest, 0, n));
        } else {
            /* One octet at a time, also of a well-formed but hidden sequence. */
            n = 1;
            uint8_t shown[4] = {'\\', 'x', (uint8_t)hex[o.at[at] >> 4],
                                (uint8_t)hex[o.at[at] & 15]};
            plain(out, (struct octets){shown, sizeof shown});
        }
        at += n;
    }
}

static void put_json(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.at[i] == '"' || plain.at[i] == '\\')
            buf_append_octet(out, '\\');
        buf_append_octet(out, plain.at[i]);
    }
}

static void put_html(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        switch (plain.at[i]) {
        case '<':
            buf_append_text(out, "&lt;");
            break;
        case '>':
            buf_append_text(out, "&gt;");
            break;
        case '&':
            buf_append_text(out, "&amp;");
            break;
        case '"':
            buf_append_text(out, "&quot;");
            break;
        case '\'':
            buf_append_text(out, "&#39;");
            break;
        default:
            buf_append_octet(out, plain.at[i]);
        }
    }
}

static void put_csv(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.at[i] == '"')
            buf_append_octet(out, '"');
        buf_append_octet(out, plain.at[i]);
    }
}

void escape_visible(struct buf *out, struct octets o)
{
    escape(out, o, buf_append);
}

bool escape_json_leaves(struct octets o)
{
    return octets_is_printable_but(o, '"', '\\');
}

void escape_json(struct buf *out, struct octets o)
{
    if (escape_json_leaves(o))
        buf_append(out, o);
    else
        escape(out, o, put_json);
}

void escape_json_only(struct buf *out, struct octets visible)
{
    put_json(out, visible);
}

static void append_unit(struct buf *out, uint32_t unit)
{
    buf_append_format(out, "\\u%04x", unit);
}

void escape_json_hidden(struct buf *out, struct octets text)
{
    for (size_t at = 0, n; at < text.size; at += n) {
        struct octets rest = octets_sub(text, at, text.size);
        uint32_t point = 0xfffd; /* unless there is one */
        n = escape_utf8_length(rest, &point);
        if (n && (is_printable(point) || point == '\t')) {
            buf_append(out, octets_sub(rest, 0, n));
        } else if (point < 0x10000) {
            append_unit(out, point);
        } else { /* as in UTF-16: RFC 8259 s7 */
            append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
            append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
        }
        n = n ? n : 1;
    }
}

void escape_html(struct buf *out, struct octets o)
{
    escape(out, o, put_html);
}

/* The signs, and their full-width forms (U+FF1D, U+FF0B, U+FF0D, U+FF20), which some spreadsheets
 * take alike. */
static bool begins_formula(struct octets o)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (octets_has_prefix(o, octets_of(signs[i])))
            return true;
    return false;
}

void escape_csv(struct buf *out, struct octets o)
{
    buf_append_octet(out, '"');
    if (begins_formula(o))
        buf_append_octet(out, '\'');
    escape(out, o, put_csv);
    buf_append_octet(out, '"');
}

static void append_hidden(struct buf *out, uint8_t octet)
{
    buf_append_format(out, "\\x%02X", octet);
}

static void put_message(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        uint8_t c = plain.at[i];
        if (c == '[') {
            append_hidden(out, c);
            continue;
        }
        if (c == '{' || c == '}')
            buf_append_octet(out, c);
        buf_append_octet(out, c);
    }
}

void escape_message(struct buf *out, struct octets o)
{
    escape(out, o, put_message);
}

static void put_code(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.at[i] == '`' || plain.at[i] == '|')
            append_hidden(out, plain.at[i]);
        else
            buf_append_octet(out, plain.at[i]);
    }
}

void escape_markdown(struct buf *out, struct octets o)
{
    if (!o.size)
        return; /* two backticks alone would open a longer span */
    buf_append_octet(out, '`');
    escape(out, o, put_code);
    buf_append_octet(out, '`');
}

void escape_undo(struct buf *out, struct octets visible)
{
    size_t from = 0, at = octets_find_octet(visible, '\\', 0);
    for (; at < visible.size; at = octets_find_octet(visible, '\\', at)) {
        struct octets rest = octets_sub(visible, at, visible.size);
        bool is_hex = rest.size >= 4 && rest.at[1] == 'x' && octet_is_hex(rest.at[2]) &&
                      octet_is_hex(rest.at[3]);
        if (!is_hex && !octets_has_prefix(rest, OCTETS("\\\\"))) {
            at++; /* stands for itself */
            continue;
        }
        buf_append(out, octets_sub(visible, from, at));
        buf_append_octet(
            out, is_hex ? (uint8_t)(octet_hex_value(rest.at[2]) * 16 + octet_hex_value(rest.at[3]))
                        : '\\');
        at += is_hex ? 4 : 2;
        from = at;
    }
    buf_append(out, octets_sub(visible, from, visible.size));
}
