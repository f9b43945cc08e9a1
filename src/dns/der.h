/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/cursor.h"

/* As much of DER (ITU-T X.690) as it takes to walk through a public key: tags of one octet, definite
 * lengths. */
enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30
};

/* The content of the next element, past which the cursor goes; the cursor fails when it has another
 * tag or runs out of the input. */
struct octets der_take(struct cursor *c, enum der_tag tag);
/* Whether the next element has that tag. */
bool der_is_next(const struct cursor *c, enum der_tag tag);

/*
 * How many bits the modulus of an RSA public key has: of a SubjectPublicKeyInfo (RFC 5280 s4.1.2.7)
 * or of a bare RSAPublicKey (RFC 8017 A.1.1).  0 when it is neither.
 */
size_t der_rsa_bits(struct octets der);
