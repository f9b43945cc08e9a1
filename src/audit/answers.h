/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/match.h"
#include "../identify/provider.h"
#include "finding.h"

/* What is made of a visit's facts.  Borrows all of it. */
struct audit_answers {
    const struct identify_answer *software; /* NULL: nobody tried to find out */
    const struct provider_hit *provider;    /* NULL: none that is known */
    const struct finding_list *findings;    /* never NULL, may be empty */
};
