/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"
#include "octets.h"

/* Unpredictable octets from the kernel, for tags that nobody can have as a mailbox. */
MUST_CHECK enum err random_fill(void *at, size_t octets);
/* Octets from the kernel that wait to be used, for who needs a few thousands of times.  Not to be shared
 * with a child: both would have the same. */
struct random_pool {
    uint8_t octets[512];
    size_t left; /* of these, at their end */
};

/* `size` characters out of [a-z0-9], the first a letter. */
MUST_CHECK enum err random_name(struct random_pool *p, char *at, size_t size);
