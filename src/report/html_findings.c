/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#include "publish.h"

/* ---- references ---- */

/* How many octets at the start of `text` are a name that has a page of its own: "RFC 5321",
 * "CVE-2019-10149".  0: none. */
static size_t reference_size(struct octets text, struct octets prefix, const char *more)
{
    size_t at = prefix.size;
    if (!octets_has_prefix(text, prefix))
        return 0;
    while (at < text.size && (octet_is_digit(text.at[at]) || strchr(more, text.at[at])))
        at++;
    return at > prefix.size && octet_is_digit(text.at[at - 1]) ? at : 0;
}

static void add_link(struct buf *out, const char *where, struct octets id, struct octets shown)
{
    buf_append_format(out, "<a rel=\"noreferrer\" href=\"%s", where);
    escape_html(out, id);
    buf_append_text(out, "\">");
    escape_html(out, shown);
    buf_append_text(out, "</a>");
}

/* Text in which RFCs and CVEs are links to where they are published. */
static void add_referring(struct buf *out, struct octets text)
{
    size_t plain = 0;
    for (size_t i = 0; i < text.size;) {
        struct octets rest = octets_sub(text, i, text.size);
        size_t rfc = reference_size(rest, OCTETS("RFC "), ""),
               cve = reference_size(rest, OCTETS("CVE-"), "-"), size = rfc + cve;
        if (!size) {
            i++;
            continue;
        }
        escape_html(out, octets_sub(text, plain, i));
        struct octets name = octets_sub(rest, 0, size);
        if (rfc)
            add_link(out, "https://www.rfc-editor.org/rfc/rfc",
                     octets_sub(name, OCTETS("RFC ").size, name.size), name);
        else
            add_link(out, "https://www.cve.org/CVERecord?id=", name, name);
        i += size;
        plain = i;
    }
    escape_html(out, octets_sub(text, plain, text.size));
}

static void add_sources(const struct audit_check *c, struct buf *out)
{
    if (!c->sources.count)
        return;
    buf_append_text(out, "<p class=\"src\">References: ");
    for (size_t i = 0; i < c->sources.count; i++) {
        buf_append_text(out, i ? "; " : "");
        add_referring(out, c->sources.at[i].text);
    }
    buf_append_text(out, "</p>\n");
}

static void add_joined(const char *element, const struct stanza_values *values, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_TEXT_MAX);
    report_join(&text, values);
    html_element(out, element, buf_octets(&text));
    buf_release(&text);
}

/* ---- one finding ---- */

static void add_possible(const struct report_finding *f, struct buf *out)
{
    if (!f->possible_count)
        return;
    buf_append_text(out, "<ul class=\"possible\">");
    for (size_t i = 0; i < f->possible_count; i++) {
        const struct report_possible *p = &f->possible[i];
        buf_append_text(out, "<li>");
        add_referring(out, p->id);
        buf_append_format(out, " <span class=\"n\">%.0f&#160;%%</span> ", p->p * 100);
        if (p->ended.size) {
            buf_append_text(out, "ended on ");
            escape_html(out, p->ended);
        } else {
            html_severity(out, p->severity, "");
        }
        buf_append_text(out, p->is_exploited ? " <em>exploited</em>" : "");
        if (p->fixed.size) {
            buf_append_text(out, " fixed in ");
            escape_html(out, p->fixed);
        }
        buf_append_text(out, "</li>");
    }
    if (f->more)
        buf_append_format(out, "<li>and %llu more</li>", (unsigned long long)f->more);
    buf_append_text(out, "</ul>\n");
}

static void add_evidence(const struct report_finding *f, struct buf *out)
{
    if (!f->evidence_count)
        return;
    buf_append_text(out, "<pre class=\"ex\">");
    for (size_t i = 0; i < f->evidence_count; i++) {
        escape_html(out, f->evidence[i]);
        buf_append_text(out, "\n");
    }
    buf_append_text(out, "</pre>\n");
}

static void add_published(void *owner, struct octets line)
{
    struct buf *out = owner;
    escape_html(out, line);
    buf_append_text(out, "\n");
}

/* The check's remedy for all, then the lines for this product or domain. */
static void add_remedy(const struct report_finding *f, const struct report_names *names,
                       struct buf *out)
{
    struct buf general;
    buf_init(&general, REPORT_TEXT_MAX);
    if (f->check)
        report_join(&general, &f->check->remedy);
    html_element(out, "p class=\"remedy\"", buf_octets(&general));
    if (f->remedy.size && !octets_is_equal(f->remedy, buf_octets(&general)))
        html_element(out, "pre class=\"conf\"", f->remedy);
    if (names && f->check && f->check->configure.count) {
        buf_append_text(out, "<pre class=\"conf\">");
        report_publish(f->check, names, add_published, out);
        buf_append_text(out, "</pre>\n");
    }
    buf_release(&general);
}

/* The id, leading to what is said of the check above. */
static void add_id(const struct report *r, struct octets id, struct buf *out)
{
    uint32_t number = summary_group_number(&r->summary, id);
    if (number != INTERN_UNSEEN)
        buf_append_format(out, "<a class=\"id\" href=\"#f%u\">", (unsigned)number);
    html_element(out, "code", id);
    buf_append_text(out, number != INTERN_UNSEEN ? "</a>" : "");
}

void html_finding(const struct report *r, const struct report_finding *f,
                  const struct report_names *names, struct buf *out)
{
    buf_append_text(out, "<section class=\"fd\"><h4>");
    html_severity(out, f->severity, "");
    buf_append_text(out, " ");
    escape_html(out, f->title);
    if (f->possible_count)
        buf_append_format(out, " <span class=\"n\">(%.0f&#160;%%)</span>", f->p * 100);
    buf_append_text(out, " ");
    add_id(r, f->id, out);
    buf_append_text(out, "</h4>\n");
    add_evidence(f, out);
    html_element(out, "p", f->reason);
    add_possible(f, out);
    if (f->check)
        add_joined("p class=\"means\"", &f->check->means, out);
    add_remedy(f, names, out);
    buf_append_text(out, "</section>\n");
}

/* ---- the rest ---- */

/* "safe" and "not asked" as lists of ids: what was looked at, in as little room as can be. */
static void add_ids(const struct report_item *item, enum finding_verdict verdict, const char *title,
                    struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < item->finding_count; i++) {
        const struct report_finding *f = &item->findings[i];
        if (f->verdict != verdict)
            continue;
        if (!any)
            buf_append_format(out, "<p class=\"ids\"><b>%s</b>", title);
        any = true;
        buf_append_text(out, " ");
        html_element(out, "code", f->id);
    }
    buf_append_text(out, any ? "</p>\n" : "");
}

static bool is_listed(const struct report_finding *f)
{
    return f->verdict == FINDING_UNTESTABLE || f->verdict == FINDING_NOTED || f->is_accepted;
}

static void add_listed(const struct report_finding *f, struct buf *out)
{
    struct octets words = f->reason.size      ? f->reason
                          : f->evidence_count ? f->evidence[f->evidence_count - 1]
                                              : OCTETS_NONE;
    buf_append_format(out, "<li><i>%s</i> ",
                      f->is_accepted ? "accepted" : finding_verdict_name(f->verdict));
    escape_html(out, f->title);
    buf_append_text(out, " ");
    html_element(out, "code", f->id);
    if (words.size)
        html_element(out, "q", octets_sub(words, 0, 200));
    buf_append_text(out, "</li>");
}

void html_rest(const struct report_item *item, struct buf *out)
{
    size_t listed = 0;
    for (size_t i = 0; i < item->finding_count; i++)
        listed += is_listed(&item->findings[i]);
    if (listed) {
        buf_append_text(out, "<ul class=\"rest\">");
        for (size_t i = 0; i < item->finding_count; i++)
            if (is_listed(&item->findings[i]))
                add_listed(&item->findings[i], out);
        buf_append_text(out, "</ul>\n");
    }
    add_ids(item, FINDING_SAFE, "Safe", out);
    add_ids(item, FINDING_NOT_ASKED, "Not asked", out);
}

/* ---- by check ---- */

static void add_places(const struct summary_group *g, struct buf *out)
{
    buf_append_text(out, "<p class=\"at\">At");
    for (size_t i = 0; i < g->place_count; i++) {
        buf_append_format(out, "%s <a href=\"#%c%zu\">", i ? "," : "",
                          g->places[i].kind == REPORT_SERVICE ? 's' : 'd', g->places[i].number);
        escape_html(out, g->places[i].name);
        buf_append_text(out, "</a>");
    }
    if (g->total > g->place_count) {
        buf_append_text(out, " and ");
        html_count(out, g->total - g->place_count);
        buf_append_text(out, " more");
    }
    buf_append_text(out, "</p>\n");
}

static void add_group(const struct report *r, const struct summary_group *g, struct buf *out)
{
    buf_append_format(out, "<details class=\"gr\" id=\"f%u\"><summary>",
                      (unsigned)summary_group_number(&r->summary, g->id));
    html_severity(out, g->severity, "");
    buf_append_text(out, "<span class=\"t\">");
    escape_html(out, g->title);
    buf_append_text(out, " ");
    html_element(out, "code", g->id);
    buf_append_text(out, "</span><span class=\"n\">");
    html_count(out, g->total);
    buf_append_text(out, "</span></summary>\n");
    if (g->check) {
        add_joined("p class=\"means\"", &g->check->means, out);
        add_joined("p class=\"remedy\"", &g->check->remedy, out);
        if (g->check->configure.count) {
            buf_append_text(out, "<pre class=\"conf\">");
            for (size_t i = 0; i < g->check->configure.count; i++)
                add_published(out, g->check->configure.at[i].text);
            buf_append_text(out, "</pre>\n");
        }
        add_sources(g->check, out);
    }
    add_places(g, out);
    buf_append_text(out, "</details>\n");
}

void html_groups(const struct report *r, struct buf *out)
{
    for (size_t i = 0; i < r->summary.group_count; i++)
        add_group(r, r->summary.groups[i], out);
    if (!r->summary.group_count)
        buf_append_text(out, "<p>Nothing is exposed that was looked for.</p>\n");
}
