/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include "../base/clock.h"
#include "../base/escape.h"

/*
 * RFC 4180: lines end with CRLF, the first one names the columns.  Every field that a server may
 * have had a hand in is quoted and begins no formula (escape_csv); what is longer than a cell can
 * be is cut.
 */

/* A cell of Excel holds 32,767 characters, and an octet becomes four at most. */
#define CELL_OCTETS ((size_t)8000)

struct cells {
    struct buf *out;
    bool has_cells;
};

static void separate(struct cells *c)
{
    buf_append_text(c->out, c->has_cells ? "," : "");
    c->has_cells = true;
}

static void cell(struct cells *c, struct octets text)
{
    separate(c);
    if (text.size)
        escape_csv(c->out, octets_sub(text, 0, CELL_OCTETS));
}

static void cell_text(struct cells *c, const char *text)
{
    cell(c, octets_of(text));
}

static void cell_number(struct cells *c, uint64_t n)
{
    separate(c);
    buf_append_number(c->out, n);
}

/* Empty where it is not known. */
static void cell_bool(struct cells *c, bool is_known, bool value)
{
    cell_text(c, !is_known ? "" : value ? "yes" : "no");
}

static void cell_probability(struct cells *c, bool is_known, double p)
{
    separate(c);
    if (is_known)
        buf_append_format(c->out, "%.3f", p);
}

static void cell_time(struct cells *c, uint64_t ms)
{
    separate(c);
    if (ms)
        clock_append_rfc3339(c->out, ms);
}

/* The ids of what is exposed, parted by blanks. */
static void cell_exposed(struct cells *c, const struct report_item *item)
{
    struct buf ids;
    buf_init(&ids, REPORT_TEXT_MAX);
    for (size_t i = 0; i < item->finding_count; i++) {
        if (!report_finding_counts(&item->findings[i]))
            continue;
        buf_append_text(&ids, ids.size ? " " : "");
        buf_append(&ids, item->findings[i].id);
    }
    cell(c, buf_octets(&ids));
    buf_release(&ids);
}

/* Lines of a text joined: a cell has one. */
static void cell_lines(struct cells *c, const struct octets *lines, size_t count)
{
    struct buf text;
    buf_init(&text, REPORT_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(&text, i ? " / " : "");
        buf_append(&text, lines[i]);
    }
    cell(c, buf_octets(&text));
    buf_release(&text);
}

/* ---- a row a service or domain ---- */

static void add_where(struct cells *c, const struct report_item *item)
{
    cell_text(c, item->kind == REPORT_SERVICE ? "service" : "domain");
    cell(c, item->time);
    cell(c, item->input);
    cell(c, item->domain);
    cell(c, item->host);
    cell(c, item->address);
    if (item->port)
        cell_number(c, item->port);
    else
        cell_text(c, "");
}
#define COLUMNS_WHERE "type,time,input,domain,host,address,port"

static void add_software(struct cells *c, const struct report_software *s)
{
    cell(c, s->is_there && s->is_unknown ? OCTETS("unknown") : s->product);
    cell(c, s->low);
    cell(c, s->high);
    cell_probability(c, s->is_there, s->confidence);
    cell(c, s->front);
    cell_bool(c, s->is_there && s->claim.size, s->is_altered);
    cell(c, s->claim);
}
#define COLUMNS_SOFTWARE "product,version_low,version_high,confidence,front,altered,greeting_claims"

static void add_tls(struct cells *c, const struct report_item *item)
{
    const struct report_tls *t = &item->tls;
    struct report_certificate none = {0};
    const struct report_certificate *leaf = t->chain_count ? t->chain : &none;
    cell_text(c, item->starttls ? report_starttls_name(item->starttls) : "");
    cell(c, t->version);
    cell(c, t->cipher);
    cell_bool(c, t->is_up, t->is_trusted);
    cell_bool(c, t->has_name, t->name_matches);
    cell(c, leaf->subject);
    cell_time(c, leaf->not_after_ms);
}
#define COLUMNS_TLS "tls,tls_version,cipher,trusted,name_matches,subject,not_after"

static void add_item(struct cells *c, const struct report_item *item)
{
    add_where(c, item);
    cell(c, item->outcome);
    cell(c, item->stage);
    cell(c, item->reason);
    cell(c, item->provider);
    add_software(c, &item->software);
    add_tls(c, item);
    cell_text(c, item->worst == SUMMARY_NONE ? "" : finding_severity_name(item->worst));
    cell_number(c, item->exposed);
    cell_exposed(c, item);
    buf_append_text(c->out, "\r\n");
}

/* ---- a row a finding ---- */

static void add_finding(struct cells *c, const struct report_item *item,
                        const struct report_finding *f)
{
    add_where(c, item);
    cell(c, f->id);
    cell_text(c, finding_verdict_name(f->verdict));
    cell_text(c, finding_severity_name(f->severity));
    cell_bool(c, true, f->is_accepted);
    cell(c, f->seen_at);
    cell_probability(c, f->possible_count, f->p);
    cell(c, f->title);
    cell(c, f->reason);
    cell_lines(c, f->evidence, f->evidence_count);
    cell(c, f->remedy);
    buf_append_text(c->out, "\r\n");
}

static enum err begin(struct report *r, struct buf *out)
{
    buf_append_text(
        out, r->is_by_finding ? COLUMNS_WHERE
                 ",id,verdict,severity,accepted,seen_at,p,title,reason,evidence,remedy\r\n"
                              : COLUMNS_WHERE ",outcome,stage,reason,provider," COLUMNS_SOFTWARE
                                              "," COLUMNS_TLS ",worst,exposed,exposed_ids\r\n");
    return buf_error(out);
}

static enum err add(struct report *r, const struct report_item *item, struct buf *out)
{
    for (size_t i = 0; r->is_by_finding && i < item->finding_count; i++)
        add_finding(&(struct cells){.out = out}, item, &item->findings[i]);
    if (!r->is_by_finding)
        add_item(&(struct cells){.out = out}, item);
    return buf_error(out);
}

static enum err end(struct report *r, struct buf *out)
{
    (void)r;
    return buf_error(out);
}

const struct report_format report_csv = {"csv", begin, add, end};
