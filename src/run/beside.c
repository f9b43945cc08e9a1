/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run_private.h"

/* What DNS says of an address is asked once the host is there, beside its visits.  A visit that ends
 * sooner waits for it, without a place. */

static void take_waiting(struct run_host *h, struct run_visit **list)
{
    struct run_visit *rv;
    while ((rv = h->awaiting)) {
        h->awaiting = rv->queued;
        rv->queued = *list;
        *list = rv;
    }
}

/* The host may go with the last of them. */
static void conclude_all(struct run_visit *list)
{
    for (struct run_visit *rv = list, *next; rv; rv = next) {
        next = rv->queued;
        run_conclude(rv, rv->kept, rv->facts, true);
    }
}

static void known(void *owner)
{
    struct run_visit *list = NULL;
    take_waiting(owner, &list);
    conclude_all(list);
}

static bool is_wanted(const struct standing_options *o, const struct address *a)
{
    const char *use = address_special_use(a);
    bool is_loopback = use && strcmp(use, "loopback") == 0;
    return (o->reverse || o->zone_count) && (o->loopback || !is_loopback);
}

void run_ask_beside(struct run_visit *rv)
{
    struct run *r = rv->job->run;
    struct run_host *h = rv->host;
    const struct standing_options *o = &r->options->standing;
    if (h->standing || rv->request.level < FACTS_LEVEL_AUDIT || r->is_interrupted ||
        !is_wanted(o, &h->address))
        return;
    /* What cannot be asked is not measured, and the visit goes on. */
    if (standing_ask(r->resolver, &h->address, o, known, h, &h->standing))
        h->standing = NULL;
}

bool run_awaits_beside(struct run_visit *rv, struct visit *v, struct facts_visit *f)
{
    struct run_host *h = rv->host;
    if (!h->standing || standing_is_done(h->standing) || rv->job->run->is_interrupted)
        return false;
    rv->kept = v;
    rv->facts = f;
    rv->queued = h->awaiting;
    h->awaiting = rv;
    return true;
}

void run_end_beside(struct run *r)
{
    struct run_visit *list = NULL;
    for (size_t i = 0; i < RUN_HOST_SLOTS; i++)
        for (struct run_host *h = r->hosts[i]; h; h = h->next)
            take_waiting(h, &list);
    conclude_all(list);
}
