/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"

/*
 * What a rule or a check says of an endpoint.  A title states what is wrong: EXPOSED means that it
 * is true and was seen, SAFE that it was seen to be false, UNTESTABLE that it was asked and stayed
 * undecided, NOT_ASKED that it was not, NOTED an observation without good or bad.
 */
#define FINDING_VERDICT_MAP(X) \
    X(EXPOSED, "exposed") \
    X(SAFE, "safe") \
    X(UNTESTABLE, "untestable") \
    X(NOT_ASKED, "not-asked") \
    X(NOTED, "noted")

#define FINDING_SEVERITY_MAP(X) \
    X(INFO, "info") \
    X(LOW, "low") \
    X(MEDIUM, "medium") \
    X(HIGH, "high") \
    X(CRITICAL, "critical")

/* The stage of a session at which it showed. */
#define FINDING_SEEN_MAP(X) \
    X(NOWHERE, "") \
    X(OFFER, "offer") \
    X(MAIL, "mail") \
    X(RCPT, "rcpt") \
    X(DATA, "data") \
    X(DELIVERED, "delivered")

#define X(id, name) FINDING_##id,
enum finding_verdict { FINDING_VERDICT_MAP(X) FINDING_VERDICT__COUNT };
enum finding_severity { FINDING_SEVERITY_MAP(X) FINDING_SEVERITY__COUNT };
#undef X
#define X(id, name) FINDING_SEEN_##id,
enum finding_seen { FINDING_SEEN_MAP(X) FINDING_SEEN__COUNT };
#undef X

const char *finding_verdict_name(enum finding_verdict v);
const char *finding_severity_name(enum finding_severity s);
const char *finding_seen_name(enum finding_seen s);
/* FINDING_SEVERITY__COUNT when it is no severity. */
enum finding_severity finding_severity_of(struct octets name);

/* One thing that a finding holds possible, of several. */
struct finding_possible {
    struct octets id; /* of an advisory; product and series */
    double p;
    enum finding_severity severity;
    struct octets about, fixed, ended; /* none: not known, or not of this kind */
    bool is_exploited;                 /* known to have been used by attackers */
};

struct finding {
    struct octets id, title; /* "svc.cve"; what the check is called */
    enum finding_verdict verdict;
    enum finding_severity severity;
    enum finding_seen seen_at;
    bool is_accepted;        /* by the user's baseline */
    struct octets reason;    /* the server's words, or ours */
    struct octets remedy;    /* of what is exposed: the lines for this product, or what helps */
    struct octets *evidence; /* lines */
    size_t evidence_count;
    double p;                          /* that any of these is so; 0 where there are none */
    struct finding_possible *possible; /* the gravest first, then the likeliest */
    size_t possible_count;
};

struct finding_list {
    struct finding *at;
    size_t count, room;
};

/* Room for one more, zeroed; NULL when the arena is exhausted. */
MUST_CHECK struct finding *finding_add(struct finding_list *list, struct arena *a);

/* What is exposed first, the gravest of it before the rest; then what is untestable, noted, safe and
 * not asked.  Alike ones by their ids. */
void finding_list_sort(struct finding_list *list);
