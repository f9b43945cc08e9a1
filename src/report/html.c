/* SPDX-License-Identifier: Apache-2.0 */
#include "html_parts.h"

#include <openssl/evp.h>

#include "../base/bundle.h"

/*
 * One page that needs nothing else: data/report/page.html with its marks filled in.  Its policy
 * (CSP) allows its own style and script by their hashes and nothing besides, so that even a missed
 * escape would run nothing and ask nobody.
 *
 * Services and domains are written as their records come and held until the end, for the worst
 * stand first.
 */
#define PAGE_FOLDER "report/"
#define HEAD_SHOWN  ((size_t)6)
#define WHOLE_MAX   ((size_t)1000) /* services; of more, what opens waits as text */

/* ---- the parts that are files ---- */

static struct octets file(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, PAGE_FOLDER "%s", name);
    for (size_t i = 0; i < bundle_built_in.count; i++)
        if (strcmp(bundle_built_in.files[i].path, path) == 0)
            return bundle_built_in.files[i].text;
    return OCTETS_NONE;
}

static void add_text(struct octets text, struct buf *out)
{
    buf_append(out, text);
}

/* A source expression of CSP level 2: the hash of what stands between the tags. */
static void add_hash(struct octets text, struct buf *out)
{
    uint8_t hash[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(text.at, text.size, hash, &size, EVP_sha256(), NULL) != 1) {
        buf_append_text(out, "'none'"); /* then nothing of it is allowed */
        return;
    }
    int length = EVP_EncodeBlock(base64, hash, (int)size);
    buf_append_text(out, "'sha256-");
    buf_append(out, (struct octets){base64, (size_t)length});
    buf_append_text(out, "'");
}

/* {{mark}} in page.html: a file, or its hash. */
static const struct file_part {
    const char *mark, *name;
    void (*add)(struct octets text, struct buf *out);
} file_parts[] = {
    {"style", "style.css", add_text},
    {"style-hash", "style.css", add_hash},
    {"script", "page.js", add_text},
    {"script-hash", "page.js", add_hash},
};

/* ---- the head ---- */

static void add_version(const struct report *r, struct buf *out)
{
    escape_html(out, octets_of(r->version));
}

static void add_about(const struct report *r, struct buf *out)
{
    const struct summary *s = &r->summary;
    html_count(out, r->services);
    buf_append_format(out, " service%s", r->services == 1 ? "" : "s");
    if (r->domains) {
        buf_append_text(out, " and ");
        html_count(out, r->domains);
        buf_append_format(out, " domain%s", r->domains == 1 ? "" : "s");
    }
    if (s->first_ms) {
        buf_append_text(out, ", visited ");
        html_day(out, s->first_ms);
        if (s->first_ms / 86400000 != s->last_ms / 86400000) {
            buf_append_text(out, " to ");
            html_day(out, s->last_ms);
        }
    }
}

/* Services that answered by the gravest thing that is exposed there, as one bar. */
static void add_strip(const struct summary *s, struct buf *out)
{
    double at = 0;
    buf_append_text(out, "<svg class=\"strip\" viewBox=\"0 0 1000 10\" "
                         "preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (unsigned i = FINDING_SEVERITY__COUNT + 1; i-- > 0;) {
        unsigned k = i == 0 ? SUMMARY_NONE : i - 1; /* none comes last */
        double width = s->answered ? 1000 * (double)s->by_worst[k] / (double)s->answered : 0;
        if (!s->by_worst[k])
            continue;
        buf_append_format(
            out, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>",
            k == SUMMARY_NONE ? "ok" : finding_severity_name((enum finding_severity)k), at, width);
        at += width;
    }
    buf_append_text(out, "</svg>\n");
}

static void add_tiles(const struct summary *s, struct buf *out)
{
    buf_append_text(out, "<ul class=\"tiles\">");
    for (unsigned i = FINDING_SEVERITY__COUNT; i-- > 1;) {
        const char *name = finding_severity_name((enum finding_severity)i);
        buf_append_format(out, "<li class=\"%s\"><a href=\"#services\" data-least=\"%u\"><b>", name,
                          i + 1);
        html_count(out, s->by_worst[i]);
        buf_append_format(out, "</b> %s</a></li>", name);
    }
    buf_append_text(out, "<li class=\"ok\"><b>");
    html_count(out, s->by_worst[SUMMARY_NONE] + s->by_worst[FINDING_INFO]);
    buf_append_text(out, "</b> nothing exposed</li></ul>\n");
}

static void add_worst(const struct summary *s, struct buf *out)
{
    if (!s->row_count || s->rows[0].worst == SUMMARY_NONE)
        return;
    buf_append_text(out, "<h3>Look at these first</h3>\n<ol class=\"worst\">");
    for (size_t i = 0; i < s->row_count && i < HEAD_SHOWN && s->rows[i].worst != SUMMARY_NONE;
         i++) {
        const struct summary_row *row = &s->rows[i];
        buf_append_text(out, "<li>");
        html_severity(out, row->worst, "");
        buf_append_format(out, " <a href=\"#s%zu\">", row->number);
        escape_html(out, row->name);
        buf_append_text(out, "</a> <span>");
        escape_html(out, row->software);
        buf_append_format(out, "</span> <small class=\"n\">%zu exposed</small></li>\n",
                          row->exposed);
    }
    buf_append_text(out, "</ol>\n");
}

static void add_summary(const struct report *r, struct buf *out)
{
    const struct summary *s = &r->summary;
    if (!s->answered) {
        buf_append_text(out, "<p class=\"lead\">No service answered.</p>\n");
        return;
    }
    buf_append_text(out, "<p class=\"lead\">Of ");
    html_count(out, s->answered);
    buf_append_text(out, " that answered, by the gravest thing that is exposed:</p>\n");
    add_strip(s, out);
    add_tiles(s, out);
    if (s->altered) {
        buf_append_text(out, "<p>");
        html_count(out, s->altered);
        buf_append_format(out, " greet%s as what %s.</p>\n", s->altered == 1 ? "s" : "",
                          s->altered == 1 ? "it is not" : "they are not");
    }
    add_worst(s, out);
}

/* ---- the lists ---- */

/* A page of 10,000 services whose details are all elements takes longer to open than its readers
 * wait.  So they stand in data blocks then, which the browser takes as one text and page.js makes
 * elements of.  Nothing in them ends a block early: a "<" of anybody else's is escaped. */
static void add_rows(const struct summary_row *rows, size_t count, const struct buf *text,
                     struct buf *out)
{
    bool waits = count > WHOLE_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct summary_row *row = &rows[i];
        if (row->begin == row->end)
            continue;
        buf_append(out, octets_sub(buf_octets(text), row->begin, row->middle));
        buf_append_text(out, waits ? "<script type=\"text/html\">" : "");
        buf_append(out, octets_sub(buf_octets(text), row->middle, row->end));
        buf_append_text(out, waits ? "</script></details>\n" : "</details>\n");
    }
}

static void add_services(const struct report *r, struct buf *out)
{
    if (r->summary.row_count > WHOLE_MAX)
        buf_append_text(out, "<noscript><p class=\"note\">There are so many that their details "
                             "open with JavaScript only.</p></noscript>\n");
    add_rows(r->summary.rows, r->summary.row_count, &r->text, out);
    if (r->is_cut)
        buf_append_text(out, "<p class=\"note\">Not all are listed: this page is long enough. "
                             "The figures are of all; --format csv has a row for each.</p>\n");
}

static void add_domains(const struct report *r, struct buf *out)
{
    if (!r->summary.domain_count)
        return;
    buf_append_text(out, "<section id=\"domains\"><h2>Domains</h2>\n"
                         "<p class=\"lead\">What they publish for their mail, held against what "
                         "their servers showed.</p>\n");
    add_rows(r->summary.domains, r->summary.domain_count, &r->domain_text, out);
    buf_append_text(out, "</section>\n");
}

/* One option of the filter for each outcome that there is. */
static void add_outcomes(const struct report *r, struct buf *out)
{
    const struct tally *t = &r->summary.outcomes;
    for (size_t i = 0; i < t->count && i < 30; i++) {
        buf_append_text(out, "<option>");
        escape_html(out, octets_sub(t->rows[i].name, 0, 40));
        buf_append_text(out, "</option>");
    }
}

/* ---- the page ---- */

/* clang-format off */
static const struct part {
    const char *mark;
    void (*add)(const struct report *r, struct buf *out);
} parts[] = {
    {"version",      add_version},
    {"about",        add_about},
    {"summary",      add_summary},
    {"groups",       html_groups},
    {"figures",      html_figures},
    {"certificates", html_certificates},
    {"domains",      add_domains},
    {"outcomes",     add_outcomes},
    {"services",     add_services},
};
/* clang-format on */

static void add_part(const struct report *r, struct octets mark, struct buf *out)
{
    for (size_t i = 0; i < sizeof file_parts / sizeof *file_parts; i++)
        if (octets_is_equal(mark, octets_of(file_parts[i].mark)))
            file_parts[i].add(file(file_parts[i].name), out);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (octets_is_equal(mark, octets_of(parts[i].mark)))
            parts[i].add(r, out);
}

static enum err begin(struct report *r, struct buf *out)
{
    (void)r;
    return buf_error(out);
}

static enum err add(struct report *r, const struct report_item *item, struct buf *out)
{
    bool is_service = item->kind == REPORT_SERVICE;
    struct buf *text = is_service ? &r->text : &r->domain_text;
    struct summary_row *row;
    enum err e = summary_add(&r->summary, item, &row);
    (void)out;
    if (e)
        return e;
    if (text->size > (item->exposed ? r->shown_octets : r->shown_octets / 2)) {
        r->is_cut = true;
        return ERR_OK;
    }
    row->begin = text->size;
    (is_service ? html_service_line : html_domain_line)(item, row, text);
    row->middle = text->size;
    (is_service ? html_service : html_domain)(r, item, row, text);
    row->end = text->size;
    return buf_error(text);
}

static enum err end(struct report *r, struct buf *out)
{
    struct octets page = file("page.html");
    summary_sort(&r->summary);
    while (page.size) {
        size_t mark = octets_find(page, OCTETS("{{"), 0),
               close = octets_find(page, OCTETS("}}"), mark);
        buf_append(out, octets_sub(page, 0, mark));
        add_part(r, octets_sub(page, mark + 2, close), out);
        page = octets_sub(page, close + 2, page.size);
    }
    return buf_error(out);
}

const struct report_format report_html = {"html", begin, add, end};
