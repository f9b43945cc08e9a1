/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/answers.h"
#include "../base/json.h"
#include "../facts/domain.h"
#include "../target/resolve.h"

/*
 * Facts and answers as NDJSON, written and read (docs/schema/).  What was not measured is absent.
 * Foreign octets are escaped so that nothing is lost: reading a record gives the facts back, fit to
 * be judged again.
 */
#define RECORD_SCHEMA     1
#define RECORD_OCTETS_MAX ((size_t)64 * 1024 * 1024)

/* Each appends one line, its LF included. */
MUST_CHECK enum err record_service(struct buf *out, const struct facts_visit *v,
                                   const struct audit_answers *answers);

struct record_domain {
    struct octets input, tag; /* tag: none when there is none */
    bool is_again;            /* an earlier part of the run may have asked for it */
    uint64_t time_ms;
    const struct target_resolution *resolution;
    const uint16_t *ports; /* of its addresses: each is a service of its own */
    size_t port_count;
    const struct facts_domain *posture;  /* NULL: what it publishes was not asked for */
    const struct finding_list *findings; /* NULL without it */
};
/* How a name resolved, and what it publishes for its mail. */
MUST_CHECK enum err record_domain(struct buf *out, const struct record_domain *d);

struct record_run {
    const char *version;
    uint64_t time_ms, duration_ms;
    uint64_t targets, skipped; /* lines of lists that were malformed */
    uint64_t services, by_outcome[FACTS_OUTCOME__COUNT];
    uint64_t joined, endpoints_forgotten, retried;
    uint64_t dns_queries, dns_hits, dns_retried;
    struct facts_cost cost;
    const char *level;
    uint64_t seed;
    uint32_t concurrency; /* targets that might be visited at once */
    const char *shard;    /* "K/N"; NULL: all of the input */
    uint64_t done_before, excluded, repeated, networks_forgotten, addresses_forgotten;
    const char *const *options; /* as typed, word by word */
    size_t option_count;
    bool interrupted;
    unsigned part;
};
MUST_CHECK enum err record_run(struct buf *out, const struct record_run *r);

enum record_type { RECORD_SERVICE, RECORD_DOMAIN, RECORD_OTHER };
/*
 * Reads one line.  SERVICE: *ret is the visit, all in the arena.  DOMAIN: record_read_domain reads
 * it.  OTHER: a record that holds no facts.  ERR_SYNTAX when it is no record of a schema that we know.
 */
MUST_CHECK enum err record_read(struct octets line, struct arena *a, enum record_type *ret_type,
                                struct facts_visit *ret);
/*
 * Reads a domain's record back, without its findings.  Its posture holds what domain_recall
 * (domain/survey.h) takes; it is NULL when there is none, or the record is from before that was kept.  All
 * is in the arena.  ERR_SYNTAX, ERR_NOMEM.
 */
MUST_CHECK enum err record_read_domain(struct octets line, struct arena *a,
                                       struct record_domain *ret);
