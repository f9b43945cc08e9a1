/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "message.h"

/* A worker: visits what the run tells it to (run/remote.h), in a process of its own. */
struct run_worker_records {
    void *owner;
    /* Appends the record of these facts, or leaves the buffer's error; how many findings of it make
     * the run fail. */
    uint32_t (*append)(void *owner, const struct facts_visit *f, struct buf *out);
};

/* Serves at this descriptor, which is taken, until the run's process has closed the other end; what
 * is under way then is left as it is, for the process to end. */
MUST_CHECK enum err run_worker_serve(struct net_loop *l, int fd,
                                     const struct visit_options *options,
                                     const struct run_worker_records *records);
