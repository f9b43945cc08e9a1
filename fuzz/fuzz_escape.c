/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/base/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is shown holds no control, and what was shown can be had back; the exits add nothing that
 * ends them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets in = {data, size};
    struct buf shown, back;
    buf_init(&shown, 16 * size + 16);
    buf_init(&back, 16 * size + 16);
    escape_visible(&shown, in);
    escape_undo(&back, buf_octets(&shown));
    if (buf_error(&shown) || !octets_is_equal(buf_octets(&back), in))
        abort();
    escape_json(&shown, in);
    escape_csv(&shown, in);
    escape_html(&shown, in);
    for (size_t i = 0; i < shown.size; i++)
        if (shown.data[i] < ' ' || shown.data[i] == 0x7f)
            abort();
    buf_clear(&shown);
    escape_html(&shown, in);
    for (size_t i = 0; i < shown.size; i++)
        if (memchr("<>\"'", shown.data[i], 4))
            abort();
    buf_clear(&shown);
    escape_markdown(&shown, in);
    for (size_t i = 1; i + 1 < shown.size; i++)
        if (memchr("`|\n", shown.data[i], 3))
            abort();
    buf_clear(&shown);
    escape_message(&shown, in);
    if (memchr(shown.data ? shown.data : data, '[', shown.size))
        abort();
    buf_release(&shown);
    buf_release(&back);
    return 0;
}
