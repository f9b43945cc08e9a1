/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/finding.h"

/* What a store holds of one target: a line for each record that is about it. */
struct record_sighting {
    uint64_t run;
    struct octets time;
    struct octets input, host, address, port;  /* no address: of a domain */
    struct octets outcome, product, low, high; /* of the software; as text stands in a record */
    uint64_t exposed[FINDING_SEVERITY__COUNT]; /* findings, but for those that are accepted */
};

/*
 * Of a host, an address, a domain or an input, endpoint by endpoint in order of time.  `each` borrows
 * during the call.  *ret_count is how many there were; errors as in record/store.h.
 */
MUST_CHECK enum err record_history(const char *path, struct octets target,
                                   void (*each)(void *owner, const struct record_sighting *s),
                                   void *owner, uint64_t *ret_count);
