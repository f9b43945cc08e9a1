/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#define LIMIT_MAX 10000

static bool take_limit(struct octets *rest, uint32_t *ret)
{
    struct octets word = octets_take_word(rest);
    uint64_t n = IDENTIFY_NO_LIMIT;
    if (!octets_is_equal(word, OCTETS("-")) && (!octets_to_number(word, LIMIT_MAX, &n) || !n))
        return false;
    *ret = (uint32_t)n;
    return true;
}

enum err identify_limits_read(struct octets text, struct identify_limits *l,
                              struct dialogue_problem *ret_problem)
{
    for (unsigned number = 1; text.size; number++) {
        struct octets line = octets_trim(octets_take_until(&text, '\n')), rest = line;
        struct identify_limit limit;
        if (!line.size || line.at[0] == '#')
            continue;
        if (l->count == IDENTIFY_LIMITS_MAX)
            return dialogue_problem_set(ret_problem, number, "too many lines", OCTETS_NONE);
        if (!take_limit(&rest, &limit.errors) || !take_limit(&rest, &limit.commands) || !rest.size)
            return dialogue_problem_set(ret_problem, number, "ERRORS COMMANDS PRODUCT, not", line);
        limit.product = rest;
        l->at[l->count++] = limit;
    }
    return ERR_OK;
}

struct identify_limit identify_limits_of(const struct identify_limits *l, struct octets product)
{
    for (size_t i = 0; i < l->count; i++)
        if (octets_is_equal(l->at[i].product, product))
            return l->at[i];
    return (struct identify_limit){product, IDENTIFY_NO_LIMIT, IDENTIFY_NO_LIMIT};
}
