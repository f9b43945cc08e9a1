/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "../src/dns/spf_check.h"
#include "../src/dns/spf_lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each line answers one question, whatever it is; both machines end, within their limits. */
static struct dns_answer answer(struct octets *rest, enum dns_type type, struct dns_record *r)
{
    struct octets line = octets_take_until(rest, '\n');
    *r = (struct dns_record){.type = type, .text = line, .name = line, .address = {.family = 4}};
    return (struct dns_answer){
        .status = line.size ? DNS_FOUND : DNS_NO_SUCH_NAME, .records = r, .count = line.size != 0};
}

static void check(struct octets in, struct arena *a)
{
    struct spf_mail mail = {.ip = {.family = 4}, .domain = OCTETS("a.test"), .local = in};
    struct spf_check *c;
    struct dns_question q;
    struct dns_record r;
    size_t asked = 0;
    if (spf_check_new(a, &mail, SPF_LIMITS, &c))
        return;
    while (spf_check_step(c, &q) == DNS_STEP_ASK) {
        if (++asked > 300 || !q.name.size)
            abort();
        struct dns_answer now = answer(&in, q.type, &r);
        spf_check_answer(c, &now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct octets in = {data, size};
    struct arena a;
    struct spf_walk *w;
    struct dns_question q;
    struct dns_record r;
    struct spf_flaws flaws = {0};
    arena_init(&a, (size_t)4 * 1024 * 1024);
    check(in, &a);
    if (!spf_walk_new(&a, OCTETS("a.test"), &w)) {
        enum dns_step step;
        while ((step = spf_walk_step(w, &q)) == DNS_STEP_ASK) {
            struct dns_answer now = answer(&in, q.type, &r);
            spf_walk_answer(w, &now);
        }
        if (step == DNS_STEP_DONE)
            (void)!spf_lint(spf_walk_tree(w), NULL, &a, &flaws);
    }
    arena_release(&a);
    return 0;
}
