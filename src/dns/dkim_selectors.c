/* SPDX-License-Identifier: Apache-2.0 */
#include "dkim_selectors.h"

bool dkim_selector_next(struct octets *rest, struct dkim_selector *ret)
{
    while (rest->size) {
        struct octets line = octets_take_until(rest, '\n');
        struct octets name = octets_take_word(&line);
        if (name.size == 0 || name.at[0] == '#')
            continue;
        *ret = (struct dkim_selector){.name = name, .who = line};
        return true;
    }
    return false;
}
