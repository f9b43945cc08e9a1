/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/knowledge.h"
#include "../identify/database.h"
#include "text.h"

/* What is known of one thing, for people.  Each appends a page; foreign octets are escaped. */
struct report_known {
    const struct identify_database *database;
    const struct audit_knowledge *knowledge;
};

/* Recordings, fronts, telling replies, signatures, providers, CPE, advisories, ends of life. */
MUST_CHECK enum err report_explain_product(struct buf *out, const struct report_text_style *style,
                                           const struct report_known *known, struct octets name);
/* What is sent, from where, what the answer tells, and who answers what. */
MUST_CHECK enum err report_explain_stimulus(struct buf *out, const struct report_text_style *style,
                                            const struct report_known *known, struct octets name);
/* What a finding means and what helps. */
void report_explain_check(struct buf *out, const struct report_text_style *style,
                          const struct audit_check *check);
/* An advisory, for every product that has it. */
MUST_CHECK enum err report_explain_advisory(struct buf *out, const struct report_text_style *style,
                                            const struct report_known *known, struct octets id);
