/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "record.h"

/* record_read of what is JSON already, for whoever reads other members of it too.  Borrows nothing
 * of it. */
MUST_CHECK enum err record_read_parsed(const json_t *record, struct arena *a,
                                       enum record_type *ret_type, struct facts_visit *ret);
