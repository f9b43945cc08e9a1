/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/select.h"
#include "change.h"

/*
 * Two scans held against each other, record by record: of each service and name the little that is
 * compared is held (record/snapshot.h), equal texts once.  Services are matched by address and
 * port, names by how they were typed.  Where one scan has several records of a service, the last
 * that answered counts.
 */
struct record_diff;

enum record_diff_side { RECORD_DIFF_FIRST, RECORD_DIFF_SECOND, RECORD_DIFF__COUNT };

#define RECORD_DIFF_OCTETS_MAX ((size_t)8 * 1024 * 1024 * 1024)

/* `select` is of kinds of change and of findings; its texts are borrowed.  ERR_NOMEM alone. */
MUST_CHECK enum err record_diff_new(struct record_diff **ret, struct audit_select select);
void record_diff_free(struct record_diff *d);

/* One record of that scan, as a line.  ERR_SYNTAX when it is none; the diff goes on without it. */
MUST_CHECK enum err record_diff_add(struct record_diff *d, enum record_diff_side side,
                                    struct octets line);

/* What differs, sorted; it borrows from the diff.  Once, when all records were added. */
MUST_CHECK enum err record_diff_finish(struct record_diff *d, struct record_changes *ret);

/* How many services of that scan answered, and which version judged them; NULL: it does not say, or
 * there were several. */
uint64_t record_diff_answered(const struct record_diff *d, enum record_diff_side side);
const char *record_diff_version(const struct record_diff *d, enum record_diff_side side);
