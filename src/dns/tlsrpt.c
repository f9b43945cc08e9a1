/* SPDX-License-Identifier: Apache-2.0 */
#include "tlsrpt.h"

#include "taglist.h"

bool tlsrpt_is_record(struct octets text)
{
    return octets_has_prefix(text, OCTETS("v=TLSRPTv1")) &&
           taglist_is_version(text, "v", "TLSRPTv1") && octets_find_octet(text, ';', 0) < text.size;
}

bool tlsrpt_is_nearly(struct octets text)
{
    return octets_has_prefix_nocase(octets_trim(text), OCTETS("v=tlsrpt")) &&
           !tlsrpt_is_record(text);
}

void tlsrpt_parse(struct octets text, struct tlsrpt_record *ret)
{
    struct taglist l;
    *ret = (struct tlsrpt_record){.text = text};
    taglist_parse(text, TAGLIST_BARE, &l, &ret->problems);
    const struct taglist_tag *rua = taglist_find(&l, "rua");
    if (rua)
        report_uris_read(rua, REPORT_LIST_TLSRPT, &ret->rua, &ret->problems);
    taglist_check_extensions(&l, "rua", &ret->problems);
    if (ret->rua.count == 0)
        dns_problem_add(&ret->problems, true, rua ? rua->value_at : text.size,
                        "nobody to report to");
}
