/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/identify/provider.h"
#include "../src/identify/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file of signatures, or of providers, is read and verified, or refused with words. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bundle_file f = {.path = "fuzz", .text = {data, size}};
    struct arena a;
    struct smtp_regex_set regexes = {0};
    struct signatures s;
    struct providers p;
    struct dialogue_problem problem = {0};
    const char *path = NULL;
    arena_init(&a, (size_t)16 * 1024 * 1024);
    signatures_init(&s, &a, &regexes);
    providers_init(&p, &a, &regexes);
    enum err e = signatures_load(&s, &f, &problem);
    if (!e)
        e = signatures_verify(&s, &path, &problem);
    if (e == ERR_SYNTAX && !problem.text[0])
        abort();
    problem = (struct dialogue_problem){0};
    e = providers_load(&p, &f, &problem);
    if (!e)
        e = providers_verify(&p, &path, &problem);
    if (e == ERR_SYNTAX && !problem.text[0])
        abort();
    smtp_regex_set_release(&regexes);
    arena_release(&a);
    return 0;
}
