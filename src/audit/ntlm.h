/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"

/*
 * The challenge of NTLM (MS-NLMP s2.2.1.2), which a server gives to whoever asks: it names the
 * machine, its domain and the build of Windows.  Pure; lengths and places in it are the peer's, and
 * what lies outside the message is left out.
 */

/* AV_PAIRs that hold a name, by their AvId from 1 on (MS-NLMP s2.2.2.1). */
#define NTLM_NAME_MAP(X) \
    X(NETBIOS_COMPUTER, "NetBIOS computer") \
    X(NETBIOS_DOMAIN, "NetBIOS domain") \
    X(DNS_COMPUTER, "DNS computer") \
    X(DNS_DOMAIN, "DNS domain") \
    X(DNS_TREE, "DNS forest")

#define X(id, name) NTLM_##id,
enum ntlm_name { NTLM_NAME_MAP(X) NTLM_NAME__COUNT };
#undef X

#define NTLM_BASE64_OCTETS_MAX ((size_t)8192) /* longer ones are none */
#define NTLM_NAME_UNITS_MAX    255            /* of a name are kept: as long as a name in DNS */
#define NTLM_PAIRS_MAX         64             /* looked at */

struct ntlm_challenge {
    struct octets target;                  /* UTF-8; or as it came, if it is not in Unicode */
    struct octets names[NTLM_NAME__COUNT]; /* UTF-8; none: not told */
    bool has_version;
    uint8_t major, minor; /* of Windows (MS-NLMP s2.2.2.10) */
    uint16_t build;
};

/* In words: "DNS computer". */
const char *ntlm_name_text(enum ntlm_name n);

/* Reads the text behind 334.  Names live in the arena.  ERR_SYNTAX when it is no challenge. */
MUST_CHECK enum err ntlm_challenge_parse(struct octets base64, struct arena *a,
                                         struct ntlm_challenge *ret);
