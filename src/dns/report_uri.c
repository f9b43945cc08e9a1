/* SPDX-License-Identifier: Apache-2.0 */
#include "report_uri.h"

#include <string.h>

#include "name.h"

/* "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] at the end is cut off. */
static const char *cut_size(struct report_uri *u)
{
    size_t mark = octets_find_octet(u->text, '!', 0);
    struct octets size = octets_sub(u->text, mark + 1, u->text.size);
    uint64_t n;
    if (mark == u->text.size)
        return NULL;
    u->has_size = true;
    u->text = octets_sub(u->text, 0, mark);
    if (size.size > 1 && strchr("kmgt", octet_to_lower(size.at[size.size - 1])))
        size.size--;
    return octets_to_number(size, UINT64_MAX, &n) ? NULL : "not a size of reports";
}

/* RFC 6068: the domain stands behind the last at sign, before a query. */
static const char *read_address(struct octets rest, struct report_uri *u)
{
    struct octets address = octets_take_until(&rest, '?');
    size_t sign = address.size;
    while (sign > 0 && address.at[sign - 1] != '@')
        sign--;
    u->domain = octets_sub(address, sign, address.size);
    return sign > 1 && dns_name_is_valid(u->domain) ? NULL : "not an address of mail";
}

const char *report_uri_parse(struct octets text, struct report_uri *ret)
{
    *ret = (struct report_uri){.text = text, .scheme = REPORT_OTHER};
    const char *wrong = cut_size(ret);
    size_t colon = octets_find_octet(ret->text, ':', 0); /* RFC 3986 s3.1 */
    struct octets scheme = octets_sub(ret->text, 0, colon);
    if (wrong)
        return wrong;
    if (colon == 0 || colon == ret->text.size || !octet_is_alpha(ret->text.at[0]))
        return "not a URI";
    for (size_t i = 0; i < ret->text.size; i++)
        if (ret->text.at[i] <= ' ' || ret->text.at[i] >= 0x7f)
            return "not a URI";
    if (octets_is_equal_nocase(scheme, OCTETS("https")))
        ret->scheme = REPORT_HTTPS;
    if (!octets_is_equal_nocase(scheme, OCTETS("mailto")))
        return NULL;
    ret->scheme = REPORT_MAILTO;
    return read_address(octets_sub(ret->text, colon + 1, ret->text.size), ret);
}

/* What keeps it from being used, NULL for nothing. */
static const char *read_item(struct octets item, enum report_list list, struct report_uri *ret)
{
    const char *wrong = item.size ? report_uri_parse(item, ret) : "no URI";
    if (!wrong && list == REPORT_LIST_TLSRPT && ret->scheme == REPORT_OTHER)
        return "neither mailto nor https";
    if (!wrong && list == REPORT_LIST_TLSRPT && ret->has_size)
        return "an exclamation mark must be encoded";
    return wrong;
}

/* dmarc-urilist of RFC 9989 s4.8, tlsrpt-rua of RFC 8460 s3: a URI before and behind each comma. */
void report_uris_read(const struct taglist_tag *t, enum report_list list, struct report_uris *ret,
                      struct dns_problems *problems)
{
    struct octets rest = t->value;
    bool is_last = false;
    while (!is_last) {
        struct report_uri u = {0};
        is_last = octets_find_octet(rest, ',', 0) == rest.size;
        struct octets item = octets_trim(octets_take_until(&rest, ','));
        const char *wrong = read_item(item, list, &u);
        u.at = taglist_place(t, item);
        if (!wrong && ret->count == REPORT_URIS_MAX)
            wrong = "too many URIs";
        else if (!wrong)
            ret->at[ret->count++] = u;
        if (!wrong && u.has_size)
            wrong = "a size limit, which RFC 9989 removed";
        if (wrong)
            dns_problem_add(problems, false, u.at, wrong);
    }
}
