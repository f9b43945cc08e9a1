/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "store_parts.h"
#include "stream.h"

/* A folder of its own for each test; the store is in it. */
struct place {
    char folder[32], store[64];
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->folder, sizeof p->folder, "/tmp/store-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->store, sizeof p->store, "%s/a.db", p->folder);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct place *p = *state;
    for (size_t i = 0; i < KIT_COUNT(ends); i++) {
        char path[80];
        snprintf(path, sizeof path, "%s%s", p->store, ends[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(p->folder), 0);
    free(p);
    return 0;
}

/* ---- what is kept ---- */

#define LEAF \
    "{\"subject\":\"CN=a\",\"issuer\":\"CN=b\",\"names\":[\"a\",\"b\"],\"not_before\":" \
    "\"2026-01-01T00:00:00Z\",\"not_after\":\"2027-01-01T00:00:00Z\",\"key\":\"EC P-256\"," \
    "\"signature\":\"ecdsa-with-SHA384\",\"sha256\":\"aa11\"}"
#define LEAF_WRITTEN_OTHERWISE "{\"sha256\":\"aa11\",\"subject\":\"CN=a\"}"
#define ROOT                   "{\"subject\":\"CN=b\",\"sha256\":\"bb22\"}"
#define HEAD                   "{\"type\":\"service\",\"schema\":1,\"time\":\"2026-11-21T23:04:05.123Z\","
#define TRANSCRIPT \
    "[{\"t_ms\":1,\"dir\":\"S\",\"tls\":false,\"octets\":\"220 \\\\x00\\\\xFF\\\\x0D\\\\x0A\"}]"

static const char *const lines[] = {
    HEAD "\"input\":\"192.0.2.1\",\"address\":\"192.0.2.1\",\"port\":25,\"outcome\":\"refused\"}",
    HEAD "\"input\":\"a.example\",\"host\":\"mx.a.example\",\"address\":\"192.0.2.2\",\"port\":25,"
         "\"outcome\":\"answered\",\"tls\":{\"chain\":[" LEAF "," ROOT "],\"trusted\":true},"
         "\"transcript\":" TRANSCRIPT "}",
    HEAD "\"address\":\"192.0.2.3\",\"tls\":{\"chain\":[" LEAF "]}}",
    /* The same certificate in other words, alone and among others; one that is none. */
    HEAD "\"tls\":{\"chain\":[" LEAF_WRITTEN_OTHERWISE "]}}",
    HEAD "\"tls\":{\"chain\":[" ROOT "," LEAF_WRITTEN_OTHERWISE "," LEAF "," LEAF "]}}",
    HEAD "\"tls\":{\"chain\":[7,\"x\",{},{\"sha256\":7},null]}}",
    /* The transcript may stand before the chain. */
    "{\"transcript\":[1],\"tls\":{\"chain\":[" ROOT "]},\"type\":\"service\",\"schema\":1}",
    /* Octets of a hostile server, as we write them, and as others might. */
    HEAD "\"greeting\":{\"lines\":[\"\\\\x00\\\\x1B[2J \\\"'; DROP TABLE records;--\"]},\"reason\":"
         "\"\\u0001\\u001b[2J\\ud800\"}",
    HEAD
    "\"input\":\"b\xc3\xbc"
    "cher.example\",\"software\":{\"product\":\"Exim\",\"versions\":{\"low\":"
    "\"4.9\",\"high\":\"4.98\"},\"confidence\":0.994,\"unknown\":false},\"findings\":[{\"id\":"
    "\"relay.open\",\"verdict\":\"safe\"},{\"id\":\"tls.x\",\"verdict\":\"exposed\",\"severity\":"
    "\"low\"},7]}",
    /* Columns take what they can of fields that have another type. */
    HEAD
    "\"input\":7,\"address\":{},\"port\":\"x\",\"software\":[],\"findings\":{\"a\":1},\"tls\":3,"
    "\"domains\":[1,\"\",\"a\",\"A\"],\"transcript\":\"x\"}",
    "{ \"schema\" : 1 , \"type\" : \"domain\" , \"input\" : \"a.example\" , \"outcome\" : "
    "\"no-mail\" }",
    "{\"type\":\"novelty\",\"schema\":1}",
    "{\"type\":\"run\",\"schema\":1,\"version\":\"0.1.0\",\"options\":[\"-p\",\"25\"],\"part\":1,"
    "\"interrupted\":false,\"seed\":9007199254740991}",
};

static struct record_store_writer *open_writer(const struct place *p)
{
    struct record_store_writer *w = NULL;
    assert_int_equal(record_store_writer_open(&w, p->store), ERR_OK);
    return w;
}

static void put(struct record_store_writer *w, const char *line)
{
    assert_int_equal(record_store_writer_put(w, octets_of(line)), ERR_OK);
}

static void put_all(const struct place *p)
{
    struct record_store_writer *w = open_writer(p);
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        put(w, lines[i]);
    assert_int_equal(record_store_writer_commit(w, true), ERR_OK);
    record_store_writer_free(w);
}

static void assert_lines(const char *path, const char *const *wanted, size_t count)
{
    struct record_stream *s;
    struct octets line;
    assert_int_equal(record_stream_open(&s, path), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(record_stream_next(s, &line), ERR_OK);
        kit_assert_text(line, wanted[i]);
        assert_int_equal(record_stream_line_number(s), i + 1);
    }
    assert_int_equal(record_stream_next(s, &line), ERR_OK);
    assert_int_equal(line.size, 0);
    record_stream_free(s);
}

/* The one number that a query of ours gives. */
static int64_t number(const struct place *p, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    int64_t n;
    assert_int_equal(store_open(&db, p->store, STORE_READ), ERR_OK);
    assert_int_equal(store_prepare(db, &sql, 1, &s), ERR_OK);
    assert_int_equal(store_number(s, &n), ERR_OK);
    store_finalize(&s, 1);
    store_close(db);
    return n;
}

static void test_records_come_out_as_they_went_in(void **state)
{
    const struct place *p = *state;
    put_all(p);
    assert_lines(p->store, lines, KIT_COUNT(lines));
}

static void test_certificates_are_kept_once(void **state)
{
    const struct place *p = *state;
    put_all(p);
    put_all(p);
    assert_int_equal(number(p, "SELECT count(*) FROM certificates"), 2);
    assert_int_equal(number(p, "SELECT count(*) FROM chains JOIN certificates USING(certificate) "
                               "WHERE sha256='aa11'"),
                     8);
    assert_int_equal(number(p, "SELECT count(*) FROM transcripts"), 6);
}

struct column_case {
    const char *name, *sql; /* which gives 1 */
};

/* clang-format off */
static const struct column_case columns[] = {
    {"a service has columns", "SELECT count(*) FROM services WHERE address='192.0.2.1' AND port=25 AND outcome='refused' AND input='192.0.2.1' AND tls IS NULL"},
    {"truth is a number", "SELECT trusted FROM services WHERE address='192.0.2.2'"},
    {"a string is what it says", "SELECT count(*) FROM services WHERE greeting='\\x00\\x1B[2J \"''; DROP TABLE records;--' AND reason=char(1,27)||'[2J'||char(0xfffd)"},
    {"software is compared as a number", "SELECT count(*) FROM software WHERE product='Exim' AND low='4.9' AND high='4.98' AND confidence=0.994 AND unknown=0 AND front IS NULL"},
    {"findings keep their place", "SELECT count(*) FROM findings WHERE place=2 AND id='tls.x' AND severity='low'"},
    {"a domain has columns", "SELECT count(*) FROM domains WHERE input='a.example' AND outcome='no-mail'"},
    {"each name leads to the record once", "SELECT count(*) FROM targets WHERE name='a'"},
    {"no case in names", "SELECT count(*) FROM targets WHERE name='MX.A.Example'"},
    {"what is no name leads nowhere", "SELECT count(*)=0 FROM targets WHERE name IN ('7', '')"},
    {"the run is described by its record", "SELECT count(*) FROM runs WHERE version='0.1.0' AND options='[\"-p\",\"25\"]' AND seed=9007199254740991 AND interrupted=0 AND begun='2026-11-21T23:04:05.123Z'"},
    {"the run counts its records", "SELECT records=(SELECT count(*) FROM records) FROM runs"},
};
/* clang-format on */

static void test_columns(void **state)
{
    for (size_t i = 0; i < KIT_COUNT(columns); i++) {
        if (i == 0)
            put_all(*state);
        if (number(*state, columns[i].sql) != 1)
            fail_msg("not so: %s", columns[i].name);
    }
}

static const char *const no_records[] = {
    "",
    "x",
    "[]",
    "{}",
    "{\"type\":\"service\"}",
    "{\"type\":\"service\",\"schema\":2}",
    "{\"type\":\"\",\"schema\":1}",
    "{\"type\":7,\"schema\":1}",
    "{\"type\":\"service\",\"schema\":1}x",
    "{\"type\":\"service\",\"schema\":1,\"a\":\"\x01\"}",
};

static void test_what_is_no_record_changes_nothing(void **state)
{
    const struct place *p = *state;
    struct record_store_writer *w = open_writer(p);
    put(w, lines[0]);
    for (size_t i = 0; i < KIT_COUNT(no_records); i++)
        assert_int_equal(record_store_writer_put(w, octets_of(no_records[i])), ERR_SYNTAX);
    put(w, lines[1]);
    assert_int_equal(record_store_writer_waiting(w), 2);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    record_store_writer_free(w);
    assert_lines(p->store, lines, 2);
}

/* ---- compressed ---- */

#define MANY 3000

static void make_line(char *line, size_t room, unsigned i)
{
    int n =
        snprintf(line, room, HEAD "\"address\":\"192.0.2.%u\",\"port\":%u,\"ehlo\":{\"lines\":[",
                 i % 256, i);
    for (unsigned k = 0; k < 40; k++)
        n += snprintf(line + n, room - (size_t)n, "%s\"250-KEYWORD-%u %u\"", k ? "," : "", k,
                      i * 7919 + k);
    snprintf(line + n, room - (size_t)n, "]}}");
}

/* Past the first thousand there is a dictionary, and the next run begins with it. */
static void test_many_come_out_as_they_went_in(void **state)
{
    const struct place *p = *state;
    char line[4000];
    for (int run = 0; run < 2; run++) {
        struct record_store_writer *w = open_writer(p);
        for (unsigned i = 0; i < MANY; i++) {
            make_line(line, sizeof line, i);
            put(w, line);
            if (i % 500 == 499)
                assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
        }
        record_store_writer_free(w);
    }
    assert_int_equal(number(p, "SELECT count(*) FROM dictionaries"), 2);
    assert_int_equal(number(p, "SELECT count(*) FROM records WHERE dictionary IS NULL"), 1000);
    assert_true(number(p, "SELECT sum(length(text)) FROM records WHERE dictionary IS NULL") / 1000 >
                number(p, "SELECT sum(length(text)) FROM records WHERE dictionary=2") / 2000);
    struct record_stream *s;
    struct octets got;
    assert_int_equal(record_stream_open(&s, p->store), ERR_OK);
    for (unsigned i = 0; i < MANY; i++) {
        make_line(line, sizeof line, i);
        assert_int_equal(record_stream_next(s, &got), ERR_OK);
        kit_assert_text(got, line);
    }
    record_stream_free(s);
}

/* ---- runs ---- */

static void put_run(const struct place *p, const char *line)
{
    struct record_store_writer *w = open_writer(p);
    put(w, line);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    record_store_writer_free(w);
}

struct path_case {
    const char *name, *end;
    enum err e;
    size_t line;
};

static const struct path_case paths[] = {
    {"the latest run", "", ERR_OK, 2},
    {"a run by its number", "@1", ERR_OK, 0},
    {"the latest by its place", "@-1", ERR_OK, 2},
    {"the last but one", "@-2", ERR_OK, 1},
    {"no run of that number", "@4", ERR_NOT_FOUND, 0},
    {"no run so far back", "@-4", ERR_NOT_FOUND, 0},
    {"no number", "@x", ERR_SYS, 0},
    {"run 0", "@0", ERR_SYS, 0},
    {"another file", "x@1", ERR_SYS, 0},
};

static void test_paths_name_runs(void **state)
{
    const struct place *p = *state;
    for (size_t i = 0; i < 3; i++)
        put_run(p, lines[i]);
    for (size_t i = 0; i < KIT_COUNT(paths); i++) {
        char path[100];
        struct record_stream *s;
        snprintf(path, sizeof path, "%s%s", p->store, paths[i].end);
        if (!paths[i].e)
            assert_lines(path, &lines[paths[i].line], 1);
        else
            assert_int_equal(record_stream_open(&s, path), paths[i].e);
    }
}

static void test_a_run_goes_on_by_its_name(void **state)
{
    const struct place *p = *state;
    for (size_t i = 0; i < 3; i++) {
        struct record_store_writer *w = open_writer(p);
        uint64_t octets;
        assert_int_equal(record_store_writer_continue(w, OCTETS("one"), &octets), ERR_OK);
        assert_int_equal(octets,
                         (i > 0 ? strlen(lines[0]) + 1 : 0) + (i > 1 ? strlen(lines[1]) + 1 : 0));
        put(w, lines[i]);
        assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
        assert_int_equal(record_store_writer_run(w), 1);
        record_store_writer_free(w);
    }
    assert_lines(p->store, lines, 3);
    put_run(p, lines[3]);
    assert_int_equal(number(p, "SELECT count(*) FROM runs"), 2);
}

static void test_a_run_is_emptied(void **state)
{
    const struct place *p = *state;
    uint64_t octets;
    put_all(p);
    struct record_store_writer *w = open_writer(p);
    assert_int_equal(record_store_writer_continue(w, OCTETS("one"), &octets), ERR_OK);
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        put(w, lines[i]);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    assert_int_equal(record_store_writer_empty(w), ERR_OK);
    put(w, lines[1]);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    record_store_writer_free(w);
    assert_lines(p->store, &lines[1], 1);
    assert_int_equal(number(p, "SELECT octets FROM runs WHERE run=2"), strlen(lines[1]) + 1);
    assert_int_equal(number(p, "SELECT count(*) FROM services"), 11);
    char first[80];
    snprintf(first, sizeof first, "%s@1", p->store);
    assert_lines(first, lines, KIT_COUNT(lines));
}

static void test_nothing_is_there_before_the_commit(void **state)
{
    const struct place *p = *state;
    put_run(p, lines[0]);
    struct record_store_writer *w = open_writer(p);
    put(w, lines[1]);
    assert_lines(p->store, lines, 1);
    record_store_writer_free(w);
    assert_lines(p->store, lines, 1);
    assert_int_equal(number(p, "SELECT count(*) FROM runs"), 1);
}

/* ---- files that are no store of ours ---- */

static void change(const struct place *p, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_refused(const struct place *p, enum err wanted)
{
    struct record_store_writer *w;
    struct record_stream *s;
    assert_int_equal(record_store_writer_open(&w, p->store), wanted);
    assert_int_equal(record_stream_open(&s, p->store), wanted);
}

static void test_a_newer_schema_is_refused(void **state)
{
    put_all(*state);
    change(*state, "PRAGMA user_version=2");
    assert_refused(*state, ERR_NEWER);
}

static void test_a_database_of_others_is_refused(void **state)
{
    change(*state, "CREATE TABLE records(a)");
    assert_refused(*state, ERR_SYNTAX);
    change(*state, "PRAGMA user_version=1");
    assert_refused(*state, ERR_SYNTAX);
    assert_int_equal(remove(((struct place *)*state)->store), 0);
}

static void test_an_empty_database_becomes_a_store(void **state)
{
    const struct place *p = *state;
    struct record_stream *s;
    change(p, "PRAGMA journal_mode=WAL");
    assert_int_equal(record_stream_open(&s, p->store), ERR_NOT_FOUND);
    put_all(p);
    assert_lines(p->store, lines, KIT_COUNT(lines));
}

/* What a damaged or forged store says is not trusted. */
static void test_a_store_that_lacks_parts_is_malformed(void **state)
{
    static const char *const damages[] = {"DELETE FROM chains",
                                          "DELETE FROM transcripts",
                                          "UPDATE records SET dictionary=9",
                                          "UPDATE records SET text=x'28b52ffda000000004'",
                                          "UPDATE records SET text=''",
                                          "DROP TABLE chains"};
    const struct place *p = *state;
    for (size_t i = 0; i < KIT_COUNT(damages); i++) {
        struct record_stream *s;
        struct octets line;
        put_all(p);
        change(p, damages[i]);
        enum err e = record_stream_open(&s, p->store);
        if (!e) {
            while (!(e = record_stream_next(s, &line)) && line.size)
                continue;
            record_stream_free(s);
        }
        assert_int_equal(e, ERR_SYNTAX);
        assert_int_equal(remove(p->store), 0);
    }
}

static void test_what_cannot_be_opened_says_why(void **state)
{
    const struct place *p = *state;
    struct place folder;
    struct record_store_writer *w;
    snprintf(folder.store, sizeof folder.store, "%s/none/a.db", p->folder);
    assert_int_equal(record_store_writer_open(&w, folder.store), ERR_SYS);
    assert_int_equal(errno, ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_records_come_out_as_they_went_in),
        TEST(test_certificates_are_kept_once),
        TEST(test_columns),
        TEST(test_what_is_no_record_changes_nothing),
        TEST(test_many_come_out_as_they_went_in),
        TEST(test_paths_name_runs),
        TEST(test_a_run_goes_on_by_its_name),
        TEST(test_a_run_is_emptied),
        TEST(test_nothing_is_there_before_the_commit),
        TEST(test_a_newer_schema_is_refused),
        TEST(test_a_database_of_others_is_refused),
        TEST(test_an_empty_database_becomes_a_store),
        TEST(test_a_store_that_lacks_parts_is_malformed),
        TEST(test_what_cannot_be_opened_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
