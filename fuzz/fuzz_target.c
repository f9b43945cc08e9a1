/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/target/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_ok)
{
    if (!is_ok)
        abort();
}

/* A refusal says why; a name that was accepted is accepted again, unchanged. */
static void check_argument(struct octets in, struct arena *a)
{
    struct target t = {0}, again = {0};
    const char *problem = NULL;
    enum err e = target_parse(in, a, &t, &problem);
    check(e == ERR_SYNTAX ? problem != NULL : e == ERR_OK);
    if (t.name.size)
        check(target_parse(t.name, a, &again, &problem) == ERR_OK &&
              octets_is_equal(t.name, again.name));
}

/* What is accepted as a line, a row or not, is accepted again as it is remembered. */
static void check_line(struct octets in, struct arena *a)
{
    struct target t = {0}, again = {0};
    const char *problem = NULL;
    enum err e = target_parse_line(in, a, &t, &problem);
    check(e == ERR_SYNTAX ? problem != NULL : e == ERR_OK);
    if (e)
        return;
    check(target_parse_line(t.input, a, &again, &problem) == ERR_OK);
    check(again.kind == t.kind && again.port == t.port && again.bits == t.bits);
    check(octets_is_equal(again.name, t.name) && octets_is_equal(again.tag, t.tag));
    check(t.kind == TARGET_NAME ? t.name.size > 0 : t.address.family > 0);
    if (t.kind == TARGET_RANGE)
        check(octets_compare((struct octets){t.address.octets, 16},
                             (struct octets){t.last.octets, 16}) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, (size_t)64 * 1024);
    check_argument((struct octets){data, size}, &a);
    check_line((struct octets){data, size}, &a);
    arena_release(&a);
    return 0;
}
