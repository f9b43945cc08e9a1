/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"

void json_put_start(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

#define NAME_OCTETS 64 /* of a member, which is our own text */

/* In one piece, for records are made of little else. */
static void begin(struct json *j, const char *name)
{
    uint8_t piece[NAME_OCTETS + 4];
    size_t size = 0;
    if (j->has_items & 1u << j->depth)
        piece[size++] = ',';
    j->has_items |= 1u << j->depth;
    if (name) {
        size_t octets = strlen(name);
        assert(octets <= NAME_OCTETS);
        piece[size++] = '"';
        memcpy(piece + size, name, octets);
        size += octets;
        piece[size++] = '"';
        piece[size++] = ':';
    }
    buf_append(j->out, (struct octets){piece, size});
}

static void open(struct json *j, const char *name, uint8_t bracket)
{
    begin(j, name);
    buf_append_octet(j->out, bracket);
    j->depth++;
    assert(j->depth < 16);
    j->has_items &= ~(1u << j->depth);
}

static void close(struct json *j, uint8_t bracket)
{
    assert(j->depth);
    j->depth--;
    buf_append_octet(j->out, bracket);
}

void json_put_open_object(struct json *j, const char *name)
{
    open(j, name, '{');
}

void json_put_close_object(struct json *j)
{
    close(j, '}');
}

void json_put_open_array(struct json *j, const char *name)
{
    open(j, name, '[');
}

void json_put_close_array(struct json *j)
{
    close(j, ']');
}

void json_put_octets(struct json *j, const char *name, struct octets value)
{
    begin(j, name);
    buf_append_octet(j->out, '"');
    escape_json(j->out, value);
    buf_append_octet(j->out, '"');
}

void json_put_text(struct json *j, const char *name, const char *value)
{
    json_put_octets(j, name, octets_of(value));
}

void json_put_number(struct json *j, const char *name, uint64_t value)
{
    begin(j, name);
    buf_append_number(j->out, value);
}

void json_put_bool(struct json *j, const char *name, bool value)
{
    begin(j, name);
    buf_append_text(j->out, value ? "true" : "false");
}

void json_put_real(struct json *j, const char *name, double value, int digits)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%.*f", digits, value);
    assert(n > 0 && (size_t)n < sizeof text);
    while (digits > 0 && n > 1 && text[n - 1] == '0')
        text[--n] = 0;
    if (text[n - 1] == '.')
        text[--n] = 0;
    begin(j, name);
    buf_append_text(j->out, text);
}

void json_put_visible(struct json *j, const char *name, struct octets visible)
{
    begin(j, name);
    buf_append_octet(j->out, '"');
    escape_json_only(j->out, visible);
    buf_append_octet(j->out, '"');
}

void json_put_member(struct json *j, struct octets name, struct octets value)
{
    begin(j, NULL);
    buf_append_octet(j->out, '"');
    escape_json(j->out, name);
    buf_append_text(j->out, "\":\"");
    escape_json(j->out, value);
    buf_append_octet(j->out, '"');
}

void json_put_octets_if(struct json *j, const char *name, struct octets value)
{
    if (value.size)
        json_put_octets(j, name, value);
}
