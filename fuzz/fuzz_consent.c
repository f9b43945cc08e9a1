/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/dns/consent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is consented to has no problem, an end to come, and the check by its own id. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets text = {data, size}, id;
    struct consent_record r;
    struct consent_question q = {.name = OCTETS("example.org"),
                                 .owner = OCTETS(CONSENT_PREFIX "example.org"),
                                 .now_ms = 1,
                                 .texts = &text,
                                 .text_count = 1};
    consent_parse(text, &r);
    for (size_t i = 0; i < r.problems.count; i++)
        if (r.problems.at[i].at > size || !r.problems.at[i].what)
            abort();
    __builtin_memcpy(q.key, r.key, sizeof q.key);
    q.check = id = r.check_count ? r.checks[r.check_count - 1] : OCTETS("relay.open");
    bool is_given = consent_is_given(&q) == CONSENT_GIVEN;
    bool is_whole = consent_is_record(text) && !r.problems.has_fatal && r.check_count && r.until_ms;
    if (is_given != is_whole || !consent_is_check_id(id))
        abort();
    return 0;
}
