/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

#include "../base/escape.h"
#include "paint.h"

#define POSSIBLE_SHOWN 4
#define EVIDENCE_SHOWN ((size_t)2)
#define ABOUT_SHOWN    ((size_t)60) /* octets of what an advisory is about */
#define BELOW_SHOWN    ((size_t)110)

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

/* A line below a finding. */
static void append_below(struct buf *out, const struct report_text_style *s, struct octets text)
{
    label(out, s, "");
    buf_append_text(out, "       ");
    append_cut(out, text, s->verbose ? text.size : BELOW_SHOWN);
    buf_append_text(out, "\n");
}

static void append_possibilities(struct buf *out, const struct report_text_style *s,
                                 const struct finding *f)
{
    size_t shown =
        s->verbose || f->possible_count < POSSIBLE_SHOWN ? f->possible_count : POSSIBLE_SHOWN;
    for (size_t i = 0; i < shown; i++)
        append_possible(out, s, &f->possible[i]);
    if (shown < f->possible_count) {
        label(out, s, "");
        buf_append_format(out, "       and %zu more\n", f->possible_count - shown);
    }
}

static void append_finding(struct buf *out, const struct report_text_style *s,
                           const struct finding *f, bool is_first)
{
    bool is_quiet = f->verdict != FINDING_EXPOSED && f->verdict != FINDING_UNTESTABLE;
    size_t lines = s->verbose ? f->evidence_count : EVIDENCE_SHOWN;
    label(out, s, is_first ? "findings" : "");
    if (!is_quiet)
        painted(out, s, f->is_accepted ? DIM : report_severity_colour(f->severity),
                finding_severity_name(f->severity));
    buf_append_format(out, "%s%s%s ", is_quiet ? "" : " ", finding_verdict_name(f->verdict),
                      f->is_accepted ? " (accepted)" : "");
    paint(out, s, BOLD);
    escape_visible(out, f->id);
    unpaint(out, s);
    buf_append_text(out, ": ");
    escape_visible(out, f->title);
    if (f->possible_count)
        buf_append_format(out, " (%.0f %%)", f->p * 100);
    buf_append_text(out, "\n");
    append_possibilities(out, s, f);
    if (f->reason.size && (s->verbose || !f->possible_count))
        append_below(out, s, f->reason);
    /* What decided stands last. */
    if (f->verdict != FINDING_EXPOSED || f->possible_count)
        lines = s->verbose ? lines : 0;
    for (size_t i = f->evidence_count > lines ? f->evidence_count - lines : 0;
         i < f->evidence_count; i++)
        append_below(out, s, f->evidence[i]);
    if (f->remedy.size && !f->possible_count) {
        label(out, s, "");
        painted(out, s, GREEN, "    -> ");
        append_cut(out, f->remedy, s->verbose ? f->remedy.size : BELOW_SHOWN);
        buf_append_text(out, "\n");
    }
}

/* "12 safe, 3 noted, 8 not asked": what is not shown one by one. */
static void append_rest(struct buf *out, const struct report_text_style *s,
                        const struct finding_list *list, bool is_first)
{
    static const struct {
        enum finding_verdict verdict;
        const char *name;
    } rest[] = {{FINDING_SAFE, "safe"}, {FINDING_NOTED, "noted"}, {FINDING_NOT_ASKED, "not asked"}};
    size_t counts[FINDING_VERDICT__COUNT] = {0};
    bool any = false;
    for (size_t i = 0; i < list->count; i++)
        counts[list->at[i].verdict]++;
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        if (!counts[rest[i].verdict])
            continue;
        if (!any)
            label(out, s, is_first ? "findings" : "");
        buf_append_format(out, "%s%zu %s", any ? ", " : "", counts[rest[i].verdict], rest[i].name);
        any = true;
    }
    buf_append_text(out, any ? " (-v shows them)\n" : "");
}

void report_text_findings(struct buf *out, const struct report_text_style *s,
                          const struct finding_list *list)
{
    bool any_possible = false, is_first = true;
    for (size_t i = 0; i < list->count; i++) {
        const struct finding *f = &list->at[i];
        if (!s->verbose && f->verdict != FINDING_EXPOSED && f->verdict != FINDING_UNTESTABLE)
            continue;
        append_finding(out, s, f, is_first);
        is_first = false;
        any_possible = any_possible || f->possible_count;
    }
    if (any_possible) {
        label(out, s, "");
        buf_append_text(out, "possible by version; a distribution's package may carry the fixes\n");
    }
    if (!s->verbose)
        append_rest(out, s, list, is_first);
}
