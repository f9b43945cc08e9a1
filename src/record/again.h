/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/intern.h"

/*
 * Records that another of the same run takes the place of: a run that was killed and goes on asks anew
 * what was under way, and marks what it writes of it as `again` (docs/resume.md).  Of a file that is read
 * twice, the marks are gathered first; few are marked, so little is held, whatever the file's size.
 */
#define RECORD_AGAIN_MAX ((size_t)262144)

struct record_again {
    struct arena arena;
    struct intern keys; /* of input, address and port */
    uint64_t *last;     /* by the number of a key: the last place that is marked */
    size_t room;
    uint64_t forgotten; /* marked, and past RECORD_AGAIN_MAX */
};

void record_again_init(struct record_again *a);
void record_again_release(struct record_again *a);
/* Looks whether the record at this place, counted from 1, is marked.  ERR_NOMEM alone. */
MUST_CHECK enum err record_again_gather(struct record_again *a, struct octets line, uint64_t place);
/* Whether a marked record of the same comes later. */
bool record_again_is_replaced(const struct record_again *a, struct octets line, uint64_t place);
