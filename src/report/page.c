/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include "../base/escape.h"

#define MASKED_MAX ((size_t)64 * 1024)

void page_fill(struct buf *out, size_t used, size_t column)
{
    do
        buf_append_octet(out, ' ');
    while (++used < column);
}

void page_words(struct buf *out, size_t indent, size_t *column, struct octets text)
{
    struct octets word;
    bool is_first = true;
    while ((word = octets_take_word(&text)).size) {
        size_t before = out->size;
        if (!is_first && *column + 1 + word.size > PAGE_WIDTH) {
            buf_append_text(out, "\n");
            page_fill(out, 0, indent);
            *column = indent;
        } else if (!is_first) {
            buf_append_text(out, " ");
            (*column)++;
        }
        before = out->size;
        escape_visible(out, word);
        *column += out->size - before;
        is_first = false;
    }
}

void page_masked(struct buf *out, struct octets line)
{
    struct buf plain;
    buf_init(&plain, MASKED_MAX);
    escape_undo(&plain, line);
    escape_visible(out, buf_octets(&plain));
    buf_release(&plain);
}
