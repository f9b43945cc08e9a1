/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "taglist.h"

/* Where reports are sent to: the URIs of DMARC (RFC 9989 s4.8) and TLS-RPT (RFC 8460 s3).  Pure;
 * borrows the text. */
enum report_scheme { REPORT_MAILTO, REPORT_HTTPS, REPORT_OTHER };

struct report_uri {
    enum report_scheme scheme;
    struct octets text;   /* without a size */
    struct octets domain; /* of a mailto address; none of others */
    size_t at;            /* octets from the start of the record: set for those of a list */
    bool has_size;        /* a limit behind "!" (RFC 7489 s6.2) */
};

#define REPORT_URIS_MAX 16

struct report_uris {
    struct report_uri at[REPORT_URIS_MAX];
    size_t count;
};

/* What is wrong with it, NULL for nothing: *ret is set then. */
const char *report_uri_parse(struct octets text, struct report_uri *ret);

/* Whose list it is: in one of DMARC, RFC 9989 has receivers pass over a size; TLS-RPT knows neither
 * sizes nor schemes but mailto and https. */
enum report_list { REPORT_LIST_DMARC, REPORT_LIST_TLSRPT };
/* Keeps those of the tag's URIs that reports can go to, and adds a problem for each that is odd. */
void report_uris_read(const struct taglist_tag *t, enum report_list list, struct report_uris *ret,
                      struct dns_problems *problems);
