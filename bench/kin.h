/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../src/base/octets.h"

/*
 * Forks, programs built on one another, and imitations: to be taken for one's kin is no mistake.
 * Proofpoint answers with Sendmail's words, simplesmtp with Gmail's, SES with SubEthaSMTP's.
 */
#define KIN_MAX 7
static const char *const kin_families[][KIN_MAX] = {
    {"aiosmtpd", "Mailman LMTP", "Python smtpd", "Salmon", "Sendria", "secure-smtpd"},
    {"smtp-server", "maildev", "MailDev"},
    {"go-smtp", "maddy"},
    {"Dovecot LMTP", "Dovecot submission"},
    {"qmail", "netqmail", "notqmail", "qmail-ldap"},
    {"Microsoft Exchange", "Microsoft Exchange Online", "Microsoft IIS SMTP"},
    {"Sendmail", "Proofpoint"},
    {"Gmail", "simplesmtp"},
    {"Amazon SES", "SubEthaSMTP"},
};

static inline bool kin_has(size_t family, struct octets product)
{
    for (size_t i = 0; i < KIN_MAX && kin_families[family][i]; i++)
        if (octets_is_equal(product, octets_of(kin_families[family][i])))
            return true;
    return false;
}

static inline bool kin_are(struct octets a, struct octets b)
{
    for (size_t i = 0; i < sizeof kin_families / sizeof *kin_families; i++)
        if (kin_has(i, a) && kin_has(i, b))
            return true;
    return octets_is_equal(a, b);
}
