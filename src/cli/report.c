/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "commands.h"
#include "output.h"
#include "setup.h"
#include "store.h"

#include "../base/clock.h"
#include "../record/again.h"
#include "../record/record.h"
#include "../record/stream.h"
#include "../report/format.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

/* Stored records as a page or a file for another program; nothing is judged anew. */
struct reporting {
    struct report report;
    const struct report_format *format;
    struct output output;
    struct buf piece;          /* what the last record came to */
    struct record_again again; /* of the file that is read */
};

/* Hands on what was appended.  Text that grows until the end leaves in one piece. */
static enum err pass_on(struct reporting *g)
{
    enum err e = buf_error(&g->piece);
    if (!e)
        output_add(&g->output, buf_octets(&g->piece));
    buf_clear(&g->piece);
    return e ? e : g->output.error;
}

static enum err report_line(struct reporting *g, struct octets line)
{
    json_t *record = record_stream_parse(line);
    if (!record)
        return ERR_SYNTAX;
    enum err e = report_add(&g->report, g->format, record, &g->piece);
    json_decref(record);
    return e ? e : pass_on(g);
}

static void say(const char *path, enum err e)
{
    fprintf(stderr, "smtpscan: %s: %s\n", path, store_problem(e));
}

static enum cli_exit report_stream(struct reporting *g, struct record_stream *s, const char *path)
{
    struct octets line;
    enum err e;
    while (!(e = record_stream_next(s, &line)) && line.size) {
        unsigned long long number = record_stream_line_number(s);
        if (record_again_is_replaced(&g->again, line, number))
            continue;
        enum err bad = report_line(g, line);
        if (bad == ERR_SYNTAX)
            fprintf(stderr, "%s:%llu: no record of schema %d; line skipped\n", path, number,
                    RECORD_SCHEMA);
        else if (bad) {
            if (!g->output.error)
                fprintf(stderr, "smtpscan: %s:%llu: %s\n", path, number, err_text(bad));
            return CLI_EXIT_FAILED;
        }
    }
    if (e)
        say(path, e);
    return e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

/* What can be read once only, as a pipe, is not read before. */
static bool is_read_twice(const char *path)
{
    struct stat about;
    bool is_there = stat(path, &about) == 0; /* else a run of a store, by its number */
    return strcmp(path, "-") != 0 && (!is_there || S_ISREG(about.st_mode));
}

/* What stops it is told when the file is read for good. */
static enum err gather_again(struct reporting *g, const char *path)
{
    struct record_stream *s;
    struct octets line;
    enum err e = ERR_OK;
    if (!is_read_twice(path) || record_stream_open(&s, path))
        return ERR_OK;
    while (!e && !record_stream_next(s, &line) && line.size)
        e = record_again_gather(&g->again, line, record_stream_line_number(s));
    record_stream_free(s);
    if (g->again.forgotten)
        fprintf(stderr, "smtpscan: %s: %llu records that were written again are told twice\n", path,
                (unsigned long long)g->again.forgotten);
    return e;
}

static enum cli_exit report_file(struct reporting *g, const char *path)
{
    struct record_stream *s;
    record_again_init(&g->again);
    enum err e = gather_again(g, path);
    if (!e)
        e = record_stream_open(&s, path);
    if (e)
        say(path, e);
    enum cli_exit status = e == ERR_NOMEM ? CLI_EXIT_FAILED
                           : e            ? CLI_EXIT_USAGE
                                          : report_stream(g, s, path);
    if (!e)
        record_stream_free(s);
    record_again_release(&g->again);
    return status;
}

static enum cli_exit report_all(struct reporting *g, const struct cli_options *o)
{
    enum cli_exit status = CLI_EXIT_DONE;
    enum err e = g->format->begin(&g->report, &g->piece);
    e = e ? e : pass_on(g);
    for (size_t i = 0; !e && i < o->rest_count && status == CLI_EXIT_DONE; i++)
        status = report_file(g, o->rest[i]);
    if (!e && status == CLI_EXIT_DONE) {
        e = g->format->end(&g->report, &g->piece);
        e = e ? e : pass_on(g);
    }
    if (e && !g->output.error)
        say("report", e);
    return e ? CLI_EXIT_FAILED : status;
}

static enum cli_exit write_report(struct reporting *g, const struct cli_options *o)
{
    if (output_open(&g->output, o->output)) {
        fprintf(stderr, "smtpscan: --output: %s: %s\n", o->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    report_init(&g->report);
    buf_init(&g->piece, REPORT_TEXT_MAX);
    enum cli_exit status = report_all(g, o);
    output_close(&g->output);
    buf_release(&g->piece);
    report_release(&g->report);
    if (output_say(&g->output))
        return CLI_EXIT_FAILED;
    if (status != CLI_EXIT_DONE)
        return status;
    if (g->report.failing)
        return CLI_EXIT_FINDINGS;
    return g->report.services || g->report.domains ? CLI_EXIT_DONE : CLI_EXIT_NO_ANSWER;
}

enum cli_exit cli_report(const struct cli_options *o)
{
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    if (!o->rest_count) {
        fprintf(stderr,
                "smtpscan: nothing to report: name a file of records, or - for standard input\n");
        return CLI_EXIT_USAGE;
    }
    if (o->by_finding && strcmp(report_format(o->report_format)->name, "csv") != 0) {
        fprintf(stderr, "smtpscan: --table findings: goes with --format csv\n");
        return CLI_EXIT_USAGE;
    }
    if (!setup_data(o, &database, &knowledge))
        return CLI_EXIT_USAGE;
    identify_database_free(database); /* nobody is identified */
    struct reporting g = {.format = report_format(o->report_format),
                          .report = {.known = knowledge,
                                     .version = SMTPSCAN_VERSION,
                                     .now_ms = clock_wall_ms(),
                                     .fail_on = o->fail_on,
                                     .is_by_finding = o->by_finding}};
    enum cli_exit status = write_report(&g, o);
    audit_knowledge_free(knowledge);
    return status;
}
