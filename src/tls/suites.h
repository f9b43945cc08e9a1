/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/*
 * The cipher suites that a hello of ours may offer, as IANA's registry of TLS parameters numbers and
 * names them, with what matters of each.  No suite of this table is ever used: none is spoken.
 */
enum tls_suite_trait {
    TLS_SUITE_TLS13 = 1 << 0, /* of TLS 1.3: names no key exchange */
    TLS_SUITE_ECDHE = 1 << 1,
    TLS_SUITE_DHE = 1 << 2,
    TLS_SUITE_RSA = 1 << 3,   /* RSA key transport: no forward secrecy */
    TLS_SUITE_ECDSA = 1 << 4, /* authenticated so: its curve must be among the groups (RFC 8422) */
    TLS_SUITE_ANON = 1 << 5,
    TLS_SUITE_NULL = 1 << 6,
    TLS_SUITE_EXPORT = 1 << 7,
    TLS_SUITE_RC4 = 1 << 8,
    TLS_SUITE_3DES = 1 << 9,
    TLS_SUITE_STRICT = 1 << 10, /* below TLS 1.3, what RFC 9325 s4.2 recommends, or RFC 7905 adds */
};
#define TLS_SUITE_WEAK \
    (TLS_SUITE_ANON | TLS_SUITE_NULL | TLS_SUITE_EXPORT | TLS_SUITE_RC4 | TLS_SUITE_3DES)

struct tls_suite {
    uint16_t code;
    uint32_t traits; /* set of enum tls_suite_trait */
    const char *name;
};

#define TLS_SUITES_MAX 96

/* NULL when it is none of ours. */
const struct tls_suite *tls_suite_of(uint16_t code);
/* The codes of all suites that have a trait of `any` and none of `none`, the preferable first, at
 * most TLS_SUITES_MAX; how many. */
size_t tls_suites_pick(uint32_t any, uint32_t none, uint16_t *ret_codes);
