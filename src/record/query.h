/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/err.h"
#include "../base/octets.h"

/*
 * A question to a store in SQL: one statement that only reads.  The file is opened for reading, and
 * whatever is not a SELECT of its tables is refused while the statement is read: no ATTACH, no PRAGMA
 * but those that tell of tables, no extension.  Beside SQLite's functions there is
 * record_text(record): the record as it went in.
 */
struct record_query;
enum record_cell { RECORD_CELL_NULL, RECORD_CELL_NUMBER, RECORD_CELL_TEXT, RECORD_CELL_OCTETS };

/* ERR_REFUSED: *ret_problem says what is wrong with the question, and is to be freed; NULL otherwise.
 * Other errors as in record/store.h. */
MUST_CHECK enum err record_query_open(struct record_query **ret, const char *path, const char *sql,
                                      char **ret_problem);
size_t record_query_columns(const struct record_query *q);
/* Borrowed while the query lives. */
struct octets record_query_column_name(const struct record_query *q, size_t column);
/* The next row; *ret_is_row is false when there is none.  Errors as above. */
MUST_CHECK enum err record_query_next(struct record_query *q, bool *ret_is_row, char **ret_problem);
/* Of the row, borrowed until the next.  A number is given as text; text is mostly as it stands in a
 * record, visible, but may hold anything. */
enum record_cell record_query_cell(struct record_query *q, size_t column, struct octets *ret);
void record_query_free(struct record_query *q);
