/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#define BARS_SHOWN ((size_t)12)
#define DAY_MS     ((uint64_t)24 * 60 * 60 * 1000)

/* ---- bars: a table, so that the figures are its text ---- */

static unsigned permille(uint64_t part, uint64_t whole)
{
    return whole ? (unsigned)((double)part / (double)whole * 1000 + 0.5) : 0;
}

struct scale {
    uint64_t longest, all;
};

/* A count as a bar of so much of the longest one, and as a share of all.  Without a class it has no
 * bar. */
static void add_bar(struct buf *out, struct octets name, const char *class, uint64_t count,
                    const struct scale *scale)
{
    buf_append_text(out, "<tr><th scope=\"row\">");
    escape_html(out, name);
    buf_append_text(out, "</th><td class=\"b\">");
    if (class)
        html_bar(out, class, permille(count, scale->longest));
    buf_append_text(out, "</td><td class=\"n\">");
    html_count(out, count);
    buf_append_format(out, "</td><td class=\"n\">%.1f&#160;%%</td></tr>\n",
                      scale->all ? 100 * (double)count / (double)scale->all : 0);
}

static void add_tally(struct buf *out, const char *title, const struct tally *t)
{
    const struct scale scale = {t->count ? t->rows[0].count : 0, t->total};
    uint64_t rest = t->total;
    if (!t->count)
        return;
    buf_append_format(out, "<figure><figcaption>%s</figcaption><table class=\"bars\">\n", title);
    for (size_t i = 0; i < t->count && i < BARS_SHOWN; i++) {
        add_bar(out, t->rows[i].name, "c1", t->rows[i].count, &scale);
        rest -= t->rows[i].count;
    }
    if (rest)
        add_bar(out, OCTETS("all others"), NULL, rest, &scale);
    buf_append_text(out, "</table></figure>\n");
}

static void add_severities(struct buf *out, const struct summary *s)
{
    struct scale scale = {0, 0};
    for (unsigned i = 0; i < FINDING_SEVERITY__COUNT; i++) {
        scale.longest = s->by_severity[i] > scale.longest ? s->by_severity[i] : scale.longest;
        scale.all += s->by_severity[i];
    }
    if (!scale.all)
        return;
    buf_append_text(out, "<figure><figcaption>Findings by severity</figcaption>"
                         "<table class=\"bars\">\n");
    for (unsigned i = FINDING_SEVERITY__COUNT; i-- > 0;) {
        const char *name = finding_severity_name((enum finding_severity)i);
        add_bar(out, octets_of(name), name, s->by_severity[i], &scale);
    }
    buf_append_text(out, "</table></figure>\n");
}

void html_figures(const struct report *r, struct buf *out)
{
    const struct summary *s = &r->summary;
    add_tally(out, "What came of the visits", &s->outcomes);
    add_severities(out, s);
    add_tally(out, "Software", &s->software);
    add_tally(out, "Software and versions", &s->versions);
    add_tally(out, "Ways to TLS", &s->starttls);
    add_tally(out, "TLS version agreed on", &s->tls);
}

/* ---- certificates ---- */

struct window {
    uint64_t from, to;
};

static unsigned place_in(const struct window *w, uint64_t ms)
{
    if (ms <= w->from)
        return 0;
    return ms >= w->to ? 1000 : permille(ms - w->from, w->to - w->from);
}

static void add_validity(struct buf *out, const struct window *w, const struct report *r,
                         uint64_t from, uint64_t to)
{
    unsigned begin = place_in(w, from), end = place_in(w, to), today = place_in(w, r->now_ms);
    const char *class = r->now_ms < from || r->now_ms > to ? "high"
                        : to - r->now_ms < 14 * DAY_MS     ? "medium"
                                                           : "ok";
    buf_append_format(
        out,
        "<svg class=\"line\" viewBox=\"0 0 1000 14\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><rect class=\"bg\" y=\"6\" width=\"1000\" height=\"2\"/>"
        "<rect class=\"%s\" x=\"%u\" y=\"3\" width=\"%u\" height=\"8\"/>"
        "<rect class=\"today\" x=\"%u\" width=\"3\" height=\"14\"/></svg>",
        class, begin, end > begin + 4 ? end - begin : 4, today > 997 ? 997 : today);
}

static void add_days_left(struct buf *out, const struct report *r, uint64_t to)
{
    bool is_over = to < r->now_ms;
    uint64_t days = (is_over ? r->now_ms - to : to - r->now_ms) / DAY_MS;
    html_count(out, days);
    buf_append_format(out, " day%s %s", days == 1 ? "" : "s", is_over ? "ago" : "left");
}

/* From a month ago to when the last of them ends, two years on at most. */
static struct window window_of(const struct report *r)
{
    const struct summary *s = &r->summary;
    uint64_t last = s->certificates[s->certificate_count - 1].not_after_ms,
             most = r->now_ms + 730 * DAY_MS, least = r->now_ms + 60 * DAY_MS;
    return (struct window){r->now_ms - 30 * DAY_MS, last > most    ? most
                                                    : last < least ? least
                                                                   : last};
}

void html_certificates(const struct report *r, struct buf *out)
{
    const struct summary *s = &r->summary;
    if (!s->certificate_count)
        return;
    struct window w = window_of(r);
    buf_append_text(out, "<section id=\"certificates\"><h2>Certificates</h2>\n"
                         "<p class=\"lead\">Those that end first. The bars run from ");
    html_day(out, w.from);
    buf_append_text(out, " to ");
    html_day(out, w.to);
    buf_append_text(out, "; the line is the day of this report, ");
    html_day(out, r->now_ms);
    buf_append_text(out, ".</p>\n<div class=\"scroll\"><table class=\"certs\"><thead><tr>"
                         "<th scope=\"col\">Seen at</th><th scope=\"col\">Ends</th>"
                         "<th scope=\"col\">Validity</th><th scope=\"col\">Subject</th>"
                         "</tr></thead><tbody>\n");
    for (size_t i = 0; i < s->certificate_count; i++) {
        const struct summary_certificate *c = &s->certificates[i];
        buf_append_format(out, "<tr><td><a href=\"#s%zu\">", c->number);
        escape_html(out, c->name);
        buf_append_text(out, "</a>");
        if (c->seen > 1) {
            buf_append_text(out, " and ");
            html_count(out, c->seen - 1);
            buf_append_text(out, " more");
        }
        buf_append_text(out, "</td><td>");
        html_day(out, c->not_after_ms);
        buf_append_text(out, " <small>");
        add_days_left(out, r, c->not_after_ms);
        buf_append_text(out, "</small></td><td class=\"b\">");
        add_validity(out, &w, r, c->not_before_ms, c->not_after_ms);
        buf_append_text(out, "</td><td>");
        escape_html(out, c->subject);
        buf_append_text(out, "</td></tr>\n");
    }
    buf_append_text(out, "</tbody></table></div></section>\n");
}

/* The leaf fills most of the width; what was issued long before begins at the edge. */
static struct window window_of_leaf(const struct report *r, const struct report_certificate *leaf)
{
    uint64_t from = leaf->not_before_ms < r->now_ms ? leaf->not_before_ms : r->now_ms,
             to = leaf->not_after_ms > r->now_ms ? leaf->not_after_ms : r->now_ms,
             edge = to > from ? (to - from) / 20 : 0;
    return (struct window){from > edge ? from - edge : 0, to + edge + 1};
}

void html_chain(const struct report *r, const struct report_tls *t, struct buf *out)
{
    if (!t->chain_count)
        return;
    struct window w = window_of_leaf(r, t->chain);
    buf_append_text(out, "<div class=\"scroll\"><table class=\"certs\">\n");
    for (size_t i = 0; i < t->chain_count && i < 8; i++) {
        const struct report_certificate *c = &t->chain[i];
        buf_append_text(out, "<tr><td>");
        escape_html(out, octets_sub(c->subject, 0, 160));
        if (c->key.size) {
            buf_append_text(out, " <small>");
            escape_html(out, octets_sub(c->key, 0, 60));
            buf_append_text(out, "</small>");
        }
        buf_append_text(out, "</td><td>");
        html_day(out, c->not_before_ms);
        buf_append_text(out, " to ");
        html_day(out, c->not_after_ms);
        buf_append_text(out, " <small>");
        add_days_left(out, r, c->not_after_ms);
        buf_append_text(out, "</small></td><td class=\"b\">");
        add_validity(out, &w, r, c->not_before_ms, c->not_after_ms);
        buf_append_text(out, "</td></tr>\n");
    }
    buf_append_text(out, "</table></div>\n");
}
