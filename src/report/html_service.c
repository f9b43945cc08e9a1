/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#define LINE_SHOWN  ((size_t)1000) /* octets */
#define LINES_SHOWN ((size_t)60)

/* At most so many octets; it says when there is more. */
static void add_cut(struct buf *out, struct octets text)
{
    escape_html(out, octets_sub(text, 0, LINE_SHOWN));
    if (text.size > LINE_SHOWN)
        buf_append_format(out, " [and %zu octets more]", text.size - LINE_SHOWN);
}

static void begin_term(struct buf *out, const char *name)
{
    buf_append_format(out, "<dt>%s</dt><dd>", name);
}

static void add_term(struct buf *out, const char *name, struct octets text)
{
    if (!text.size)
        return;
    begin_term(out, name);
    add_cut(out, text);
    buf_append_text(out, "</dd>\n");
}

/* ---- the line that is always seen ---- */

static void add_software_short(const struct report_item *item, const struct summary_row *row,
                               struct buf *out)
{
    const struct report_software *s = &item->software;
    buf_append_text(out, "<span class=\"s\">");
    if (s->is_there)
        html_element(out, s->is_unknown ? "i" : "span", row->software);
    else if (!item->has_answered)
        html_element(out, "i", item->outcome);
    if (s->is_there && !s->is_unknown)
        buf_append_format(out, " <small class=\"n\">%.1f&#160;%%</small>", s->confidence * 100);
    if (s->is_altered)
        buf_append_text(out, " <b class=\"tag\">greeting altered</b>");
    buf_append_text(out, "</span>");
}

static void add_tls_short(const struct report_item *item, struct buf *out)
{
    buf_append_text(out, "<span class=\"x\">");
    if (item->tls.is_up)
        escape_html(out, octets_sub(item->tls.version, 0, 12));
    else if (item->has_answered && item->starttls)
        buf_append_text(out,
                        item->starttls == REPORT_STARTTLS_NOT_OFFERED ? "no TLS" : "TLS not up");
    buf_append_text(out, "</span>");
}

void html_service_line(const struct report_item *item, const struct summary_row *row,
                       struct buf *out)
{
    buf_append_format(out, "<details class=\"row\" id=\"s%zu\" data-w=\"%u\" data-o=\"",
                      row->number, item->worst == SUMMARY_NONE ? 0 : (unsigned)item->worst + 1);
    escape_html(out, octets_sub(item->outcome, 0, 40));
    buf_append_text(out, "\"><summary>");
    html_severity(out, item->worst, item->has_answered ? "none" : "no answer");
    buf_append_text(out, "<span class=\"w\"><b>");
    escape_html(out, row->name);
    buf_append_text(out, "</b>");
    if (item->host.size)
        html_element(out, "small", item->address);
    if (item->domain.size && !octets_is_equal(item->domain, item->host))
        html_element(out, "small", octets_sub(item->domain, 0, 255));
    buf_append_text(out, "</span>");
    add_software_short(item, row, out);
    add_tls_short(item, out);
    buf_append_text(out, "<span class=\"n\">");
    if (item->exposed)
        buf_append_format(out, "%zu exposed", item->exposed);
    buf_append_text(out, "</span></summary>\n");
}

/* ---- who ---- */

static void add_evidence(const struct report_item *item, struct buf *out)
{
    struct members m = {.arena = item->arena};
    const json_t *all = json_object_get(json_object_get(item->json, "software"), "evidence");
    size_t count = json_array_size(all);
    if (!count)
        return;
    buf_append_text(out, "<div class=\"scroll\"><table class=\"ev\"><thead><tr>"
                         "<th scope=\"col\">Asked</th><th scope=\"col\">Answer, masked</th>"
                         "<th scope=\"col\" class=\"n\">Bits</th></tr></thead>\n");
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(all, i);
        buf_append_text(out, "<tr><td>");
        escape_html(out, member_text(&m, one, "ask"));
        buf_append_text(out, "</td><td><code>");
        add_cut(out, member_text(&m, one, "reply"));
        buf_append_format(out, "</code></td><td class=\"n\">%+.1f</td></tr>\n",
                          json_number_value(json_object_get(one, "bits")));
    }
    buf_append_text(out, "</table></div>\n");
}

static void add_altered(const struct report_software *s, struct buf *out)
{
    buf_append_text(out, "<p class=\"note\">The greeting claims ");
    html_element(out, "b", s->claim_product);
    if (s->claim_version.size) {
        buf_append_text(out, " ");
        escape_html(out, octets_sub(s->claim_version, 0, 60));
    }
    buf_append_text(out, "; the server behaves as ");
    html_element(out, "b", s->product);
    buf_append_text(out, ".</p>\n");
}

static void add_who(const struct report_item *item, const struct summary_row *row, struct buf *out)
{
    const struct report_software *s = &item->software;
    buf_append_text(out, "<h3>Who</h3>\n");
    if (s->is_altered)
        add_altered(s, out);
    buf_append_text(out, "<dl>");
    if (s->is_there) {
        begin_term(out, "Software");
        html_element(out, "b", row->software);
        buf_append_format(out, " <span class=\"conf-n\">%.1f&#160;%% sure ", s->confidence * 100);
        html_bar(out, s->is_unknown ? "c0" : "c1", (unsigned)(s->confidence * 1000));
        buf_append_text(out, "</span></dd>\n");
        add_term(out, "Maker", s->vendor);
        add_term(out, "Greeting claims", s->claim_product);
        add_term(out, "In front", s->front.size ? s->front : s->claim_front);
    }
    add_term(out, "Provider", item->provider);
    add_term(out, "Outcome", item->has_answered ? OCTETS_NONE : item->outcome);
    add_term(out, "At", item->stage);
    add_term(out, "Because", item->reason);
    add_term(out, "Visited", item->time);
    buf_append_text(out, "</dl>\n");
    add_evidence(item, out);
}

/* ---- TLS ---- */

static void add_tls(const struct report *r, const struct report_item *item, struct buf *out)
{
    const struct report_tls *t = &item->tls;
    if (!item->starttls && !t->is_up)
        return;
    buf_append_format(out, "<h3>TLS</h3>\n<p>%s", report_starttls_name(item->starttls));
    if (t->is_up) {
        struct octets words[] = {t->version, t->cipher, t->group};
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            buf_append_text(out, !words[i].size ? "" : i ? " " : ": ");
            escape_html(out, octets_sub(words[i], 0, 80));
        }
        buf_append_text(out, t->is_trusted ? "; trusted" : "; not trusted");
        if (t->verify_error.size) {
            buf_append_text(out, " (");
            escape_html(out, octets_sub(t->verify_error, 0, 120));
            buf_append_text(out, ")");
        }
        if (t->has_name)
            buf_append_text(out, t->name_matches ? ", name matches" : ", name does not match");
    }
    buf_append_text(out, "</p>\n");
    html_chain(r, t, out);
}

/* ---- what it says ---- */

static void add_lines(struct members *m, const json_t *reply, const char *title, struct buf *out)
{
    const json_t *lines = json_object_get(reply, "lines");
    size_t count = json_array_size(lines);
    uint64_t code = member_number(reply, "code", 999);
    if (!count)
        return;
    buf_append_format(out, "<dt>%s</dt><dd><pre>", title);
    for (size_t i = 0; i < count && i < LINES_SHOWN; i++) {
        if (code)
            buf_append_format(out, "%llu%c", (unsigned long long)code, i + 1 < count ? '-' : ' ');
        add_cut(out, member_octets(m, json_array_get(lines, i)));
        buf_append_text(out, "\n");
    }
    if (count > LINES_SHOWN)
        buf_append_format(out, "[and %zu lines more]\n", count - LINES_SHOWN);
    buf_append_text(out, "</pre></dd>\n");
}

static void add_says(const struct report_item *item, struct buf *out)
{
    static const struct {
        const char *member, *title;
    } replies[] = {{"greeting", "Greeting"},
                   {"ehlo", "EHLO"},
                   {"ehlo_tls", "EHLO under TLS"},
                   {"helo", "HELO"}};
    struct members m = {.arena = item->arena};
    buf_append_text(out, "<h3>What it says</h3>\n<dl class=\"says\">");
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
        add_lines(&m, json_object_get(item->json, replies[i].member), replies[i].title, out);
    buf_append_text(out, "</dl>\n");
}

static void add_cost(const struct report_item *item, struct buf *out)
{
    const json_t *cost = json_object_get(item->json, "cost");
    buf_append_format(
        out, "<p class=\"src\">%llu connections, %llu commands, %llu errors provoked, %.1f s</p>\n",
        (unsigned long long)member_number(cost, "connections", UINT32_MAX),
        (unsigned long long)member_number(cost, "commands", UINT32_MAX),
        (unsigned long long)member_number(cost, "errors_provoked", UINT32_MAX),
        (double)member_number(cost, "duration_ms", UINT32_MAX) / 1000);
}

void html_service(const struct report *r, const struct report_item *item,
                  const struct summary_row *row, struct buf *out)
{
    buf_append_text(out, "<div class=\"in\">\n");
    add_who(item, row, out);
    if (item->finding_count)
        buf_append_text(out, "<h3>Findings</h3>\n");
    for (size_t i = 0; i < item->finding_count; i++)
        if (report_finding_counts(&item->findings[i]))
            html_finding(r, &item->findings[i], NULL, out);
    html_rest(item, out);
    add_tls(r, item, out);
    if (item->has_answered || json_object_get(item->json, "greeting"))
        add_says(item, out);
    add_cost(item, out);
    buf_append_text(out, "</div>");
}
