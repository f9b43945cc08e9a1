/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../base/err.h"

/* A data folder read into memory, in the form that is also built in. */
struct folder {
    struct bundle bundle;
    struct bundle_file *files;
    size_t count, room;
};

/* The files whose names match `pattern` (as fnmatch has it), in folders below as well.  ERR_SYS with
 * errno; ERR_LIMIT for a file over 1 MiB. */
MUST_CHECK enum err folder_read(const char *path, const char *pattern, struct folder *ret);
/* Frees what folder_read gave, also after it failed. */
void folder_release(struct folder *f);
/* One file whole but for a byte order mark that it begins with; *ret is allocated. */
MUST_CHECK enum err folder_read_file(const char *path, size_t max, struct octets *ret);
