/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * Which checks the user wants: lists of ids parted by commas, where "relay.*" stands for all that
 * begin with "relay.".  Borrows both.
 */
struct audit_select {
    struct octets only, skip; /* none: all, none */
};

bool audit_select_has(const struct audit_select *s, struct octets id);
/* The first entry of a list that no id of those given matches, or none: a mistyped one. */
struct octets audit_select_unknown(struct octets list,
                                   bool (*is_known)(const void *owner, struct octets pattern),
                                   const void *owner);
/* Whether the id is `pattern`, or begins as it does up to its '*'. */
bool audit_select_matches(struct octets pattern, struct octets id);
