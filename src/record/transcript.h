/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/database.h"

/*
 * Recorded replies of a server to odd commands, each on a fresh connection, as JSON:
 *   {"id":..., "product":..., "version":..., "variant":..., "package":..., "address":..., "stimuli":
 *    {NAME: {"greet": TEXT, "steps": [[SENT, REPLY, SECONDS, CLOSED], ...]}}}
 * and, if it was recorded elsewhere, "kind", "seen" and "origin" as a specimen says them.
 * SENT and REPLY hold one octet a character (Latin-1).  A stimulus is recognised by what was sent, not by its name.
 */
struct record_transcript {
    struct octets id, product, version, variant, package;
    struct octets kind, seen, origin; /* may be none */
    struct facts_visit visit;         /* as if we had asked */
};

/* All lives in the arena.  ERR_SYNTAX when it is no such recording. */
MUST_CHECK enum err record_transcript_read(struct octets json, const struct identify_database *db,
                                           struct arena *a, struct record_transcript *ret);
