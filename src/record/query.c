/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include "store_parts.h"

struct record_query {
    sqlite3 *db;
    sqlite3_stmt *statement;
    struct record_store_reader *texts; /* over a connection of its own */
};

/* ---- what a question may do ---- */

static bool is_harmless(const char *pragma, const char *argument)
{
    static const char *const that_take_one[] = {"table_info", "table_list", "index_info",
                                                "index_list"};
    static const char *const that_take_none[] = {"user_version", "integrity_check", "quick_check"};
    for (size_t i = 0; i < sizeof that_take_one / sizeof *that_take_one; i++)
        if (sqlite3_stricmp(pragma, that_take_one[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof that_take_none / sizeof *that_take_none; i++)
        if (sqlite3_stricmp(pragma, that_take_none[i]) == 0)
            return !argument;
    return false;
}

static int authorize(void *owner, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    bool is_allowed =
        action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE ||
        (action == SQLITE_FUNCTION && sqlite3_stricmp(second, "load_extension") != 0) ||
        (action == SQLITE_PRAGMA && is_harmless(first, second));
    (void)owner;
    (void)database;
    (void)trigger;
    return is_allowed ? SQLITE_OK : SQLITE_DENY;
}

static void record_text(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct record_query *q = sqlite3_user_data(context);
    struct octets line;
    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_INTEGER)
        return; /* NULL */
    enum err e = record_store_reader_find(q->texts, sqlite3_value_int64(values[0]), &line);
    if (e == ERR_NOT_FOUND)
        return;
    if (e == ERR_SYNTAX)
        sqlite3_result_error_code(context, SQLITE_CORRUPT); /* no fault of the question */
    else if (e)
        sqlite3_result_error(context, err_text(e), -1);
    else
        sqlite3_result_text64(context, (const char *)line.at, line.size, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
}

/* ---- asked ---- */

/* What SQLite says of it. */
static enum err refuse(struct record_query *q, const char *problem, char **ret_problem)
{
    *ret_problem = strdup(problem ? problem : sqlite3_errmsg(q->db));
    return *ret_problem ? ERR_REFUSED : ERR_NOMEM;
}

static enum err refuse_or_fail(struct record_query *q, int result, char **ret_problem)
{
    int code = result & 0xff;
    bool is_question = code == SQLITE_ERROR || code == SQLITE_AUTH || code == SQLITE_MISMATCH ||
                       code == SQLITE_TOOBIG || code == SQLITE_READONLY || code == SQLITE_RANGE;
    return is_question ? refuse(q, NULL, ret_problem) : store_err(q->db, result);
}

static bool is_blank(const char *sql)
{
    return octets_trim(octets_of(sql)).size == 0 || strcmp(sql, ";") == 0;
}

static enum err prepare(struct record_query *q, const char *sql, char **ret_problem)
{
    const char *rest = "";
    int result = sqlite3_set_authorizer(q->db, authorize, q);
    if (!result)
        result =
            sqlite3_create_function_v2(q->db, "record_text", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, q,
                                       record_text, NULL, NULL, NULL);
    if (result)
        return store_err(q->db, result);
    result = sqlite3_prepare_v2(q->db, sql, -1, &q->statement, &rest);
    if (result)
        return refuse_or_fail(q, result, ret_problem);
    if (!q->statement || !is_blank(rest))
        return refuse(q, "not one statement", ret_problem);
    /* What the authorizer is not asked about, such as VACUUM and BEGIN. */
    if (!sqlite3_stmt_readonly(q->statement) || !sqlite3_column_count(q->statement))
        return refuse(q, "not authorized", ret_problem);
    return ERR_OK;
}

enum err record_query_open(struct record_query **ret, const char *path, const char *sql,
                           char **ret_problem)
{
    struct record_query *q = calloc(1, sizeof *q);
    *ret_problem = NULL;
    if (!q)
        return ERR_NOMEM;
    enum err e = store_open(&q->db, path, STORE_READ);
    if (!e)
        e = record_store_reader_open(&q->texts, path, RECORD_STORE_ANY);
    if (!e)
        e = prepare(q, sql, ret_problem);
    if (e)
        record_query_free(q);
    else
        *ret = q;
    return e;
}

void record_query_free(struct record_query *q)
{
    if (!q)
        return;
    store_finalize(&q->statement, 1);
    store_close(q->db);
    record_store_reader_free(q->texts);
    free(q);
}

size_t record_query_columns(const struct record_query *q)
{
    return (size_t)sqlite3_column_count(q->statement);
}

struct octets record_query_column_name(const struct record_query *q, size_t column)
{
    return octets_of(sqlite3_column_name(q->statement, (int)column));
}

enum err record_query_next(struct record_query *q, bool *ret_is_row, char **ret_problem)
{
    int result = sqlite3_step(q->statement);
    *ret_problem = NULL;
    *ret_is_row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return ERR_OK;
    return refuse_or_fail(q, result, ret_problem);
}

enum record_cell record_query_cell(struct record_query *q, size_t column, struct octets *ret)
{
    int type = sqlite3_column_type(q->statement, (int)column);
    *ret = OCTETS_NONE;
    if (type == SQLITE_NULL)
        return RECORD_CELL_NULL;
    *ret = store_column(q->statement, (int)column);
    return type == SQLITE_BLOB   ? RECORD_CELL_OCTETS
           : type == SQLITE_TEXT ? RECORD_CELL_TEXT
                                 : RECORD_CELL_NUMBER;
}
