/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "belief.h"

/*
 * From facts to an answer.  Pure.  For each specimen the evidence of all reactions is added up: the
 * logarithm of how often a server of its class reacts this closely over how often a stranger does.
 * A class is as likely as its best specimen; "unknown" is the hypothesis for which the evidence is
 * nought.  See docs/identification.md.
 */
#define IDENTIFY_CANDIDATES_MAX 5
#define IDENTIFY_EVIDENCE_MAX   8
#define IDENTIFY_VERSIONS_MAX   64
#define IDENTIFY_HITS_MAX       16 /* signatures that one visit is told by */

struct identify_candidate {
    struct octets product;
    double p;
};

struct identify_evidence {
    const char *ask;
    struct octets reply; /* masked; its first line */
    double bits;         /* for the product, against all strangers; may be negative */
};

struct identify_answer {
    bool is_unknown;
    struct octets product, vendor, front; /* unless unknown */
    double confidence;                    /* P(product), or P(unknown) */
    struct octets
        versions[IDENTIFY_VERSIONS_MAX];     /* the smallest set holding 95 %, in release order */
    double version_p[IDENTIFY_VERSIONS_MAX]; /* given the product */
    size_t version_count;
    struct octets cpe[IDENTIFY_VERSIONS_MAX]; /* for each version; none where there is none */
    struct identify_candidate candidates[IDENTIFY_CANDIDATES_MAX]; /* best first */
    size_t candidate_count;
    struct identify_evidence evidence[IDENTIFY_EVIDENCE_MAX]; /* strongest first */
    size_t evidence_count;
    /* What the greeting says; none when it says nothing.  The front is also the product when the
     * greeting names no software. */
    struct octets claim_text, claim_product, claim_version, claim_front;
    bool is_altered;                /* greeting and behaviour disagree */
    bool by_greeting, by_behaviour; /* what the answer rests on */
};

/* Text of the answer lives in the arena or in the database. */
MUST_CHECK enum err identify_match(const struct identify_database *db, const struct facts_visit *v,
                                   const struct identify_options *options, struct arena *a,
                                   struct identify_answer *ret);

/* The same from what is believed already: all of the answer but what needs the words themselves
 * (evidence and claim). */
void identify_conclude(const struct identify_belief *b, struct identify_answer *ret);

/* Orders versions as releases go: numbers by value, letters behind ("3.10" after "3.9", "4.0rc1"
 * before "4.0"). */
int identify_version_compare(struct octets a, struct octets b);
