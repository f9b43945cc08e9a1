/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "advisory.h"

/*
 * What findings rest on besides facts: advisories, and what each check is called and means.  Built
 * once from data/advisories and data/checks, read-only afterwards.
 */
struct audit_check {
    struct octets id, title;
    enum finding_severity severity;
    struct stanza_values means, remedy, sources;
};

struct audit_knowledge {
    struct arena arena;
    struct advisory_product *products;
    size_t product_count, product_room;
    struct audit_check *checks;
    size_t check_count, check_room;
};

/* On failure *ret_problem and *ret_path say where; nothing is to be freed. */
MUST_CHECK enum err audit_knowledge_build(const struct bundle *files, struct audit_knowledge **ret,
                                          const char **ret_path,
                                          struct dialogue_problem *ret_problem);
void audit_knowledge_free(struct audit_knowledge *k);

/* What is published about the product, or NULL. */
const struct advisory_product *audit_product(const struct audit_knowledge *k,
                                             struct octets product);
/* What the check is called and means, or NULL. */
const struct audit_check *audit_check(const struct audit_knowledge *k, struct octets id);
