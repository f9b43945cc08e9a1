/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/dmarc.h"
#include "../dns/spf_check.h"
#include "../dns/spf_tree.h"
#include "facts.h"

/*
 * What a domain publishes for its mail, as DNS and one web server told it, and what its mail servers
 * showed: plain data, no meaning.  Everything borrows from the arena of its survey.
 */

/* The answer to one question. */
struct facts_dns {
    bool is_asked;
    enum dns_status status; /* FAILED is never the same as absent */
    bool is_timeout;        /* of FAILED */
    bool is_authentic;      /* the resolver set AD: worth something only if it is a local one */
    const struct dns_record *records; /* of the type asked, and CNAMEs before them */
    size_t count;
};

/* A question of the survey, in the order in which they were put; each name and type once. */
struct facts_asked {
    struct octets name; /* presentation form */
    enum dns_type type;
    struct facts_dns answer;
};

/* What a validator of our own says of a name (RFC 4035 s4.3). */
#define FACTS_DNSSEC_MAP(X) \
    X(UNKNOWN, "") \
    X(INSECURE, "insecure") \
    X(SECURE, "secure") \
    X(BOGUS, "bogus")

/* Who said so. */
#define FACTS_VALIDATOR_MAP(X) \
    X(NONE, "") \
    X(OURS, "validated") /* signatures were followed to a trust anchor here */ \
    X(RESOLVER, "ad")    /* the AD bit of a resolver on loopback */

#define X(id, name) FACTS_DNSSEC_##id,
enum facts_dnssec { FACTS_DNSSEC_MAP(X) FACTS_DNSSEC__COUNT };
#undef X
#define X(id, name) FACTS_VALIDATOR_##id,
enum facts_validator { FACTS_VALIDATOR_MAP(X) FACTS_VALIDATOR__COUNT };
#undef X
const char *facts_dnssec_name(enum facts_dnssec s);
const char *facts_validator_name(enum facts_validator v);
/* The reverse; UNKNOWN and NONE when there is no such name. */
enum facts_dnssec facts_dnssec_of(struct octets name);
enum facts_validator facts_validator_of(struct octets name);

struct facts_exchange {
    struct octets host;
    uint16_t preference;
    bool is_address; /* the name is an address in text form */
    struct facts_dns a, aaaa, tlsa;
    enum facts_dnssec address_dnssec, tlsa_dnssec;
};

struct facts_selector {
    struct octets name;
    bool is_typed; /* by the user, who knows that it is one */
    struct facts_dns answer;
};

/* Somebody else who is sent DMARC reports, and what stands where that must be allowed. */
struct facts_receiver {
    struct octets domain;
    struct facts_dns answer;
};

/* What SPF says of mail from the domain that comes from one of its own exchanges. */
struct facts_sender {
    struct octets host;
    struct address address;
    enum spf_result result;
};

/* How fetching the MTA-STS policy ended (RFC 8461 s3.3). */
#define FACTS_POLICY_MAP(X) \
    X(NOT_ASKED, "not-asked") \
    X(FOUND, "found") \
    X(NO_ADDRESS, "no-address") \
    X(DNS_FAILED, "dns-failed") \
    X(SPECIAL_USE, "special-use") /* its addresses are such; it was not asked */ \
    X(UNREACHABLE, "unreachable") \
    X(CERTIFICATE, "certificate") \
    X(TLS, "tls") \
    X(TIMEOUT, "timeout") \
    X(STATUS, "status") /* not 200; a redirect is not followed */ \
    X(TOO_LARGE, "too-large") \
    X(FAILED, "failed")

#define X(id, name) FACTS_POLICY_##id,
enum facts_policy_outcome { FACTS_POLICY_MAP(X) FACTS_POLICY__COUNT };
#undef X
const char *facts_policy_name(enum facts_policy_outcome o);
enum facts_policy_outcome facts_policy_of(struct octets name); /* NOT_ASKED: no such name */

struct facts_policy {
    enum facts_policy_outcome outcome;
    unsigned status; /* of HTTP; 0: none came */
    struct octets error, text;
};

/* What one visited endpoint of the domain showed: the little that promises are held against. */
struct facts_seen {
    struct octets host;
    struct address address;
    uint16_t port;
    enum facts_outcome outcome;
    bool has_cut; /* turned away after it had answered */
    bool starttls_offered, is_up, is_implicit, is_trusted, name_matches, has_name;
    enum facts_starttls starttls;
    struct octets verify_error;
    struct octets keywords; /* of EHLO: upper case, sorted, parted by blanks */
    struct octets *names;   /* of the certificate */
    size_t name_count;
    uint64_t not_after_ms;
    struct facts_digest {
        bool has_key;
        uint8_t certificate[32], key[32]; /* SHA-256 of the whole, and of its public key */
        bool has_sha512;
        uint8_t certificate512[64], key512[64]; /* the same, SHA-512 */
    } * chain;                                  /* the server's own first */
    size_t chain_count;
};

#define FACTS_SEEN_CHAIN_MAX 8
#define FACTS_SEEN_NAMES_MAX 20

struct facts_domain {
    struct octets input, tag, name;
    struct octets organization; /* the registrable domain, or none */
    uint64_t time_ms;
    bool is_resolver_local;
    struct facts_dns mx, ns, mtasts, tlsrpt, bimi, caa;
    struct octets caa_at;             /* where the CAA records stand: the name, or one above it */
    struct facts_exchange *exchanges; /* by preference; a null MX has none */
    size_t exchange_count;
    bool has_null_mx;
    const struct spf_tree *spf; /* NULL: not asked */
    struct facts_sender *spf_senders;
    size_t spf_sender_count;
    const struct dmarc_walked *dmarc; /* NULL: not asked */
    struct facts_receiver *receivers; /* of DMARC reports, outside of the organisation */
    size_t receiver_count;
    struct facts_selector *selectors;
    size_t selector_count;
    struct facts_policy policy;
    enum facts_dnssec dnssec; /* of the MX answer, or of its absence */
    enum facts_validator validator;
    struct facts_seen *seen; /* the endpoints that were visited */
    size_t seen_count;
    size_t expected_count;  /* endpoints that it leads to */
    struct octets resolver; /* whom it was asked of: ADDRESS:PORT,... or "recursive" */
    uint64_t queries;       /* questions put, answered by whatever was known or not */
    struct facts_asked *asked;
    size_t asked_count, asked_room;
};

/* Keeps a question, its answer to be filled in, or finds it: its number among d->asked, which may
 * move.  SIZE_MAX past the arena's cap. */
size_t facts_domain_ask(struct facts_domain *d, struct arena *a, struct octets name,
                        enum dns_type type);
/* NULL when it was not asked. */
const struct facts_asked *facts_domain_asked(const struct facts_domain *d, struct octets name,
                                             enum dns_type type);
