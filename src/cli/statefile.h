/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * A small file that is replaced as a whole, so that a reader or a crash finds the old one or the new
 * one, and that one process at a time holds: by flock, each new file before it takes its place.
 */
struct statefile {
    char *path, *new_path;
    int fd, folder; /* -1: none */
    bool is_new;    /* made by statefile_open, and not replaced yet */
};

/* Makes it when there is none.  ERR_SYS with errno, EWOULDBLOCK when another process holds it and
 * EINVAL when it is no regular file; nothing is to be closed then. */
MUST_CHECK enum err statefile_open(struct statefile *f, const char *path);
/* All of it.  ERR_LIMIT past the buffer's cap, ERR_NOMEM, ERR_SYS. */
MUST_CHECK enum err statefile_read(const struct statefile *f, struct buf *out);
/* On disk when this returns.  ERR_SYS with errno: the old one stands. */
MUST_CHECK enum err statefile_replace(struct statefile *f, struct octets text);
void statefile_close(struct statefile *f); /* removes one that is still new */
