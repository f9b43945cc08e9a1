/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/audit/ntlm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Base64 or not: what is read stays within its bounds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ntlm_challenge c = {0};
    struct arena a;
    arena_init(&a, (size_t)64 * 1024);
    if (ntlm_challenge_parse((struct octets){data, size}, &a, &c) == ERR_OK) {
        for (size_t i = 0; i < NTLM_NAME__COUNT; i++)
            if (c.names[i].size > 4 * (size_t)NTLM_NAME_UNITS_MAX)
                abort();
        if (c.target.size > 4 * (size_t)NTLM_NAME_UNITS_MAX || (!c.has_version && c.build))
            abort();
    }
    arena_release(&a);
    return 0;
}
