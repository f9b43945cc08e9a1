/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"

void dns_problem_add(struct dns_problems *p, bool is_fatal, size_t at, const char *what)
{
    p->has_fatal = p->has_fatal || is_fatal;
    if (p->count < DNS_PROBLEMS_MAX)
        p->at[p->count++] = (struct dns_problem){.at = at, .what = what, .is_fatal = is_fatal};
}
