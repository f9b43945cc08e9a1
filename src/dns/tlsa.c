/* SPDX-License-Identifier: Apache-2.0 */
#include "tlsa.h"

#include "der.h"

#define SHA256_OCTETS 32
#define SHA512_OCTETS 64

/* Certificates and SubjectPublicKeyInfos are one SEQUENCE. */
static bool is_sequence(struct octets der)
{
    struct cursor c;
    cursor_init(&c, der);
    (void)der_take(&c, DER_SEQUENCE);
    return !c.has_failed && cursor_left(&c) == 0;
}

const char *tlsa_fault(const struct dns_tlsa *t)
{
    if (t->usage == TLSA_PKIX_TA || t->usage == TLSA_PKIX_EE)
        return "a usage that SMTP does not have";
    if (t->usage > TLSA_DANE_EE)
        return "an unknown usage";
    if (t->selector > TLSA_PUBLIC_KEY)
        return "an unknown selector";
    if (t->matching > TLSA_SHA512)
        return "an unknown matching type";
    if (t->matching == TLSA_SHA256 && t->data.size != SHA256_OCTETS)
        return "not the size of SHA-256";
    if (t->matching == TLSA_SHA512 && t->data.size != SHA512_OCTETS)
        return "not the size of SHA-512";
    if (t->matching == TLSA_FULL && !is_sequence(t->data))
        return t->selector == TLSA_CERTIFICATE ? "not a certificate" : "not a public key";
    return NULL;
}

size_t tlsa_match(const struct dns_tlsa *t, const struct tlsa_certificate *chain, size_t count)
{
    if (tlsa_fault(t))
        return TLSA_NO_MATCH;
    size_t end = t->usage == TLSA_DANE_EE && count ? 1 : count;
    for (size_t i = 0; i < end; i++) {
        struct octets seen = chain[i].of[t->selector][t->matching];
        bool is_own = t->usage == TLSA_DANE_TA && i == 0 && count > 1;
        if (!is_own && seen.size && octets_is_equal(seen, t->data))
            return i;
    }
    return TLSA_NO_MATCH;
}

bool tlsa_is_outdone(const struct dns_record *records, size_t count, const struct dns_tlsa *t)
{
    if (t->matching != TLSA_SHA256 || tlsa_fault(t))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct dns_tlsa *other = &records[i].tlsa;
        if (records[i].type == DNS_TYPE_TLSA && other->matching == TLSA_SHA512 &&
            other->usage == t->usage && other->selector == t->selector && !tlsa_fault(other))
            return true;
    }
    return false;
}

struct tlsa_verdict tlsa_judge(const struct dns_record *records, size_t count,
                               const struct tlsa_certificate *chain, size_t chain_count)
{
    struct tlsa_verdict v = {0};
    for (size_t i = 0; i < count; i++) {
        const struct dns_tlsa *t = &records[i].tlsa;
        if (records[i].type != DNS_TYPE_TLSA)
            continue;
        bool is_usable = !tlsa_fault(t);
        bool is_match = tlsa_match(t, chain, chain_count) != TLSA_NO_MATCH;
        v.usable += is_usable;
        v.unusable += !is_usable;
        v.matching += is_match;
        v.stale += is_usable && !is_match;
        v.has_end_entity = v.has_end_entity || (is_match && t->usage == TLSA_DANE_EE);
    }
    return v;
}

void tlsa_append_name(struct buf *out, uint16_t port, struct octets host)
{
    buf_append_format(out, "_%u._tcp.", port);
    buf_append(out, host);
}

void tlsa_append(struct buf *out, const struct dns_tlsa *t)
{
    buf_append_format(out, "%u %u %u ", t->usage, t->selector, t->matching);
    buf_append_hex(out, t->data);
}
