/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include <stdlib.h>

#define X(id, name) name,
static const char *const verdicts[FINDING_VERDICT__COUNT] = {FINDING_VERDICT_MAP(X)};
static const char *const severities[FINDING_SEVERITY__COUNT] = {FINDING_SEVERITY_MAP(X)};
static const char *const stages[FINDING_SEEN__COUNT] = {FINDING_SEEN_MAP(X)};
#undef X

const char *finding_verdict_name(enum finding_verdict v)
{
    return verdicts[v];
}

const char *finding_severity_name(enum finding_severity s)
{
    return severities[s];
}

const char *finding_seen_name(enum finding_seen s)
{
    return stages[s];
}

enum finding_severity finding_severity_of(struct octets name)
{
    unsigned s = 0;
    while (s < FINDING_SEVERITY__COUNT && !octets_is_equal(name, octets_of(severities[s])))
        s++;
    return (enum finding_severity)s;
}

struct finding *finding_add(struct finding_list *list, struct arena *a)
{
    void *at = list->at;
    if (!arena_grow(a, &at, list->count, &list->room, sizeof *list->at))
        return NULL;
    list->at = at;
    struct finding *f = &list->at[list->count++];
    *f = (struct finding){0};
    return f;
}

static int gravest_first(const void *a, const void *b)
{
    static const int rank[FINDING_VERDICT__COUNT] = {[FINDING_EXPOSED] = 0,
                                                     [FINDING_UNTESTABLE] = 1,
                                                     [FINDING_NOTED] = 2,
                                                     [FINDING_SAFE] = 3,
                                                     [FINDING_NOT_ASKED] = 4};
    const struct finding *x = a, *y = b;
    if (x->verdict != y->verdict)
        return rank[x->verdict] - rank[y->verdict];
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    return octets_compare(x->id, y->id);
}

void finding_list_sort(struct finding_list *list)
{
    if (list->count)
        qsort(list->at, list->count, sizeof *list->at, gravest_first);
}
