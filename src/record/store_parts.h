/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <sqlite3.h>
#include <zstd.h>

#include "../base/buf.h"
#include "store.h"

/* What the modules of the store share. */

/* An octet that no JSON text has, in the place of what is kept elsewhere: certificates in the order of
 * `chains`, and the transcript. */
#define STORE_HOLE_CERTIFICATE 1
#define STORE_HOLE_TRANSCRIPT  2

#define STORE_CHAIN_MAX 100 /* certificates of a record that are kept apart */

/* Whether it is a record as it may be put, in one line: no LF or other control but TAB is in it. */
MUST_CHECK bool store_is_record(struct octets line);

enum store_use { STORE_READ, STORE_WRITE };
MUST_CHECK enum err store_open(sqlite3 **ret, const char *path, enum store_use use);
void store_close(sqlite3 *db); /* no statement of it may live any more */
/* What a result of SQLite's means; sets errno for ERR_SYS. */
enum err store_err(sqlite3 *db, int result);
MUST_CHECK enum err store_run(sqlite3 *db,
                              const char *sql); /* statements whose rows nobody wants */

/* Statements of a table of texts, prepared once; all NULL after a failure. */
MUST_CHECK enum err store_prepare(sqlite3 *db, const char *const *sql, size_t count,
                                  sqlite3_stmt **ret);
void store_finalize(sqlite3_stmt **statements, size_t count);
/* Runs it to its end and makes it ready for the next time. */
MUST_CHECK enum err store_step(sqlite3_stmt *s);
/* The same with one row wanted, whose first column is a number: ERR_NOT_FOUND without a row. */
MUST_CHECK enum err store_number(sqlite3_stmt *s, int64_t *ret);
/* Octets of a column, borrowed until the next step. */
struct octets store_column(sqlite3_stmt *s, int column);

/* ---- texts, compressed ---- */

/*
 * zstd with a dictionary that is trained on texts of the run itself and kept in the store: records are
 * alike, so one of 2.8 kB takes 0.3 kB and 3 us (0.6 kB and 61 us with zlib's best likeness of it, 1.2 kB
 * and 9 us with zstd alone; records of bench/fleet at level identify).
 */
struct store_packer {
    ZSTD_CCtx *context;
    ZSTD_CDict *dictionary;
    int64_t number; /* of the dictionary; 0: none */
    struct buf packed;
    struct buf samples; /* texts to train on, one behind another */
    size_t *sample_sizes, sample_count;
};

MUST_CHECK enum err store_packer_init(struct store_packer *p);
void store_packer_release(struct store_packer *p);
/* Borrowed until the next call. */
MUST_CHECK enum err store_pack(struct store_packer *p, struct octets text, struct octets *ret);
MUST_CHECK enum err store_packer_use(struct store_packer *p, struct octets dictionary,
                                     int64_t number);
/* Whether there are samples enough for a dictionary, which is then appended; only once. */
MUST_CHECK bool store_packer_train(struct store_packer *p, struct buf *ret_dictionary);

struct store_unpacker {
    ZSTD_DCtx *context;
    ZSTD_DDict *dictionary;
    int64_t number;
};
MUST_CHECK enum err store_unpacker_init(struct store_unpacker *u);
void store_unpacker_release(struct store_unpacker *u);
MUST_CHECK enum err store_unpacker_use(struct store_unpacker *u, struct octets dictionary,
                                       int64_t number);
/* Appends the text.  ERR_SYNTAX: it is none of ours, or too long. */
MUST_CHECK enum err store_unpack(struct store_unpacker *u, struct octets packed, struct buf *out);
