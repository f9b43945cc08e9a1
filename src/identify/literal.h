/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"

/*
 * A text that every match of a regular expression contains: looking for it is cheaper than running
 * the expression, and far cheaper than compiling it.  Derived from what stands outside groups, with
 * caution: what this does not understand yields none.
 */
#define LITERAL_PATTERN_MAX ((size_t)4096) /* octets; longer patterns have no literal */

/* The longest such text, copied into the arena; none when there is none, or no memory. */
struct octets literal_of(struct octets pattern, struct arena *a);
