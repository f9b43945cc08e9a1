/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "report_uri.h"

/* TLS-RPT records (RFC 8460 s3), at _smtp._tls below a domain.  Pure; borrows the text. */
struct tlsrpt_record {
    struct octets text;
    struct report_uris rua;       /* mailto and https */
    struct dns_problems problems; /* fatal: nobody reports */
};

/* Whether a TXT record is one: "v=TLSRPTv1;" first, case and all.  Unless there is exactly one of
 * them, nobody reports (s3). */
bool tlsrpt_is_record(struct octets text);
/* Whether it was meant to be one, though it is none. */
bool tlsrpt_is_nearly(struct octets text);
/* Text must be a record. */
void tlsrpt_parse(struct octets text, struct tlsrpt_record *ret);
