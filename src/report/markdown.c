/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "../base/clock.h"
#include "../base/escape.h"

/*
 * A summary for issues, chats and pull requests (GitHub Flavored Markdown): figures, what is
 * exposed by check, the services with the worst first.  Foreign text stands in code spans; titles and
 * remedies are the catalogue's own words, in which nothing but markup of HTML could do harm.
 */
#define SERVERS_SHOWN ((size_t)50)
#define PLACES_SHOWN  ((size_t)10)

static enum err begin(struct report *r, struct buf *out)
{
    (void)r;
    return buf_error(out);
}

static enum err add(struct report *r, const struct report_item *item, struct buf *out)
{
    struct summary_row *row;
    (void)out;
    return summary_add(&r->summary, item, &row);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void add_head(const struct report *r, struct buf *out)
{
    const struct summary *s = &r->summary;
    buf_append_format(out, "# Mail servers\n\n%llu service%s", (unsigned long long)r->services,
                      plural(r->services));
    if (r->domains)
        buf_append_format(out, " and %llu domain%s", (unsigned long long)r->domains,
                          plural(r->domains));
    if (s->first_ms) {
        buf_append_text(out, ", visited from ");
        clock_append_rfc3339(out, s->first_ms);
        buf_append_text(out, " to ");
        clock_append_rfc3339(out, s->last_ms);
    }
    buf_append_format(out, ". %llu answered. smtpscan %s.\n\n", (unsigned long long)s->answered,
                      r->version);
    buf_append_text(out, "| severity | findings | services with nothing graver |\n"
                         "|---|--:|--:|\n");
    for (unsigned i = FINDING_SEVERITY__COUNT; i-- > 0;)
        buf_append_format(
            out, "| %s | %llu | %llu |\n", finding_severity_name((enum finding_severity)i),
            (unsigned long long)s->by_severity[i], (unsigned long long)s->by_worst[i]);
    buf_append_format(out, "| none | | %llu |\n\n", (unsigned long long)s->by_worst[SUMMARY_NONE]);
}

static void add_group(const struct summary_group *g, struct buf *out)
{
    buf_append_format(out, "### %s: ", finding_severity_name(g->severity));
    if (g->check)
        escape_html(out, g->title);
    else
        escape_markdown(out, g->id);
    buf_append_text(out, "\n\n");
    escape_markdown(out, g->id);
    buf_append_format(out, " at %llu place%s: ", (unsigned long long)g->total, plural(g->total));
    for (size_t i = 0; i < g->place_count && i < PLACES_SHOWN; i++) {
        buf_append_text(out, i ? ", " : "");
        escape_markdown(out, g->places[i].name);
    }
    buf_append_text(out, g->total > PLACES_SHOWN ? " and more.\n\n" : ".\n\n");
    if (g->check && g->check->remedy.count) {
        struct buf remedy;
        buf_init(&remedy, REPORT_TEXT_MAX);
        report_join(&remedy, &g->check->remedy);
        escape_html(out, buf_octets(&remedy));
        buf_append_text(out, "\n\n");
        buf_release(&remedy);
    }
    for (size_t i = 0; g->check && i < g->check->configure.count; i++) {
        buf_append_text(out, "- ");
        escape_markdown(out, g->check->configure.at[i].text);
        buf_append_text(out, i + 1 < g->check->configure.count ? "\n" : "\n\n");
    }
}

static void add_rows(const char *title, const struct summary_row *rows, size_t count,
                     struct buf *out)
{
    if (!count)
        return;
    buf_append_format(out, "## %s\n\n| name | software | worst | exposed |\n|---|---|---|--:|\n",
                      title);
    for (size_t i = 0; i < count && i < SERVERS_SHOWN; i++) {
        buf_append_text(out, "| ");
        escape_markdown(out, rows[i].name);
        buf_append_text(out, " | ");
        escape_markdown(out, rows[i].has_answered ? rows[i].software : rows[i].outcome);
        buf_append_format(out, " | %s | %zu |\n",
                          rows[i].worst != SUMMARY_NONE ? finding_severity_name(rows[i].worst)
                          : rows[i].has_answered        ? "none"
                                                        : "",
                          rows[i].exposed);
    }
    if (count > SERVERS_SHOWN)
        buf_append_format(out, "\nand %zu more.\n", count - SERVERS_SHOWN);
    buf_append_text(out, "\n");
}

static enum err end(struct report *r, struct buf *out)
{
    struct summary *s = &r->summary;
    summary_sort(s);
    add_head(r, out);
    if (s->group_count)
        buf_append_text(out, "## What is exposed\n\n");
    for (size_t i = 0; i < s->group_count; i++)
        add_group(s->groups[i], out);
    add_rows("Services, the worst first", s->rows, s->row_count, out);
    add_rows("Domains, the worst first", s->domains, s->domain_count, out);
    return buf_error(out);
}

const struct report_format report_markdown = {"markdown", begin, add, end};
