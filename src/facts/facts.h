/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/arena.h"

/*
 * What was seen at an endpoint: plain data, no meaning.  Everything borrows from the arena of its
 * visit. Foreign text is kept octet by octet; a field that was not measured is zero, none or NULL.
 */

/* How a visit, or the way to it, ended.  The names are those of the record. */
#define FACTS_OUTCOME_MAP(X) \
    X(NOT_ASKED, "not-asked") \
    X(ANSWERED, "answered") \
    X(REFUSED, "refused") \
    X(UNREACHABLE, "unreachable") \
    X(TIMEOUT, "timeout") \
    X(CLOSED, "closed") \
    X(BLOCKED, "blocked") \
    X(NOT_SMTP, "not-smtp") \
    X(TLS_FAILED, "tls-failed") \
    X(EXCLUDED, "excluded") \
    X(NO_SUCH_NAME, "no-such-name") \
    X(NO_ADDRESS, "no-address") \
    X(NO_MAIL, "no-mail") \
    X(DNS_FAILED, "dns-failed") \
    X(DNS_TIMEOUT, "dns-timeout") \
    X(FAILED, "failed")

/* How far a visit asks. */
#define FACTS_LEVEL_MAP(X) \
    X(DETECT, "detect") \
    X(IDENTIFY, "identify") \
    X(AUDIT, "audit") \
    X(FULL, "full")

/* How the target was named: as an argument, in a list, or as one address of a network. */
#define FACTS_NAMED_MAP(X) \
    X(ARGUMENT, "argument") \
    X(LIST, "list") \
    X(NETWORK, "network")

#define FACTS_STAGE_MAP(X) \
    X(NONE, "") \
    X(RESOLVE, "resolve") \
    X(CONNECT, "connect") \
    X(GREETING, "greeting") \
    X(EHLO, "ehlo") \
    X(STARTTLS, "starttls") \
    X(TLS, "tls") \
    X(DIALOGUE, "dialogue")

#define FACTS_PROTOCOL_MAP(X) \
    X(NONE, "") \
    X(ESMTP, "esmtp") \
    X(SMTP, "smtp") \
    X(LMTP, "lmtp")

/* The state a question is asked in (docs/dialogue.md). */
#define FACTS_STATE_MAP(X) \
    X(CONNECTED, "connected") \
    X(GREETED, "greeted") \
    X(EHLO, "ehlo") \
    X(TLS, "tls") \
    X(MAIL, "mail")

#define FACTS_ENDED_MAP(X) \
    X(OPEN, "open") \
    X(CLOSED, "closed") \
    X(TIMEOUT, "timeout")

/* STARTTLS as a step of the plaintext session (RFC 3207). */
#define FACTS_STARTTLS_MAP(X) \
    X(NOT_TRIED, "not-tried") \
    X(OK, "ok") \
    X(REFUSED, "refused") \
    X(FAILED, "failed")

/* What came of a question.  NONE: not asked. */
#define FACTS_ANSWER_MAP(X) \
    X(NONE, "") \
    X(YES, "yes") \
    X(NO, "no") \
    X(UNDECIDED, "undecided")

/* What hellos of one kind each found out (tls/prober.h): whether the server accepts, has or does it. */
#define FACTS_TLS_ASK_MAP(X) \
    X(SSL2, "ssl2") \
    X(SSL3, "ssl3") \
    X(TLS1_0, "tls1.0") \
    X(TLS1_1, "tls1.1") \
    X(TLS1_2, "tls1.2") \
    X(TLS1_3, "tls1.3") \
    X(NULL, "null") \
    X(EXPORT, "export") \
    X(RC4, "rc4") \
    X(3DES, "3des") \
    X(ANONYMOUS, "anonymous") \
    X(FORWARD_SECRECY, "forward-secrecy") \
    X(OWN_ORDER, "own-order") \
    X(DHE, "dhe") \
    X(ML_KEM, "x25519mlkem768") \
    X(COMPRESSION, "compression") \
    X(RENEGOTIATION, "secure-renegotiation") \
    X(EMS, "extended-master-secret") \
    X(FALLBACK, "fallback-scsv") \
    X(NAMELESS, "without-name") \
    X(GROUPS, "groups") \
    X(STRICT, "strict")

/* What became of a question to DNS. */
#define FACTS_LOOKUP_MAP(X) \
    X(NOT_ASKED, "not-asked") \
    X(FOUND, "found") \
    X(ABSENT, "absent") \
    X(FAILED, "failed") \
    X(TIMEOUT, "timeout")

#define X(id, name) FACTS_OUTCOME_##id,
enum facts_outcome { FACTS_OUTCOME_MAP(X) FACTS_OUTCOME__COUNT };
#undef X
#define X(id, name) FACTS_LEVEL_##id,
enum facts_level { FACTS_LEVEL_MAP(X) FACTS_LEVEL__COUNT };
#undef X
#define X(id, name) FACTS_NAMED_##id,
enum facts_named { FACTS_NAMED_MAP(X) FACTS_NAMED__COUNT };
#undef X
#define X(id, name) FACTS_STAGE_##id,
enum facts_stage { FACTS_STAGE_MAP(X) FACTS_STAGE__COUNT };
#undef X
#define X(id, name) FACTS_PROTOCOL_##id,
enum facts_protocol { FACTS_PROTOCOL_MAP(X) FACTS_PROTOCOL__COUNT };
#undef X
#define X(id, name) FACTS_STATE_##id,
enum facts_state { FACTS_STATE_MAP(X) FACTS_STATE__COUNT };
#undef X
#define X(id, name) FACTS_ENDED_##id,
enum facts_ended { FACTS_ENDED_MAP(X) FACTS_ENDED__COUNT };
#undef X
#define X(id, name) FACTS_STARTTLS_##id,
enum facts_starttls { FACTS_STARTTLS_MAP(X) FACTS_STARTTLS__COUNT };
#undef X
#define X(id, name) FACTS_ANSWER_##id,
enum facts_answer { FACTS_ANSWER_MAP(X) FACTS_ANSWER__COUNT };
#undef X
#define X(id, name) FACTS_TLS_##id,
enum facts_tls_ask { FACTS_TLS_ASK_MAP(X) FACTS_TLS__COUNT };
#undef X
#define X(id, name) FACTS_LOOKUP_##id,
enum facts_lookup { FACTS_LOOKUP_MAP(X) FACTS_LOOKUP__COUNT };
#undef X

const char *facts_outcome_name(enum facts_outcome value);
const char *facts_level_name(enum facts_level value);
const char *facts_named_name(enum facts_named value);
const char *facts_stage_name(enum facts_stage value);
const char *facts_protocol_name(enum facts_protocol value);
const char *facts_state_name(enum facts_state value);
const char *facts_ended_name(enum facts_ended value);
const char *facts_starttls_name(enum facts_starttls value);
const char *facts_answer_name(enum facts_answer value);
const char *facts_tls_ask_name(enum facts_tls_ask value);
const char *facts_lookup_name(enum facts_lookup value);
/* The reverse; __COUNT when there is no such name. */
enum facts_outcome facts_outcome_of(struct octets name);
enum facts_level facts_level_of(struct octets name);
enum facts_named facts_named_of(struct octets name);
enum facts_stage facts_stage_of(struct octets name);
enum facts_protocol facts_protocol_of(struct octets name);
enum facts_state facts_state_of(struct octets name);
enum facts_ended facts_ended_of(struct octets name);
enum facts_starttls facts_starttls_of(struct octets name);
enum facts_answer facts_answer_of(struct octets name);
enum facts_tls_ask facts_tls_ask_of(struct octets name);
enum facts_lookup facts_lookup_of(struct octets name);

/* One reply as received: each line with its code, without its line end. */
struct facts_reply {
    struct octets *lines;
    size_t line_count;
    uint16_t code;      /* 0: the first line carries none */
    uint32_t anomalies; /* set of enum smtp_anomaly */
    uint32_t ms;        /* from our write (or the connection) to the whole reply */
};

/* What came of one question. */
struct facts_reaction {
    const char *ask; /* the stimulus */
    enum facts_state state;
    bool tls;
    struct facts_reply *replies;
    size_t reply_count;
    enum facts_ended ended;
};

struct facts_certificate {
    struct octets subject, issuer; /* RFC 4514 form, as OpenSSL's XN_FLAG_RFC2253 gives it */
    struct octets *names;          /* DNS and address alternative names, printable */
    size_t name_count;
    uint64_t not_before_ms, not_after_ms; /* wall clock; 0 when unreadable */
    const char *key;                      /* "EC P-256", "RSA 2048", "ED25519" */
    const char *signature;                /* OpenSSL's long name: "ecdsa-with-SHA384" */
    uint8_t sha256[32];                   /* of the DER */
    bool has_key_sha256;                  /* the next is known */
    uint8_t key_sha256[32];               /* of its SubjectPublicKeyInfo */
    bool has_sha512;                      /* the next two are known */
    uint8_t sha512[64], key_sha512[64];   /* the same, as TLSA records may have it */
};

struct facts_tls {
    bool is_up; /* a handshake completed: the fields below are set */
    bool implicit;
    const char *version;             /* "TLSv1.3" */
    const char *cipher;              /* "TLS_AES_256_GCM_SHA384" */
    const char *group;               /* "X25519"; NULL when there was no key exchange group */
    struct facts_certificate *chain; /* as sent by the server, leaf first */
    size_t chain_count;
    bool trusted;             /* chain verified against the system's store */
    bool name_matches;        /* the leaf carries the name that was asked for (RFC 6125) */
    bool has_name;            /* a name was asked for: name_matches means something */
    const char *verify_error; /* OpenSSL's words when not trusted */
    bool client_cert_asked;
    uint32_t handshake_ms;
};

struct facts_tls_answer {
    enum facts_answer answer;
    struct octets
        words; /* YES: what was chosen.  NO, UNDECIDED: the alert, the server's words, ours */
};

/* Groups for key exchange that are asked for one by one. */
#define FACTS_TLS_GROUPS_MAX 8

/* What the server answers to hellos of many kinds, each on a connection of its own. */
struct facts_tls_probe {
    uint32_t connections;
    struct facts_tls_answer answers[FACTS_TLS__COUNT];
    const char
        *groups[FACTS_TLS_GROUPS_MAX]; /* accepted: "X25519"; all of ours when GROUPS is YES */
    size_t group_count;
    uint32_t dh_bits; /* of the smallest prime that it chose; 0: none was seen */
    bool has_leaf, has_nameless_leaf;
    uint8_t leaf_sha256[32];          /* of the certificate sent to who asks for the name */
    uint8_t nameless_leaf_sha256[32]; /* and to who does not */
};

struct facts_cost {
    uint32_t connections, commands, errors_provoked;
    uint64_t octets_in, octets_out;
    uint64_t duration_ms; /* first connect to last close */
    uint64_t delay_ms;    /* of it, what the server made us wait beyond a round trip */
};

/* Adds one to the other. */
void facts_cost_add(struct facts_cost *sum, const struct facts_cost *more);

/* Who asked: what masking must know to tell our own words in a reply from the server's. */
struct facts_asker {
    struct octets ehlo;   /* the name given at EHLO */
    struct octets client; /* our address on that connection, as text */
    struct octets sender; /* the address used at MAIL FROM */
    struct octets tag;    /* the random part of this visit's local parts */
};

/* ---- what DNS says of an address ---- */

#define FACTS_REVERSE_NAMES_MAX     10 /* as many as RFC 7208 s4.6.4 lets a checker look at */
#define FACTS_ZONES_MAX             8
#define FACTS_LISTING_ADDRESSES_MAX 4
#define FACTS_LISTING_TEXT_MAX      255

/* Its names, and whether one of them leads back to it (RFC 8601 s3, "iprev"). */
struct facts_reverse {
    enum facts_lookup outcome; /* FOUND: names, of which it is known whether they lead back */
    struct octets names[FACTS_REVERSE_NAMES_MAX]; /* presentation form, no final dot */
    size_t name_count, name_total;                /* kept; there */
    bool is_confirmed;                            /* FOUND alone: one of those kept leads back */
};

/* What a list of addresses says of it (RFC 5782). */
struct facts_listing {
    struct octets zone;
    enum facts_lookup outcome;
    struct address addresses[FACTS_LISTING_ADDRESSES_MAX];
    size_t address_count;
    struct octets text; /* of the first TXT record, cut; none: none */
};

struct facts_standing {
    struct facts_reverse reverse;
    struct facts_listing listings[FACTS_ZONES_MAX]; /* as they were asked */
    size_t listing_count;
};

/* How many of the domains that share an endpoint are kept by name. */
#define FACTS_DOMAINS_MAX 20

struct facts_visit {
    struct facts_cost cost; /* counted at every event */
    struct octets input;    /* as the user typed it */
    struct octets tag;      /* the user's own, of a row of a list, else none */
    struct octets domain;   /* the domain whose MX led here, else none */
    struct octets
        *domains;        /* all whose MX led here until the end of the visit, if there are others */
    size_t domain_count; /* of them kept, FACTS_DOMAINS_MAX at most */
    uint64_t domain_total;
    struct octets host; /* the name that was resolved or stands beside the address, else none */
    struct address address;
    uint16_t port;
    uint32_t retries; /* visits before this one that turned us away; the cost is that of all */
    bool is_again;    /* an earlier part of the run may have visited it */
    enum facts_level level; /* how far it was to be asked */
    enum facts_named named;
    bool is_null_mx;  /* the host of a domain whose MX says that it takes no mail */
    bool is_origin;   /* the host behind the domain's exchanges, as the user says */
    uint64_t time_ms; /* wall clock at the start */

    enum facts_outcome outcome;
    enum facts_stage stage;     /* where it ended when the outcome is not ANSWERED */
    struct octets reason;       /* the server's words, or our own */
    enum facts_stage cut_stage; /* turned away after having answered */
    struct octets cut_reply;    /* the server's words, or our own when it said nothing */

    enum facts_protocol protocol;
    struct facts_reply greeting, helo, ehlo, ehlo_tls, quit; /* line_count 0: not seen */
    bool starttls_offered;
    enum facts_starttls starttls;
    struct octets starttls_reason; /* the refusal, or the alert */
    struct octets stray;           /* octets between the STARTTLS reply and the handshake */
    struct facts_tls tls;
    struct facts_tls_probe *tls_probe; /* NULL: not probed */
    struct facts_reaction *reactions;
    size_t reaction_count, reaction_room;
    const struct facts_standing *standing; /* of its address; NULL: not asked */
    struct facts_asker asker;
    struct facts_wire *transcript; /* every octet on the wire, when asked for */
    size_t wire_count, wire_room;
};

struct facts_wire {
    uint32_t t_ms;
    bool from_server, tls;
    struct octets octets;
};

/* The reaction to `ask`, or NULL. */
const struct facts_reaction *facts_visit_reaction(const struct facts_visit *v, const char *ask);
