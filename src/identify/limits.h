/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../smtp/dialogue.h"

/*
 * What servers of a product are known to bear on one connection: data/limits.txt, lines of ERRORS
 * COMMANDS PRODUCT, where "-" means that no limit is known.
 */
#define IDENTIFY_LIMITS_MAX 64
#define IDENTIFY_NO_LIMIT   UINT32_MAX

struct identify_limit {
    struct octets product;
    uint32_t errors, commands;
};

struct identify_limits {
    struct identify_limit at[IDENTIFY_LIMITS_MAX];
    size_t count;
};

/* Borrows the text.  ERR_SYNTAX with *ret_problem. */
MUST_CHECK enum err identify_limits_read(struct octets text, struct identify_limits *l,
                                         struct dialogue_problem *ret_problem);

/* IDENTIFY_NO_LIMIT in both where nothing is known. */
struct identify_limit identify_limits_of(const struct identify_limits *l, struct octets product);
