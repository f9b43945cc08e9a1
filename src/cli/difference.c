/* SPDX-License-Identifier: Apache-2.0 */
#include "difference.h"

#include <errno.h>

#include "store.h"

#include "../record/record.h"
#include "../record/stream.h"

static enum cli_exit complain(const char *path, enum err e, enum cli_exit status)
{
    fprintf(stderr, "smtpscan: %s: %s\n", path, store_problem(e));
    return status;
}

static enum cli_exit read_stream(struct difference *d, enum record_diff_side side,
                                 struct record_stream *s, const char *path)
{
    struct octets line;
    uint64_t count = 0;
    enum err e;
    while (!(e = record_stream_next(s, &line)) && line.size) {
        unsigned long long number = record_stream_line_number(s);
        e = record_diff_add(d->diff, side, line);
        if (e == ERR_SYNTAX)
            fprintf(stderr, "%s:%llu: no record of schema %d; line skipped\n", path, number,
                    RECORD_SCHEMA);
        else if (e)
            break;
        count += !e;
    }
    if (!e && !count) { /* not even that of a run: no scan, and nothing that can be compared */
        fprintf(stderr, "smtpscan: %s: holds no records\n", path);
        return CLI_EXIT_USAGE;
    }
    return e ? complain(path, e, CLI_EXIT_FAILED) : CLI_EXIT_DONE;
}

static enum cli_exit read_side(struct difference *d, enum record_diff_side side, const char *path)
{
    struct record_stream *s;
    enum err e = record_stream_open(&s, path);
    if (e)
        return complain(path, e, e == ERR_NOMEM ? CLI_EXIT_FAILED : CLI_EXIT_USAGE);
    enum cli_exit status = read_stream(d, side, s, path);
    record_stream_free(s);
    return status;
}

/* What makes all of it doubtful. */
static void warn(const struct difference *d)
{
    const char *first = record_diff_version(d->diff, RECORD_DIFF_FIRST),
               *second = record_diff_version(d->diff, RECORD_DIFF_SECOND);
    if (first && second && strcmp(first, second) != 0)
        fprintf(stderr, "smtpscan: the scans are of different versions of smtpscan: what they "
                        "know may be what differs (judge makes the older one new)\n");
    if (record_diff_answered(d->diff, RECORD_DIFF_FIRST) &&
        !record_diff_answered(d->diff, RECORD_DIFF_SECOND))
        fprintf(stderr, "smtpscan: nobody answered the second scan: was this host connected?\n");
}

enum cli_exit difference_read(struct difference *d, const char *const paths[2],
                              struct audit_select select)
{
    *d = (struct difference){0};
    enum err e = record_diff_new(&d->diff, select);
    enum cli_exit status = e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
    for (unsigned i = 0; i < RECORD_DIFF__COUNT && status == CLI_EXIT_DONE; i++)
        status = read_side(d, (enum record_diff_side)i, paths[i]);
    if (status == CLI_EXIT_DONE && (e = record_diff_finish(d->diff, &d->changes)))
        status = CLI_EXIT_FAILED;
    if (e)
        fprintf(stderr, "smtpscan: diff: %s\n", err_text(e));
    if (status == CLI_EXIT_DONE)
        warn(d);
    else
        difference_release(d);
    return status;
}

void difference_release(struct difference *d)
{
    record_changes_release(&d->changes);
    record_diff_free(d->diff);
    d->diff = NULL;
}

enum err difference_write(const struct difference *d, const struct report_text_style *style,
                          bool is_json, struct buf *out)
{
    enum err e = ERR_OK;
    if (!is_json)
        report_text_changes(out, style, &d->changes);
    for (size_t i = 0; is_json && i < d->changes.count && !e; i++)
        if (style->verbose || !record_change_is_noted(d->changes.at[i].kind))
            e = record_change(out, &d->changes.at[i]);
    return e ? e : buf_error(out);
}

bool difference_is_grave(const struct difference *d, const struct cli_options *o)
{
    uint64_t grave = 0;
    for (int i = o->fail_on == FINDING_SEVERITY__COUNT ? 0 : (int)o->fail_on;
         i < FINDING_SEVERITY__COUNT; i++)
        grave += d->changes.by_severity[i];
    return grave != 0;
}
