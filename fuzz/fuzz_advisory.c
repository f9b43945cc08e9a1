/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/audit/knowledge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Advisories are read, or refused with words and a line; what was read can be asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle_file f = {.path = "advisories/x.txt", .text = {data, size}};
    struct bundle files = {.files = &f, .count = 1};
    struct audit_knowledge *k = NULL;
    struct dialogue_problem problem;
    const char *path;
    struct buf text;
    enum err e = audit_knowledge_build(&files, &k, &path, &problem);
    if (e && e != ERR_NOMEM && (!problem.text[0] || !problem.line))
        abort();
    buf_init(&text, 65536);
    for (size_t i = 0; !e && i < k->product_count; i++) {
        const struct advisory_product *p = &k->products[i];
        struct octets name = p->names.at[0].text;
        if (audit_product(k, name) != p)
            abort();
        for (size_t n = 0; n < p->advisory_count; n++) {
            (void)advisory_affects(&p->advisories[n], name, (struct octets){data, size});
            advisory_range_append(&text, &p->advisories[n].ranges[0]);
        }
        (void)advisory_series_of(p, (struct octets){data, size});
        advisory_cpe_append(&text, p, (struct octets){data, size});
    }
    buf_release(&text);
    audit_knowledge_free(k);
    return 0;
}
