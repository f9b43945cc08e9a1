/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "guard.h"

/*
 * The half of the guard that knows addresses.  Used by guard.c alone.  Each function takes what
 * follows the verb of one line (no control characters, no leading blanks) and returns the rule that
 * refuses it, or NULL.
 */
const char *smtp_guard_sender(const struct smtp_scope *s, enum smtp_class class,
                              struct octets argument);
const char *smtp_guard_recipient(const struct smtp_scope *s, enum smtp_class class,
                                 struct octets argument);
/* The argument of VRFY and EXPN. */
const char *smtp_guard_lookup(const struct smtp_scope *s, struct octets argument);
