/* SPDX-License-Identifier: Apache-2.0 */
#include "ehlo.h"

#include "reply.h"

struct smtp_keyword smtp_ehlo_keyword(struct octets line)
{
    struct octets text = octets_trim(smtp_line_text(line));
    size_t end = 0;
    while (end < text.size && text.at[end] != ' ' && text.at[end] != '\t' && text.at[end] != '=')
        end++;
    return (struct smtp_keyword){.name = octets_sub(text, 0, end),
                                 .value = octets_trim(octets_sub(text, end + 1, text.size))};
}

bool smtp_ehlo_has(const struct octets *lines, size_t count, struct octets name,
                   struct octets *ret_value)
{
    for (size_t i = 1; i < count; i++) {
        struct smtp_keyword k = smtp_ehlo_keyword(lines[i]);
        if (!octets_is_equal_nocase(k.name, name))
            continue;
        if (ret_value)
            *ret_value = k.value;
        return true;
    }
    return false;
}
