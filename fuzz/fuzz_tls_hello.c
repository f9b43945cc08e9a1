/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/tls/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An answer in pieces, as long as its first octet says, is the answer in one piece; and it is done
 * within bounds. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tls_answer whole, pieces;
    struct octets in = octets_sub((struct octets){data, size}, 1, size);
    size_t step = size ? data[0] % 64u + 1 : 1;
    tls_answer_init(&whole);
    tls_answer_init(&pieces);
    enum tls_parse done = tls_answer_feed(&whole, in), now = TLS_PARSE_MORE;
    for (size_t n = 0; n < in.size; n += step)
        now = tls_answer_feed(&pieces, octets_sub(in, n, n + step));
    bool is_same = now == done && whole.kind == pieces.kind && whole.alert == pieces.alert &&
                   whole.version == pieces.version && whole.suite == pieces.suite &&
                   whole.group == pieces.group && whole.dh_bits == pieces.dh_bits &&
                   whole.has_leaf == pieces.has_leaf && whole.kinds == pieces.kinds;
    if (!is_same || whole.records > TLS_ANSWER_RECORDS + 1 ||
        whole.messages.size > TLS_ANSWER_OCTETS)
        abort();
    if (done == TLS_PARSE_DONE && whole.kind == TLS_ANSWER_NONE)
        abort();
    tls_answer_release(&whole);
    tls_answer_release(&pieces);
    return 0;
}
