/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "trial.h"

/*
 * What is left out at a time: one configuration of one release; all configurations of a release; a
 * variant ("hardened") of all releases of a product; a product.
 */
enum fold_kind { FOLD_CONFIGURATION, FOLD_RELEASE, FOLD_VARIANT, FOLD_PRODUCT, FOLD_KIND__COUNT };

/* Marks what is left out together with the specimen.  Returns how many specimens of its product are
 * left. */
size_t fold_mark(const struct identify_database *db, enum fold_kind kind, size_t specimen,
                 bool *ret_excluded);

/* Whether the answer's versions hold that of the specimen, or the one next below or above it where
 * none of its release is left.  *ret_known: releases of its class that are left. */
bool fold_holds_version(const struct identify_belief *b, const struct identify_answer *r,
                        size_t specimen, size_t *ret_known);

/* Whether two releases answer some question differently whatever their configuration: no two of
 * their specimens say the same to it. */
bool fold_releases_differ(const struct identify_database *db, size_t a, size_t b);
/* Whether any two releases of the class do. */
bool fold_class_differs(const struct identify_database *db, size_t class);

/* Few of its reactions are known: it was not recorded by us. */
bool fold_is_partial(const struct identify_database *db, size_t specimen);

/* Fits the model to the specimens that are not excluded, each left out in turn: twice, with its
 * release, and with its whole product. */
MUST_CHECK enum err fold_fit(struct identify_database *db, const bool *excluded);
