/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "buf.h"

/* An IPv4 or IPv6 address as plain data.  IPv4 uses the first four octets. */
struct address {
    uint8_t family; /* 4 or 6; 0 is no address */
    uint8_t octets[16];
};

/* Parses dotted IPv4 or IPv6 text, without brackets, port or zone.  False when it is neither. */
MUST_CHECK bool address_parse(struct octets text, struct address *ret);
void address_append(struct buf *out, const struct address *a); /* as inet_ntop writes it */
bool address_is_equal(const struct address *a, const struct address *b);
/* Whether the first `bits` bits are those of `network` (same family). */
bool address_is_in(const struct address *a, const struct address *network, unsigned bits);
unsigned address_bits(const struct address *a); /* 32 or 128 */

/* An address as a number, to count with.  An IPv4 address has no high half. */
struct address_number {
    uint64_t high, low;
};
struct address_number address_to_number(const struct address *a);
struct address address_of_number(uint8_t family, struct address_number n); /* modulo its width */
/* The IPv4 address that an IPv4-mapped one, or one under NAT64's well-known prefix, leads to. */
MUST_CHECK bool address_unwrap(const struct address *a, struct address *ret);

/*
 * The name of the special-use block that holds the address (IANA IPv4 and IPv6 Special-Purpose
 * Address Registries, RFC 6890), such as "loopback" or "private"; NULL for any other unicast
 * address.  An address under NAT64's well-known prefix is judged by the IPv4 address within.
 */
const char *address_special_use(const struct address *a);
