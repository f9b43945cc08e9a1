/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../smtp/dialogue.h"

/*
 * The few figures that turn evidence into probabilities: data/model.txt, `NAME VALUE` a line.
 * They are fitted to the specimens (`make accuracy`), not chosen.  `prior VALUE PRODUCT` says how
 * many times likelier than others a product is before it is asked anything.
 */
#define IDENTIFY_MODEL_MAP(X) \
    /* Questions are not independent: what several tell alike must not count as often. */ \
    X(temper, "temper", 0.6) \
    /* Nats of evidence below which the best specimen is no better than "unknown"... */ \
    X(unknown, "unknown", 3.0) \
    /* ...and how many more for each reaction heard. */ \
    X(unknown_each, "unknown-each", 0.0) \
    /* As temper, for the versions of a product. */ \
    X(version_temper, "version-temper", 0.6) \
    /* No answer is surer than this: specimens and their labels can be wrong. */ \
    X(trust, "trust", 0.998)

#define IDENTIFY_PRIORS_MAX 16
struct identify_prior {
    struct octets product;
    double weight;
};

struct identify_model {
#define X(id, name, standard) double id;
    IDENTIFY_MODEL_MAP(X)
#undef X
    struct identify_prior priors[IDENTIFY_PRIORS_MAX];
    size_t prior_count;
};

extern const struct identify_model identify_model_standard;

/* 1 where the model names no other. */
double identify_model_prior(const struct identify_model *m, struct octets product);

/* Borrows the text.  Values that the text does not name stay as they are.  ERR_SYNTAX with *ret_problem. */
MUST_CHECK enum err identify_model_read(struct octets text, struct identify_model *m,
                                        struct dialogue_problem *ret_problem);
