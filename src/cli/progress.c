/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <unistd.h>

#define EVERY_MS 1000

/* The outcomes worth a place on the line, in the order of the line. */
static const enum facts_outcome shown[] = {FACTS_OUTCOME_ANSWERED, FACTS_OUTCOME_REFUSED,
                                           FACTS_OUTCOME_TIMEOUT, FACTS_OUTCOME_BLOCKED};

static void show(void *owner)
{
    struct progress *p = owner;
    const struct run_counts *c = run_counts(p->run);
    double seconds = (double)(net_loop_now_ms(p->loop) - p->started_ms) / 1000;
    double rate = seconds > 0 ? (double)c->services / seconds : 0;
    net_timer_start(&p->timer, EVERY_MS);
    if (c->endpoints_started < 2 && c->names < 2)
        return;
    fprintf(stderr, "\r\x1b[K%llu of %llu%s endpoints, %.1f/s", (unsigned long long)c->services,
            (unsigned long long)c->endpoints_started, c->no_more_targets ? "" : " so far", rate);
    if (c->no_more_targets && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(c->endpoints_started - c->services) / rate);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (c->by_outcome[shown[i]])
            fprintf(stderr, ", %s %llu", facts_outcome_name(shown[i]),
                    (unsigned long long)c->by_outcome[shown[i]]);
    p->is_shown = true;
}

void progress_start(struct progress *p, struct net_loop *l, const struct run *run, bool quiet)
{
    *p = (struct progress){.loop = l, .run = run, .started_ms = net_loop_now_ms(l)};
    p->is_on = !quiet && isatty(STDERR_FILENO) == 1;
    net_timer_init(l, &p->timer, show, p);
    if (p->is_on)
        net_timer_start(&p->timer, EVERY_MS);
}

void progress_clear(struct progress *p)
{
    if (p->is_shown)
        fputs("\r\x1b[K", stderr);
    p->is_shown = false;
}

void progress_stop(struct progress *p)
{
    progress_clear(p);
    net_timer_close(&p->timer, NULL);
}
