/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/identify/mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any line becomes one line of plain text, short enough, without the names that we know. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts_reply greeting = {.lines = &(struct octets){data, size}, .line_count = 1};
    struct facts_visit v = {.host = OCTETS_INIT("mx.scanned.net"),
                            .asker = {.tag = OCTETS_INIT("tag4ag7q")}};
    struct mask m;
    struct buf out;
    v.greeting = greeting;
    buf_init(&out, 8 * size + 64);
    mask_init(&m, &v);
    mask_line(&out, &m, greeting.lines[0], MASK_TEXT);
    if (buf_error(&out) || octets_find_nocase(buf_octets(&out), v.asker.tag, 0) < out.size)
        abort();
    mask_line(&out, &m, greeting.lines[0], MASK_KEYWORD);
    for (size_t i = 0; i < out.size; i++)
        if (out.data[i] < ' ' || out.data[i] == 0x7f)
            abort();
    buf_release(&out);
    return 0;
}
