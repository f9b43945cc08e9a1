/* SPDX-License-Identifier: Apache-2.0 */
#include "test_store.h"

#include <stdio.h>

int test_store_make(void **state)
{
    struct test_store *t = calloc(1, sizeof *t);
    assert_non_null(t);
    snprintf(t->folder, sizeof t->folder, "/tmp/store-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    snprintf(t->path, sizeof t->path, "%s/a.db", t->folder);
    *state = t;
    return 0;
}

int test_store_remove(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct test_store *t = *state;
    for (size_t i = 0; i < KIT_COUNT(ends); i++) {
        char path[80];
        snprintf(path, sizeof path, "%s%s", t->path, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(t->folder), 0);
    free(t);
    return 0;
}

struct record_store_writer *test_store_open(const struct test_store *t)
{
    struct record_store_writer *w = NULL;
    assert_int_equal(record_store_writer_open(&w, t->path), ERR_OK);
    return w;
}

void test_store_put(struct record_store_writer *w, const char *line)
{
    assert_int_equal(record_store_writer_put(w, octets_of(line)), ERR_OK);
}

void test_store_add(const struct test_store *t, const char *const *lines, size_t count)
{
    struct record_store_writer *w = test_store_open(t);
    for (size_t i = 0; i < count; i++)
        test_store_put(w, lines[i]);
    assert_int_equal(record_store_writer_commit(w, true), ERR_OK);
    record_store_writer_free(w);
}

int64_t test_store_number(const struct test_store *t, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    int64_t n;
    assert_int_equal(store_open(&db, t->path, STORE_READ), ERR_OK);
    assert_int_equal(store_prepare(db, &sql, 1, &s), ERR_OK);
    assert_int_equal(store_number(s, &n), ERR_OK);
    store_finalize(&s, 1);
    store_close(db);
    return n;
}

void test_store_change(const struct test_store *t, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(t->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
