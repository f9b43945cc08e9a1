/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "../base/json_walk.h"
#include "record.h"
#include "store_write_parts.h"

/* clang-format off */
static const char *const sql[STORE_STATEMENTS] = {
    [STORE_FIND_RUN] = "SELECT run, records, octets FROM runs WHERE name=?1 ORDER BY run DESC LIMIT 1",
    [STORE_ADD_RUN] = "INSERT INTO runs(run,name,begun,records,octets) VALUES(NULL,?1,coalesce(?2,strftime('%Y-%m-%dT%H:%M:%fZ','now')),0,0)",
    [STORE_COUNT_RUN] = "UPDATE runs SET records=?2, octets=?3, ended=coalesce(?4,ended) WHERE run=?1",
    [STORE_DESCRIBE_RUN] = "UPDATE runs SET version=?2, options=?3, level=?4, seed=?5, part=?6, interrupted=?7 WHERE run=?1",
    [STORE_FIND_DICTIONARY] = "SELECT dictionary, octets FROM dictionaries ORDER BY dictionary DESC LIMIT 1",
    [STORE_ADD_DICTIONARY] = "INSERT INTO dictionaries VALUES(NULL,?1)",
    [STORE_ADD_RECORD] = "INSERT INTO records VALUES(NULL,?1,?2,?3,?4,?5)",
    [STORE_ADD_TARGET] = "INSERT INTO targets VALUES(?2,?1)",
    [STORE_ADD_SERVICE] = "INSERT INTO services VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
    [STORE_ADD_SOFTWARE] = "INSERT INTO software VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
    [STORE_ADD_DOMAIN] = "INSERT INTO domains VALUES(?1,?2,?3,?4,?5,?6)",
    [STORE_ADD_FINDING] = "INSERT INTO findings VALUES(?1,?7,?2,?3,?4,?5,?6)",
    [STORE_FIND_CERTIFICATE] = "SELECT certificate, text FROM certificates WHERE sha256=?1",
    [STORE_ADD_CERTIFICATE] = "INSERT INTO certificates VALUES(NULL,?1,?2,?3,?4,?5,?6,?7,?8)",
    [STORE_ADD_CHAIN] = "INSERT INTO chains VALUES(?1,?2,?3)",
    [STORE_ADD_TRANSCRIPT] = "INSERT INTO transcripts VALUES(?1,?2,?3)",
};

static const char *const run_paths[] = {"version", "options", "level", "seed", "part", "interrupted", NULL};
/* clang-format on */

/* The first failure, after which nothing of the transaction is left. */
static enum err fail(struct record_store_writer *w, enum err e)
{
    if (!e || w->error)
        return e;
    w->error = e;
    w->error_number = errno;
    if (w->is_open) /* SQLite may have rolled back by itself, and then refuses */
        (void)sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL);
    w->is_open = false;
    w->waiting = 0;
    store_names_clear(&w->names);
    errno = w->error_number;
    return e;
}

static enum err failed_before(const struct record_store_writer *w)
{
    errno = w->error_number;
    return w->error;
}

/* ---- opened ---- */

/* The one that was trained last serves until the run has one of its own. */
static enum err take_dictionary(struct record_store_writer *w)
{
    sqlite3_stmt *s = w->statements[STORE_FIND_DICTIONARY];
    int result = sqlite3_step(s);
    enum err e = store_err(w->db, result);
    if (result == SQLITE_ROW)
        e = store_packer_use(&w->packer, store_column(s, 1), sqlite3_column_int64(s, 0));
    (void)sqlite3_reset(s);
    return e;
}

enum err record_store_writer_open(struct record_store_writer **ret, const char *path)
{
    struct record_store_writer *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    buf_init(&w->room, RECORD_OCTETS_MAX);
    buf_init(&w->text, RECORD_OCTETS_MAX);
    store_names_init(&w->names);
    enum err e = store_packer_init(&w->packer);
    if (!e)
        e = store_open(&w->db, path, STORE_WRITE);
    if (!e)
        e = store_prepare(w->db, sql, STORE_STATEMENTS, w->statements);
    if (!e)
        e = take_dictionary(w);
    if (e)
        record_store_writer_free(w);
    else
        *ret = w;
    return e;
}

void record_store_writer_expect_many(struct record_store_writer *w)
{
    (void)sqlite3_wal_autocheckpoint(w->db, 16000);
}

void record_store_writer_free(struct record_store_writer *w)
{
    if (!w)
        return;
    store_packer_release(&w->packer);
    store_finalize(w->statements, STORE_STATEMENTS);
    store_close(w->db);
    buf_release(&w->room);
    buf_release(&w->text);
    store_names_release(&w->names);
    free(w);
}

/* ---- the run ---- */

enum err record_store_writer_continue(struct record_store_writer *w, struct octets name,
                                      uint64_t *ret_octets)
{
    sqlite3_stmt *s = w->statements[STORE_FIND_RUN];
    int bad = store_bind_text(s, 1, name);
    int result = bad ? bad : sqlite3_step(s);
    enum err e = store_err(w->db, result);
    if (result == SQLITE_ROW) {
        w->run = sqlite3_column_int64(s, 0);
        w->records = (uint64_t)sqlite3_column_int64(s, 1);
        w->octets = (uint64_t)sqlite3_column_int64(s, 2);
        *ret_octets = w->octets;
    }
    (void)sqlite3_reset(s);
    return e ? fail(w, e) : result == SQLITE_ROW ? ERR_OK : ERR_NOT_FOUND;
}

uint64_t record_store_writer_run(const struct record_store_writer *w)
{
    return (uint64_t)w->run;
}

static enum err begin_transaction(struct record_store_writer *w)
{
    enum err e = w->is_open ? ERR_OK : store_run(w->db, "BEGIN IMMEDIATE");
    w->is_open = w->is_open || !e;
    return e;
}

/* `time` is as a record has it; none for now. */
static enum err begin_run(struct record_store_writer *w, struct octets name, struct octets time)
{
    sqlite3_stmt *s = w->statements[STORE_ADD_RUN];
    int bad = name.size ? store_bind_text(s, 1, name) : sqlite3_bind_null(s, 1);
    bad = bad ? bad : store_bind_value(w, s, 2, time);
    enum err e = store_put_row(w, STORE_ADD_RUN, bad);
    w->run = sqlite3_last_insert_rowid(w->db);
    return e;
}

enum err record_store_writer_begin(struct record_store_writer *w, struct octets name)
{
    enum err e = failed_before(w);
    if (!e)
        e = begin_transaction(w);
    if (!e)
        e = begin_run(w, name, OCTETS_NONE);
    return fail(w, e);
}

/* What its own record says of it; of several parts the last. */
static enum err describe_run(struct record_store_writer *w, const struct store_members *top)
{
    sqlite3_stmt *s = w->statements[STORE_DESCRIBE_RUN];
    int bad = sqlite3_bind_int64(s, 1, w->run);
    bad = bad ? bad : store_bind_values(w, s, 2, top, run_paths);
    return store_put_row(w, STORE_DESCRIBE_RUN, bad);
}

static enum err count_run(struct record_store_writer *w)
{
    sqlite3_stmt *s = w->statements[STORE_COUNT_RUN];
    int bad = sqlite3_bind_int64(s, 1, w->run);
    bad = bad ? bad : sqlite3_bind_int64(s, 2, (int64_t)w->records);
    bad = bad ? bad : sqlite3_bind_int64(s, 3, (int64_t)w->octets);
    bad = bad ? bad
              : sqlite3_bind_text64(s, 4, w->last_time_size ? w->last_time : NULL,
                                    w->last_time_size, SQLITE_STATIC, SQLITE_UTF8);
    return store_put_row(w, STORE_COUNT_RUN, bad);
}

enum err record_store_writer_empty(struct record_store_writer *w)
{
    static const char *const texts[] = {
#define FROM(table) \
    "DELETE FROM " table " WHERE record IN (SELECT record FROM records WHERE run=?1)"
        FROM("targets"),     FROM("services"),
        FROM("software"),    FROM("domains"),
        FROM("findings"),    FROM("chains"),
        FROM("transcripts"), "DELETE FROM records WHERE run=?1"};
#undef FROM
    enum { COUNT = sizeof texts / sizeof *texts };
    sqlite3_stmt *statements[COUNT];
    enum err e = failed_before(w);
    if (!e)
        e = begin_transaction(w);
    if (!e)
        e = store_prepare(w->db, texts, COUNT, statements);
    if (e)
        return fail(w, e);
    for (size_t i = 0; i < COUNT && !e; i++) {
        int bad = sqlite3_bind_int64(statements[i], 1, w->run);
        e = bad ? store_err(w->db, bad) : store_step(statements[i]);
    }
    store_finalize(statements, COUNT);
    store_names_clear(&w->names);
    w->records = 0;
    w->octets = 0;
    return fail(w, e);
}

/* ---- records ---- */

static enum err train(struct record_store_writer *w)
{
    struct buf dictionary;
    enum err e = ERR_OK;
    buf_init(&dictionary, SIZE_MAX);
    if (store_packer_train(&w->packer, &dictionary)) {
        sqlite3_stmt *s = w->statements[STORE_ADD_DICTIONARY];
        int bad = sqlite3_bind_blob64(s, 1, dictionary.data, dictionary.size, SQLITE_STATIC);
        e = store_put_row(w, STORE_ADD_DICTIONARY, bad);
        if (!e)
            e = store_packer_use(&w->packer, buf_octets(&dictionary),
                                 sqlite3_last_insert_rowid(w->db));
    }
    buf_release(&dictionary);
    return e;
}

static void count(struct record_store_writer *w, struct octets line, struct octets time)
{
    w->records++;
    w->waiting++;
    w->octets += line.size + 1;
    if (json_walk_is_string(time) && time.size - 2 <= sizeof w->last_time) {
        w->last_time_size = time.size - 2;
        memcpy(w->last_time, time.at + 1, w->last_time_size);
    }
}

enum err record_store_writer_put(struct record_store_writer *w, struct octets line)
{
    struct store_members top;
    enum err e = failed_before(w);
    if (e)
        return e;
    if (!store_take_apart(&top, line))
        return ERR_SYNTAX;
    e = begin_transaction(w);
    if (!e && !w->run)
        e = begin_run(w, OCTETS_NONE, store_find(&top, "time"));
    if (!e)
        e = store_put_record(w, line, &top);
    if (!e && octets_is_equal(store_find(&top, "type"), OCTETS("\"run\"")))
        e = describe_run(w, &top);
    if (!e)
        e = train(w);
    if (!e && store_names_is_full(&w->names))
        e = store_names_put(w);
    if (!e)
        count(w, line, store_find(&top, "time"));
    if (e == ERR_SYNTAX) { /* the store is damaged, not the line */
        e = ERR_SYS;
        errno = EIO;
    }
    return fail(w, e);
}

size_t record_store_writer_waiting(const struct record_store_writer *w)
{
    return w->waiting;
}

static enum err commit(struct record_store_writer *w)
{
    enum err e = store_names_put(w);
    if (!e)
        e = count_run(w);
    if (!e)
        e = store_run(w->db, "COMMIT");
    if (!e) {
        w->is_open = false;
        w->waiting = 0;
    }
    return e;
}

enum err record_store_writer_commit(struct record_store_writer *w, bool to_disk)
{
    enum err e = failed_before(w);
    if (!e && w->is_open)
        e = commit(w);
    if (!e && to_disk && w->run) {
        /* A commit of this kind brings the whole log to the disk, with what earlier ones left there. */
        e = store_run(w->db, "PRAGMA synchronous=FULL; BEGIN IMMEDIATE");
        w->is_open = !e;
        if (!e)
            e = commit(w);
        if (!e)
            e = store_run(w->db, "PRAGMA synchronous=NORMAL");
    }
    return fail(w, e);
}
