/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "target.h"

/*
 * Whom not to visit: addresses, networks and ranges, sorted (8 octets for each of IPv4, 32 of
 * IPv6), and names with all that is below them, hashed (their length and at most 17 octets more).
 * Made for millions.
 */
struct target_exclude;

MUST_CHECK enum err target_exclude_new(struct target_exclude **ret);
void target_exclude_free(struct target_exclude *x);
/* Takes what t names; its port does not matter.  ERR_NOMEM. */
MUST_CHECK enum err target_exclude_add(struct target_exclude *x, const struct target *t);
/* Once after the last one was added, and before the first question. */
void target_exclude_sort(struct target_exclude *x);

/* An IPv4-mapped address, or one under NAT64's well-known prefix, is excluded with the IPv4 address within too. */
bool target_exclude_has_address(const struct target_exclude *x, const struct address *a);
/* All of them are excluded by one entry; first and last are of one family. */
bool target_exclude_has_range(const struct target_exclude *x, const struct address *first,
                              const struct address *last);
/* A name in the form of struct target's, in any case: itself, or a name that it is below. */
bool target_exclude_has_name(const struct target_exclude *x, struct octets name);
