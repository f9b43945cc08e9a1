/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include "../dns/mtasts.h"

/* The MTA-STS policy: https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461 s3.3). */

#define ADDRESSES_MAX 20

struct fetching {
    struct survey *survey;
    struct facts_dns of[2]; /* A, AAAA */
    size_t left;
};

static void on_policy(void *owner, const struct https_answer *a)
{
    static const enum facts_policy_outcome outcomes[] = {
        [HTTPS_DONE] = FACTS_POLICY_FOUND,
        [HTTPS_UNREACHABLE] = FACTS_POLICY_UNREACHABLE,
        [HTTPS_CERTIFICATE] = FACTS_POLICY_CERTIFICATE,
        [HTTPS_TLS] = FACTS_POLICY_TLS,
        [HTTPS_TIMEOUT] = FACTS_POLICY_TIMEOUT,
        [HTTPS_TOO_LARGE] = FACTS_POLICY_TOO_LARGE,
        [HTTPS_FAILED] = FACTS_POLICY_FAILED,
    };
    struct survey *s = owner;
    struct facts_policy *p = &s->d->policy;
    p->status = a->status;
    p->outcome = outcomes[a->end];
    if (a->end == HTTPS_DONE && a->status != 200)
        p->outcome = FACTS_POLICY_STATUS;
    if (!arena_copy(s->arena, octets_of(a->error), &p->error) ||
        (p->outcome == FACTS_POLICY_FOUND && !arena_copy(s->arena, a->body, &p->text)))
        p->outcome = FACTS_POLICY_FAILED;
    survey_leave(s);
}

static void fetch(struct survey *s, const struct address *addresses, size_t count)
{
    struct buf host;
    buf_init(&host, 300);
    buf_append_text(&host, "mta-sts.");
    buf_append(&host, s->d->name);
    const struct https_request request = {.host = buf_octets(&host),
                                          .path = OCTETS("/.well-known/mta-sts.txt"),
                                          .addresses = addresses,
                                          .address_count = count,
                                          .port = s->options->policy_port,
                                          .timeout_ms = s->options->policy_ms,
                                          .octets_max = MTASTS_POLICY_OCTETS};
    s->pending++;
    if (buf_error(&host) || https_get(s->options->https, &request, on_policy, s)) {
        s->d->policy.outcome = FACTS_POLICY_FAILED;
        s->pending--;
    }
    buf_release(&host);
}

static void on_addresses(struct survey *s, void *about)
{
    static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
    struct fetching *f = about;
    struct address found[ADDRESSES_MAX];
    size_t count = 0, refused = 0;
    bool has_failed = false;
    if (--f->left)
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct dns_record *r;
        size_t at = 0;
        has_failed = has_failed || f->of[i].status == DNS_FAILED;
        while ((r = survey_next(&f->of[i], types[i], &at)) && count < ADDRESSES_MAX) {
            bool is_refused = !s->options->allow_special && address_special_use(&r->address);
            refused += is_refused;
            if (!is_refused)
                found[count++] = r->address;
        }
    }
    if (count)
        fetch(s, found, count);
    else
        s->d->policy.outcome = refused      ? FACTS_POLICY_SPECIAL_USE
                               : has_failed ? FACTS_POLICY_DNS_FAILED
                                            : FACTS_POLICY_NO_ADDRESS;
}

void survey_policy(struct survey *s)
{
    struct fetching *f = arena_alloc(s->arena, sizeof *f);
    if (!f)
        return;
    *f = (struct fetching){.survey = s, .left = 2};
    survey_ask_below(s, "mta-sts", s->d->name, DNS_TYPE_A,
                     (struct survey_to){&f->of[0], on_addresses, f});
    survey_ask_below(s, "mta-sts", s->d->name, DNS_TYPE_AAAA,
                     (struct survey_to){&f->of[1], on_addresses, f});
}
