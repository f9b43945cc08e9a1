/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../tests/kit/kit.h"

#include "resolve.h"

/*
 * A resolver that answers out of a text: "OWNER TYPE DATA" a line.  DATA may be !timeout, !failed,
 * !bare (OK, without records of that type).  OWNER "*" goes into every answer.  Names that own
 * nothing do not exist.
 */
struct asked {
    struct octets name;
    enum dns_type type;
    resolver_answer *answer;
    void *owner;
};

struct resolver {
    struct octets zone;
    struct arena names;
    struct asked asked[256];
    size_t asked_count;
    size_t ask_calls, answers;
    size_t fail_ask_at;   /* this call of resolver_ask fails; 0 is none */
    size_t cancel_from;   /* from this answer on all are CANCELLED; 0 is none */
    bool is_newest_first; /* answers come in the reverse order */
    bool is_worst;        /* the zone does not matter: answers are as large as they can be */
};

/* What was answered, as text; the arena is released within the answer, as an owner may. */
struct outcome {
    struct arena arena;
    struct buf text;
    int count;
};

/* Resolves the name and answers all that it asks for; cap is that of its arena. */
enum err test_zone_run(struct resolver *r, struct octets name,
                       const struct target_resolve_options *options, size_t cap, struct outcome *o);
/* Fails when the outcome's text is another. */
void test_zone_assert(struct resolver r, struct octets name,
                      const struct target_resolve_options *options, const char *want);
