/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "../base/err.h"
#include "../base/octets.h"

/*
 * Stored records, one line at a time, from wherever they are kept: what judge, diff and report read.
 * A line is not looked into; nothing is held but the one line.  A path is a file of lines, "-" for
 * standard input, or a store: FILE is its latest run, FILE@N the run of that number, FILE@-2 the last
 * but one.
 */
struct record_stream;

/* ERR_SYS with errno: it cannot be opened.  Of a store also ERR_NOT_FOUND: there is no such run;
 * ERR_SYNTAX: it is no store of ours, or damaged; ERR_NEWER. */
MUST_CHECK enum err record_stream_open(struct record_stream **ret, const char *path);
void record_stream_free(struct record_stream *s);

/*
 * The next line that is not empty, without its end; borrowed until the next call.  *ret_line has no
 * octets at the end.  ERR_SYS with errno: it cannot be read on; ERR_LIMIT: the line is longer than any
 * record; ERR_SYNTAX: the store is damaged.
 */
MUST_CHECK enum err record_stream_next(struct record_stream *s, struct octets *ret_line);
/* Of the line that was last given, from 1 on: as an editor counts, or of the run's records. */
uint64_t record_stream_line_number(const struct record_stream *s);

/* The record in a line, to be given back with json_decref; NULL when it is no JSON object. */
MUST_CHECK json_t *record_stream_parse(struct octets line);
