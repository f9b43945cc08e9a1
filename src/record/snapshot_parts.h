/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "snapshot.h"

/* Snapshots being taken: text goes from JSON into one buffer, and from there into the arena. */
struct taking {
    const json_t *record;
    struct octets findings;
    struct arena *arena;
    struct buf text, undone;
    struct snapshot *out;
    bool is_out_of_memory;
};

/* What is in `text` becomes that text, and `text` empty. */
void taking_put(struct taking *t, enum snapshot_text which);
/* A string of a record, made visible anew whatever it held, and cut. */
void taking_append(struct taking *t, const json_t *string);
void taking_append_visible(struct taking *t, const char *string);
/* The same, of a string that is not of the tree. */
void taking_append_escaped(struct taking *t, struct octets string);
/* What was seen, octet by octet, made visible and cut. */
void taking_append_octets(struct taking *t, struct octets o);
/* The name of one more item, to be followed by its value.  False: there are too many. */
bool taking_item(struct taking *t, const char *name);
/* The same with a name that goes on with a string of the record. */
bool taking_item_of(struct taking *t, const char *name, const json_t *of);
/* Findings as items. */
void taking_findings(struct taking *t);
/* The finding of that id, or NULL. */
const json_t *taking_finding(const struct taking *t, const char *id);
bool json_is_text(const json_t *value, const char *text);
/* What a domain publishes, as items. */
void taking_records(struct taking *t);
