/* SPDX-License-Identifier: Apache-2.0 */
#include "operator.h"

#include <libpsl.h>

#define NAME_MAX_OCTETS 255 /* RFC 1035 s2.3.4 */

struct octets run_operator_of(struct octets host)
{
    char name[NAME_MAX_OCTETS + 1];
    while (host.size && host.at[host.size - 1] == '.')
        host.size--;
    if (!host.size || host.size >= sizeof name)
        return OCTETS_NONE;
    for (size_t i = 0; i < host.size; i++)
        name[i] = (char)octet_to_lower(host.at[i]);
    name[host.size] = '\0';
    /* A pointer into the name. */
    const char *domain = psl_registrable_domain(psl_builtin(), name);
    return domain ? octets_sub(host, (size_t)(domain - name), host.size) : OCTETS_NONE;
}
