/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"

#include "../base/escape.h"
#include "page.h"
#include "paint.h"

#define POSSIBLE_SHOWN 4
#define EVIDENCE_SHOWN ((size_t)2)
#define BELOW_SHOWN    ((size_t)110)
#define BELOW_INDENT   ((size_t)PAGE_INDENT + 7)
#define ABOUT_LEAST    ((size_t)20) /* octets of what an advisory is about */
#define BELOW          "       "
#define MORE           "..."

const char *report_severity_colour(enum finding_severity severity)
{
    static const char *const colours[FINDING_SEVERITY__COUNT] = {DIM, DIM, YELLOW, RED, RED};
    return colours[severity];
}

/* At most so many octets, ending with a whole word if it has more than one. */
static struct octets cut(struct octets text, size_t room)
{
    size_t end = text.size < room ? text.size : room;
    while (end < text.size && end > 0 && text.at[end] != ' ')
        end--;
    return octets_sub(text, 0, end ? end : room);
}

/* What an advisory is about, as far as the rest of the line goes. */
static void append_about(struct buf *out, const struct finding_possible *p, size_t column)
{
    size_t room = column + ABOUT_LEAST < PAGE_WIDTH ? PAGE_WIDTH - column : ABOUT_LEAST;
    struct octets about = p->about.size > room ? cut(p->about, room - (sizeof MORE - 1)) : p->about;
    escape_visible(out, about);
    buf_append_text(out, about.size < p->about.size ? MORE : "");
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
        const char *severity = finding_severity_name(p->severity);
        const char *then = p->is_exploited ? ", exploited: " : ": ";
        buf_append_text(out, " ");
        painted(out, s, report_severity_colour(p->severity), severity);
        buf_append_text(out, then);
        append_about(out, p, BELOW_INDENT + p->id.size + strlen(severity) + strlen(then));
    }
    buf_append_text(out, "\n");
}

/* Running text below a finding. */
static void append_below(struct buf *out, const struct report_text_style *s, const char *mark,
                         struct octets text)
{
    size_t column = BELOW_INDENT;
    label(out, s, "");
    painted(out, s, GREEN, mark);
    page_words(out, BELOW_INDENT, &column, text);
    buf_append_text(out, "\n");
}

/* The same of what was seen, which may be long. */
static void append_seen(struct buf *out, const struct report_text_style *s, struct octets text)
{
    uint8_t shown[BELOW_SHOWN + sizeof MORE];
    if (!s->verbose && text.size > BELOW_SHOWN) {
        struct octets begin = cut(text, BELOW_SHOWN);
        memcpy(shown, begin.at, begin.size);
        memcpy(shown + begin.size, MORE, sizeof MORE - 1);
        text = (struct octets){shown, begin.size + sizeof MORE - 1};
    }
    append_below(out, s, BELOW, text);
}

/* What was found, of which check, and what that is. */
static void append_heading(struct buf *out, const struct report_text_style *s,
                           const struct finding *f)
{
    bool is_quiet = f->verdict != FINDING_EXPOSED && f->verdict != FINDING_UNTESTABLE;
    const char *severity = is_quiet ? "" : finding_severity_name(f->severity);
    const char *verdict = finding_verdict_name(f->verdict);
    const char *accepted = f->is_accepted ? " (accepted)" : "";
    if (!is_quiet)
        painted(out, s, f->is_accepted ? DIM : report_severity_colour(f->severity), severity);
    buf_append_format(out, "%s%s%s ", is_quiet ? "" : " ", verdict, accepted);
    paint(out, s, BOLD);
    escape_visible(out, f->id);
    unpaint(out, s);
    buf_append_text(out, ": ");
    size_t column = PAGE_INDENT + strlen(severity) + !is_quiet + strlen(verdict) +
                    strlen(accepted) + f->id.size + sizeof " : " - 1;
    page_words(out, BELOW_INDENT, &column, f->title);
    if (f->possible_count && column + sizeof " (100 %)" > PAGE_WIDTH) {
        buf_append_text(out, "\n");
        page_fill(out, 0, BELOW_INDENT - 1);
    }
    if (f->possible_count)
        buf_append_format(out, " (%.0f %%)", f->p * 100);
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
    size_t lines = s->verbose ? f->evidence_count : EVIDENCE_SHOWN;
    bool tells_reason = f->reason.size && (s->verbose || !f->possible_count);
    label(out, s, is_first ? "findings" : "");
    append_heading(out, s, f);
    append_possibilities(out, s, f);
    if (tells_reason)
        append_seen(out, s, f->reason);
    /* What decided stands last. */
    if (f->verdict != FINDING_EXPOSED || f->possible_count)
        lines = s->verbose ? lines : 0;
    for (size_t i = f->evidence_count > lines ? f->evidence_count - lines : 0;
         i < f->evidence_count; i++)
        if (!tells_reason || !octets_is_equal(f->evidence[i], f->reason))
            append_seen(out, s, f->evidence[i]);
    if (f->remedy.size && !f->possible_count)
        append_below(out, s, "    -> ", f->remedy);
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
