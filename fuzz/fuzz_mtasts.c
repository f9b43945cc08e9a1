/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/dns/mtasts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A policy is read whatever it is; without a fatal problem it has all that it must. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets text = {data, size};
    struct mtasts_policy p;
    mtasts_parse_policy(text, &p);
    for (size_t i = 0; i < p.problems.count; i++)
        if (p.problems.at[i].at > size || !p.problems.at[i].what)
            abort();
    if (!p.problems.has_fatal && (p.mode == MTASTS_ABSENT || (p.mode > MTASTS_NONE && !p.mx_count)))
        abort();
    if (p.max_age_s > MTASTS_MAX_AGE_MAX_S)
        abort();
    (void)mtasts_is_allowed(&p, text);
    return 0;
}
