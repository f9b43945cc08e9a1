/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 255

void visit_host_release(struct visit_host *h)
{
    free(h->name);
    free(h->enough);
}

void visit_host_note(char **text, struct octets words)
{
    if (!*text && words.size && words.size <= TEXT_MAX)
        *text = strndup((const char *)words.at, words.size);
}

/* Takes a turn out of the queue, if it stands there. */
static void unqueue(struct visit_host *h, struct visit_turn *t)
{
    struct visit_turn **at = &h->waiting;
    while (*at && *at != t)
        at = &(*at)->next;
    if (*at)
        *at = t->next;
    t->is_waiting = false;
}

/* Gives a free turn to the first who may have it. */
static void pass_on(struct visit_host *h)
{
    struct visit_turn *t = h->waiting;
    while (t && t->is_patient && h->opening)
        t = t->next;
    if (h->holder || !t)
        return;
    unqueue(h, t);
    h->holder = t;
    t->is_held = true;
    t->granted(t->owner);
}

void visit_turn_take(struct visit_host *h, struct visit_turn *t)
{
    struct visit_turn **end = &h->waiting;
    if (t->is_held || t->is_waiting)
        return;
    while (*end)
        end = &(*end)->next;
    *end = t;
    t->next = NULL;
    t->is_waiting = true;
    pass_on(h);
}

void visit_turn_leave(struct visit_host *h, struct visit_turn *t)
{
    unqueue(h, t);
    if (!t->is_held)
        return;
    t->is_held = false;
    h->holder = NULL;
    pass_on(h);
}

void visit_turn_insist(struct visit_host *h, struct visit_turn *t)
{
    t->is_patient = false;
    pass_on(h);
}

void visit_host_opening(struct visit_host *h)
{
    h->opening++;
}

void visit_host_opened(struct visit_host *h)
{
    assert(h->opening);
    h->opening--;
    pass_on(h);
}
