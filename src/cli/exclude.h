/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "commands.h"

/*
 * The files of --exclude, all of them or nothing: whoever asked not to be visited must not be
 * visited for a slip of the pen.  What is wrong stands on stderr, with its file and line.
 */
MUST_CHECK enum cli_exit exclude_read(const char *const *paths, size_t count,
                                      struct target_exclude **ret);
