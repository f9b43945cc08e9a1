/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "../visit/visit.h"

/*
 * What the process that runs and its workers tell each other (run/remote.h, run/worker.h).  A visit
 * has a slot, chosen by the run; the worker keeps what it saw until it is told to give the record,
 * or to drop it.  Both ends are the same program: there is no version.
 */
enum run_message_type {
    RUN_MESSAGE_START,   /* to the worker: begin this visit */
    RUN_MESSAGE_CANCEL,  /* end it early; it is done then */
    RUN_MESSAGE_DELIVER, /* make its record, with what the run knows; the slot is free then */
    RUN_MESSAGE_DROP,    /* without a record */

    RUN_MESSAGE_ANSWERED, /* to the run: the host has answered */
    RUN_MESSAGE_DONE,     /* it has ended; what the run must know of it */
    RUN_MESSAGE_FAILED,   /* it could not begin; the slot is free */
    RUN_MESSAGE_RECORD,   /* as it is to be written; the slot is free */
    RUN_MESSAGE__COUNT
};

/* What the visits to one address share (visit/host.h), as far as both ends must know it. */
struct run_message_host {
    uint32_t errors_spent, commands_spent;
    uint32_t to_come; /* to the worker */
    bool has_had_enough;
    struct octets name, enough;
};

/* Octets borrow from what was parsed. */
struct run_message {
    enum run_message_type type;
    uint32_t slot;
    struct visit_request request; /* START */
    struct address source;        /* START */
    struct run_message_host host; /* START, DONE */
    struct facts_cost cost;       /* DELIVER: of the visits before; DONE */
    uint32_t retries;             /* DELIVER */
    uint64_t domain_total;        /* DELIVER */
    struct octets domains[FACTS_DOMAINS_MAX];
    size_t domain_count;
    bool has_standing; /* DELIVER */
    struct facts_standing standing;
    enum facts_outcome outcome; /* DONE */
    enum facts_stage stage, cut_stage;
    uint16_t greeting_code;
    uint64_t memory;                 /* DONE: of the worker, the most that was resident */
    struct octets reason, cut_reply; /* DONE: their beginnings, which hold a code */
    enum err error;                  /* FAILED */
    struct octets record;            /* RECORD */
    uint32_t failing;                /* RECORD: findings in it that make the run fail */
};

/* Borrows from the host. */
struct run_message_host run_message_host_of(const struct visit_host *h);
/* What the other end has seen of the host, beside what this one has; to_come is left alone. */
void run_message_learn(struct visit_host *h, const struct run_message_host *seen);

/* The buffer's sticky error is the only error. */
void run_message_append(struct buf *out, const struct run_message *m);
/* False when it is no message; *ret is untouched then. */
MUST_CHECK bool run_message_parse(struct octets in, struct run_message *ret);
