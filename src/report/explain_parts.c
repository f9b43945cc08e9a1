/* SPDX-License-Identifier: Apache-2.0 */
#include "explain_parts.h"

#include "../base/escape.h"
#include "page.h"
#include "paint.h"

void explain_title(struct buf *out, const struct report_text_style *s, struct octets name)
{
    paint(out, s, BOLD);
    escape_visible(out, name);
    unpaint(out, s);
    buf_append_text(out, "\n");
}

void explain_words(struct buf *out, const struct report_text_style *s, const char *name,
                   struct octets text)
{
    size_t column = PAGE_INDENT;
    if (!text.size)
        return;
    label(out, s, name);
    page_words(out, PAGE_INDENT, &column, text);
    buf_append_text(out, "\n");
}

void explain_values(struct buf *out, const struct report_text_style *s, const char *name,
                    const struct stanza_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        explain_words(out, s, i ? "" : name, values->at[i].text);
}

void explain_paragraph(struct buf *out, const struct report_text_style *s, const char *name,
                       const struct stanza_values *values)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < values->count; i++) {
        buf_append_text(&text, i ? " " : "");
        buf_append(&text, values->at[i].text);
    }
    explain_words(out, s, name, buf_octets(&text));
    buf_release(&text);
}
