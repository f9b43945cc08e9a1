/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <string.h>

static int digit_value(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *hit = c ? strchr(digits, c) : NULL;
    return hit ? (int)(hit - digits) : -1;
}

enum err base64_decode(struct octets text, struct arena *a, struct octets *ret, size_t *ret_bad)
{
    uint8_t *out = arena_alloc(a, text.size);
    uint32_t held = 0;
    size_t digits = 0, padding = 0, size = 0;
    if (!out)
        return ERR_NOMEM;
    for (size_t i = 0; i < text.size; i++) {
        int value = digit_value(text.at[i]);
        *ret_bad = i;
        if (octets_trim(octets_sub(text, i, i + 1)).size == 0)
            continue;
        if (text.at[i] == '=' && ++padding <= 2)
            continue;
        if (value < 0 || padding)
            return ERR_SYNTAX;
        held = held << 6 | (uint32_t)value;
        if (++digits % 4 != 1)
            out[size++] = (uint8_t)(held >> (8 - digits % 4 * 2) % 8);
    }
    *ret_bad = text.size;
    if ((digits + padding) % 4 || digits % 4 == 1)
        return ERR_SYNTAX;
    *ret = (struct octets){out, size};
    return ERR_OK;
}
