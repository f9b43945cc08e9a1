/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../record/store.h"
#include "commands.h"

/* Records a transaction: what a commit costs is spread over them, and a kill loses no more. */
#define STORE_BATCH 1000
#define STORE_BATCH_IMPORT 20000 /* at most, of what can be imported once more */

/* A record without its line end, and a commit for each STORE_BATCH; errors as record_store_writer_put. */
MUST_CHECK enum err store_put(struct record_store_writer *w, struct octets line);
/* What is wrong with a store or a stream of records, in words; errno for ERR_SYS. */
const char *store_problem(enum err e);
/* One line on stderr: which store, and what is wrong with it; errno for ERR_SYS. */
void store_say(const char *path, enum err e);
/* What a store that cannot be opened ends the program with; stderr was told. */
enum cli_exit store_refused(const char *path, enum err e);
/* False: stderr was told that --store is missing. */
MUST_CHECK bool store_is_named(const struct cli_options *o);
