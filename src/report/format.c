/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#define RECORD_OCTETS_MAX ((size_t)64 * 1024 * 1024)

const struct report_format *report_format(size_t i)
{
    static const struct report_format *const formats[] = {&report_html, &report_sarif, &report_csv,
                                                          &report_markdown, &report_junit};
    return i < sizeof formats / sizeof *formats ? formats[i] : NULL;
}

void report_join(struct buf *plain, const struct stanza_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        buf_append_text(plain, i ? " " : "");
        buf_append(plain, values->at[i].text);
    }
}

void report_init(struct report *r)
{
    r->services = r->domains = r->failing = 0;
    r->has_items = r->is_cut = false;
    r->shown_octets = r->shown_octets ? r->shown_octets : REPORT_SHOWN_OCTETS;
    arena_init(&r->arena, REPORT_TEXT_MAX);
    summary_init(&r->summary, &r->arena);
    buf_init(&r->text, REPORT_TEXT_MAX);
    buf_init(&r->domain_text, REPORT_TEXT_MAX);
}

void report_release(struct report *r)
{
    arena_release(&r->arena);
    buf_release(&r->text);
    buf_release(&r->domain_text);
}

static enum err add_item(struct report *r, const struct report_format *format,
                         const struct report_item *item, struct buf *out)
{
    if (item->kind == REPORT_NEITHER)
        return ERR_OK;
    r->services += item->kind == REPORT_SERVICE;
    r->domains += item->kind == REPORT_DOMAIN;
    for (size_t i = 0; i < item->finding_count; i++)
        r->failing +=
            report_finding_counts(&item->findings[i]) && item->findings[i].severity >= r->fail_on;
    return format->add(r, item, out);
}

enum err report_add(struct report *r, const struct report_format *format, const json_t *record,
                    struct buf *out)
{
    struct report_item item;
    struct arena a;
    arena_init(&a, RECORD_OCTETS_MAX);
    enum err e = report_item_read(record, r->known, &a, &item);
    if (!e)
        e = add_item(r, format, &item, out);
    arena_release(&a);
    return e ? e : buf_error(out);
}
