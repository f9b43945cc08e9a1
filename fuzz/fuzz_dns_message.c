/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME_MAX_OCTETS ((size_t)4 * 255) /* each octet escaped */
#define RECORD_OCTETS   11                /* of the smallest record on the wire */

/* No more records than the octets can hold, and no name that is too long or empty. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct dns_message m = {0};
    arena_init(&a, (size_t)1024 * 1024);
    if (dns_message_parse((struct octets){data, size}, &a, &m) != ERR_OK)
        m.record_count = 0;
    if (m.record_count > size / RECORD_OCTETS)
        abort();
    for (size_t i = 0; i < m.record_count; i++)
        if (m.records[i].owner.size == 0 || m.records[i].owner.size > NAME_MAX_OCTETS ||
            m.records[i].name.size > NAME_MAX_OCTETS)
            abort();
    (void)dns_message_ttl((struct octets){data, size}, size % 2);
    arena_release(&a);
    return 0;
}
