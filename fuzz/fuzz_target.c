/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/target/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal says why; a name that was accepted is accepted again, unchanged. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct target t = {0}, again = {0};
    const char *problem = NULL;
    arena_init(&a, (size_t)16 * 1024);
    enum err e = target_parse((struct octets){data, size}, &a, &t, &problem);
    if (e == ERR_SYNTAX ? !problem : e != ERR_OK)
        abort();
    if (t.name.size && (target_parse(t.name, &a, &again, &problem) != ERR_OK ||
                        !octets_is_equal(t.name, again.name)))
        abort();
    arena_release(&a);
    return 0;
}
