/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "identify/match.h"

/*
 * A visit without a network: the questions are chosen and counted as a visit does (src/visit), and
 * a specimen gives its recorded answers.
 */
struct trial_cost {
    uint32_t commands; /* lines sent, EHLO and QUIT included */
    uint32_t connections;
    uint32_t errors;
};

/* NULL when memory is out.  The belief is settled, and lives in the arena. */
struct identify_belief *trial_run(const struct identify_database *db, size_t specimen,
                                  const struct identify_options *options, struct arena *a,
                                  struct trial_cost *ret_cost);
