/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "survey.h"

/* How a survey puts its questions: what survey.c and policy.c share. */
struct survey {
    const struct domain_options *options;
    struct arena *arena;
    struct facts_domain *d;
    const struct facts_domain *kept; /* who is asked instead of DNS, at once; NULL: nobody */
    domain_surveyed *done;
    void *owner;
    struct facts_dns root, keys; /* ".", and what DKIM keys stand below */
    size_t selectors_left;       /* until it is known whether the others must be asked for */
    bool is_second;              /* what rests on other answers is being asked */
    size_t pending; /* questions without an answer, and one for whoever is still asking */
};

typedef void survey_then(struct survey *s, void *about);

/* Where an answer goes, and what is done then. */
struct survey_to {
    struct facts_dns *answer;
    survey_then *then; /* NULL: nothing */
    void *about;
};

/* Copies the answer. */
void survey_ask(struct survey *s, struct octets name, enum dns_type type, struct survey_to to);
/* The same for "PREFIX.NAME". */
void survey_ask_below(struct survey *s, const char *prefix, struct octets name, enum dns_type type,
                      struct survey_to to);

/* A pure machine of dns. */
struct survey_machine {
    enum dns_step (*step)(void *machine, struct dns_question *ret);
    void (*answer)(void *machine, const struct dns_answer *answer);
    void *machine;
    survey_then *then; /* once it is done; not called when memory ran out */
};
void survey_drive(struct survey *s, struct survey_machine m);

/* One thing less is under way; with the last the survey is done, and gone. */
void survey_leave(struct survey *s);

/* Whether the record is of that type; answers hold the CNAMEs that led to it too. */
const struct dns_record *survey_next(const struct facts_dns *answer, enum dns_type type,
                                     size_t *at);

/* Asks what rests on the answers to all else. */
void survey_second(struct survey *s);

/* Fetches the MTA-STS policy. */
void survey_policy(struct survey *s);
