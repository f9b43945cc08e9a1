/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../domain/survey.h"
#include "../run/run.h"
#include "judgement.h"
#include "setup.h"

/*
 * The domains of a run that are judged as a whole: their DNS is surveyed while their servers are
 * visited, and when both are done the one is held against the other.  Of each visit no more is kept
 * than that takes.  Until it is told, a domain's target is held (run_hold): so there are only so many
 * at a time, and a run that is continued asks again of one that was not told.
 */
struct posture;

struct posture_told {
    const struct target *target;
    const struct target_resolution *resolution;
    const struct facts_domain *facts;    /* NULL: it came to an end before it was surveyed */
    const struct finding_list *findings; /* NULL without facts */
};
typedef void posture_tell(void *owner, const struct posture_told *told);

#define POSTURE_SURVEYS_MAX 50   /* at once: each asks some 20 questions, or 60 */
#define POSTURE_SEEN_MAX    8192 /* endpoints kept for domains that lead to them later */

/* Takes domains as the options say; borrows all.  ERR_NOT_FOUND: --trust-anchor cannot be read. */
MUST_CHECK enum err posture_new(const struct cli_options *o, struct setup *setup,
                                struct judgement *judgement, posture_tell *tell, void *owner,
                                struct posture **ret);

/* A name has been resolved; within the run's sink.  False: it is none of ours, and the caller tells
 * of it. */
struct posture_ports {
    const uint16_t *at;
    size_t count;
};
bool posture_take(struct posture *p, struct run *run, const struct target *t,
                  const struct target_resolution *r, struct posture_ports ports);
/* Whether any domain waits for what visits show. */
bool posture_wants(const struct posture *p);
void posture_seen(struct posture *p, const struct facts_visit *v);

/* After the run's last visit: runs the loop until all are told.  When is_cut_short, those that are
 * not done are told without their posture. */
void posture_finish(struct posture *p, bool (*is_cut_short)(void *owner), void *owner);
/* Before the loop is released, and after: both take NULL. */
void posture_close(struct posture *p);
void posture_free(struct posture *p);
