/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

static void grant(struct visit_host *h, struct visit_turn *t)
{
    h->holder = t;
    t->is_held = true;
    t->is_waiting = false;
    t->granted(t->owner);
}

void visit_turn_take(struct visit_host *h, struct visit_turn *t)
{
    if (t->is_held || t->is_waiting)
        return;
    if (!h->holder) {
        grant(h, t);
        return;
    }
    struct visit_turn **end = &h->waiting;
    while (*end)
        end = &(*end)->next;
    *end = t;
    t->next = NULL;
    t->is_waiting = true;
}

void visit_turn_leave(struct visit_host *h, struct visit_turn *t)
{
    if (t->is_waiting) {
        struct visit_turn **at = &h->waiting;
        while (*at != t)
            at = &(*at)->next;
        *at = t->next;
        t->is_waiting = false;
    }
    if (!t->is_held)
        return;
    t->is_held = false;
    h->holder = NULL;
    struct visit_turn *next = h->waiting;
    if (next) {
        h->waiting = next->next;
        grant(h, next);
    }
}
