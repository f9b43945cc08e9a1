/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "database.h"

/*
 * From facts to an answer.  Pure.  For each specimen the evidence of all reactions is added up: the
 * logarithm of how often a server of its class reacts this closely over how often a stranger does.
 * A class is as likely as its best specimen; "unknown" is the hypothesis for which the evidence is
 * nought.  See docs/identification.md.
 */
#define IDENTIFY_CANDIDATES_MAX 5
#define IDENTIFY_EVIDENCE_MAX   8
#define IDENTIFY_VERSIONS_MAX   64

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
        versions[IDENTIFY_VERSIONS_MAX]; /* the smallest set holding 95 %, in release order */
    double version_p[IDENTIFY_VERSIONS_MAX]; /* of each, given the product */
    size_t version_count;
    struct octets cpe[IDENTIFY_VERSIONS_MAX]; /* for each version; none where there is none */
    struct identify_candidate candidates[IDENTIFY_CANDIDATES_MAX]; /* best first */
    size_t candidate_count;
    struct identify_evidence evidence[IDENTIFY_EVIDENCE_MAX]; /* strongest first */
    size_t evidence_count;
    struct octets claim_text, claim_product; /* what the greeting says; none when it says nothing */
    bool is_altered;                         /* greeting and behaviour disagree */
    bool by_greeting, by_behaviour;          /* what the answer rests on */
};

struct identify_options {
    bool ignore_greeting;
    const struct identify_specimen
        *leave_out; /* for measuring: as if it were not known; NULL otherwise */
};

/* Text of the answer lives in the arena or in the database. */
MUST_CHECK enum err identify_match(const struct identify_database *db, const struct facts_visit *v,
                                   const struct identify_options *options, struct arena *a,
                                   struct identify_answer *ret);

/* The probability of each specimen, and of none, as the reactions stand: what the next question is
 * chosen by. */
struct identify_posterior {
    double *specimens; /* one each; they and unknown add up to 1 */
    double unknown;
    double *scores; /* nats of evidence for each specimen */
};
MUST_CHECK enum err identify_posterior(const struct identify_database *db,
                                       const struct reaction_keys *seen,
                                       const struct identify_options *options, struct arena *a,
                                       struct identify_posterior *ret);

/* Masks the visit's reactions into keys, one for each question of the database. */
MUST_CHECK enum err identify_seen(const struct identify_database *db, const struct facts_visit *v,
                                  struct arena *a, struct specimen *ret_masked,
                                  struct reaction_keys **ret_keys);

/* Orders versions as releases go: numbers by value, letters behind ("3.10" after "3.9", "4.0rc1"
 * before "4.0"). */
int identify_version_compare(struct octets a, struct octets b);
