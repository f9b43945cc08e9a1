/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "store_parts.h"

/* Columns of the rows below. */
enum { RUN, TIME, INPUT, HOST, ADDRESS, PORT, OUTCOME, PRODUCT, LOW, HIGH, COLUMNS };

enum { SIGHTINGS, EXPOSED, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [SIGHTINGS] =
        "SELECT r.run, r.time, coalesce(s.input, d.input), s.host, s.address, s.port, "
        "coalesce(s.outcome, d.outcome), f.product, f.low, f.high, r.record FROM targets t "
        "JOIN records r USING(record) LEFT JOIN services s USING(record) "
        "LEFT JOIN domains d USING(record) LEFT JOIN software f USING(record) "
        "WHERE t.name=?1 ORDER BY s.address, s.port, d.input, r.time, r.record",
    [EXPOSED] = "SELECT severity, count(*) FROM findings WHERE record=?1 AND verdict='exposed' AND "
                "accepted IS NOT 1 GROUP BY severity",
};

/* A name has some records, not as many as this takes; in a forged file pages can lead back to pages. */
#define STEPS_MAX (1 << 30)

static int give_up(void *owner)
{
    (void)owner;
    return 1;
}

static enum err count_exposed(sqlite3_stmt *s, int64_t record, uint64_t *counts)
{
    int result = sqlite3_bind_int64(s, 1, record);
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(s);
        enum finding_severity severity = result == SQLITE_ROW
                                             ? finding_severity_of(store_column(s, 0))
                                             : FINDING_SEVERITY__COUNT;
        if (severity != FINDING_SEVERITY__COUNT)
            counts[severity] = (uint64_t)sqlite3_column_int64(s, 1);
    }
    enum err e = store_err(sqlite3_db_handle(s), result);
    (void)sqlite3_reset(s);
    return e;
}

static struct record_sighting sighting_of(sqlite3_stmt *s)
{
    return (struct record_sighting){.run = (uint64_t)sqlite3_column_int64(s, RUN),
                                    .time = store_column(s, TIME),
                                    .input = store_column(s, INPUT),
                                    .host = store_column(s, HOST),
                                    .address = store_column(s, ADDRESS),
                                    .port = store_column(s, PORT),
                                    .outcome = store_column(s, OUTCOME),
                                    .product = store_column(s, PRODUCT),
                                    .low = store_column(s, LOW),
                                    .high = store_column(s, HIGH)};
}

enum err record_history(const char *path, struct octets target,
                        void (*each)(void *owner, const struct record_sighting *s), void *owner,
                        uint64_t *ret_count)
{
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    *ret_count = 0;
    enum err e = store_open(&db, path, STORE_READ);
    if (e)
        return e;
    sqlite3_progress_handler(db, STEPS_MAX, give_up, NULL);
    e = store_prepare(db, sql, STATEMENTS, statements);
    sqlite3_stmt *s = statements[SIGHTINGS];
    int result = e ? SQLITE_OK
                   : sqlite3_bind_text64(s, 1, (const char *)target.at, target.size, SQLITE_STATIC,
                                         SQLITE_UTF8);
    while (!e && !result && (result = sqlite3_step(s)) == SQLITE_ROW) {
        struct record_sighting sighting = sighting_of(s);
        e = count_exposed(statements[EXPOSED], sqlite3_column_int64(s, COLUMNS), sighting.exposed);
        if (!e)
            each(owner, &sighting);
        ++*ret_count;
        result = SQLITE_OK;
    }
    if (!e)
        e = store_err(db, result);
    store_finalize(statements, STATEMENTS);
    store_close(db);
    return e;
}
