/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/domain/survey.h"
#include "../src/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA_OCTETS ((size_t)64 * 1024 * 1024)

/* Reads a domain's record, surveys it again from what it keeps, and writes it; false when it is none. */
static bool write_again(struct octets line, struct buf *out)
{
    struct record_domain d;
    struct arena a;
    arena_init(&a, ARENA_OCTETS);
    bool is_one = record_read_domain(line, &a, &d) == ERR_OK;
    struct facts_domain facts = {0};
    if (is_one && d.posture) {
        facts.name = d.posture->name;
        facts.time_ms = d.posture->time_ms;
        is_one = domain_recall(d.posture, &a, &facts) == ERR_OK;
        d.posture = &facts;
    }
    if (is_one && record_domain(out, &d))
        abort();
    arena_release(&a);
    return is_one;
}

/* Whatever it is, what was written of it once is written of that again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once, twice;
    buf_init(&once, ARENA_OCTETS);
    buf_init(&twice, ARENA_OCTETS);
    if (write_again((struct octets){data, size}, &once)) {
        struct octets line = octets_sub(buf_octets(&once), 0, once.size - 1);
        if (!write_again(line, &twice) || !octets_is_equal(buf_octets(&once), buf_octets(&twice)))
            abort();
    }
    buf_release(&once);
    buf_release(&twice);
    return 0;
}
