/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/knowledge.h"
#include "commands.h"
#include "limits.h"

/* What the commands that ask servers need before they start. */
struct setup {
    struct arena arena;
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    struct target_exclude *exclude;
    struct net_loop loop;
    struct resolver *resolver;  /* NULL once interrupted */
    struct resolver_counts dns; /* then: what it had counted */
    struct limits limits;
    struct run_options run;
};

/* One line on stderr about a file of the data: FILE:LINE: what is wrong. */
void setup_say_fault(const struct cli_options *o, const char *path,
                     const struct dialogue_problem *problem, enum err e);

/* What is built in, or that of --data, with the signatures of --recog.  False: a line on stderr
 * said why, and nothing is to be freed. */
MUST_CHECK bool setup_data(const struct cli_options *o, struct identify_database **ret_database,
                           struct audit_knowledge **ret_knowledge);

/* Builds all of it from the options.  A failure said so on stderr, and leaves nothing to release.
 */
MUST_CHECK enum cli_exit setup_init(struct setup *s, const struct cli_options *o);
/* What was asked of DNS, also once interrupted. */
struct resolver_counts setup_dns_counts(const struct setup *s);
void setup_release(struct setup *s);
