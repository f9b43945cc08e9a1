/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A timing wheel of one slot a millisecond: what is due later than a turn waits for its turn. */
#define WHEEL_SLOTS 4096

struct wheel_hook {
    struct wheel_hook *next, **link;
    uint64_t due_ms;
};

struct wheel {
    struct wheel_hook *slots[WHEEL_SLOTS];
    uint64_t at_ms; /* all before it is done */
    size_t count;
};

static inline void wheel_add(struct wheel *w, struct wheel_hook *h, uint64_t due_ms)
{
    struct wheel_hook **slot = &w->slots[(due_ms > w->at_ms ? due_ms : w->at_ms + 1) % WHEEL_SLOTS];
    *h = (struct wheel_hook){.next = *slot, .link = slot, .due_ms = due_ms};
    if (*slot)
        (*slot)->link = &h->next;
    *slot = h;
    w->count++;
}

static inline void wheel_remove(struct wheel *w, struct wheel_hook *h)
{
    *h->link = h->next;
    if (h->next)
        h->next->link = h->link;
    w->count--;
}

/* One that is due, taken out; NULL when there is none until now. */
static inline struct wheel_hook *wheel_take(struct wheel *w, uint64_t now_ms)
{
    if (!w->count || now_ms > w->at_ms + WHEEL_SLOTS)
        w->at_ms = w->count ? now_ms - WHEEL_SLOTS : now_ms;
    for (;; w->at_ms++) {
        for (struct wheel_hook *h = w->slots[w->at_ms % WHEEL_SLOTS]; h; h = h->next)
            if (h->due_ms <= now_ms) {
                wheel_remove(w, h);
                return h;
            }
        if (w->at_ms >= now_ms)
            return NULL;
    }
}
