/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply in pieces, cut where its first octet says, is the reply in one piece, and never more than
 * there is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smtp_reply whole = {0}, pieces = {0};
    struct octets in = octets_sub((struct octets){data, size}, 1, size);
    size_t step = size ? data[0] % 16u + 1 : 1;
    enum smtp_parse done = smtp_reply_parse(&whole, in), now = SMTP_PARSE_MORE;
    for (size_t n = 0; n < in.size + step && now == SMTP_PARSE_MORE; n += step)
        now = smtp_reply_parse(&pieces, octets_sub(in, 0, n));
    if (now != done || memcmp(&whole, &pieces, sizeof whole) != 0 || whole.size > in.size)
        abort();
    for (struct octets rest = in; rest.size;) {
        struct octets line = smtp_reply_take_line(&rest);
        if (smtp_line_text(line).size > line.size || smtp_line_enhanced(line).size > line.size)
            abort();
    }
    return 0;
}
