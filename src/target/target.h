/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/arena.h"

#define TARGET_NAME_OCTETS \
    ((size_t)253) /* of a name in presentation form: 255 on the wire (RFC 1035 s2.3.4) */

#define TARGET_INPUT_OCTETS ((size_t)1024) /* as long as a line of a list may be */

/* What the user typed, understood: a name, an address, or many addresses. */
enum target_kind { TARGET_NAME, TARGET_ADDRESS, TARGET_NETWORK, TARGET_RANGE };

struct target {
    enum target_kind kind;
    struct octets input;    /* as typed, blanks trimmed */
    struct octets name;     /* NAME: ASCII (A-label) form, lower case, without a final dot; else the
                               name that stands beside the address in a row, or none */
    struct octets tag;      /* of a row: any text of the user's, or none */
    struct address address; /* ADDRESS; NETWORK, RANGE: the first one */
    struct address last;    /* RANGE */
    unsigned bits;          /* NETWORK: length of the prefix */
    uint16_t port;          /* 0: the run's list of ports */
    uint64_t index;         /* place in the run's sequence of targets; set by run/source */
    bool is_again;          /* an earlier part of the run may have visited it; set by run */
};

/*
 * Understands NAME, NAME:PORT, ADDRESS, V4:PORT, [V6], [V6]:PORT, ADDRESS/BITS, ADDRESS-ADDRESS and
 * V4-N, where N is the last number of the range's last address.  U-labels go through libidn2 (RFC
 * 5891).  A network's host bits are cleared; a range holds at most 2^64 - 1 addresses.  Copies into
 * the arena.  On ERR_SYNTAX *ret_problem is one clause for the user that names what is wrong and
 * what is accepted (a constant); ERR_NOMEM past the arena's cap.
 */
MUST_CHECK enum err target_parse(struct octets text, struct arena *a, struct target *ret,
                                 const char **ret_problem);

/*
 * The same for a line of a list, which may also be a row ADDRESS,NAME,TAG,PORT as zgrab2 takes it:
 * an address, network or range, or none; a name; a tag; a port.  Any field may be empty, but not
 * both the first and the second; those at the end may be missing.  Nothing is quoted.
 */
MUST_CHECK enum err target_parse_line(struct octets line, struct arena *a, struct target *ret,
                                      const char **ret_problem);

/* The last address of what is no NAME. */
struct address target_last(const struct target *t);
