/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "commands.h"

/* What the commands that ask servers need before they start. */
struct setup {
    struct arena arena;
    struct identify_database *database;
    struct target_exclude *exclude;
    struct net_loop loop;
    struct resolver *resolver;
    struct run_options run;
};

/* The database built in, or that of --data, with the signatures of --recog.  NULL: a line on stderr said why. */
struct identify_database *setup_database(const struct cli_options *o);

/* Builds all of it from the options.  A failure said so on stderr, and leaves nothing to release.
 */
MUST_CHECK enum cli_exit setup_init(struct setup *s, const struct cli_options *o);
void setup_release(struct setup *s);
