/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"
#include "store_parts.h"

enum { LATEST, WHOLE, NUMBERED, RECORDS, RECORD, CHAIN, TRANSCRIPT, DICTIONARY, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [LATEST] = "SELECT run FROM runs ORDER BY run DESC LIMIT 1 OFFSET ?1",
    [WHOLE] = "SELECT run FROM runs WHERE version IS NOT NULL AND interrupted IS NOT 1 "
              "ORDER BY run DESC LIMIT 1", /* a version is of the record that ends a run */
    [NUMBERED] = "SELECT run FROM runs WHERE run=?1",
    [RECORDS] = "SELECT record, dictionary, text FROM records WHERE run=?1 ORDER BY record",
    [RECORD] = "SELECT record, dictionary, text FROM records WHERE record=?1",
    [CHAIN] = ("SELECT c.text FROM chains JOIN certificates c USING(certificate) WHERE record=?1 "
               "ORDER BY place"),
    [TRANSCRIPT] = "SELECT dictionary, text FROM transcripts WHERE record=?1",
    [DICTIONARY] = "SELECT octets FROM dictionaries WHERE dictionary=?1",
};

struct record_store_reader {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    int64_t run, last; /* the record that came last; 0: none yet */
    struct store_unpacker unpacker;
    struct buf text, line; /* with holes, and without */
};

bool record_store_is_at(const char *path)
{
    static const char magic[] = "SQLite format 3"; /* its NUL belongs to it */
    char begin[sizeof magic];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is_it = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
                 pread(fd, begin, sizeof begin, 0) == (ssize_t)sizeof begin &&
                 memcmp(begin, magic, sizeof magic) == 0;
    (void)close(fd); /* read only: nothing is lost */
    return is_it;
}

static enum err find_run(struct record_store_reader *r, int64_t wanted, int64_t *ret)
{
    if (wanted == RECORD_STORE_WHOLE)
        return store_number(r->statements[WHOLE], ret);
    sqlite3_stmt *s = r->statements[wanted < 0 ? LATEST : NUMBERED];
    int bad = sqlite3_bind_int64(s, 1, wanted < 0 ? -1 - wanted : wanted);
    return bad ? store_err(r->db, bad) : store_number(s, ret);
}

enum err record_store_reader_open(struct record_store_reader **ret, const char *path, int64_t run)
{
    struct record_store_reader *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_NOMEM;
    buf_init(&r->text, RECORD_OCTETS_MAX);
    buf_init(&r->line, RECORD_OCTETS_MAX);
    enum err e = store_unpacker_init(&r->unpacker);
    if (!e)
        e = store_open(&r->db, path, STORE_READ);
    if (!e)
        e = store_prepare(r->db, sql, STATEMENTS, r->statements);
    if (!e && run)
        e = find_run(r, run, &r->run);
    if (!e)
        e = store_err(r->db, sqlite3_bind_int64(r->statements[RECORDS], 1, r->run));
    if (e)
        record_store_reader_free(r);
    else
        *ret = r;
    return e;
}

void record_store_reader_free(struct record_store_reader *r)
{
    if (!r)
        return;
    store_finalize(r->statements, STATEMENTS);
    store_close(r->db);
    store_unpacker_release(&r->unpacker);
    buf_release(&r->text);
    buf_release(&r->line);
    free(r);
}

uint64_t record_store_reader_run(const struct record_store_reader *r)
{
    return (uint64_t)r->run;
}

/* ---- a record put together ---- */

static enum err take_dictionary(struct record_store_reader *r, int64_t number)
{
    sqlite3_stmt *s = r->statements[DICTIONARY];
    if (number == r->unpacker.number)
        return ERR_OK;
    if (!number)
        return store_unpacker_use(&r->unpacker, OCTETS_NONE, 0);
    int bad = sqlite3_bind_int64(s, 1, number);
    int result = bad ? bad : sqlite3_step(s);
    enum err e = store_err(r->db, result);
    if (!e)
        e = result == SQLITE_ROW ? store_unpacker_use(&r->unpacker, store_column(s, 0), number)
                                 : ERR_SYNTAX;
    (void)sqlite3_reset(s);
    return e;
}

/* Columns `at` and the next of the row that `s` is at. */
static enum err unpack(struct record_store_reader *r, sqlite3_stmt *s, int at, struct buf *out)
{
    enum err e = take_dictionary(r, sqlite3_column_int64(s, at));
    return e ? e : store_unpack(&r->unpacker, store_column(s, at + 1), out);
}

static enum err append_certificate(struct record_store_reader *r, sqlite3_stmt *chain)
{
    int result = sqlite3_step(chain);
    if (result == SQLITE_ROW)
        buf_append(&r->line, store_column(chain, 0));
    return result == SQLITE_DONE ? ERR_SYNTAX : store_err(r->db, result);
}

static enum err append_transcript(struct record_store_reader *r, int64_t record)
{
    sqlite3_stmt *s = r->statements[TRANSCRIPT];
    int bad = sqlite3_bind_int64(s, 1, record);
    int result = bad ? bad : sqlite3_step(s);
    enum err e = result == SQLITE_ROW    ? unpack(r, s, 0, &r->line)
                 : result == SQLITE_DONE ? ERR_SYNTAX
                                         : store_err(r->db, result);
    (void)sqlite3_reset(s);
    return e;
}

/* A forged text may have more holes than any that was put: filling them would have no end. */
static enum err fill_hole(struct record_store_reader *r, int64_t record, uint8_t mark,
                          size_t counts[2])
{
    bool is_certificate = mark == STORE_HOLE_CERTIFICATE;
    if (++counts[is_certificate] > (is_certificate ? STORE_CHAIN_MAX : 1))
        return ERR_SYNTAX;
    return is_certificate ? append_certificate(r, r->statements[CHAIN])
                          : append_transcript(r, record);
}

static size_t find_hole(struct octets text, size_t from)
{
    while (from < text.size && text.at[from] != STORE_HOLE_CERTIFICATE &&
           text.at[from] != STORE_HOLE_TRANSCRIPT)
        from++;
    return from;
}

static enum err fill_holes(struct record_store_reader *r, int64_t record)
{
    struct octets text = buf_octets(&r->text);
    sqlite3_stmt *chain = r->statements[CHAIN];
    enum err e = store_err(r->db, sqlite3_bind_int64(chain, 1, record));
    size_t from = 0, at = find_hole(text, 0), counts[2] = {0, 0};
    buf_clear(&r->line);
    while (!e && at < text.size) {
        buf_append(&r->line, octets_sub(text, from, at));
        e = fill_hole(r, record, text.at[at], counts);
        from = at + 1;
        at = find_hole(text, from);
    }
    (void)sqlite3_reset(chain);
    buf_append(&r->line, octets_sub(text, from, text.size));
    return e ? e : buf_error(&r->line);
}

/* The row that `s` is at, as a line.  Whoever wrote the store, it is one line, and a record. */
static enum err put_together(struct record_store_reader *r, sqlite3_stmt *s,
                             struct octets *ret_line)
{
    buf_clear(&r->text);
    enum err e = unpack(r, s, 1, &r->text);
    if (!e)
        e = fill_holes(r, sqlite3_column_int64(s, 0));
    if (!e && !store_is_record(buf_octets(&r->line)))
        e = ERR_SYNTAX;
    if (!e)
        *ret_line = buf_octets(&r->line);
    return e;
}

enum err record_store_reader_next(struct record_store_reader *r, struct octets *ret_line)
{
    sqlite3_stmt *s = r->statements[RECORDS];
    int result = sqlite3_step(s);
    *ret_line = OCTETS_NONE;
    if (result != SQLITE_ROW)
        return store_err(r->db, result);
    /* In a forged file pages can lead back to pages, and rows come for ever. */
    int64_t record = sqlite3_column_int64(s, 0);
    if (record <= r->last)
        return ERR_SYNTAX;
    r->last = record;
    return put_together(r, s, ret_line);
}

enum err record_store_reader_find(struct record_store_reader *r, int64_t record,
                                  struct octets *ret_line)
{
    sqlite3_stmt *s = r->statements[RECORD];
    int bad = sqlite3_bind_int64(s, 1, record);
    int result = bad ? bad : sqlite3_step(s);
    enum err e = result == SQLITE_ROW    ? put_together(r, s, ret_line)
                 : result == SQLITE_DONE ? ERR_NOT_FOUND
                                         : store_err(r->db, result);
    (void)sqlite3_reset(s);
    return e;
}
