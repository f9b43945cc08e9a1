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

/* The beginning of an item, with room for `octets` more: where these go, or NULL.  All of an item is
 * written in one piece where that can be, for records are made of little else. */
static uint8_t *begin(struct json *j, const char *name, size_t octets)
{
    bool has_comma = j->has_items & 1u << j->depth;
    size_t size = name ? strlen(name) : 0;
    uint8_t *at = buf_reserve(j->out, has_comma + (name ? size + 3 : 0) + octets);
    j->has_items |= 1u << j->depth;
    if (!at)
        return NULL;
    if (has_comma)
        *at++ = ',';
    if (!name)
        return at;
    *at++ = '"';
    memcpy(at, name, size);
    at += size;
    *at++ = '"';
    *at++ = ':';
    return at;
}

/* What begin gave has been written up to here. */
static void end(struct json *j, const uint8_t *at)
{
    j->out->size = (size_t)(at - j->out->data);
}

static void put_plain(struct json *j, const char *name, struct octets value)
{
    uint8_t *at = begin(j, name, value.size);
    if (!at)
        return;
    if (value.size)
        memcpy(at, value.at, value.size);
    end(j, at + value.size);
}

/* What is to be escaped, or was already. */
static void put_escaped(struct json *j, const char *name, struct octets value,
                        void (*escape)(struct buf *out, struct octets o))
{
    put_plain(j, name, OCTETS("\""));
    escape(j->out, value);
    buf_append_octet(j->out, '"');
}

static void open(struct json *j, const char *name, uint8_t bracket)
{
    put_plain(j, name, (struct octets){&bracket, 1});
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
    uint8_t *at;
    if (!escape_json_leaves(value)) {
        put_escaped(j, name, value, escape_json);
    } else if ((at = begin(j, name, value.size + 2))) {
        *at++ = '"';
        if (value.size)
            memcpy(at, value.at, value.size);
        at[value.size] = '"';
        end(j, at + value.size + 1);
    }
}

void json_put_text(struct json *j, const char *name, const char *value)
{
    json_put_octets(j, name, octets_of(value));
}

void json_put_number(struct json *j, const char *name, uint64_t value)
{
    uint8_t digits[OCTETS_NUMBER_MAX];
    put_plain(j, name, octets_of_number(value, digits));
}

void json_put_bool(struct json *j, const char *name, bool value)
{
    put_plain(j, name, value ? OCTETS("true") : OCTETS("false"));
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
    put_plain(j, name, octets_of(text));
}

void json_put_visible(struct json *j, const char *name, struct octets visible)
{
    put_escaped(j, name, visible, escape_json_only);
}

void json_put_member(struct json *j, struct octets name, struct octets value)
{
    put_escaped(j, NULL, name, escape_json);
    buf_append_text(j->out, ":\"");
    escape_json(j->out, value);
    buf_append_octet(j->out, '"');
}

void json_put_octets_if(struct json *j, const char *name, struct octets value)
{
    if (value.size)
        json_put_octets(j, name, value);
}
