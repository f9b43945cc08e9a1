/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "message.h"

/* Who may issue certificates for a name (RFC 8659).  Pure; borrows the records. */

enum caa_tag { CAA_ISSUE, CAA_ISSUEWILD, CAA_IODEF, CAA_OTHER };

struct caa_property {
    enum caa_tag tag;
    bool is_critical;         /* s4.1: who does not know the tag must not issue */
    struct octets issuer;     /* of issue and issuewild; none: nobody may issue */
    struct octets parameters; /* what follows it */
    bool is_malformed;        /* s4.2: then nobody may issue either */
};

/* What the record says. */
struct caa_property caa_property(const struct dns_caa *record);

/*
 * Whether the authority may issue for the name whose CAA records these are: those of the name
 * itself, or of the nearest above it that has any (s3; ask for dns_name_suffix).  For a wildcard
 * the issuewild ones decide when there are any (s4.3).  Without records anybody may.
 */
bool caa_may_issue(const struct dns_record *records, size_t count, struct octets issuer,
                   bool is_wildcard);
