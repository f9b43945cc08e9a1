/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#include <stdio.h>

#include "../base/clock.h"

void html_element(struct buf *out, const char *element, struct octets text)
{
    if (!text.size)
        return;
    buf_append_format(out, "<%s>", element);
    escape_html(out, text);
    buf_append_format(out, "</%.*s>", (int)strcspn(element, " "), element);
}

void html_severity(struct buf *out, enum finding_severity severity, const char *none)
{
    if (severity != SUMMARY_NONE)
        buf_append_format(out, "<b class=\"sev %s\">%s</b>", finding_severity_name(severity),
                          finding_severity_name(severity));
    else if (*none)
        buf_append_format(out, "<b class=\"sev none\">%s</b>", none);
}

void html_count(struct buf *out, uint64_t n)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    for (int i = 0; i < size; i++) {
        buf_append_octet(out, (uint8_t)digits[i]);
        if (size - i > 1 && (size - i) % 3 == 1)
            buf_append_octet(out, ',');
    }
}

void html_day(struct buf *out, uint64_t wall_ms)
{
    struct buf text;
    buf_init(&text, 64);
    clock_append_rfc3339(&text, wall_ms);
    buf_append(out, octets_sub(buf_octets(&text), 0, 10));
    buf_release(&text);
}

void html_bar(struct buf *out, const char *class, unsigned permille)
{
    buf_append_format(out,
                      "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
                      "aria-hidden=\"true\"><rect class=\"bg\" width=\"1000\" height=\"10\"/>"
                      "<rect class=\"%s\" width=\"%u\" height=\"10\"/></svg>",
                      class, permille);
}
