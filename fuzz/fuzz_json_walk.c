/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>

#include "../src/base/json_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct octets part, struct octets whole)
{
    if (part.size && (part.at < whole.at || part.at + part.size > whole.at + whole.size))
        abort();
}

/* Whether it is JSON; each part stands within the whole, and is JSON too. */
static bool walk(struct octets text)
{
    struct json_walk w;
    struct octets name, value;
    json_walk_init(&w, text);
    while (json_walk_next(&w, &name, &value)) {
        check_within(name, text);
        check_within(value, text);
        if ((value.at[0] == '{' || value.at[0] == '[') && !walk(value))
            abort();
        if (json_walk_is_string(value)) {
            struct buf room;
            buf_init(&room, text.size);
            (void)json_walk_string(value, &room);
            if (buf_error(&room))
                abort();
            buf_release(&room);
        }
    }
    return !w.has_failed;
}

/* Things about which jansson is of another mind: numbers that it cannot hold, a NUL behind a fraction,
 * lone surrogates, depth. */
static bool is_odd(struct octets text)
{
    size_t digits = 0, depth = 0, deepest = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.at[i];
        digits = octet_is_digit(c) ? digits + 1 : 0;
        depth += c == '[' || c == '{';
        deepest = depth > deepest ? depth : deepest;
        if (digits > 15 || c == 0 || c == 'e' || c == 'E' || c == '\\')
            return true;
    }
    return deepest > JSON_WALK_DEPTH_MAX;
}

/* A text is JSON to this as it is to jansson. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets text = {data, size};
    bool is_json = walk(text);
    json_t *tree = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
    if (!is_odd(text) && is_json != (tree != NULL))
        abort();
    json_decref(tree);
    (void)json_walk_find(text, "a.0.b");
    return 0;
}
