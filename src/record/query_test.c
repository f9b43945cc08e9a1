/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"
#include "test_store.h"

static const char *const lines[] = {
    "{\"type\":\"service\",\"schema\":1,\"address\":\"192.0.2.1\",\"port\":25,\"tls\":{\"chain\":[{"
    "\"sha256\":\"aa\"}]},\"transcript\":[1]}",
    "{\"type\":\"service\",\"schema\":1,\"address\":\"192.0.2.2\",\"reason\":\"\\\\x1B[2J\"}",
};

/* The first cell of the first row. */
static enum record_cell ask(const struct test_store *t, const char *sql, struct octets wanted)
{
    struct record_query *q;
    char *problem;
    bool is_row;
    struct octets got;
    assert_int_equal(record_query_open(&q, t->path, sql, &problem), ERR_OK);
    assert_int_equal(record_query_next(q, &is_row, &problem), ERR_OK);
    assert_true(is_row);
    enum record_cell kind = record_query_cell(q, 0, &got);
    kit_assert_octets(got, wanted);
    record_query_free(q);
    return kind;
}

static void test_cells(void **state)
{
    static const struct {
        const char *sql;
        enum record_cell kind;
        struct octets wanted;
    } cases[] = {
        {"SELECT address FROM services", RECORD_CELL_TEXT, KIT_OCTETS("192.0.2.1")},
        {"SELECT port FROM services", RECORD_CELL_NUMBER, KIT_OCTETS("25")},
        {"SELECT host FROM services", RECORD_CELL_NULL, KIT_OCTETS("")},
        {"SELECT x'00ff'", RECORD_CELL_OCTETS, KIT_OCTETS("\x00\xff")},
        {"SELECT 0.5", RECORD_CELL_NUMBER, KIT_OCTETS("0.5")},
        {"SELECT reason FROM services WHERE record=2", RECORD_CELL_TEXT, KIT_OCTETS("\\x1B[2J")},
        {" WITH a AS (SELECT 1) SELECT * FROM a ; ", RECORD_CELL_NUMBER, KIT_OCTETS("1")},
        {"PRAGMA user_version", RECORD_CELL_NUMBER, KIT_OCTETS("1")},
        {"SELECT record_text(9)", RECORD_CELL_NULL, KIT_OCTETS("")},
        {"SELECT record_text('x')", RECORD_CELL_NULL, KIT_OCTETS("")},
        {"SELECT json_extract(record_text(record), '$.tls.chain[0].sha256') FROM services",
         RECORD_CELL_TEXT, KIT_OCTETS("aa")},
    };
    test_store_add(*state, lines, KIT_COUNT(lines));
    for (size_t i = 0; i < KIT_COUNT(cases); i++)
        assert_int_equal(ask(*state, cases[i].sql, cases[i].wanted), cases[i].kind);
    assert_int_equal(ask(*state, "SELECT record_text(1)", octets_of(lines[0])), RECORD_CELL_TEXT);
}

static void test_rows_end(void **state)
{
    const struct test_store *t = *state;
    struct record_query *q;
    char *problem;
    bool is_row;
    test_store_add(t, lines, KIT_COUNT(lines));
    assert_int_equal(
        record_query_open(&q, t->path, "SELECT port, address a FROM services", &problem), ERR_OK);
    assert_int_equal(record_query_columns(q), 2);
    kit_assert_text(record_query_column_name(q, 1), "a");
    for (size_t i = 0; i <= KIT_COUNT(lines); i++) {
        assert_int_equal(record_query_next(q, &is_row, &problem), ERR_OK);
        assert_int_equal(is_row, i < KIT_COUNT(lines));
    }
    record_query_free(q);
}

/* Whatever is tried, the file stays as it is. */
static void test_what_does_not_only_read_is_refused(void **state)
{
    static const char *const questions[] = {
        "DELETE FROM runs",
        "INSERT INTO runs(records, octets) VALUES(1, 1)",
        "UPDATE runs SET name='x'",
        "DROP TABLE runs",
        "CREATE TABLE x(a)",
        "CREATE TEMP TABLE x(a)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "WITH a AS (SELECT 1) DELETE FROM runs",
        "ATTACH '/tmp/none/x.db' AS x",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO '/tmp/none/x.db'",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "SAVEPOINT x",
        "PRAGMA user_version=7",
        "PRAGMA journal_mode=DELETE",
        "PRAGMA query_only=0",
        "PRAGMA writable_schema=1",
        "PRAGMA wal_checkpoint",
        "SELECT load_extension('x')",
        "SELECT LOAD_EXTENSION('x')",
        "SELECT 1; DELETE FROM runs",
        "",
        ";",
        "-- nothing",
        "SELECT",
        "SELECT * FROM nowhere",
        "SELECT nobody(1)",
    };
    const struct test_store *t = *state;
    test_store_add(t, lines, KIT_COUNT(lines));
    for (size_t i = 0; i < KIT_COUNT(questions); i++) {
        struct record_query *q = NULL;
        char *problem = NULL;
        enum err e = record_query_open(&q, t->path, questions[i], &problem);
        if (e != ERR_REFUSED || !problem || !*problem)
            fail_msg("not refused: %s", questions[i]);
        free(problem);
    }
    assert_int_equal(test_store_number(t, "PRAGMA user_version"), 1);
    assert_int_equal(test_store_number(t, "SELECT count(*) FROM runs"), 1);
}

/* An error that shows only in a row. */
static void test_a_row_may_be_refused(void **state)
{
    const struct test_store *t = *state;
    struct record_query *q;
    char *problem;
    bool is_row;
    test_store_add(t, lines, KIT_COUNT(lines));
    assert_int_equal(record_query_open(&q, t->path, "SELECT json('x')", &problem), ERR_OK);
    assert_int_equal(record_query_next(q, &is_row, &problem), ERR_REFUSED);
    assert_non_null(problem);
    free(problem);
    record_query_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_STORE(test_cells),
        TEST_STORE(test_rows_end),
        TEST_STORE(test_what_does_not_only_read_is_refused),
        TEST_STORE(test_a_row_may_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
