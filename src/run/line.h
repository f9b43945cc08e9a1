/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "queue.h"

/* Items one behind another, embedded in what they stand for.  One item stands in one line at a
 * time. */
struct run_line {
    struct run_item *first, **end;
    size_t count;
};

static inline void run_line_init(struct run_line *l)
{
    l->first = NULL;
    l->end = &l->first;
    l->count = 0;
}

static inline void run_line_add(struct run_line *l, struct run_item *item)
{
    item->next = NULL;
    *l->end = item;
    l->end = &item->next;
    l->count++;
}

/* NULL when the line is empty. */
static inline struct run_item *run_line_take(struct run_line *l)
{
    struct run_item *item = l->first;
    if (!item)
        return NULL;
    l->first = item->next;
    if (!l->first)
        l->end = &l->first;
    l->count--;
    return item;
}
