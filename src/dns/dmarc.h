/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "ask.h"
#include "report_uri.h"

/*
 * DMARC policy records (RFC 9989 s4.7, s4.8; what RFC 7489 s6.3 had besides is read and told), and
 * who is asked for them (RFC 9989 s4.10).  Pure; borrows the text.
 *
 * Sections of RFC 9989, 9990 and 9991 are cited, here and elsewhere, by the numbers of their last
 * drafts: draft-ietf-dmarc-dmarcbis-41, -aggregate-reporting-32, -failure-reporting-24.
 */

enum dmarc_policy { DMARC_ABSENT, DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT, DMARC_INVALID };
const char *dmarc_policy_name(enum dmarc_policy p); /* "" for absent and invalid */

enum dmarc_psd { DMARC_PSD_U, DMARC_PSD_Y, DMARC_PSD_N };

/* Options of failure reports, as bits. */
enum dmarc_fo { DMARC_FO_0 = 1, DMARC_FO_1 = 2, DMARC_FO_D = 4, DMARC_FO_S = 8 };

/* Tags that RFC 9989 removed, as bits. */
enum dmarc_removed { DMARC_REMOVED_PCT = 1, DMARC_REMOVED_RF = 2, DMARC_REMOVED_RI = 4 };

/* What is complained of for each of them. */
#define DMARC_REMOVED_WORDS "a tag that RFC 9989 removed"

struct dmarc_record {
    struct octets text;
    enum dmarc_policy p, sp, np;
    enum dmarc_psd psd;
    bool is_testing; /* t=y */
    bool is_dkim_strict, is_spf_strict;
    unsigned fo; /* enum dmarc_fo; the default is 0, whatever it says, without a ruf (s4.7) */
    struct report_uris rua,
        ruf; /* those that are URIs; sizes, which RFC 9989 has receivers ignore, are told */
    unsigned removed; /* enum dmarc_removed */
    unsigned pct;     /* of RFC 7489; 100 when it is absent or malformed */
    struct dns_problems problems;
};

/* Whether a TXT record is one of DMARC: "v=DMARC1" first, case and all (s4.7). */
bool dmarc_is_record(struct octets text);
/* Whether it was meant to be one: "v=dmarc" in any case, though it is none. */
bool dmarc_is_nearly(struct octets text);
/* Text must be a record.  Of faulty tags the default stands (s4.8). */
void dmarc_parse(struct octets text, struct dmarc_record *ret);

/* For whom a policy is looked up, seen from the domain of the record. */
enum dmarc_subject { DMARC_ITSELF, DMARC_SUBDOMAIN, DMARC_NO_SUCH_SUBDOMAIN };
/* What receivers do (s4.7, s4.10.1): a faulty policy is none where there is somebody to report to;
 * INVALID: the record is not applied.  No p at all is none, as s4.7 has it, though s4.10.1 can be
 * read otherwise.  Testing is not taken off. */
enum dmarc_policy dmarc_policy_for(const struct dmarc_record *r, enum dmarc_subject subject);
/* One level below, as t=y asks for (s4.7). */
enum dmarc_policy dmarc_policy_tested(enum dmarc_policy p);

/* Appends the name at which `receiver` allows reports on `domain` to be sent to it (RFC 7489 s7.1,
 * RFC 9990 s4, RFC 9991 s5). */
void dmarc_append_report_name(struct buf *out, struct octets domain, struct octets receiver);

/* ASTRAY: it is given, and reports are led on to another host, whereupon they go nowhere. */
enum dmarc_leave { DMARC_LEAVE_NONE, DMARC_LEAVE_GIVEN, DMARC_LEAVE_ASTRAY };
/* What the records at that name say of the reports that `policy` sends to `receiver`: one of DMARC
 * is enough (RFC 9990 s4).  Its rua stands for that of the policy, its ruf for that (RFC 9991 s5). */
enum dmarc_leave dmarc_leave(const struct dmarc_record *policy, struct octets receiver,
                             const struct dns_record *records, size_t count);

/* ---- the tree walk ---- */

#define DMARC_STEPS_MAX 8 /* s4.10 */

struct dmarc_step {
    struct octets domain;
    enum dns_status status;
    size_t count;                      /* of its records */
    const struct dmarc_record *record; /* NULL unless there is exactly one */
};

struct dmarc_walked {
    struct dmarc_step steps[DMARC_STEPS_MAX]; /* from the domain upwards */
    size_t count;
    bool has_failed;            /* DNS failed on the way: what follows may be otherwise */
    struct octets organization; /* s4.10.2 */
    const struct dmarc_step
        *policy; /* whose record applies (s4.10.1); NULL: none, or DNS failed for
                                      * a name that would come before it */
};

/* What receivers do with mail that claims to be from the domain, testing taken off; ABSENT where no
 * record applies.  Who inherits has the policy of subdomains, existing or not (s4.10.1). */
enum dmarc_policy dmarc_policy_applied(const struct dmarc_walked *w, bool domain_exists);

struct dmarc_walk;
/* ERR_NOMEM past the arena's cap. */
MUST_CHECK enum err dmarc_walk_new(struct arena *a, struct octets domain, struct dmarc_walk **ret);
/* As those of spf_check.h. */
enum dns_step dmarc_walk_step(struct dmarc_walk *w, struct dns_question *ret);
void dmarc_walk_answer(struct dmarc_walk *w, const struct dns_answer *answer);
/* Once it is done. */
const struct dmarc_walked *dmarc_walk_result(const struct dmarc_walk *w);
