/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

#include "../base/escape.h"
#include "paint.h"

#define POSSIBLE_SHOWN 4
#define ABOUT_SHOWN    ((size_t)60) /* octets of what an advisory is about */

const char *report_severity_colour(enum finding_severity severity)
{
    static const char *const colours[FINDING_SEVERITY__COUNT] = {DIM, DIM, YELLOW, RED, RED};
    return colours[severity];
}

/* At most so many octets, ending with a whole word. */
static void append_cut(struct buf *out, struct octets text, size_t room)
{
    size_t end = text.size < room ? text.size : room;
    while (end < text.size && end > 0 && text.at[end] != ' ')
        end--;
    escape_visible(out, octets_sub(text, 0, end));
    buf_append_text(out, end < text.size ? "..." : "");
}

static void append_possible(struct buf *out, const struct report_text_style *s,
                            const struct finding_possible *p)
{
    label(out, s, "");
    buf_append_format(out, "%3.0f %%  ", p->p * 100);
    escape_visible(out, p->id);
    if (p->ended.size) {
        buf_append_text(out, ", not maintained since ");
        escape_visible(out, p->ended);
    } else {
        buf_append_text(out, " ");
        painted(out, s, report_severity_colour(p->severity), finding_severity_name(p->severity));
        buf_append_text(out, p->is_exploited ? ", exploited: " : ": ");
        append_cut(out, p->about, ABOUT_SHOWN);
    }
    buf_append_text(out, "\n");
}

static void append_finding(struct buf *out, const struct report_text_style *s,
                           const struct finding *f, bool is_first)
{
    size_t shown =
        s->verbose || f->possible_count < POSSIBLE_SHOWN ? f->possible_count : POSSIBLE_SHOWN;
    label(out, s, is_first ? "findings" : "");
    escape_visible(out, f->id);
    buf_append_text(out, "  ");
    painted(out, s, report_severity_colour(f->severity), finding_severity_name(f->severity));
    buf_append_format(out, " %s: ", finding_verdict_name(f->verdict));
    escape_visible(out, f->title);
    if (f->possible_count)
        buf_append_format(out, " (%.0f %%)", f->p * 100);
    buf_append_text(out, "\n");
    for (size_t i = 0; i < shown; i++)
        append_possible(out, s, &f->possible[i]);
    if (shown < f->possible_count) {
        label(out, s, "");
        buf_append_format(out, "       and %zu more\n", f->possible_count - shown);
    }
    if (f->reason.size && s->verbose) {
        label(out, s, "");
        buf_append_text(out, "       ");
        escape_visible(out, f->reason);
        buf_append_text(out, "\n");
    }
}

void report_text_findings(struct buf *out, const struct report_text_style *s,
                          const struct finding_list *list)
{
    bool any_possible = false;
    for (size_t i = 0; i < list->count; i++) {
        append_finding(out, s, &list->at[i], i == 0);
        any_possible = any_possible || list->at[i].possible_count;
    }
    if (any_possible) {
        label(out, s, "");
        buf_append_text(out, "possible by version; a distribution's package may carry the fixes\n");
    }
}
