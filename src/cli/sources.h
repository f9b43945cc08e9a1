/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "setup.h"

#define SOURCES_MAX 256

/* --source: sets the addresses that the run connects from, and leaves out the family that has none.
 * False: a line on stderr said what is wrong. */
MUST_CHECK bool sources_set(struct setup *s, const struct cli_options *o);
