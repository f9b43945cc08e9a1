/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

void dns_name_append_reverse(struct buf *out, const struct address *a)
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
    buf_append_text(out, a->family == 4 ? "in-addr.arpa" : "ip6.arpa");
}
