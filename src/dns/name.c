/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#define LABEL_OCTETS 63
#define NAME_OCTETS  253 /* as text: 255 on the wire, less the first length and the root's */

void dns_name_append_reversed(struct buf *out, const struct address *a)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = address_bits(a) / 8; i-- > 0;) {
        if (a->family == 4) {
            buf_append_number(out, a->octets[i]);
            buf_append_text(out, ".");
        } else {
            char pair[] = {digits[a->octets[i] & 15], '.', digits[a->octets[i] >> 4], '.', 0};
            buf_append_text(out, pair);
        }
    }
}

void dns_name_append_reverse(struct buf *out, const struct address *a)
{
    dns_name_append_reversed(out, a);
    buf_append_text(out, a->family == 4 ? "in-addr.arpa" : "ip6.arpa");
}

void dns_name_append_escaped(struct buf *out, struct octets plain)
{
    for (size_t i = 0; i < plain.size; i++) {
        uint8_t c = plain.at[i];
        if (c > ' ' && c < 0x7f && c != '\\')
            buf_append_octet(out, c);
        else
            buf_append_format(out, "\\%03u", c);
    }
}

bool dns_name_is_valid(struct octets plain)
{
    size_t label = 0;
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.at[i] == '.' && label == 0)
            return false;
        label = plain.at[i] == '.' ? 0 : label + 1;
        if (label > LABEL_OCTETS)
            return false;
    }
    return label > 0 && plain.size <= NAME_OCTETS;
}

size_t dns_name_labels(struct octets name)
{
    size_t count = name.size && !octets_is_equal(name, OCTETS("."));
    for (size_t i = 0; count && i < name.size; i++)
        count += name.at[i] == '.';
    return count;
}

struct octets dns_name_suffix(struct octets name, size_t count)
{
    for (size_t i = name.size; i > 0; i--)
        if (name.at[i - 1] == '.' && --count == 0)
            return octets_sub(name, i, name.size);
    return name;
}

bool dns_name_is_under(struct octets name, struct octets domain)
{
    if (!octets_has_suffix_nocase(name, domain))
        return false;
    return name.size == domain.size || domain.size == 0 ||
           name.at[name.size - domain.size - 1] == '.';
}

struct octets dns_name_without_dot(struct octets name)
{
    return name.size > 1 && name.at[name.size - 1] == '.' ? octets_sub(name, 0, name.size - 1)
                                                          : name;
}
