/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "belief.h"

/*
 * Which question to put next: the one whose answer tells most of product and version for its cost,
 * among those that may be asked.  A pure function of what was heard.
 */
struct identify_next_limits {
    uint32_t errors;       /* replies 4xx and 5xx that may still be provoked on this connection */
    uint32_t commands;     /* lines that may still be sent on it */
    enum smtp_class class; /* the highest that may be asked */
    uint32_t states;       /* set of 1 << enum smtp_state that the connection can be brought to */
    uint32_t vars;         /* set of 1 << enum smtp_var that have a value */
    bool exhaustive;       /* ask everything, the cheap first */
};

/* Its number among the database's questions, or 0 (the greeting, which cannot be asked) when
 * nothing that may be asked would change the answer.  The belief is settled. */
size_t identify_next(const struct identify_belief *b, const struct identify_next_limits *limits);
