/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../smtp/program.h"
#include "advisory.h"
#include "finding.h"

/*
 * What findings rest on besides facts: advisories, and what each check is called and means.  Built
 * once from data/advisories and data/checks, read-only afterwards.
 */
struct audit_check {
    struct octets id, title;
    enum finding_severity severity;
    struct stanza_values means, remedy, sources;
    struct stanza_values configure;     /* "PRODUCT: the lines that put it right" */
    enum finding_seen seen_at;          /* where the dialogue sees it */
    uint32_t slowed_ms;                 /* a reply that much later than the first is a limit too */
    const struct smtp_program *program; /* NULL: a rule over facts */
};

struct audit_knowledge {
    struct arena arena;
    struct advisory_product *products;
    size_t product_count, product_room;
    struct audit_check *checks; /* sorted by id */
    size_t check_count, check_room;
    const struct smtp_program **programs; /* of those that are dialogues, in the order of asking */
    size_t program_count;
    struct smtp_regex_set regexes;
    /* Refusals that tell nothing of what was asked, and what they tell. */
    struct audit_cause {
        const struct smtp_regex *when;
        struct octets means;
    } * causes;
    size_t cause_count, cause_room;
};

/* On failure *ret_problem and *ret_path say where; nothing is to be freed. */
MUST_CHECK enum err audit_knowledge_build(const struct bundle *files, struct audit_knowledge **ret,
                                          const char **ret_path,
                                          struct dialogue_problem *ret_problem);
/* A finding of the check, added to the list; NULL when the arena is exhausted. */
MUST_CHECK struct finding *audit_finding(const struct audit_check *c, struct arena *a,
                                         struct finding_list *list);

/* Adds the dialogues of a folder of the user's (--checks); none may have the id of another.  Its
 * files need not outlive the call. */
MUST_CHECK enum err audit_knowledge_add(struct audit_knowledge *k, const struct bundle *files,
                                        const char **ret_path,
                                        struct dialogue_problem *ret_problem);
void audit_knowledge_free(struct audit_knowledge *k);

/* What is published about the product, or NULL. */
const struct advisory_product *audit_product(const struct audit_knowledge *k,
                                             struct octets product);
/* What the check is called and means, or NULL. */
const struct audit_check *audit_check(const struct audit_knowledge *k, struct octets id);
