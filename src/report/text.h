/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/answers.h"
#include "../target/resolve.h"

/* What a person reads of an endpoint: identity with evidence first, then what it offers, then TLS.
 * Foreign octets escaped. */
struct report_text_style {
    bool colour;  /* a terminal, and NO_COLOR is not set */
    bool verbose; /* all evidence, all lines of the greeting, all that is possible */
};

void report_text_service(struct buf *out, const struct report_text_style *style,
                         const struct facts_visit *v, const struct audit_answers *answers);
void report_text_domain(struct buf *out, const struct report_text_style *style, struct octets input,
                        const struct target_resolution *r);
