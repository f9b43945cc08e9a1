/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/dns/bimi.h"
#include "../src/dns/caa.h"
#include "../src/dns/dkim.h"
#include "../src/dns/dmarc.h"
#include "../src/dns/mtasts.h"
#include "../src/dns/tlsrpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each problem stands within the text and has words. */
static void check(const struct dns_problems *p, size_t size)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].at > size || !p->at[i].what)
            abort();
}

/* One text, read as each record that is a list of tags. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets text = {data, size};
    struct dmarc_record dmarc;
    struct dkim_key dkim;
    struct tlsrpt_record tlsrpt;
    struct mtasts_record mtasts;
    struct bimi_record bimi;
    struct arena a;
    arena_init(&a, (size_t)1024 * 1024);
    dmarc_parse(text, &dmarc);
    check(&dmarc.problems, size);
    (void)dmarc_policy_for(&dmarc, DMARC_SUBDOMAIN);
    if (!dkim_parse(text, &a, &dkim)) {
        check(&dkim.problems, size);
        if (dkim.bits > 8 * size)
            abort();
    }
    tlsrpt_parse(text, &tlsrpt);
    check(&tlsrpt.problems, size);
    mtasts_parse(text, &mtasts);
    check(&mtasts.problems, size);
    bimi_parse(text, &bimi);
    check(&bimi.problems, size);
    struct dns_caa caa = {.tag = OCTETS("issue"), .value = text};
    if (caa_property(&caa).issuer.size > size)
        abort();
    arena_release(&a);
    return 0;
}
