/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/knowledge.h"
#include "../facts/domain.h"
#include "text.h"

/* A domain for its owner: what protects it, what does not, and the records to publish, ready to be
 * pasted. */
void report_text_posture(struct buf *out, const struct report_text_style *style,
                         const struct facts_domain *d, const struct finding_list *findings,
                         const struct audit_knowledge *known);
