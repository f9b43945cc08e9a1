/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/smtp/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file is read and compiled, or refused with words; what compiles asks something and ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct dialogue d;
    struct dialogue_problem problem = {0};
    struct smtp_regex_set regexes = {0};
    struct smtp_program *programs = NULL;
    size_t count = 0;
    arena_init(&a, (size_t)4 * 1024 * 1024);
    enum err e = dialogue_parse((struct octets){data, size}, &a, &d, &problem);
    if (!e)
        e = smtp_program_compile(&d, &a, &regexes, &programs, &count, &problem);
    if (e ? e != ERR_NOMEM && !problem.text[0] : !count || !programs[0].step_count)
        abort();
    smtp_regex_set_release(&regexes);
    arena_release(&a);
    return 0;
}
