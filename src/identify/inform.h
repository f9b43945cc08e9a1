/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "database.h"

/* What a question tells over the specimens, greeting and the like included.  Every class counts
 * alike, and within it every release, and within that every specimen. */
struct identify_information {
    double product_bits; /* mutual information of the masked answer and the class */
    double version_bits; /* of the answer and the release, on average over classes with several */
    size_t specimens;    /* that know an answer */
    size_t texts;        /* distinct ones */
};

/* ERR_NOMEM. */
MUST_CHECK enum err identify_inform(const struct identify_database *db, size_t question,
                                    struct identify_information *ret);
