/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../run/state.h"
#include "options.h"

/*
 * What a run is begun with, as far as it decides whom is asked what: each a name and a hash
 * (SHA-256, its first half), in the arena.  Of lists and exclusions the content counts, not the path;
 * of what is no regular file, such as standard input, only that it is none.  Not among them: how
 * fast, from where and how patiently is asked, what is made of the answers, and the seed, which
 * the state holds itself.  False: a line on stderr said why.
 */
MUST_CHECK bool given_gather(const struct cli_options *o, struct arena *a, struct run_state *ret);
/* What tells this run from others: a hash of that and of the seed. */
#define GIVEN_NAME_OCTETS 32
MUST_CHECK bool given_name(const struct run_state *s, char ret[GIVEN_NAME_OCTETS + 1]);
/* The same name as the user knows it: "--ports", "the list hosts". */
void given_describe(struct buf *out, const struct cli_options *o, struct octets name);
