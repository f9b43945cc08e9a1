/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "store_parts.h"

#define STORE_MEMBERS_MAX 64 /* of an object, as far as columns want them */
#define STORE_TIME_MAX    40

/* What is put, each a statement of store_write.c. */
enum store_statement {
    STORE_FIND_RUN,
    STORE_ADD_RUN,
    STORE_COUNT_RUN,
    STORE_DESCRIBE_RUN,
    STORE_FIND_DICTIONARY,
    STORE_ADD_DICTIONARY,
    STORE_ADD_RECORD,
    STORE_ADD_TARGET,
    STORE_ADD_SERVICE,
    STORE_ADD_SOFTWARE,
    STORE_ADD_DOMAIN,
    STORE_ADD_FINDING,
    STORE_FIND_CERTIFICATE,
    STORE_ADD_CERTIFICATE,
    STORE_ADD_CHAIN,
    STORE_ADD_TRANSCRIPT,
    STORE_STATEMENTS
};

/* Names that lead to records of the transaction, until its end. */
struct store_names {
    struct store_name *at;
    size_t count, room;
    struct buf texts;
};

struct record_store_writer {
    sqlite3 *db;
    sqlite3_stmt *statements[STORE_STATEMENTS];
    struct store_packer packer;
    struct buf room; /* of strings that hold escapes */
    struct buf text; /* of a record, with holes */
    struct store_names names;
    int64_t run;
    uint64_t records, octets;
    char last_time[STORE_TIME_MAX];
    size_t last_time_size;
    size_t waiting;
    bool is_open; /* a transaction */
    enum err error;
    int error_number;
};

/* What of a record goes into rows. */
struct store_members {
    struct octets names[STORE_MEMBERS_MAX], values[STORE_MEMBERS_MAX];
    size_t count;
};
/* The members of a record.  False when it is none: see store_is_record. */
MUST_CHECK bool store_take_apart(struct store_members *m, struct octets line);
/* By a path such as "tls.version"; no octets when there is none. */
struct octets store_find(const struct store_members *m, const char *path);

/* Binding gives SQLite's result, OK or why not. */
int store_bind_text(sqlite3_stmt *s, int at, struct octets o);
/* A string as what it says, a truth value as 0 or 1, a number or a list as it is written: columns make
 * numbers of text that is one.  Anything else is NULL. */
int store_bind_value(struct record_store_writer *w, sqlite3_stmt *s, int at, struct octets value);
/* Those at `paths`, up to NULL, from parameter `from` on. */
int store_bind_values(struct record_store_writer *w, sqlite3_stmt *s, int from,
                      const struct store_members *m, const char *const *paths);
/* Runs the statement, unless binding its parameters was `bad`. */
MUST_CHECK enum err store_put_row(struct record_store_writer *w, enum store_statement statement,
                                  int bad);
/* All rows of a record but those of its run. */
MUST_CHECK enum err store_put_record(struct record_store_writer *w, struct octets line,
                                     const struct store_members *top);

void store_names_init(struct store_names *n);
void store_names_clear(struct store_names *n);
void store_names_release(struct store_names *n);
/* Whether they must be put before the transaction ends, lest they take too much memory. */
bool store_names_is_full(const struct store_names *n);
/* Copies the name.  ERR_NOMEM alone. */
MUST_CHECK enum err store_names_add(struct store_names *n, struct octets name, int64_t record);
/* All that wait become rows. */
MUST_CHECK enum err store_names_put(struct record_store_writer *w);
