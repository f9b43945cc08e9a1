/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"
#include "store_parts.h"

#define APPLICATION_ID "1936551024" /* "smtp", by which file(1) can know a store */
#define PATIENCE_MS    10000        /* for another process that writes */
/* Of a value: a record, or one that is compressed; some more for what a question puts together. */
#define VALUE_OCTETS_MAX (2 * (int)RECORD_OCTETS_MAX)

/*
 * What makes a store of each schema out of the one before; never changed once released, only added to.
 * Names of what was seen are text as it stands in a record: visible, \xHH for octets that are not.
 */
static const char *const migrations[RECORD_STORE_SCHEMA] = {
    "CREATE TABLE runs(run INTEGER PRIMARY KEY, name TEXT, begun TEXT, ended TEXT, version TEXT, "
    "options TEXT, level TEXT, seed INTEGER, part INTEGER, interrupted INTEGER, "
    "records INTEGER NOT NULL, octets INTEGER NOT NULL);"
    "CREATE TABLE dictionaries(dictionary INTEGER PRIMARY KEY, octets BLOB NOT NULL);"
    "CREATE TABLE records(record INTEGER PRIMARY KEY, run INTEGER NOT NULL, type TEXT NOT NULL, "
    "time TEXT, dictionary INTEGER, text BLOB NOT NULL);"
    "CREATE INDEX records_run ON records(run);"
    "CREATE TABLE targets(name TEXT NOT NULL COLLATE NOCASE, record INTEGER NOT NULL, "
    "PRIMARY KEY(name, record)) WITHOUT ROWID;"
    "CREATE TABLE services(record INTEGER PRIMARY KEY, input TEXT, tag TEXT, domain TEXT, host "
    "TEXT, "
    "address TEXT, port INTEGER, level TEXT, outcome TEXT, stage TEXT, reason TEXT, protocol TEXT, "
    "greeting TEXT, starttls TEXT, tls TEXT, trusted INTEGER, provider TEXT);"
    "CREATE TABLE software(record INTEGER PRIMARY KEY, product TEXT, vendor TEXT, low TEXT, high "
    "TEXT, "
    "confidence REAL, unknown INTEGER, front TEXT, altered INTEGER, claim TEXT);"
    "CREATE TABLE domains(record INTEGER PRIMARY KEY, input TEXT, tag TEXT, outcome TEXT, stage "
    "TEXT, "
    "reason TEXT);"
    "CREATE TABLE findings(record INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT, verdict TEXT, "
    "severity TEXT, accepted INTEGER, reason TEXT, PRIMARY KEY(record, place)) WITHOUT ROWID;"
    "CREATE TABLE certificates(certificate INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, "
    "subject TEXT, issuer TEXT, not_before TEXT, not_after TEXT, key TEXT, signature TEXT, "
    "text TEXT NOT NULL);"
    "CREATE TABLE chains(record INTEGER NOT NULL, place INTEGER NOT NULL, certificate INTEGER NOT "
    "NULL, PRIMARY KEY(record, place)) WITHOUT ROWID;"
    "CREATE INDEX chains_certificate ON chains(certificate);"
    "CREATE TABLE transcripts(record INTEGER PRIMARY KEY, dictionary INTEGER, text BLOB NOT NULL);"
    "PRAGMA application_id=" APPLICATION_ID ";",
};

enum err store_err(sqlite3 *db, int result)
{
    static const struct {
        int result, error_number;
    } numbers[] = {{SQLITE_FULL, ENOSPC},    {SQLITE_BUSY, EBUSY},  {SQLITE_LOCKED, EBUSY},
                   {SQLITE_READONLY, EROFS}, {SQLITE_PERM, EACCES}, {SQLITE_AUTH, EACCES},
                   {SQLITE_CANTOPEN, EACCES}};
    int number = db ? sqlite3_system_errno(db) : 0;
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:     /* our statements are right where the schema is */
    case SQLITE_INTERRUPT: /* history.c: no end was found */
        return ERR_SYNTAX;
    default:
        errno = number ? number : EIO;
        for (size_t i = 0; !number && i < sizeof numbers / sizeof *numbers; i++)
            if ((result & 0xff) == numbers[i].result)
                errno = numbers[i].error_number;
        return ERR_SYS;
    }
}

enum err store_run(sqlite3 *db, const char *sql)
{
    return store_err(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static enum err find_number(sqlite3 *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *s;
    enum err e = store_prepare(db, &sql, 1, &s);
    if (!e)
        e = store_number(s, ret);
    store_finalize(&s, 1);
    return e;
}

/* The schema of a file that may be anything; 0 when there is nothing in it. */
static enum err find_schema(sqlite3 *db, int64_t *ret)
{
    int64_t application, tables;
    enum err e = find_number(db, "PRAGMA user_version", ret);
    if (!e)
        e = find_number(db, "PRAGMA application_id", &application);
    if (!e)
        e = find_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (e)
        return e;
    bool is_ours = strtoll(APPLICATION_ID, NULL, 10) == application;
    if (tables ? !is_ours || *ret < 1 : *ret != 0)
        return ERR_SYNTAX;
    return *ret > RECORD_STORE_SCHEMA ? ERR_NEWER : ERR_OK;
}

/* ---- whether the tables are ours ---- */

/* The tables and indices of a schema, as they are made. */
static enum err make_model(sqlite3 **ret, int64_t schema)
{
    sqlite3 *db = NULL;
    enum err e = store_err(db, sqlite3_open(":memory:", &db));
    for (int64_t i = 0; i < schema && !e; i++)
        e = store_run(db, migrations[i]);
    if (e)
        store_close(db);
    else
        *ret = db;
    return e;
}

static enum err is_there(sqlite3_stmt *wanted, sqlite3_stmt *found)
{
    int64_t count = 0;
    int bad = SQLITE_OK;
    for (int i = 0; i < 3 && !bad; i++)
        bad = sqlite3_bind_value(found, i + 1, sqlite3_column_value(wanted, i));
    enum err e = bad ? store_err(sqlite3_db_handle(found), bad) : store_number(found, &count);
    return e ? e : count == 1 ? ERR_OK : ERR_SYNTAX;
}

static enum err compare_tables(sqlite3 *model, sqlite3 *db)
{
    static const char *const all = "SELECT type, name, sql FROM sqlite_schema WHERE sql NOT NULL";
    static const char *const one =
        "SELECT count(*) FROM sqlite_schema WHERE type=?1 AND name=?2 AND sql=?3";
    sqlite3_stmt *wanted, *found = NULL;
    int result = SQLITE_DONE;
    enum err e = store_prepare(model, &all, 1, &wanted);
    if (!e)
        e = store_prepare(db, &one, 1, &found);
    while (!e && (result = sqlite3_step(wanted)) == SQLITE_ROW)
        e = is_there(wanted, found);
    if (!e)
        e = store_err(model, result);
    store_finalize(&wanted, 1);
    store_finalize(&found, 1);
    return e;
}

/* A view, a computed column or a trigger of a forged store would run what its author likes. */
static enum err check_tables(sqlite3 *db, int64_t schema)
{
    sqlite3 *model;
    int64_t triggers = 0;
    enum err e =
        find_number(db, "SELECT count(*) FROM sqlite_schema WHERE type='trigger'", &triggers);
    if (e || triggers)
        return e ? e : ERR_SYNTAX;
    e = make_model(&model, schema);
    if (e)
        return e;
    e = compare_tables(model, db);
    store_close(model);
    return e;
}

/* Whoever comes second finds it done. */
static enum err migrate(sqlite3 *db)
{
    int64_t schema;
    char sql[64];
    enum err e = store_run(db, "BEGIN IMMEDIATE");
    if (!e)
        e = find_schema(db, &schema);
    for (; !e && schema < RECORD_STORE_SCHEMA; schema++) {
        snprintf(sql, sizeof sql, "PRAGMA user_version=%lld", (long long)schema + 1);
        e = store_run(db, migrations[schema]);
        if (!e)
            e = store_run(db, sql);
    }
    return e ? e : store_run(db, "COMMIT");
}

/* WAL: readers do not wait.  A transaction is on the disk when the next checkpoint, or one that says
 * so, has brought it there; a process that is killed loses none. */
static enum err begin_use(sqlite3 *db, enum store_use use)
{
    int64_t schema;
    (void)sqlite3_busy_timeout(db, PATIENCE_MS);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_OCTETS_MAX);
    enum err e = store_run(db, "PRAGMA cell_size_check=ON");
    if (!e)
        e = find_schema(db, &schema);
    if (!e)
        e = check_tables(db, schema);
    if (e || use == STORE_READ)
        return e || schema ? e : ERR_NOT_FOUND;
    e = store_run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                      "PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000");
    return e || schema == RECORD_STORE_SCHEMA ? e : migrate(db);
}

/* Of a FIFO SQLite would wait for a writer; a device holds no store.  Of a folder it says what it is. */
static bool may_be_store(const char *path)
{
    struct stat about;
    return stat(path, &about) != 0 || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode);
}

static enum err open_once(sqlite3 **ret, const char *path, int flags, enum store_use use)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    enum err e = store_err(db, result);
    /* What may not be written SQLite opens to read, and would say so at the first record. */
    if (!e && use == STORE_WRITE && sqlite3_db_readonly(db, "main") == 1) {
        errno = access(path, W_OK) ? errno : EROFS;
        e = ERR_SYS;
    }
    if (!e)
        e = begin_use(db, use);
    if (e)
        store_close(db);
    else
        *ret = db;
    return e;
}

/* Who may not write in the folder cannot have the index of the log there, but needs none where there is
 * no log: nobody is writing. */
static enum err open_without_log(sqlite3 **ret, const char *path)
{
    struct buf uri;
    buf_init(&uri, 64 * 1024);
    buf_append(&uri, octets_of(path));
    buf_append_text(&uri, "-wal");
    buf_append_octet(&uri, 0);
    bool has_log = buf_error(&uri) || access((const char *)uri.data, F_OK) == 0;
    buf_clear(&uri);
    buf_append_text(&uri, "file:");
    for (const char *c = path; *c; c++)
        buf_append_format(&uri, "%%%02x", (uint8_t)*c);
    buf_append_text(&uri, "?immutable=1");
    buf_append_octet(&uri, 0);
    enum err e = buf_error(&uri);
    errno = EACCES;
    if (!e)
        e = has_log ? ERR_SYS
                    : open_once(ret, (const char *)uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                                STORE_READ);
    buf_release(&uri);
    return e;
}

static enum err open_file(sqlite3 **ret, const char *path, enum store_use use)
{
    if (use == STORE_WRITE)
        return open_once(ret, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, use);
    enum err e = open_once(ret, path, SQLITE_OPEN_READONLY, use);
    bool may_not_write = e == ERR_SYS && (errno == EROFS || errno == EACCES);
    return may_not_write ? open_without_log(ret, path) : e;
}

/* SQLite takes "", ":memory:" and "file:..." for stores that are in no file, or in another one. */
enum err store_open(sqlite3 **ret, const char *path, enum store_use use)
{
    char *file = NULL;
    if (!may_be_store(path))
        return ERR_SYNTAX;
    if (asprintf(&file, "%s%s", path[0] == '/' ? "" : "./", path) < 0)
        return ERR_NOMEM;
    enum err e = open_file(ret, file, use);
    int error_number = errno;
    free(file);
    errno = error_number;
    return e;
}

void store_close(sqlite3 *db)
{
    int error_number = errno;
    (void)sqlite3_close(db); /* what was not committed is rolled back */
    errno = error_number;
}

enum err store_prepare(sqlite3 *db, const char *const *sql, size_t count, sqlite3_stmt **ret)
{
    enum err e = ERR_OK;
    memset(ret, 0, count * sizeof *ret);
    for (size_t i = 0; i < count && !e; i++)
        e = store_err(db,
                      sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &ret[i], NULL));
    if (e)
        store_finalize(ret, count);
    return e;
}

void store_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_finalize(statements[i]); /* tells again what its last step told */
        statements[i] = NULL;
    }
}

enum err store_step(sqlite3_stmt *s)
{
    int result = sqlite3_step(s);
    enum err e = store_err(sqlite3_db_handle(s), result);
    (void)sqlite3_reset(s);
    return e;
}

enum err store_number(sqlite3_stmt *s, int64_t *ret)
{
    int result = sqlite3_step(s);
    enum err e = store_err(sqlite3_db_handle(s), result);
    if (result == SQLITE_ROW)
        *ret = sqlite3_column_int64(s, 0);
    (void)sqlite3_reset(s);
    return e ? e : result == SQLITE_ROW ? ERR_OK : ERR_NOT_FOUND;
}

struct octets store_column(sqlite3_stmt *s, int column)
{
    const void *at = sqlite3_column_blob(s, column);
    return (struct octets){at, at ? (size_t)sqlite3_column_bytes(s, column) : 0};
}
