/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <errno.h>

#include "output.h"

#include "../base/escape.h"
#include "../record/record.h"
#include "../record/stream.h"

enum err store_put(struct record_store_writer *w, struct octets line)
{
    enum err e = record_store_writer_put(w, line);
    if (!e && record_store_writer_waiting(w) >= STORE_BATCH)
        e = record_store_writer_commit(w, false);
    return e;
}

const char *store_problem(enum err e)
{
    bool is_damage = e == ERR_SYS && errno == EIO; /* found while writing: see record/store.h */
    return is_damage            ? "is damaged, or the disk that it is on"
           : e == ERR_SYS       ? strerror(errno)
           : e == ERR_SYNTAX    ? "is no store of smtpscan, or damaged"
           : e == ERR_NOT_FOUND ? "holds no such run"
                                : err_text(e);
}

void store_say(const char *path, enum err e)
{
    (void)cli_complain("--store", path, store_problem(e));
}

enum cli_exit store_refused(const char *path, enum err e)
{
    store_say(path, e);
    return e == ERR_NOMEM ? CLI_EXIT_FAILED : CLI_EXIT_USAGE;
}

bool store_is_named(const struct cli_options *o)
{
    if (!o->store)
        fprintf(stderr, "smtpscan: --store: needs FILE: where the records are kept\n");
    return o->store;
}

/* ---- import ---- */

struct import {
    struct record_store_writer *writer;
    struct record_stream *stream;
    const char *store, *path;
    uint64_t count;
};

/* Larger as it goes on: what many records change together is written once, and what is there already is
 * more than what a kill would lose. */
static size_t batch_of(const struct import *m)
{
    uint64_t half = (m->count + 1) / 2;
    return half < STORE_BATCH          ? STORE_BATCH
           : half > STORE_BATCH_IMPORT ? STORE_BATCH_IMPORT
                                       : (size_t)half;
}

static enum err put_line(struct import *m, struct octets line)
{
    enum err e = record_store_writer_put(m->writer, line);
    m->count += !e;
    if (!e && record_store_writer_waiting(m->writer) >= batch_of(m))
        e = record_store_writer_commit(m->writer, false);
    if (e == ERR_SYNTAX) {
        fprintf(stderr, "%s:%llu: no record of schema %d; line skipped\n", m->path,
                (unsigned long long)record_stream_line_number(m->stream), RECORD_SCHEMA);
        return ERR_OK;
    }
    return e;
}

static enum cli_exit put_stream(struct import *m)
{
    struct octets line;
    enum err bad = ERR_OK, e = ERR_OK;
    while (!e && !(bad = record_stream_next(m->stream, &line)) && line.size)
        e = put_line(m, line);
    if (bad)
        fprintf(stderr, "smtpscan: %s: %s\n", m->path,
                bad == ERR_SYS ? strerror(errno) : err_text(bad));
    if (!e)
        e = record_store_writer_commit(m->writer, true);
    if (e)
        store_say(m->store, e);
    return bad || e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

/* Each file is a run of its own. */
static enum cli_exit import_file(const struct cli_options *o, const char *path)
{
    struct import m = {.store = o->store, .path = path};
    enum err e = record_stream_open(&m.stream, path);
    if (e) {
        fprintf(stderr, "smtpscan: %s: %s\n", path, store_problem(e));
        return CLI_EXIT_USAGE;
    }
    e = record_store_writer_open(&m.writer, o->store);
    if (e) {
        record_stream_free(m.stream);
        return store_refused(o->store, e);
    }
    record_store_writer_expect_many(m.writer);
    enum cli_exit status = put_stream(&m);
    if (!status && !m.count)
        fprintf(stderr, "smtpscan: %s: no records, and no run is made of it\n", path);
    else if (!status && !o->quiet)
        fprintf(stderr, "smtpscan: %s: %llu record%s, run %llu of %s\n", path,
                (unsigned long long)m.count, m.count == 1 ? "" : "s",
                (unsigned long long)record_store_writer_run(m.writer), o->store);
    record_store_writer_free(m.writer);
    record_stream_free(m.stream);
    return status;
}

enum cli_exit cli_import(const struct cli_options *o)
{
    enum cli_exit status = CLI_EXIT_DONE;
    if (!store_is_named(o))
        return CLI_EXIT_USAGE;
    if (!o->rest_count) {
        fprintf(stderr, "smtpscan: nothing to import: name a file of records, or - for standard "
                        "input\n");
        return CLI_EXIT_USAGE;
    }
    output_expect_limits();
    for (size_t i = 0; i < o->rest_count && status == CLI_EXIT_DONE; i++)
        status = import_file(o, o->rest[i]);
    return status;
}

/* ---- export ---- */

/* Octet for octet, but where somebody's hidden characters would speak to a terminal. */
static enum err write_run(struct record_store_reader *r, struct output *out)
{
    bool is_shown = output_is_terminal(out);
    struct octets record;
    struct buf line;
    enum err e;
    buf_init(&line, 8 * RECORD_OCTETS_MAX);
    while (!(e = record_store_reader_next(r, &record)) && record.size && !out->error) {
        buf_clear(&line);
        if (is_shown)
            escape_json_hidden(&line, record);
        else
            buf_append(&line, record);
        buf_append_octet(&line, '\n');
        if ((e = buf_error(&line)))
            break;
        output_add(out, buf_octets(&line));
    }
    buf_release(&line);
    return e;
}

enum cli_exit cli_export(const struct cli_options *o)
{
    struct record_store_reader *r;
    struct output out;
    if (!store_is_named(o))
        return CLI_EXIT_USAGE;
    if (o->rest_count) {
        (void)cli_complain("export", o->rest[0], "takes no arguments: --run says which");
        return CLI_EXIT_USAGE;
    }
    enum err e = record_store_reader_open(&r, o->store, o->run);
    if (e)
        return store_refused(o->store, e);
    if (output_open(&out, o->output)) {
        (void)cli_complain("--output", o->output, strerror(errno));
        record_store_reader_free(r);
        return CLI_EXIT_USAGE;
    }
    e = write_run(r, &out);
    if (e)
        store_say(o->store, e);
    output_close(&out);
    record_store_reader_free(r);
    return output_say(&out) || e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}
