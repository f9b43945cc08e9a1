/* SPDX-License-Identifier: Apache-2.0 */
#include "wheel.h"

/* How many steps of the second ring the first one holds. */
#define FINE_STEPS (WHEEL_FINE / WHEEL_STEP)

void wheel_list_init(struct wheel_item *list)
{
    list->next = list->previous = list;
}

void wheel_list_append(struct wheel_item *list, struct wheel_item *item)
{
    item->next = list;
    item->previous = list->previous;
    list->previous->next = item;
    list->previous = item;
}

void wheel_list_remove(struct wheel_item *item)
{
    item->previous->next = item->next;
    item->next->previous = item->previous;
    item->next = item->previous = NULL;
}

bool wheel_list_is_empty(const struct wheel_item *list)
{
    return list->next == list;
}

void wheel_init(struct wheel *w, uint64_t now_ms)
{
    for (size_t i = 0; i < WHEEL_FINE; i++)
        wheel_list_init(&w->fine[i]);
    for (size_t i = 0; i < WHEEL_COARSE; i++)
        wheel_list_init(&w->coarse[i]);
    w->at_ms = now_ms;
}

/* The step of the second ring that comes into the first one next. */
static uint64_t next_step(const struct wheel *w)
{
    return w->at_ms / WHEEL_STEP + FINE_STEPS;
}

/* When this step comes into the first ring. */
static uint64_t step_comes_at(uint64_t step)
{
    return (step - FINE_STEPS + 1) * WHEEL_STEP;
}

uint64_t wheel_add(struct wheel *w, struct wheel_item *item, uint64_t due_ms)
{
    uint64_t due = due_ms > w->at_ms ? due_ms : w->at_ms;
    item->due_ms = due;
    if (due / WHEEL_STEP < next_step(w)) {
        wheel_list_append(&w->fine[due % WHEEL_FINE], item);
        return due;
    }
    wheel_list_append(&w->coarse[due / WHEEL_STEP % WHEEL_COARSE], item);
    return step_comes_at(due / WHEEL_STEP);
}

/* A step has come: its items go to the first ring, but for those of later rounds. */
static void deal_out(struct wheel *w, uint64_t step)
{
    struct wheel_item *list = &w->coarse[step % WHEEL_COARSE], *end = list->previous, *item;
    if (wheel_list_is_empty(list))
        return;
    do {
        item = list->next;
        wheel_list_remove(item);
        (void)wheel_add(w, item, item->due_ms);
    } while (item != end);
}

struct wheel_item *wheel_take(struct wheel *w, uint64_t now_ms)
{
    for (; w->at_ms <= now_ms; w->at_ms++) {
        if (w->at_ms % WHEEL_STEP == 0)
            deal_out(w, next_step(w) - 1);
        struct wheel_item *list = &w->fine[w->at_ms % WHEEL_FINE];
        if (!wheel_list_is_empty(list)) {
            struct wheel_item *first = list->next;
            wheel_list_remove(first);
            return first;
        }
    }
    return NULL;
}

uint64_t wheel_next_ms(const struct wheel *w)
{
    uint64_t step = next_step(w);
    /* The step that comes in just now is dealt out when the wheel is turned. */
    if (w->at_ms % WHEEL_STEP == 0 && !wheel_list_is_empty(&w->coarse[(step - 1) % WHEEL_COARSE]))
        return w->at_ms;
    for (uint64_t at = w->at_ms; at / WHEEL_STEP < step; at++)
        if (!wheel_list_is_empty(&w->fine[at % WHEEL_FINE]))
            return at;
    for (uint64_t i = 0; i < WHEEL_COARSE; i++)
        if (!wheel_list_is_empty(&w->coarse[(step + i) % WHEEL_COARSE]))
            return step_comes_at(step + i);
    return UINT64_MAX;
}
