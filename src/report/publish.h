/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/knowledge.h"

/* What stands in for {domain} and {mx}. */
struct report_names {
    struct octets domain;
    size_t exchange_count;
    struct octets (*exchange)(const void *of, size_t i); /* its host */
    const void *of;
};

/* Takes one line to be published, in octets as they are: each exit escapes it. */
typedef void report_publish_line(void *owner, struct octets line);

/* What a check says to configure, filled in; a line about {mx} comes for each of the exchanges. */
void report_publish(const struct audit_check *c, const struct report_names *names,
                    report_publish_line *use, void *owner);
