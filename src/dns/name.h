/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"

/* Names of the DNS in presentation form (RFC 1035 s5.1), without a final dot unless said. */

/* The name under which PTR records of an address stand (RFC 1035 s3.5, RFC 3596 s2.5). */
void dns_name_append_reverse(struct buf *out, const struct address *a);
/* Its labels alone, each with its dot: what stands before the zone of a list of addresses (RFC 5782
 * s2.1, s2.4). */
void dns_name_append_reversed(struct buf *out, const struct address *a);

/* Appends plain labels and dots with what would read as something else as \DDD. */
void dns_name_append_escaped(struct buf *out, struct octets plain);

/* Whether labels and dots, not escaped, make a name: labels of 1 to 63 octets, 253 in all (RFC 1035
 * s2.3.4). */
bool dns_name_is_valid(struct octets plain);

/* How many labels it has; 0 for none and for the root. */
size_t dns_name_labels(struct octets name);
/* The last `count` labels; all of it when it has no more. */
struct octets dns_name_suffix(struct octets name, size_t count);
/* Whether name is domain or stands below it, case ignored. */
bool dns_name_is_under(struct octets name, struct octets domain);
/* Without the final dot, if there is one. */
struct octets dns_name_without_dot(struct octets name);
