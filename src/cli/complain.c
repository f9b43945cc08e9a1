/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/escape.h"
#include "option_parts.h"

bool cli_complain(const char *what, const char *argument, const char *problem)
{
    struct buf shown;
    buf_init(&shown, 400);
    escape_visible(&shown, octets_sub(octets_of(argument), 0, 80));
    fprintf(stderr, "smtpscan: %s%s%.*s: %s\n", what ? what : "", what ? ": " : "", (int)shown.size,
            shown.size ? (const char *)shown.data : "", problem);
    buf_release(&shown);
    return false;
}
