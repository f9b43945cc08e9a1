/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "stream.h"
#include "test_store.h"

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

static void test_records_come_out_as_they_went_in(void **state)
{
    const struct test_store *p = *state;
    test_store_add(p, lines, KIT_COUNT(lines));
    assert_lines(p->path, lines, KIT_COUNT(lines));
}

static void test_certificates_are_kept_once(void **state)
{
    const struct test_store *p = *state;
    test_store_add(p, lines, KIT_COUNT(lines));
    test_store_add(p, lines, KIT_COUNT(lines));
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM certificates"), 2);
    assert_int_equal(
        test_store_number(p, "SELECT count(*) FROM chains JOIN certificates USING(certificate) "
                             "WHERE sha256='aa11'"),
        8);
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM transcripts"), 6);
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
            test_store_add(*state, lines, KIT_COUNT(lines));
        if (test_store_number(*state, columns[i].sql) != 1)
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
    const struct test_store *p = *state;
    struct record_store_writer *w = test_store_open(p);
    test_store_put(w, lines[0]);
    for (size_t i = 0; i < KIT_COUNT(no_records); i++)
        assert_int_equal(record_store_writer_put(w, octets_of(no_records[i])), ERR_SYNTAX);
    test_store_put(w, lines[1]);
    assert_int_equal(record_store_writer_waiting(w), 2);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    record_store_writer_free(w);
    assert_lines(p->path, lines, 2);
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
    const struct test_store *p = *state;
    char line[4000];
    for (int run = 0; run < 2; run++) {
        struct record_store_writer *w = test_store_open(p);
        for (unsigned i = 0; i < MANY; i++) {
            make_line(line, sizeof line, i);
            test_store_put(w, line);
            if (i % 500 == 499)
                assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
        }
        record_store_writer_free(w);
    }
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM dictionaries"), 2);
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM records WHERE dictionary IS NULL"),
                     1000);
    assert_true(
        test_store_number(p, "SELECT sum(length(text)) FROM records WHERE dictionary IS NULL") /
            1000 >
        test_store_number(p, "SELECT sum(length(text)) FROM records WHERE dictionary=2") / 2000);
    struct record_stream *s;
    struct octets got;
    assert_int_equal(record_stream_open(&s, p->path), ERR_OK);
    for (unsigned i = 0; i < MANY; i++) {
        make_line(line, sizeof line, i);
        assert_int_equal(record_stream_next(s, &got), ERR_OK);
        kit_assert_text(got, line);
    }
    record_stream_free(s);
}

/* ---- runs ---- */

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
    const struct test_store *p = *state;
    for (size_t i = 0; i < 3; i++)
        test_store_add(p, &lines[i], 1);
    for (size_t i = 0; i < KIT_COUNT(paths); i++) {
        char path[100];
        struct record_stream *s;
        snprintf(path, sizeof path, "%s%s", p->path, paths[i].end);
        if (!paths[i].e)
            assert_lines(path, &lines[paths[i].line], 1);
        else
            assert_int_equal(record_stream_open(&s, path), paths[i].e);
    }
}

static void test_a_run_goes_on_by_its_name(void **state)
{
    const struct test_store *p = *state;
    uint64_t wanted = 0, octets = 0;
    for (size_t i = 0; i < 3; i++) {
        struct record_store_writer *w = test_store_open(p);
        enum err e = record_store_writer_continue(w, OCTETS("one"), &octets);
        assert_int_equal(e, i ? ERR_OK : ERR_NOT_FOUND);
        assert_int_equal(octets, wanted);
        if (e)
            assert_int_equal(record_store_writer_begin(w, OCTETS("one")), ERR_OK);
        test_store_put(w, lines[i]);
        wanted += strlen(lines[i]) + 1;
        assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
        assert_int_equal(record_store_writer_run(w), 1);
        record_store_writer_free(w);
    }
    assert_lines(p->path, lines, 3);
    test_store_add(p, &lines[3], 1);
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM runs"), 2);
}

/* Also before its first record, so that another run of the name is not taken for it. */
static void test_a_run_that_has_begun_is_found(void **state)
{
    const struct test_store *p = *state;
    struct record_store_writer *w;
    uint64_t octets;
    for (int i = 0; i < 2; i++) {
        w = test_store_open(p);
        assert_int_equal(record_store_writer_begin(w, OCTETS("one")), ERR_OK);
        if (i == 0)
            test_store_put(w, lines[0]);
        assert_int_equal(record_store_writer_commit(w, true), ERR_OK);
        record_store_writer_free(w);
    }
    w = test_store_open(p);
    assert_int_equal(record_store_writer_continue(w, OCTETS("one"), &octets), ERR_OK);
    assert_int_equal(octets, 0);
    assert_int_equal(record_store_writer_run(w), 2);
    record_store_writer_free(w);
}

static void test_a_run_is_emptied(void **state)
{
    const struct test_store *p = *state;
    test_store_add(p, lines, KIT_COUNT(lines));
    struct record_store_writer *w = test_store_open(p);
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        test_store_put(w, lines[i]);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    assert_int_equal(record_store_writer_empty(w), ERR_OK);
    assert_lines(p->path, lines, KIT_COUNT(lines)); /* until the commit */
    test_store_put(w, lines[1]);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    record_store_writer_free(w);
    assert_lines(p->path, &lines[1], 1);
    assert_int_equal(test_store_number(p, "SELECT octets FROM runs WHERE run=2"),
                     strlen(lines[1]) + 1);
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM services"), 11);
    char first[80];
    snprintf(first, sizeof first, "%s@1", p->path);
    assert_lines(first, lines, KIT_COUNT(lines));
}

static void test_nothing_is_there_before_the_commit(void **state)
{
    const struct test_store *p = *state;
    test_store_add(p, &lines[0], 1);
    struct record_store_writer *w = test_store_open(p);
    test_store_put(w, lines[1]);
    assert_lines(p->path, lines, 1);
    record_store_writer_free(w);
    assert_lines(p->path, lines, 1);
    assert_int_equal(test_store_number(p, "SELECT count(*) FROM runs"), 1);
}

/* ---- files that are no store of ours ---- */

static void assert_refused(const struct test_store *p, enum err wanted)
{
    struct record_store_writer *w;
    struct record_stream *s;
    assert_int_equal(record_store_writer_open(&w, p->path), wanted);
    assert_int_equal(record_stream_open(&s, p->path), wanted);
}

static void test_a_newer_schema_is_refused(void **state)
{
    test_store_add(*state, lines, KIT_COUNT(lines));
    test_store_change(*state, "PRAGMA user_version=2");
    assert_refused(*state, ERR_NEWER);
}

static void test_a_database_of_others_is_refused(void **state)
{
    test_store_change(*state, "CREATE TABLE records(a)");
    assert_refused(*state, ERR_SYNTAX);
    test_store_change(*state, "PRAGMA user_version=1");
    assert_refused(*state, ERR_SYNTAX);
    assert_int_equal(remove(((struct test_store *)*state)->path), 0);
}

static void test_an_empty_database_becomes_a_store(void **state)
{
    const struct test_store *p = *state;
    struct record_stream *s;
    test_store_change(p, "PRAGMA journal_mode=WAL");
    assert_int_equal(record_stream_open(&s, p->path), ERR_NOT_FOUND);
    test_store_add(p, lines, KIT_COUNT(lines));
    assert_lines(p->path, lines, KIT_COUNT(lines));
}

/* A record that is zstd by hand: its octets as they stand, or one of them many times. */
#define UNPACKED(octets) "UPDATE records SET dictionary=NULL, text=x'" octets "'"

/* What a damaged or forged store says is not trusted. */
static void test_a_store_that_lacks_parts_is_malformed(void **state)
{
    static const char *const damages[] = {
        "DELETE FROM chains",
        "DELETE FROM transcripts",
        "UPDATE records SET dictionary=9",
        "UPDATE records SET text=x'28b52ffda000000004'",
        "UPDATE records SET text=''",
        "UPDATE records SET text=7",
        "DROP TABLE chains",
        /* Not a line, or none that is a record. */
        "UPDATE certificates SET text='{\"a\":1}'||char(10)||'{}'",
        "UPDATE certificates SET text='{\"a\":'||char(13)||'1}'",
        "UPDATE certificates SET text='{\"a\":\"'||char(27)||'[2J\"}'",
        "UPDATE certificates SET text=x'7b7d00'",
        "UPDATE certificates SET text=x'229b22'",
        "UPDATE certificates SET text='7,'",
        UNPACKED("28b52ffda000000000010000"),           /* nothing */
        UNPACKED("28b52ffda00500000029000068656c6c6f"), /* hello */
        /* So many holes that they would never be filled. */
        UNPACKED("28b52ffda0a086010003350c02"),
        UNPACKED("28b52ffda0a086010003350c01"),
        /* A dictionary that is none. */
        "INSERT INTO dictionaries VALUES(9,x'37a430ecffffffffffff'); UPDATE records SET "
        "dictionary=9",
        "INSERT INTO dictionaries VALUES(9,zeroblob(1000000)); UPDATE records SET dictionary=9",
        /* What does otherwise than it looks. */
        "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END",
        "ALTER TABLE chains RENAME TO c; CREATE VIEW chains AS SELECT * FROM c",
        "ALTER TABLE runs ADD COLUMN more AS (abs(run))",
        "DROP INDEX records_run",
        "PRAGMA user_version=-1",
        "PRAGMA user_version=0",
        "PRAGMA application_id=0",
    };
    const struct test_store *p = *state;
    for (size_t i = 0; i < KIT_COUNT(damages); i++) {
        struct record_stream *s;
        struct octets line;
        test_store_add(p, lines, KIT_COUNT(lines));
        test_store_change(p, damages[i]);
        enum err e = record_stream_open(&s, p->path);
        if (!e) {
            while (!(e = record_stream_next(s, &line)) && line.size)
                continue;
            record_stream_free(s);
        }
        assert_int_equal(e, ERR_SYNTAX);
        assert_int_equal(remove(p->path), 0);
    }
}

/* Without the right to write in the folder, where SQLite would have an index of its log. */
static void test_who_may_only_read_can_read(void **state)
{
    const struct test_store *p = *state;
    bool is_root = geteuid() == 0;
    test_store_add(p, lines, KIT_COUNT(lines));
    assert_int_equal(chmod(p->folder, 0555), 0);
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    assert_lines(p->path, lines, KIT_COUNT(lines));
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(p->folder, 0700), 0);
}

/* After a failure nothing of the transaction is left, and the failure stays. */
static void test_a_failure_sticks(void **state)
{
    const struct test_store *p = *state;
    test_store_add(p, lines, 1);
    struct record_store_writer *w = test_store_open(p);
    test_store_put(w, lines[1]);
    test_store_put(w, lines[2]);
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    test_store_put(w, lines[3]);
    /* A row that is in the way, as of a file that was tampered with. */
    assert_int_equal(record_store_writer_commit(w, false), ERR_OK);
    test_store_change(p, "INSERT INTO services(record) SELECT max(record) + 2 FROM records");
    test_store_put(w, lines[4]);
    for (int i = 0; i < 2; i++) {
        errno = 0;
        assert_int_equal(record_store_writer_put(w, octets_of(lines[5])), ERR_SYS);
        assert_int_equal(errno, EIO);
        assert_int_equal(record_store_writer_commit(w, true), ERR_SYS);
    }
    record_store_writer_free(w);
    assert_lines(p->path, &lines[1], 3);
}

static void test_what_cannot_be_opened_says_why(void **state)
{
    const struct test_store *p = *state;
    struct test_store folder;
    struct record_store_writer *w;
    snprintf(folder.path, sizeof folder.path, "%s/none/a.db", p->folder);
    assert_int_equal(record_store_writer_open(&w, folder.path), ERR_SYS);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_STORE(test_records_come_out_as_they_went_in),
        TEST_STORE(test_certificates_are_kept_once),
        TEST_STORE(test_columns),
        TEST_STORE(test_what_is_no_record_changes_nothing),
        TEST_STORE(test_many_come_out_as_they_went_in),
        TEST_STORE(test_paths_name_runs),
        TEST_STORE(test_a_run_goes_on_by_its_name),
        TEST_STORE(test_a_run_that_has_begun_is_found),
        TEST_STORE(test_a_run_is_emptied),
        TEST_STORE(test_nothing_is_there_before_the_commit),
        TEST_STORE(test_a_newer_schema_is_refused),
        TEST_STORE(test_a_database_of_others_is_refused),
        TEST_STORE(test_an_empty_database_becomes_a_store),
        TEST_STORE(test_a_store_that_lacks_parts_is_malformed),
        TEST_STORE(test_who_may_only_read_can_read),
        TEST_STORE(test_a_failure_sticks),
        TEST_STORE(test_what_cannot_be_opened_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
