/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/err.h"
#include "../base/octets.h"

/*
 * Records kept in SQLite, run by run (docs/smtpscan-store.5).  A record comes out of it octet for
 * octet as it went in; beside its text stand the columns that record/query.h and record/history.h
 * want.  Nothing outside this folder knows SQL.
 *
 * Of all functions here: ERR_SYS is with errno (ENOSPC: the disk is full, EBUSY: somebody else writes),
 * ERR_SYNTAX is a file that is no store, ERR_NEWER a store of a schema that we do not know.
 */
#define RECORD_STORE_SCHEMA 1

/* ---- written ---- */

/*
 * One run that records are added to.  What is put is there for others after the next commit, and all
 * of it or nothing: a process that is killed leaves whole records.  After a failure what was put since
 * the last commit is taken back, and the failure sticks.  May be handed from thread to thread.
 */
struct record_store_writer;

/* Makes the file if need be, and brings an older schema up to date.  The run begins with its first
 * record. */
MUST_CHECK enum err record_store_writer_open(struct record_store_writer **ret, const char *path);
/* Lets the log grow to 64 MiB before it is brought into the file, so that pages that many transactions
 * change are written less often. */
void record_store_writer_expect_many(struct record_store_writer *w);
/* Rather begins it at once, under a name by which it can be gone on with. */
MUST_CHECK enum err record_store_writer_begin(struct record_store_writer *w, struct octets name);
/* Goes on with the latest run of this name.  *ret_octets is how many octets its records are as lines,
 * their ends included.  ERR_NOT_FOUND: there is none, which does not stick. */
MUST_CHECK enum err record_store_writer_continue(struct record_store_writer *w, struct octets name,
                                                 uint64_t *ret_octets);
/* Takes all records of the run back. */
MUST_CHECK enum err record_store_writer_empty(struct record_store_writer *w);
/* A record without its line end.  ERR_SYNTAX: it is none; nothing is changed then, and nothing sticks. A
 * store that turns out to be damaged is ERR_SYS. */
MUST_CHECK enum err record_store_writer_put(struct record_store_writer *w, struct octets line);
/* How many were put since the last commit. */
size_t record_store_writer_waiting(const struct record_store_writer *w);
/* Hands to the kernel what was put; with `to_disk` all of the run is on the disk as well. */
MUST_CHECK enum err record_store_writer_commit(struct record_store_writer *w, bool to_disk);
uint64_t record_store_writer_run(const struct record_store_writer *w); /* its number; 0: none yet */
/* What was not committed is dropped. */
void record_store_writer_free(struct record_store_writer *w);

/* ---- read ---- */

/* Of which run: N from 1 on is the run of that number, -1 the latest, -2 the one before it. */
#define RECORD_STORE_LATEST ((int64_t)-1)
#define RECORD_STORE_WHOLE  INT64_MIN /* the latest that came to its end and was not interrupted */
#define RECORD_STORE_ANY    ((int64_t)0) /* of none: records are found by their number */

struct record_store_reader;
bool record_store_is_at(const char *path); /* whether it is a file that begins as SQLite's do */
/* ERR_NOT_FOUND: there is no such run. */
MUST_CHECK enum err record_store_reader_open(struct record_store_reader **ret, const char *path,
                                             int64_t run);
/* The next record, without its line end; borrowed until the next call.  No octets at the end. */
MUST_CHECK enum err record_store_reader_next(struct record_store_reader *r,
                                             struct octets *ret_line);
/* By its number in the store, whatever its run; borrowed as above.  ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err record_store_reader_find(struct record_store_reader *r, int64_t record,
                                             struct octets *ret_line);
uint64_t record_store_reader_run(const struct record_store_reader *r); /* its number */
void record_store_reader_free(struct record_store_reader *r);
