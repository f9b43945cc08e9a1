/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "prober.h"

/* What the parts of the prober share: prober_plan.c (which hellos there are, and what their answers
 * mean), prober.c (which of them is next, and how they end). */

#define BIT(ask)    (1u << FACTS_TLS_##ask)
#define USUAL       (TLS_SUITE_ECDHE | TLS_SUITE_DHE | TLS_SUITE_RSA)
#define NO_USE      (TLS_SUITE_ANON | TLS_SUITE_NULL | TLS_SUITE_EXPORT)
#define ORDINARY    (TLS_HELLO_EMS | TLS_HELLO_RENEGOTIATION)
#define ONLY_TLS1_3 "only TLS 1.3 is accepted"
/* What the first answer in TLS 1.2 or older tells besides its version. */
#define OF_LEGACY (BIT(COMPRESSION) | BIT(RENEGOTIATION) | BIT(EMS) | BIT(FORWARD_SECRECY))

#define PROBER_CLASSES 5
struct prober_class {
    enum facts_tls_ask ask;
    uint32_t trait;
};
extern const struct prober_class prober_classes[PROBER_CLASSES]; /* of weak suites */

#define PROBER_GROUPS 6
struct prober_group {
    uint16_t code;
    const char *name;
};
/* Asked for one by one, but for the last, which has a row of its own. */
extern const struct prober_group prober_groups[PROBER_GROUPS];
#define GROUP_ML_KEM  (1u << (PROBER_GROUPS - 1))
#define GROUPS_USUAL  (GROUP_ML_KEM - 1)
#define GROUPS_STRICT 7u /* X25519, P-256, P-384: what every browser and mail client has */
_Static_assert(PROBER_GROUPS <= FACTS_TLS_GROUPS_MAX, "each has room in the facts");

enum versions { HIGHEST_LEGACY, UP_TO, ALL, ONLY_1_3, GROUPWISE, STRICT };
struct prober_row {
    uint32_t decides; /* set of questions; an answer of no use settles them all */
    uint32_t fills;   /* that it may answer besides */
    enum versions versions;
    uint16_t up_to;     /* for UP_TO */
    uint32_t any, none; /* traits of the suites; none of both: of the weak classes that are open */
    uint32_t with;      /* set of enum tls_hello_with */
    uint32_t groups;    /* set of places in the table; 0 and GROUPWISE: those that are left */
    bool needs_legacy;  /* something older than TLS 1.3 */
    bool needs_tls1_3;
    enum facts_answer lacking; /* settles it where what it needs is known not to be there */
    bool is_nameless, is_reversed;
    bool repeats;                         /* until it is refused or nothing is open */
    bool (*is_due)(struct tls_prober *p); /* may settle what it decides; NULL: always */
    void (*accept)(struct tls_prober *p);
    void (*refuse)(struct tls_prober *p, struct octets words); /* NULL: NO to what it decides */
};

#define PROBER_ROWS       16
#define PROBER_ROW_LEGACY 1 /* asks for TLS 1.2 or older, and learns what OF_LEGACY holds */
extern const struct prober_row prober_plan[PROBER_ROWS];
_Static_assert(PROBER_ROWS <= 32, "rows_done has a bit for each");

/* The questions that have this answer. */
uint32_t prober_having(const struct tls_prober *p, enum facts_answer answer);
/* Answers those that are open. */
void prober_settle(struct tls_prober *p, uint32_t asks, enum facts_answer answer,
                   struct octets words);
/* One behind the other, kept in the arena; what does not fit is left out. */
struct octets prober_say(struct tls_prober *p, const char *before, struct octets after);
/* The questions of the versions above `from` up to `to`. */
uint32_t prober_version_bits(uint16_t from, uint16_t to);
/* The highest version below the highest that it accepts; 0: none. */
uint16_t prober_fallback_version(const struct tls_prober *p);
bool prober_has_tls1_3(const struct tls_prober *p);
/* What every ServerHello may tell: the group, the prime. */
void prober_take_common(struct tls_prober *p);
