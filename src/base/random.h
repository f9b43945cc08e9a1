/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"
#include "octets.h"

/* Unpredictable octets from the kernel, for tags that nobody can have as a mailbox. */
MUST_CHECK enum err random_fill(void *at, size_t octets);
/* `size` characters out of [a-z0-9], the first a letter. */
MUST_CHECK enum err random_name(char *at, size_t size);
