/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/arena.h"

#define TARGET_NAME_OCTETS \
    ((size_t)253) /* of a name in presentation form: 255 on the wire (RFC 1035 s2.3.4) */

/* What the user typed, understood: a name, an address, or a network of addresses. */
enum target_kind { TARGET_NAME, TARGET_ADDRESS, TARGET_NETWORK };

struct target {
    enum target_kind kind;
    struct octets input;    /* as typed, blanks trimmed */
    struct octets name;     /* NAME: ASCII (A-label) form, lower case, without a final dot */
    struct address address; /* ADDRESS; NETWORK: its first address */
    unsigned bits;          /* NETWORK: length of the prefix */
    uint16_t port;          /* 0: the run's list of ports */
};

/*
 * Understands NAME, NAME:PORT, ADDRESS, V4:PORT, [V6], [V6]:PORT, ADDRESS/BITS.  U-labels go
 * through libidn2 (RFC 5891).  A network's host bits are cleared.  Copies into the arena.  On
 * ERR_SYNTAX *ret_problem is one clause for the user that names what is wrong and what is accepted
 * (a constant); ERR_NOMEM past the arena's cap.
 */
MUST_CHECK enum err target_parse(struct octets text, struct arena *a, struct target *ret,
                                 const char **ret_problem);

/* Walks the addresses of an ADDRESS or NETWORK target; state is the walker's alone. */
struct target_walk {
    struct address next;
    struct address network;
    unsigned bits;
    bool is_done;
};
void target_walk_init(struct target_walk *w, const struct target *t);
bool target_walk_next(struct target_walk *w, struct address *ret); /* false at the end */
