/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "output.h"
#include "store.h"

#include "../base/escape.h"
#include "../record/query.h"
#include "../record/record.h"

/* As text the columns are as wide as the first rows want; none wider than it is good to read. */
#define ROWS_MEASURED 200
#define WIDTH_MAX     60

struct querying {
    struct record_query *query;
    struct output output;
    enum cli_query_format format;
    struct buf line;
    struct buf cell; /* one, escaped */
    size_t columns;
    size_t *widths;
    struct buf held; /* rows that are measured first: cells, each with a NUL */
    size_t held_rows;
    bool is_measured;
};

/* How many characters are shown; what is hidden was escaped. */
static size_t width_of(struct octets visible)
{
    size_t n = 0;
    for (size_t i = 0; i < visible.size; i++)
        n += (visible.at[i] & 0xc0) != 0x80;
    return n;
}

/* What a cell says, its escapes taken away: each format has its own. */
static enum record_cell take_cell(struct querying *g, size_t column, struct buf *raw)
{
    struct octets text;
    enum record_cell kind = record_query_cell(g->query, column, &text);
    if (kind == RECORD_CELL_OCTETS) {
        buf_append_text(raw, "x'");
        buf_append_hex(raw, text);
        buf_append_text(raw, "'");
    } else {
        escape_undo(raw, text);
    }
    return kind;
}

/* What is too large is told, and not shown cut. */
static void heed(struct querying *g, const struct buf *b)
{
    if (buf_error(b) && !g->output.error)
        g->output.error = buf_error(b);
}

/* ---- lines ---- */

/* What is NULL is left out, as in records. */
static void append_json(struct querying *g, size_t column, struct octets raw, enum record_cell kind)
{
    /* Infinity is no number of JSON's. */
    bool is_number = kind == RECORD_CELL_NUMBER && raw.size && octet_is_digit(raw.at[raw.size - 1]);
    if (kind == RECORD_CELL_NULL)
        return;
    if (g->line.data[g->line.size - 1] != '{')
        buf_append_octet(&g->line, ',');
    buf_append_octet(&g->line, '"');
    escape_json(&g->line, record_query_column_name(g->query, column));
    buf_append_text(&g->line, is_number ? "\":" : "\":\"");
    escape_json(&g->line, raw);
    if (!is_number)
        buf_append_octet(&g->line, '"');
}

static void append_plain(struct querying *g, size_t column, struct octets raw)
{
    if (column)
        buf_append_octet(&g->line, g->format == CLI_QUERY_CSV ? ',' : '\t');
    if (g->format == CLI_QUERY_CSV)
        escape_csv(&g->line, raw);
    else
        escape_visible(&g->line, raw);
}

static void append_row(struct querying *g)
{
    struct buf raw;
    bool is_json = g->format == CLI_QUERY_JSON;
    buf_init(&raw, RECORD_OCTETS_MAX);
    if (is_json)
        buf_append_octet(&g->line, '{');
    for (size_t i = 0; i < g->columns && !buf_error(&g->line); i++) {
        buf_clear(&raw);
        enum record_cell kind = take_cell(g, i, &raw);
        heed(g, &raw);
        if (is_json)
            append_json(g, i, buf_octets(&raw), kind);
        else
            append_plain(g, i, buf_octets(&raw));
    }
    buf_append_text(&g->line, is_json ? "}\n" : "\n");
    buf_release(&raw);
}

static void append_names(struct querying *g)
{
    if (g->format == CLI_QUERY_JSON)
        return;
    for (size_t i = 0; i < g->columns; i++)
        append_plain(g, i, record_query_column_name(g->query, i));
    buf_append_octet(&g->line, '\n');
}

/* ---- aligned text ---- */

static void append_aligned(struct querying *g, size_t column, struct octets visible)
{
    buf_append(&g->line, visible);
    if (column + 1 == g->columns) {
        buf_append_octet(&g->line, '\n');
        return;
    }
    buf_append_text(&g->line, "  ");
    for (size_t n = width_of(visible); n < g->widths[column]; n++)
        buf_append_octet(&g->line, ' ');
}

static void hold(struct querying *g, size_t column, struct octets visible)
{
    size_t width = width_of(visible);
    width = width < WIDTH_MAX ? width : WIDTH_MAX;
    if (width > g->widths[column])
        g->widths[column] = width;
    buf_append(&g->held, visible);
    buf_append_octet(&g->held, 0);
    heed(g, &g->held);
}

static void release_held(struct querying *g)
{
    struct octets rest = buf_octets(&g->held);
    for (size_t i = 0; rest.size; i++)
        append_aligned(g, i % g->columns, octets_take_until(&rest, 0));
    buf_clear(&g->held);
    g->is_measured = true;
}

static void align_row(struct querying *g, bool is_head)
{
    struct buf raw;
    buf_init(&raw, RECORD_OCTETS_MAX);
    for (size_t i = 0; i < g->columns; i++) {
        buf_clear(&raw);
        buf_clear(&g->cell);
        if (is_head)
            buf_append(&raw, record_query_column_name(g->query, i));
        else
            (void)take_cell(g, i, &raw);
        escape_visible(&g->cell, buf_octets(&raw));
        heed(g, &raw);
        heed(g, &g->cell);
        if (g->is_measured)
            append_aligned(g, i, buf_octets(&g->cell));
        else
            hold(g, i, buf_octets(&g->cell));
    }
    buf_release(&raw);
    if (!g->is_measured && ++g->held_rows == ROWS_MEASURED)
        release_held(g);
}

/* ---- the command ---- */

static void write_line(struct querying *g)
{
    heed(g, &g->line);
    if (g->line.size && !g->output.error)
        output_add(&g->output, buf_octets(&g->line));
    buf_clear(&g->line);
}

static enum err write_rows(struct querying *g, char **ret_problem)
{
    bool is_row = false, is_text = g->format == CLI_QUERY_TEXT;
    enum err e;
    if (is_text)
        align_row(g, true);
    else
        append_names(g);
    write_line(g);
    while (!(e = record_query_next(g->query, &is_row, ret_problem)) && is_row && !g->output.error) {
        if (is_text)
            align_row(g, false);
        else
            append_row(g);
        write_line(g);
    }
    if (is_text && !g->is_measured)
        release_held(g);
    write_line(g);
    return e;
}

static enum cli_exit refused(const char *path, enum err e, char *problem)
{
    struct buf shown;
    if (e != ERR_REFUSED)
        return store_refused(path, e);
    buf_init(&shown, 1000);
    escape_visible(&shown, octets_sub(octets_of(problem), 0, 200));
    fprintf(stderr, "smtpscan: query: %.*s; only one SELECT is answered\n", (int)shown.size,
            shown.size ? (const char *)shown.data : "");
    buf_release(&shown);
    free(problem);
    return CLI_EXIT_USAGE;
}

static enum cli_exit query(struct querying *g, const struct cli_options *o)
{
    char *problem = NULL;
    enum cli_exit status = CLI_EXIT_DONE;
    if (output_open(&g->output, o->output)) {
        (void)cli_complain("--output", o->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    g->format = o->query_format                  ? o->query_format
                : output_is_terminal(&g->output) ? CLI_QUERY_TEXT
                                                 : CLI_QUERY_TSV;
    g->columns = record_query_columns(g->query);
    g->widths = calloc(g->columns, sizeof *g->widths);
    enum err e = g->widths ? write_rows(g, &problem) : ERR_NOMEM;
    output_close(&g->output);
    if (e)
        status = refused(o->store, e, problem);
    if (output_say(&g->output))
        status = CLI_EXIT_FAILED;
    free(g->widths);
    return status;
}

enum cli_exit cli_query(const struct cli_options *o)
{
    struct querying g = {0};
    char *problem;
    if (!store_is_named(o))
        return CLI_EXIT_USAGE;
    if (o->rest_count != 1) {
        fprintf(stderr,
                "smtpscan: query takes one question, such as 'SELECT product, count(*) FROM "
                "software GROUP BY product'\n");
        return CLI_EXIT_USAGE;
    }
    enum err e = record_query_open(&g.query, o->store, o->rest[0], &problem);
    if (e)
        return refused(o->store, e, problem);
    buf_init(&g.line, 8 * RECORD_OCTETS_MAX);
    buf_init(&g.cell, 8 * RECORD_OCTETS_MAX);
    buf_init(&g.held, 8 * RECORD_OCTETS_MAX);
    enum cli_exit status = query(&g, o);
    buf_release(&g.line);
    buf_release(&g.cell);
    buf_release(&g.held);
    record_query_free(g.query);
    return status;
}
