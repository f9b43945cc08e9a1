/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "problem.h"

/* Where reports are sent to: the URIs of DMARC (RFC 9989 s4.8) and TLS-RPT (RFC 8460 s3).  Pure;
 * borrows the text. */
enum report_scheme { REPORT_MAILTO, REPORT_HTTPS, REPORT_OTHER };

struct report_uri {
    enum report_scheme scheme;
    struct octets text;   /* without a size */
    struct octets domain; /* of a mailto address; none of others */
    size_t at;            /* octets from the start of the record: the caller's */
    bool has_size;        /* a limit behind "!" (RFC 7489 s6.2) */
};

#define REPORT_URIS_MAX 16

struct report_uris {
    struct report_uri at[REPORT_URIS_MAX];
    size_t count;
};

/* What is wrong with it, NULL for nothing: *ret is set then. */
const char *report_uri_parse(struct octets text, struct report_uri *ret);
/* False when there is no room. */
bool report_uris_add(struct report_uris *u, const struct report_uri *one);
