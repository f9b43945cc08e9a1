/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "../base/escape.h"

/*
 * JUnit's XML, as build servers read it: a suite for each service and domain, a test case for each
 * check.  A failure is what is exposed, not accepted and as grave as --fail-on, or at all without
 * it; what could not be asked is skipped.  Escaped text is visible text, so all of it is XML 1.0.
 */
static bool has_failed(const struct report *r, const struct report_finding *f)
{
    return report_finding_counts(f) &&
           (r->fail_on == FINDING_SEVERITY__COUNT || f->severity >= r->fail_on);
}

static bool is_skipped(const struct report_finding *f)
{
    return f->verdict == FINDING_UNTESTABLE || f->verdict == FINDING_NOT_ASKED;
}

static void attribute(struct buf *out, const char *name, struct octets value)
{
    buf_append_format(out, " %s=\"", name);
    escape_html(out, value);
    buf_append_text(out, "\"");
}

/* What was seen, and what helps, a line each. */
static void add_words(struct buf *out, const struct report_finding *f)
{
    if (f->reason.size) {
        escape_html(out, f->reason);
        buf_append_text(out, "\n");
    }
    for (size_t i = 0; i < f->evidence_count; i++) {
        escape_html(out, f->evidence[i]);
        buf_append_text(out, "\n");
    }
    for (size_t i = 0; i < f->possible_count; i++) {
        escape_html(out, f->possible[i].id);
        buf_append_format(out, " (%.0f %%)\n", f->possible[i].p * 100);
    }
    if (f->remedy.size) {
        buf_append_text(out, "Remedy: ");
        escape_html(out, f->remedy);
        buf_append_text(out, "\n");
    }
}

static void add_failure(struct buf *out, const struct report_finding *f)
{
    buf_append_text(out, ">\n<failure");
    attribute(out, "message", f->title);
    attribute(out, "type", octets_of(finding_severity_name(f->severity)));
    buf_append_text(out, ">");
    add_words(out, f);
    buf_append_text(out, "</failure></testcase>\n");
}

static void add_skipped(struct buf *out, const struct report_finding *f)
{
    buf_append_format(out, ">\n<skipped message=\"%s%s", finding_verdict_name(f->verdict),
                      f->reason.size ? ": " : "");
    escape_html(out, f->reason);
    buf_append_text(out, "\"/></testcase>\n");
}

/* Exposed, and neither new nor grave enough: it passes, and is told. */
static void add_told(struct buf *out, const struct report_finding *f)
{
    buf_append_format(out, ">\n<system-out>%s, %s%s: ", finding_verdict_name(f->verdict),
                      finding_severity_name(f->severity), f->is_accepted ? ", accepted" : "");
    escape_html(out, f->title);
    buf_append_text(out, "\n");
    add_words(out, f);
    buf_append_text(out, "</system-out></testcase>\n");
}

static void add_case(struct report *r, const struct report_item *item,
                     const struct report_finding *f, struct buf *out)
{
    buf_append_text(out, "<testcase");
    attribute(out, "classname", item->name);
    attribute(out, "name", f->id);
    if (has_failed(r, f))
        add_failure(out, f);
    else if (is_skipped(f))
        add_skipped(out, f);
    else if (f->verdict == FINDING_EXPOSED)
        add_told(out, f);
    else
        buf_append_text(out, "/>\n");
}

/* Whether it could be asked at all. */
static void add_outcome(const struct report_item *item, struct buf *out)
{
    buf_append_text(out, "<testcase");
    attribute(out, "classname", item->name);
    attribute(out, "name", OCTETS("answers"));
    if (item->has_answered) {
        buf_append_text(out, "/>\n");
        return;
    }
    buf_append_text(out, ">\n<skipped message=\"");
    escape_html(out, item->outcome);
    buf_append_text(out, item->reason.size ? ": " : "");
    escape_html(out, item->reason);
    buf_append_text(out, "\"/></testcase>\n");
}

static enum err begin(struct report *r, struct buf *out)
{
    (void)r;
    buf_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<testsuites name=\"smtpscan\">\n");
    return buf_error(out);
}

static enum err add(struct report *r, const struct report_item *item, struct buf *out)
{
    size_t failures = 0, skipped = !item->has_answered;
    for (size_t i = 0; i < item->finding_count; i++) {
        failures += has_failed(r, &item->findings[i]);
        skipped += is_skipped(&item->findings[i]);
    }
    buf_append_text(out, "<testsuite");
    attribute(out, "name", item->name);
    buf_append_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"",
                      item->finding_count + 1, failures, skipped);
    if (item->time.size)
        attribute(out, "timestamp", item->time);
    buf_append_text(out, ">\n");
    add_outcome(item, out);
    for (size_t i = 0; i < item->finding_count; i++)
        add_case(r, item, &item->findings[i], out);
    buf_append_text(out, "</testsuite>\n");
    return buf_error(out);
}

static enum err end(struct report *r, struct buf *out)
{
    (void)r;
    buf_append_text(out, "</testsuites>\n");
    return buf_error(out);
}

const struct report_format report_junit = {"junit", begin, add, end};
