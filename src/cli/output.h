/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * Where results go.  Whole lines are handed to the kernel, so that a killed run leaves whole lines: of
 * a write that did not go out whole, the line that was cut is taken back where that is possible.  The
 * first failure sticks.
 */
struct output {
    int fd;
    const char *path; /* for messages */
    bool is_file;     /* ours to close, and to cut */
    struct buf waiting;
    enum err error;
    int error_number; /* errno of the failure */
};

/* A file that may not grow any more is a failure like a full disk, and not the end of the process.  For
 * who writes files otherwise than by this. */
void output_expect_limits(void);

MUST_CHECK enum err output_open(struct output *o,
                                const char *path); /* NULL or "-": standard output */
/* To the end of this file, which is made if need be: ERR_SYS with errno. */
MUST_CHECK enum err output_append(struct output *o, const char *path);
/*
 * Goes on behind what a file holds: its last line is cut off when it has no end, and nothing else.
 * The first `safe` octets are known to be whole lines; where a run begins there may be nothing.
 * *ret_problem is why it cannot be gone on with; NULL with ERR_SYS: errno says it.
 */
MUST_CHECK enum err output_continue(struct output *o, const char *path, uint64_t safe, bool begins,
                                    const char **ret_problem);
uint64_t output_size(const struct output *o); /* of a file */
void output_write(struct output *o, struct octets piece);
/* The same with lines that are complete and may wait for others: until output_flush, output_close, or
 * OUTPUT_BATCH octets.  Not to be mixed with output_write. */
#define OUTPUT_BATCH ((size_t)64 * 1024)
void output_add(struct output *o, struct octets lines);
void output_flush(struct output *o);
void output_close(struct output *o);
bool output_is_terminal(const struct output *o);
/* Tells stderr why writing failed.  False: it did not. */
bool output_say(const struct output *o);
