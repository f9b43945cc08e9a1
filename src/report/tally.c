/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <stdlib.h>

void tally_init(struct tally *t, struct arena *a)
{
    *t = (struct tally){.arena = a};
    intern_init(&t->names, a);
}

bool tally_add(struct tally *t, struct octets name)
{
    uint32_t number = intern_find(&t->names, name);
    t->total++;
    if (number != INTERN_UNSEEN) {
        t->rows[number - 1].count++;
        return true;
    }
    if (t->count == TALLY_ROWS_MAX) {
        t->others++;
        return true;
    }
    void *rows = t->rows;
    struct octets copy;
    if (!arena_grow(t->arena, &rows, t->count, &t->room, sizeof *t->rows))
        return false;
    t->rows = rows;
    if (!arena_copy(t->arena, name, &copy) || !intern_add(&t->names, copy))
        return false;
    t->rows[t->count++] = (struct tally_row){.name = copy, .count = 1};
    return true;
}

static int commonest_first(const void *a, const void *b)
{
    const struct tally_row *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return octets_compare(x->name, y->name);
}

void tally_sort(struct tally *t)
{
    if (t->count)
        qsort(t->rows, t->count, sizeof *t->rows, commonest_first);
}
