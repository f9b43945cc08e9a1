/* SPDX-License-Identifier: Apache-2.0 */
#include "select.h"

bool audit_select_matches(struct octets pattern, struct octets id)
{
    if (pattern.size && pattern.at[pattern.size - 1] == '*')
        return octets_has_prefix(id, octets_sub(pattern, 0, pattern.size - 1));
    return octets_is_equal(pattern, id);
}

static bool is_listed(struct octets list, struct octets id)
{
    while (list.size)
        if (audit_select_matches(octets_trim(octets_take_until(&list, ',')), id))
            return true;
    return false;
}

bool audit_select_has(const struct audit_select *s, struct octets id)
{
    return (!s->only.size || is_listed(s->only, id)) && !is_listed(s->skip, id);
}

struct octets audit_select_unknown(struct octets list,
                                   bool (*is_known)(const void *owner, struct octets pattern),
                                   const void *owner)
{
    while (list.size) {
        struct octets pattern = octets_trim(octets_take_until(&list, ','));
        if (!is_known(owner, pattern))
            return pattern.size ? pattern : OCTETS("(nothing)");
    }
    return OCTETS_NONE;
}
