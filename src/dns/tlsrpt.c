/* SPDX-License-Identifier: Apache-2.0 */
#include "tlsrpt.h"

#include "taglist.h"

bool tlsrpt_is_record(struct octets text)
{
    return octets_has_prefix(text, OCTETS("v=TLSRPTv1")) &&
           taglist_is_version(text, "v", "TLSRPTv1");
}

bool tlsrpt_is_nearly(struct octets text)
{
    return octets_has_prefix_nocase(octets_trim(text), OCTETS("v=tlsrpt")) &&
           !tlsrpt_is_record(text);
}

/* tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri) */
static void read_uris(const struct taglist_tag *t, struct tlsrpt_record *r)
{
    struct octets rest = t->value;
    while (rest.size) {
        struct octets item = octets_trim(octets_take_until(&rest, ','));
        struct report_uri u;
        const char *wrong = report_uri_parse(item, &u);
        u.at = taglist_place(t, item);
        if (!wrong && u.scheme == REPORT_OTHER)
            wrong = "neither mailto nor https";
        else if (!wrong && u.has_size)
            wrong = "an exclamation mark must be encoded";
        else if (!wrong && !report_uris_add(&r->rua, &u))
            wrong = "too many URIs";
        if (wrong)
            dns_problem_add(&r->problems, false, u.at, wrong);
    }
}

void tlsrpt_parse(struct octets text, struct tlsrpt_record *ret)
{
    struct taglist l;
    *ret = (struct tlsrpt_record){.text = text};
    taglist_parse(text, true, &l, &ret->problems);
    const struct taglist_tag *rua = taglist_find(&l, "rua");
    if (rua)
        read_uris(rua, ret);
    if (ret->rua.count == 0)
        dns_problem_add(&ret->problems, true, rua ? rua->value_at : text.size,
                        "nobody to report to");
}
