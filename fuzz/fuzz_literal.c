/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/identify/literal.h"
#include "../src/smtp/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A pattern, LF, a text.  What the pattern matches contains the pattern's literal. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets text = {data, size}, pattern = octets_take_until(&text, '\n');
    struct arena a;
    struct smtp_regex_set regexes = {0};
    struct smtp_regex *regex;
    arena_init(&a, (size_t)1024 * 1024);
    struct octets literal = literal_of(pattern, &a);
    if (literal.size && !smtp_regex_compile(&regexes, pattern, &regex) &&
        smtp_regex_matches(regex, text, NULL) && octets_find(text, literal, 0) == text.size)
        abort();
    smtp_regex_set_release(&regexes);
    arena_release(&a);
    return 0;
}
