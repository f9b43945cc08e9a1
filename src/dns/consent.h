/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "problem.h"

/*
 * Proof that whoever runs a name consents to checks that may harm: a TXT record at
 * _smtpscan-consent.NAME,
 *
 *     v=smtpscan1; key=HEX; checks=ID,ID; until=YYYY-MM-DD
 *
 * whose key is the SHA-256 of a secret that the scanner keeps: nobody else can use the record.
 * Pure; borrows the texts.  It is read strictly: what is not understood might limit the consent, so
 * any problem makes it void.
 */
#define CONSENT_PREFIX     "_smtpscan-consent."
#define CONSENT_KEY_OCTETS 32
#define CONSENT_CHECKS_MAX 64

struct consent_record {
    struct octets text;
    uint8_t key[CONSENT_KEY_OCTETS];
    struct octets checks[CONSENT_CHECKS_MAX]; /* ids, each for itself: no "relay.*" */
    size_t check_count;
    uint64_t until_ms; /* wall clock: the end of that day in UTC */
    struct dns_problems problems;
};

/* Whether a TXT record means to be one: others under the name are passed over. */
bool consent_is_record(struct octets text);
void consent_parse(struct octets text, struct consent_record *ret);

/* "YYYY-MM-DD" to the end of that day in UTC.  False when there is no such day. */
MUST_CHECK bool consent_parse_date(struct octets date, uint64_t *ret_ms);
/* Whether it has the form of the id of a check: "relay.open". */
bool consent_is_check_id(struct octets id);

/* The record's text.  `checks`: ids parted by commas; `date`: as it shall stand there. */
void consent_append(struct buf *out, const uint8_t key[CONSENT_KEY_OCTETS], struct octets checks,
                    struct octets date);

/* The answer, and the first condition that does not hold. */
#define CONSENT_ANSWER_MAP(X) \
    X(GIVEN, "consented to") \
    X(OTHER_NAME, "published for another name") \
    X(MISSING, "no record is published") \
    X(OTHER_KEY, "no record is of our key") \
    X(SEVERAL, "several records are of our key") \
    X(MALFORMED, "the record is malformed") \
    X(EXPIRED, "the record has expired") \
    X(OTHER_CHECK, "the record does not name the check")

#define X(id, words) CONSENT_##id,
enum consent_answer { CONSENT_ANSWER_MAP(X) CONSENT_ANSWER__COUNT };
#undef X
const char *consent_answer_words(enum consent_answer a);

/* What is asked, and what DNS holds. */
struct consent_question {
    struct octets name;  /* whose servers the check is about */
    struct octets check; /* its id; none: any, as long as the rest holds */
    uint64_t now_ms;     /* wall clock */
    uint8_t key[CONSENT_KEY_OCTETS];
    struct octets owner;        /* where the texts were found: with the prefix */
    const struct octets *texts; /* all TXT records there */
    size_t text_count;
};
/* Whether all conditions hold: the name's own records, one of our key and no more, without a
 * problem, not expired, that names the check. */
enum consent_answer consent_is_given(const struct consent_question *q);
