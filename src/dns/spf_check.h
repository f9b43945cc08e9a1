/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "ask.h"
#include "spf.h"

/*
 * check_host() of RFC 7208 s4: may this address send mail for that domain?  A pure machine: it names
 * a question (ask.h), is fed the answer, and ends with a result.  All that it takes lives in the
 * arena; what it is given must outlive it.
 */

#define SPF_RESULT_MAP(X) \
    X(NONE, "none") \
    X(NEUTRAL, "neutral") \
    X(PASS, "pass") \
    X(FAIL, "fail") \
    X(SOFTFAIL, "softfail") \
    X(TEMPERROR, "temperror") \
    X(PERMERROR, "permerror")

/* Why there is no better result than none or an error. */
#define SPF_CAUSE_MAP(X) \
    X(NOTHING, "") \
    X(BAD_DOMAIN, "malformed domain")       /* s4.3 */ \
    X(NO_RECORD, "no record")               /* s4.5; of an include or redirect: s5.2, s6.1 */ \
    X(MULTIPLE, "more than one record")     /* s4.5 */ \
    X(SYNTAX, "syntax error in the record") /* s4.6 */ \
    X(LOOKUPS, "too many lookups")          /* s4.6.4 */ \
    X(VOIDS, "too many lookups without an answer") \
    X(NAMES, "too many mail exchanges") \
    X(LOOP, "the record leads back to itself") /* it would end with too many lookups */ \
    X(DNS, "DNS failed")

#define X(id, name) SPF_RESULT_##id,
enum spf_result { SPF_RESULT_MAP(X) SPF_RESULT__COUNT };
#undef X
#define X(id, name) SPF_CAUSE_##id,
enum spf_cause { SPF_CAUSE_MAP(X) SPF_CAUSE__COUNT };
#undef X
const char *spf_result_name(enum spf_result r);
const char *spf_cause_name(enum spf_cause c);

/* s4.6.4; the void lookups and what a caller may make of them are its own to choose. */
struct spf_limits {
    unsigned lookups, voids;
    unsigned names; /* exchanges of an mx, names of a ptr or %{p} */
};
#define SPF_LIMITS ((struct spf_limits){.lookups = 10, .voids = 2, .names = 10})

struct spf_mail {
    struct address ip;           /* IPv4-mapped ones are taken as IPv4 (s5) */
    struct octets local, domain; /* MAIL FROM; without domain it is postmaster at HELO (s2.4) */
    struct octets helo;
    struct octets receiver; /* who checks, for %{r}; none: "unknown" (s7.3) */
    uint64_t now_s;         /* for %{t} */
};

/* A record that was evaluated, in the order in which they were. */
struct spf_visit {
    struct spf_visit *next;
    struct spf_visit *parent;   /* whose term led here; NULL for the first */
    const struct spf_term *via; /* its include or redirect */
    struct octets domain;
    const struct spf_record *record; /* NULL: there was none */
    enum spf_result result;
    size_t at;       /* the next term; the machine's own */
    struct octets p; /* %{p} for this domain, once it is known; the machine's own */
};

struct spf_verdict {
    enum spf_result result;
    enum spf_cause cause;
    const struct spf_visit *visits;  /* a list; the first is that of the domain itself */
    const struct spf_visit *decider; /* whose record decided */
    const struct spf_term *term; /* which term of it; NULL: the default, or an error of all of it */
    struct octets explanation;   /* of a fail (s6.2); none: there is none that is valid */
    unsigned lookups, voids;
};

struct spf_check;
/* ERR_NOMEM past the arena's cap. */
MUST_CHECK enum err spf_check_new(struct arena *a, const struct spf_mail *mail,
                                  struct spf_limits limits, struct spf_check **ret);
/* What it wants next; *ret is set for ASK and borrows from the arena. */
enum dns_step spf_check_step(struct spf_check *c, struct dns_question *ret);
/* Feeds the answer to the question; copies what it needs.  Then step is called again. */
void spf_check_answer(struct spf_check *c, const struct dns_answer *answer);
/* Once it is done. */
const struct spf_verdict *spf_check_verdict(const struct spf_check *c);

/* What a TXT answer holds for SPF (s4.5): DNS_FOUND and its one record, copied into the arena;
 * DNS_NO_DATA when there is none; *ret_count is how many there are.  False when the arena is
 * exhausted. */
MUST_CHECK bool spf_select(const struct dns_answer *answer, struct arena *a, struct octets *ret,
                           size_t *ret_count);
