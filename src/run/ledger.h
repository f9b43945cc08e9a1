/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "done.h"

/*
 * What a run that is continued must know of its targets: which are done, which of the others may
 * have been asked before, and up to which index targets may be begun.  Targets are begun in the
 * order of their indices; those under way are a list in that order, and every other one below
 * `next` is done, so that nothing is searched for and memory holds the ones under way alone.
 */
struct run_entry {
    struct run_entry *next, *before;
    uint64_t index;
};

struct run_ledger {
    struct run_entry *first, *last; /* under way */
    uint64_t next;                  /* all below were begun, done before, or left out */
    uint64_t reserved;              /* only below it a target may be begun */
    uint64_t soon;                  /* from there on more should be reserved */
    uint64_t again_below;           /* below it what is not done may have been asked */
    uint64_t lost;                  /* from there on nothing of this part is called done */
    const struct run_done *earlier; /* of earlier parts; NULL: none */
    struct run_done frozen;
    bool is_frozen;
    enum err error; /* of freezing */
};

void run_ledger_init(struct run_ledger *l, const struct run_done *earlier, uint64_t again_below);
void run_ledger_release(struct run_ledger *l);
bool run_ledger_is_done(const struct run_ledger *l, uint64_t index); /* by an earlier part */
/* All below `index` that is not under way is done: left out, or by an earlier part. */
void run_ledger_pass(struct run_ledger *l, uint64_t index);
/* A target is under way, and has ended. */
void run_ledger_begin(struct run_ledger *l, struct run_entry *e, uint64_t index);
void run_ledger_end(struct run_ledger *l, struct run_entry *e);
/* A target could not be begun. */
void run_ledger_lose(struct run_ledger *l, uint64_t index);
/* What ends from now on is not done: the run was interrupted. */
void run_ledger_freeze(struct run_ledger *l);
/* What is done, of all parts, into an empty set.  ERR_NOMEM. */
MUST_CHECK enum err run_ledger_done(const struct run_ledger *l, struct run_done *ret);
