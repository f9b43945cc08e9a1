/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "database.h"

/*
 * What is believed of one server after the reactions heard so far: for each specimen the evidence
 * added up, and from it the probability of each and of "unknown".  Kept up to date as a visit goes
 * on; a pure function of what was heard.  See docs/identification.md.
 */
#define IDENTIFY_PRIOR_UNKNOWN 0.02 /* of "unknown", before anything was asked */

struct identify_options {
    bool ignore_greeting;
    bool flat_priors;     /* every product equally likely beforehand */
    const bool *excluded; /* for measuring: a flag for each specimen that is to be as if it were not
                             known; NULL otherwise */
};

/* A product of which no specimen tells, or only a partial one, but whose words were recognised. */
#define IDENTIFY_NAMED_MAX 8
struct identify_named {
    struct octets product;
    float evidence; /* nats */
    double p;
    bool has_specimens; /* the evidence was added to theirs */
};

struct identify_belief {
    const struct identify_database *db;
    struct identify_options options;
    struct reaction_keys *seen; /* for each question; text 0: not heard, code 0: not weighed */
    size_t heard, asked;        /* how many were; those of them that are stimuli */
    float *evidence;            /* for each specimen, nats */
    float *release_evidence;    /* for each release: nats, against others of its class */
    struct identify_heard {     /* of the reaction heard last, for each voice: */
        float worth;
        uint8_t near;
        bool is_known; /* to a specimen that is not excluded */
    } * voices;
    uint8_t *near;     /* for each release: how near it came to the reaction heard last */
    uint32_t *configs; /* and the configurations in which it was recorded */
    double *class_p;   /* for each class */
    float *p;          /* for each specimen; with `unknown` they add up to 1.  As of the
                                   last identify_settle */
    double unknown;
    struct identify_named named[IDENTIFY_NAMED_MAX];
    size_t named_count;
    size_t follows; /* reactions of the visit that were looked at */
};

/* NULL when the arena is exhausted. */
struct identify_belief *identify_belief_new(const struct identify_database *db,
                                            const struct identify_options *options,
                                            struct arena *a);

/* Hears one reaction to a question; the same question a second time is not heard. */
void identify_hear(struct identify_belief *b, size_t question, const struct reaction_keys *seen);

/* Hears what the visit's facts hold and was not heard yet, masked. */
MUST_CHECK enum err identify_follow(struct identify_belief *b, const struct facts_visit *v);

/* Hears that a signature of this software matched; `nats` is what that is worth.  What is known by
 * whole specimens is left to them. */
void identify_hear_name(struct identify_belief *b, struct octets product, float nats);

/* Brings the probabilities up to date. */
void identify_settle(struct identify_belief *b);

/* The evidence of one reaction for one specimen, in nats; 0 when it was not heard, or is not known
 * of the specimen. */
double identify_evidence_of(struct identify_belief *b, size_t specimen, size_t question);
