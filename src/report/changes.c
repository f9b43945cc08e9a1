/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "findings.h"
#include "paint.h"

#define VALUE_SHOWN ((size_t)100)

/* Visible text, cut within no character. */
static void append_value(struct buf *out, const struct report_text_style *s, struct octets value)
{
    size_t end = s->verbose || value.size <= VALUE_SHOWN ? value.size : VALUE_SHOWN;
    while (end < value.size && end && (value.at[end] & 0xc0) == 0x80)
        end--;
    buf_append(out, octets_sub(value, 0, end));
    buf_append_text(out, end < value.size ? "..." : "");
}

static void append_place(struct buf *out, const struct record_change *c)
{
    bool is_v6 = octets_find_octet(c->address, ':', 0) < c->address.size;
    if (!c->port)
        return;
    if (c->host.size && !octets_is_equal_nocase(c->host, c->target)) {
        buf_append(out, c->host);
        buf_append_octet(out, ' ');
    }
    buf_append_text(out, is_v6 ? "[" : "");
    buf_append(out, c->address);
    buf_append_format(out, "%s:%u ", is_v6 ? "]" : "", c->port);
}

static void append_change(struct buf *out, const struct report_text_style *s,
                          const struct record_change *c)
{
    bool is_noted = record_change_is_noted(c->kind);
    paint(out, s, is_noted ? DIM : report_severity_colour(c->severity));
    buf_append_format(out, "  %-9s", is_noted ? "-" : finding_severity_name(c->severity));
    unpaint(out, s);
    append_place(out, c);
    paint(out, s, BOLD);
    buf_append_text(out, record_change_words(c->kind));
    unpaint(out, s);
    if (c->subject.size) {
        buf_append_octet(out, ' ');
        buf_append(out, c->subject);
    }
    buf_append_text(out, c->before.size || c->after.size ? ": " : "");
    append_value(out, s, c->before);
    buf_append_text(out, c->after.size ? c->before.size ? " -> " : "" : "");
    append_value(out, s, c->after);
    buf_append_text(out, "\n");
}

/* "5 changes: 1 high, 4 info", and what was left out. */
static void append_counts(struct buf *out, const struct report_text_style *s,
                          const struct record_changes *changes)
{
    const char *parting = ": ";
    unsigned long long changed = changes->changed, noted = changes->noted;
    if (changed)
        buf_append_format(out, "%llu change%s", changed, changed == 1 ? "" : "s");
    else
        buf_append_text(out, "nothing changed");
    for (size_t i = FINDING_SEVERITY__COUNT; i-- > 0;) {
        if (!changes->by_severity[i])
            continue;
        buf_append_format(out, "%s%llu %s", parting, (unsigned long long)changes->by_severity[i],
                          finding_severity_name((enum finding_severity)i));
        parting = ", ";
    }
    if (noted && !s->verbose)
        buf_append_format(out, "; %llu thing%s could not be compared or may not matter (-v)", noted,
                          noted == 1 ? "" : "s");
    buf_append_text(out, "\n");
}

void report_text_changes(struct buf *out, const struct report_text_style *style,
                         const struct record_changes *changes)
{
    struct octets target = OCTETS_NONE;
    for (size_t i = 0; i < changes->count; i++) {
        const struct record_change *c = &changes->at[i];
        if (!style->verbose && record_change_is_noted(c->kind))
            continue;
        if (!target.size || !octets_is_equal(target, c->target)) {
            paint(out, style, BOLD);
            buf_append(out, c->target);
            unpaint(out, style);
            buf_append_text(out, "\n");
        }
        target = c->target;
        append_change(out, style, c);
    }
    append_counts(out, style, changes);
}
