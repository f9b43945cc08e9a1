/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "problem.h"

/* MTA-STS (RFC 8461): the record at _mta-sts below a domain, the policy that it announces, and which
 * exchanges the policy allows.  Pure; borrows the text. */

struct mtasts_record {
    struct octets text, id;
    struct dns_problems problems; /* fatal: there is no MTA-STS (s3.1) */
};

/* Whether a TXT record is one: "v=STSv1;" first, case and all.  Unless there is exactly one of them
 * there is no policy (s3.1). */
bool mtasts_is_record(struct octets text);
/* Whether it was meant to be one, though it is none. */
bool mtasts_is_nearly(struct octets text);
/* Text must be a record. */
void mtasts_parse(struct octets text, struct mtasts_record *ret);

enum mtasts_mode { MTASTS_ABSENT, MTASTS_NONE, MTASTS_TESTING, MTASTS_ENFORCE };

/* s3.2: a year, and what it calls weeks. */
#define MTASTS_MAX_AGE_MAX_S  31557600
#define MTASTS_MAX_AGE_WISE_S (7 * 24 * 3600)
/* s3.3 has senders take 64 kilobytes. */
#define MTASTS_POLICY_OCTETS 65536
#define MTASTS_MX_MAX        100

struct mtasts_policy {
    enum mtasts_mode mode;
    uint32_t max_age_s;
    struct octets mx[MTASTS_MX_MAX]; /* host names, or "*." and one */
    size_t mx_count;
    struct dns_problems problems; /* fatal: senders take it for no policy */
};

/* Reads https://mta-sts.DOMAIN/.well-known/mta-sts.txt.  Lines end in LF or CRLF; fields that are
 * not known are passed over, and so are empty lines, which the grammar does not have; of fields but
 * mx the first stands (s3.2). */
void mtasts_parse_policy(struct octets text, struct mtasts_policy *ret);

/* Whether the pattern allows the exchange: a "*" stands for one label, the leftmost (s4.1). */
bool mtasts_is_match(struct octets pattern, struct octets host);
bool mtasts_is_allowed(const struct mtasts_policy *p, struct octets host);
