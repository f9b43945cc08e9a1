/* SPDX-License-Identifier: Apache-2.0 */
#include "asked.h"
#include "record.h"
#include "stream.h"

/* A domain's record, read back. */

/* ---- how it resolved ---- */

static void take_endpoints(struct record_reader *r, const json_t *record,
                           struct target_resolution *ret)
{
    const json_t *array = json_object_get(record, "mx");
    ret->is_domain = array != NULL;
    array = array ? array : json_object_get(record, "addresses");
    size_t count = json_array_size(array);
    ret->endpoints = record_take_room(r, count, sizeof *ret->endpoints);
    for (size_t i = 0; ret->endpoints && i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct target_endpoint *e = &ret->endpoints[ret->endpoint_count];
        e->preference = (uint16_t)record_take_number(object, "preference", UINT16_MAX);
        e->host = record_take_member(r, object, "host");
        ret->endpoint_count += address_parse(record_take_member(r, object, "address"), &e->address);
    }
}

static void take_notes(struct record_reader *r, const json_t *record, struct target_resolution *ret)
{
    const json_t *array = json_object_get(record, "notes");
    size_t count = json_array_size(array);
    ret->notes = record_take_room(r, count, sizeof *ret->notes);
    for (size_t i = 0; ret->notes && i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct octets name = record_take_member(r, object, "note");
        unsigned kind = 0;
        while (kind < TARGET_NOTE__COUNT &&
               !octets_is_equal(name, octets_of(target_note_name((enum target_note_kind)kind))))
            kind++;
        if (kind < TARGET_NOTE__COUNT)
            ret->notes[ret->note_count++] =
                (struct target_note){.kind = (enum target_note_kind)kind,
                                     .host = record_take_member(r, object, "host"),
                                     .detail = record_take_member(r, object, "detail")};
    }
}

/* Each endpoint has the same ports, one behind the other. */
static void take_ports(struct record_reader *r, const json_t *record, struct record_domain *ret)
{
    const json_t *array = json_object_get(record, "services");
    size_t endpoints = ret->resolution->endpoint_count;
    size_t count = endpoints ? json_array_size(array) / endpoints : 0;
    uint16_t *ports = record_take_room(r, count, sizeof *ports);
    for (size_t i = 0; ports && i < count; i++)
        ports[i] = (uint16_t)record_take_number(json_array_get(array, i), "port", UINT16_MAX);
    ret->ports = ports;
    ret->port_count = ports ? count : 0;
}

/* ---- what it publishes ---- */

static void take_policy(struct record_reader *r, const json_t *posture, struct facts_policy *ret)
{
    const json_t *object = json_object_get(posture, "mtasts_policy");
    ret->outcome = facts_policy_of(record_take_member(r, object, "outcome"));
    ret->status = (unsigned)record_take_number(object, "status", 999);
    ret->error = record_take_member(r, object, "error");
    ret->text = record_take_member(r, object, "text");
}

/* Of the exchanges, what is not among the questions. */
static void take_exchanges(struct record_reader *r, const json_t *posture, struct facts_domain *d)
{
    const json_t *array = json_object_get(posture, "exchanges");
    size_t count = json_array_size(array);
    d->exchanges = record_take_room(r, count, sizeof *d->exchanges);
    for (size_t i = 0; d->exchanges && i < count; i++) {
        const json_t *object = json_array_get(array, i);
        d->exchanges[d->exchange_count++] = (struct facts_exchange){
            .host = record_take_member(r, object, "host"),
            .address_dnssec = facts_dnssec_of(record_take_member(r, object, "address_dnssec")),
            .tlsa_dnssec = facts_dnssec_of(record_take_member(r, object, "dnssec"))};
    }
}

#define SELECTORS_MAX 1000 /* more than anybody asks for */

static const struct facts_domain *take_posture(struct record_reader *r, const json_t *record,
                                               const struct record_domain *of)
{
    const json_t *posture = json_object_get(record, "posture");
    struct facts_domain *d = record_take_room(r, 1, sizeof *d);
    if (!json_is_object(posture) || !d || !record_take_asked(r, posture, d))
        return NULL;
    d->input = of->input;
    d->tag = of->tag;
    d->time_ms = of->time_ms;
    d->name = record_take_member(r, posture, "name");
    take_policy(r, posture, &d->policy);
    take_exchanges(r, posture, d);
    d->selector_count = record_take_number(posture, "dkim_asked", SELECTORS_MAX);
    d->dnssec = facts_dnssec_of(record_take_member(r, posture, "dnssec"));
    d->validator = facts_validator_of(record_take_member(r, posture, "validator"));
    d->resolver = record_take_member(r, posture, "resolver");
    d->queries = record_take_number(posture, "queries", INT64_MAX);
    return d->name.size ? d : NULL;
}

/* ---- the record ---- */

static enum err take_domain(struct record_reader *r, const json_t *record,
                            struct record_domain *ret)
{
    struct target_resolution *resolution = record_take_room(r, 1, sizeof *resolution);
    struct record_domain d = {.input = record_take_member(r, record, "input"),
                              .tag = record_take_member(r, record, "tag"),
                              .is_again = json_is_true(json_object_get(record, "again")),
                              .time_ms = record_take_time(r, record, "time"),
                              .resolution = resolution};
    if (!resolution)
        return ERR_NOMEM;
    resolution->outcome = facts_outcome_of(record_take_member(r, record, "outcome"));
    if (resolution->outcome == FACTS_OUTCOME__COUNT)
        return ERR_SYNTAX;
    resolution->reason = record_take_member(r, record, "reason");
    take_endpoints(r, record, resolution);
    take_notes(r, record, resolution);
    take_ports(r, record, &d);
    d.posture = take_posture(r, record, &d);
    if (r->is_out_of_memory)
        return ERR_NOMEM;
    *ret = d;
    return ERR_OK;
}

enum err record_read_domain(struct octets line, struct arena *a, struct record_domain *ret)
{
    struct record_reader r = {.arena = a};
    json_t *record = record_stream_parse(line);
    enum err e = ERR_SYNTAX;
    if (record && record_take_number(record, "schema", 1000) == RECORD_SCHEMA)
        e = take_domain(&r, record, ret);
    json_decref(record);
    return e;
}
