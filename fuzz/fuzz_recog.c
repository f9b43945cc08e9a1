/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/identify/recog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in Recog's form is read, or refused with words; what was read has a product. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bundle_file f = {.path = "smtp_banners.xml", .text = {data, size}};
    const struct recog_names names = {0};
    struct recog_counts counts = {0};
    struct arena a;
    struct smtp_regex_set regexes = {0};
    struct signatures s;
    struct dialogue_problem problem = {0};
    arena_init(&a, (size_t)16 * 1024 * 1024);
    signatures_init(&s, &a, &regexes);
    enum err e = recog_load(&s, &names, &f, &counts, &problem);
    if ((e == ERR_SYNTAX && !problem.text[0]) || counts.loaded != s.count)
        abort();
    for (size_t i = 0; i < s.count; i++)
        if (!s.items[i].product.size || !s.items[i].pattern.size)
            abort();
    smtp_regex_set_release(&regexes);
    arena_release(&a);
    return 0;
}
