/* SPDX-License-Identifier: Apache-2.0 */
#include "write_domain.h"

#include "../dns/dkim.h"
#include "asked.h"

/* What a domain publishes for its mail, as the member "posture". */

static void add_exchanges(struct json *j, const struct facts_domain *d)
{
    if (!d->exchange_count)
        return;
    json_put_open_array(j, "exchanges");
    for (size_t i = 0; i < d->exchange_count; i++) {
        const struct facts_exchange *x = &d->exchanges[i];
        json_put_open_object(j, NULL);
        json_put_octets(j, "host", x->host);
        json_put_number(j, "preference", x->preference);
        if (x->a.is_asked && x->a.status != DNS_FAILED)
            json_put_bool(j, "ipv4", x->a.status == DNS_FOUND);
        if (x->aaaa.is_asked && x->aaaa.status != DNS_FAILED)
            json_put_bool(j, "ipv6", x->aaaa.status == DNS_FOUND);
        record_put_records(j, "tlsa", &x->tlsa, DNS_TYPE_TLSA);
        if (x->tlsa_dnssec)
            json_put_text(j, "dnssec", facts_dnssec_name(x->tlsa_dnssec));
        if (x->address_dnssec)
            json_put_text(j, "address_dnssec", facts_dnssec_name(x->address_dnssec));
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

static void add_spf(struct json *j, const struct spf_tree *t)
{
    if (!t || !t->count)
        return;
    const struct spf_node *root = t->nodes[0];
    json_put_open_object(j, "spf");
    json_put_text(j, "found", spf_found_name(root->found));
    if (root->found == SPF_FOUND_RECORD) {
        json_put_octets(j, "record", root->record.text);
        json_put_number(j, "lookups", root->lookups);
        json_put_number(j, "void_lookups", root->voids);
    }
    if (t->count > 1) {
        json_put_open_array(j, "leads_to");
        for (size_t i = 1; i < t->count; i++) {
            json_put_open_object(j, NULL);
            json_put_octets_if(j, "domain", t->nodes[i]->domain);
            json_put_text(j, "found", spf_found_name(t->nodes[i]->found));
            if (t->nodes[i]->found == SPF_FOUND_RECORD)
                json_put_octets(j, "record", t->nodes[i]->record.text);
            json_put_close_object(j);
        }
        json_put_close_array(j);
    }
    json_put_close_object(j);
}

static void add_dmarc(struct json *j, const struct dmarc_walked *d)
{
    if (!d || !d->policy || !d->policy->record)
        return;
    json_put_open_object(j, "dmarc");
    json_put_octets(j, "at", d->policy->domain);
    json_put_octets(j, "record", d->policy->record->text);
    json_put_close_object(j);
}

static void add_dkim(struct json *j, const struct facts_domain *d)
{
    bool is_open = false;
    for (size_t i = 0; i < d->selector_count; i++) {
        for (size_t k = 0; k < d->selectors[i].answer.count; k++) {
            const struct dns_record *r = &d->selectors[i].answer.records[k];
            if (r->type != DNS_TYPE_TXT || !dkim_is_key(r->text))
                continue;
            if (!is_open)
                json_put_open_array(j, "dkim");
            is_open = true;
            json_put_open_object(j, NULL);
            json_put_octets(j, "selector", d->selectors[i].name);
            json_put_octets(j, "record", r->text);
            json_put_close_object(j);
        }
    }
    if (is_open)
        json_put_close_array(j);
}

static void add_policy(struct json *j, const struct facts_policy *p)
{
    if (p->outcome == FACTS_POLICY_NOT_ASKED)
        return;
    json_put_open_object(j, "mtasts_policy");
    json_put_text(j, "outcome", facts_policy_name(p->outcome));
    if (p->status)
        json_put_number(j, "status", p->status);
    json_put_octets_if(j, "error", p->error);
    json_put_octets_if(j, "text", p->text);
    json_put_close_object(j);
}

static void add_caa(struct json *j, const struct facts_domain *d)
{
    if (d->caa.status != DNS_FOUND || !d->caa.is_asked)
        return;
    json_put_open_object(j, "caa");
    json_put_octets(j, "at", d->caa_at);
    json_put_open_array(j, "records");
    for (size_t i = 0; i < d->caa.count; i++) {
        const struct dns_record *r = &d->caa.records[i];
        if (r->type != DNS_TYPE_CAA)
            continue;
        json_put_open_object(j, NULL);
        json_put_octets(j, "tag", r->caa.tag);
        json_put_octets_if(j, "value", r->caa.value);
        json_put_close_object(j);
    }
    json_put_close_array(j);
    json_put_close_object(j);
}

/* Questions that told nothing: what rests on them is not known. */
static void add_failures(struct json *j, const struct facts_domain *d)
{
    const struct {
        const char *name;
        const struct facts_dns *answer;
    } of[] = {{"mx", &d->mx},         {"ns", &d->ns},     {"mtasts", &d->mtasts},
              {"tlsrpt", &d->tlsrpt}, {"bimi", &d->bimi}, {"caa", &d->caa}};
    bool is_open = false;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        if (!of[i].answer->is_asked || of[i].answer->status != DNS_FAILED)
            continue;
        if (!is_open)
            json_put_open_object(j, "failed");
        is_open = true;
        json_put_text(j, of[i].name, of[i].answer->is_timeout ? "timeout" : "failed");
    }
    if (is_open)
        json_put_close_object(j);
}

void record_posture(struct json *j, const struct facts_domain *d)
{
    json_put_open_object(j, "posture");
    json_put_octets(j, "name", d->name);
    if (d->has_null_mx)
        json_put_bool(j, "null_mx", true);
    add_exchanges(j, d);
    add_spf(j, d->spf);
    add_dmarc(j, d->dmarc);
    add_dkim(j, d);
    json_put_number(j, "dkim_asked", d->selector_count);
    record_put_records(j, "mtasts", &d->mtasts, DNS_TYPE_TXT);
    add_policy(j, &d->policy);
    record_put_records(j, "tlsrpt", &d->tlsrpt, DNS_TYPE_TXT);
    record_put_records(j, "bimi", &d->bimi, DNS_TYPE_TXT);
    add_caa(j, d);
    if (d->dnssec) {
        json_put_text(j, "dnssec", facts_dnssec_name(d->dnssec));
        json_put_text(j, "validator", facts_validator_name(d->validator));
    }
    add_failures(j, d);
    json_put_number(j, "services_seen", d->seen_count);
    json_put_octets_if(j, "resolver", d->resolver);
    json_put_number(j, "queries", d->queries);
    record_put_asked(j, d);
    json_put_close_object(j);
}
