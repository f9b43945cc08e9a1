/* SPDX-License-Identifier: Apache-2.0 */
#include "caa.h"

#include "name.h"

#define FLAG_CRITICAL 0x80

static const struct {
    struct octets name;
    enum caa_tag tag;
} tags[] = {
    {OCTETS_INIT("issue"), CAA_ISSUE},
    {OCTETS_INIT("issuewild"), CAA_ISSUEWILD},
    {OCTETS_INIT("iodef"), CAA_IODEF},
};

/* label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)) (s4.2), parted by dots. */
static bool is_issuer(struct octets o)
{
    for (size_t i = 0; i < o.size; i++) {
        bool is_edge = i == 0 || i + 1 == o.size || o.at[i - 1] == '.' || o.at[i + 1] == '.';
        bool is_plain = octet_is_alpha(o.at[i]) || octet_is_digit(o.at[i]);
        if (!is_plain && o.at[i] != '.' && (o.at[i] != '-' || is_edge))
            return false;
    }
    return o.size == 0 || dns_name_is_valid(o);
}

struct caa_property caa_property(const struct dns_caa *record)
{
    struct caa_property p = {.tag = CAA_OTHER, .is_critical = record->flags & FLAG_CRITICAL};
    struct octets rest = record->value;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (octets_is_equal_nocase(record->tag, tags[i].name))
            p.tag = tags[i].tag;
    if (p.tag != CAA_ISSUE && p.tag != CAA_ISSUEWILD)
        return p;
    struct octets issuer = octets_trim(octets_take_until(&rest, ';'));
    p.is_malformed = !is_issuer(issuer);
    p.issuer = p.is_malformed ? OCTETS_NONE : issuer;
    p.parameters = octets_trim(rest);
    return p;
}

static bool has_tag(const struct dns_record *records, size_t count, enum caa_tag tag)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].type == DNS_TYPE_CAA && caa_property(&records[i].caa).tag == tag)
            return true;
    return false;
}

bool caa_may_issue(const struct dns_record *records, size_t count, struct octets issuer,
                   bool is_wildcard)
{
    enum caa_tag tag =
        is_wildcard && has_tag(records, count, CAA_ISSUEWILD) ? CAA_ISSUEWILD : CAA_ISSUE;
    bool is_named = false, is_restricted = false;
    for (size_t i = 0; i < count; i++) {
        if (records[i].type != DNS_TYPE_CAA)
            continue;
        struct caa_property p = caa_property(&records[i].caa);
        if (p.tag == CAA_OTHER && p.is_critical)
            return false;
        is_restricted = is_restricted || p.tag == tag;
        is_named =
            is_named || (p.tag == tag && p.issuer.size && octets_is_equal_nocase(p.issuer, issuer));
    }
    return is_named || !is_restricted;
}
