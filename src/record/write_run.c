/* SPDX-License-Identifier: Apache-2.0 */
#include "findings.h"
#include "write_domain.h"
#include "write_parts.h"

/* ---- how a name resolved ---- */

static void add_notes(struct json *j, const struct target_resolution *r)
{
    if (!r->note_count)
        return;
    json_put_open_array(j, "notes");
    for (size_t i = 0; i < r->note_count; i++) {
        json_put_open_object(j, NULL);
        json_put_text(j, "note", target_note_name(r->notes[i].kind));
        json_put_octets_if(j, "host", r->notes[i].host);
        json_put_octets_if(j, "detail", r->notes[i].detail);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

static void add_exchanges(struct json *j, const struct target_resolution *r)
{
    if (!r->endpoint_count)
        return;
    json_put_open_array(j, r->is_domain ? "mx" : "addresses");
    for (size_t i = 0; i < r->endpoint_count; i++) {
        json_put_open_object(j, NULL);
        if (r->is_domain)
            json_put_number(j, "preference", r->endpoints[i].preference);
        json_put_octets_if(j, "host", r->endpoints[i].host);
        record_put_address(j, "address", &r->endpoints[i].address);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

/* Each is an endpoint with a service record of its own, perhaps under the name of another target. */
static void add_services(struct json *j, const struct record_domain *d)
{
    const struct target_resolution *r = d->resolution;
    if (!r->endpoint_count || !d->port_count)
        return;
    json_put_open_array(j, "services");
    for (size_t i = 0; i < r->endpoint_count * d->port_count; i++) {
        const struct target_endpoint *e = &r->endpoints[i / d->port_count];
        json_put_open_object(j, NULL);
        record_put_address(j, "address", &e->address);
        json_put_number(j, "port", d->ports[i % d->port_count]);
        json_put_octets_if(j, "host", e->host);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

enum err record_domain(struct buf *out, const struct record_domain *d)
{
    const struct target_resolution *r = d->resolution;
    struct json j;
    record_open(&j, out, "domain", d->time_ms);
    json_put_octets(&j, "input", d->input);
    json_put_octets_if(&j, "tag", d->tag);
    if (d->is_again)
        json_put_bool(&j, "again", true);
    json_put_text(&j, "outcome", facts_outcome_name(r->outcome));
    if (r->outcome != FACTS_OUTCOME_ANSWERED)
        json_put_text(&j, "stage", facts_stage_name(FACTS_STAGE_RESOLVE));
    json_put_octets_if(&j, "reason", r->reason);
    add_exchanges(&j, r);
    add_services(&j, d);
    add_notes(&j, r);
    if (d->posture)
        record_posture(&j, d->posture);
    if (d->findings)
        record_findings(&j, d->findings);
    return record_close(&j);
}

/* ---- the run ---- */

/* Counts that are there only when there is something to count. */
static void add_left_out(struct json *j, const struct record_run *r)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"skipped", r->skipped},
        {"done_before", r->done_before},
        {"excluded", r->excluded},
        {"repeated", r->repeated},
        {"joined", r->joined},
        {"retried", r->retried},
        {"networks_forgotten", r->networks_forgotten},
        {"addresses_forgotten", r->addresses_forgotten},
        {"endpoints_forgotten", r->endpoints_forgotten},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].count)
            json_put_number(j, counts[i].name, counts[i].count);
}

static void add_dns(struct json *j, const struct record_run *r)
{
    if (!r->dns_queries && !r->dns_hits)
        return;
    json_put_open_object(j, "dns");
    json_put_number(j, "queries", r->dns_queries);
    json_put_number(j, "hits", r->dns_hits);
    if (r->dns_retried)
        json_put_number(j, "retried", r->dns_retried);
    json_put_close_object(j);
}

enum err record_run(struct buf *out, const struct record_run *r)
{
    struct json j;
    record_open(&j, out, "run", r->time_ms);
    json_put_text(&j, "version", r->version);
    json_put_open_array(&j, "options");
    for (size_t i = 0; i < r->option_count; i++)
        json_put_octets(&j, NULL, octets_of(r->options[i]));
    json_put_close_array(&j);
    if (r->level)
        json_put_text(&j, "level", r->level);
    json_put_number(&j, "part", r->part);
    json_put_bool(&j, "interrupted", r->interrupted);
    json_put_number(&j, "seed", r->seed);
    json_put_number(&j, "concurrency", r->concurrency);
    if (r->shard)
        json_put_text(&j, "shard", r->shard);
    json_put_number(&j, "targets", r->targets);
    add_left_out(&j, r);
    json_put_number(&j, "services", r->services);
    add_dns(&j, r);
    json_put_open_object(&j, "outcomes");
    for (unsigned i = 0; i < FACTS_OUTCOME__COUNT; i++)
        if (r->by_outcome[i])
            json_put_number(&j, facts_outcome_name((enum facts_outcome)i), r->by_outcome[i]);
    json_put_close_object(&j);
    json_put_number(&j, "duration_ms", r->duration_ms);
    if (r->duration_ms)
        json_put_real(&j, "services_per_second",
                      (double)r->services * 1000.0 / (double)r->duration_ms, 1);
    record_put_cost(&j, &r->cost);
    return record_close(&j);
}
