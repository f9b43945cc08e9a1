/* SPDX-License-Identifier: Apache-2.0 */
#include "bimi.h"

#include "taglist.h"

bool bimi_is_record(struct octets text)
{
    return taglist_is_version(text, "v", "BIMI1");
}

/* An https URI, or nothing. */
static struct octets read_location(const struct taglist_tag *t, struct dns_problems *problems)
{
    if (!t || t->value.size == 0)
        return OCTETS_NONE;
    if (octets_has_prefix_nocase(t->value, OCTETS("https://")) && t->value.size > 8)
        return t->value;
    dns_problem_add(problems, true, t->value_at, "not an https URI");
    return OCTETS_NONE;
}

void bimi_parse(struct octets text, struct bimi_record *ret)
{
    struct taglist l;
    *ret = (struct bimi_record){.text = text};
    taglist_parse(text, TAGLIST_STRICT, &l, &ret->problems);
    const struct taglist_tag *location = taglist_find(&l, "l");
    const struct taglist_tag *authority = taglist_find(&l, "a");
    ret->location = read_location(location, &ret->problems);
    ret->authority = read_location(authority, &ret->problems);
    if (!location)
        dns_problem_add(&ret->problems, true, text.size, "no location of a logo");
    ret->is_declined =
        location && location->value.size == 0 && (!authority || authority->value.size == 0);
}
