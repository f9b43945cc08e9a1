/* SPDX-License-Identifier: Apache-2.0 */
#include "member.h"

#include "../base/escape.h"

struct octets member_octets(struct members *m, const json_t *value)
{
    struct octets shown, plain = OCTETS_NONE;
    struct buf text;
    if (!json_is_string(value))
        return OCTETS_NONE;
    shown = (struct octets){(const uint8_t *)json_string_value(value), json_string_length(value)};
    if (octets_find_octet(shown, '\\', 0) == shown.size)
        return shown;
    buf_init(&text, shown.size);
    escape_undo(&text, shown);
    if (buf_error(&text) || !arena_copy(m->arena, buf_octets(&text), &plain))
        m->is_out_of_memory = true;
    buf_release(&text);
    return plain;
}

struct octets member_text(struct members *m, const json_t *object, const char *name)
{
    return member_octets(m, json_object_get(object, name));
}

uint64_t member_number(const json_t *object, const char *name, uint64_t max)
{
    json_int_t n = json_integer_value(json_object_get(object, name));
    return n > 0 && (uint64_t)n <= max ? (uint64_t)n : 0;
}

double member_probability(const json_t *object, const char *name)
{
    double p = json_number_value(json_object_get(object, name));
    return p >= 0 && p <= 1 ? p : 0;
}

bool member_is_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}
