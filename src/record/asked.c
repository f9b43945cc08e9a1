/* SPDX-License-Identifier: Apache-2.0 */
#include "asked.h"

#include "../dns/tlsa.h"

#define RECORD_TEXT_MAX ((size_t)256 * 1024) /* a record's data has 65,535 octets at most */

static const struct {
    enum dns_type type;
    const char *name;
} types[] = {
    {DNS_TYPE_A, "A"},     {DNS_TYPE_NS, "NS"},     {DNS_TYPE_CNAME, "CNAME"},
    {DNS_TYPE_SOA, "SOA"}, {DNS_TYPE_PTR, "PTR"},   {DNS_TYPE_MX, "MX"},
    {DNS_TYPE_TXT, "TXT"}, {DNS_TYPE_AAAA, "AAAA"}, {DNS_TYPE_TLSA, "TLSA"},
    {DNS_TYPE_CAA, "CAA"},
};
#define TYPES (sizeof types / sizeof *types)

static const char *const statuses[] = {[DNS_FOUND] = "found",
                                       [DNS_NO_DATA] = "no-data",
                                       [DNS_NO_SUCH_NAME] = "no-such-name",
                                       [DNS_FAILED] = "failed"};
#define STATUSES (sizeof statuses / sizeof *statuses)

/* ---- written ---- */

static const char *name_of(enum dns_type type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].type == type)
            return types[i].name;
    return "";
}

static void append_data(struct buf *out, const struct dns_record *r)
{
    switch (r->type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        address_append(out, &r->address);
        return;
    case DNS_TYPE_MX:
        buf_append_format(out, "%u ", (unsigned)r->preference);
        buf_append(out, r->name);
        return;
    case DNS_TYPE_TXT:
        buf_append(out, r->text);
        return;
    case DNS_TYPE_TLSA:
        tlsa_append(out, &r->tlsa);
        return;
    case DNS_TYPE_CAA:
        buf_append_format(out, "%u ", (unsigned)r->caa.flags);
        buf_append(out, r->caa.tag);
        buf_append_octet(out, ' ');
        buf_append(out, r->caa.value);
        return;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_SOA:
    case DNS_TYPE_PTR:
        buf_append(out, r->name);
        return;
    }
}

void record_put_records(struct json *j, const char *name, const struct facts_dns *a,
                        enum dns_type type)
{
    struct buf text;
    bool is_open = false;
    buf_init(&text, RECORD_TEXT_MAX);
    for (size_t i = 0; i < a->count; i++) {
        if (a->records[i].type != type)
            continue;
        if (!is_open)
            json_put_open_array(j, name);
        is_open = true;
        buf_clear(&text);
        append_data(&text, &a->records[i]);
        json_put_octets(j, NULL, buf_octets(&text));
    }
    if (is_open)
        json_put_close_array(j);
    buf_release(&text);
}

/* A common DKIM selector that does not exist is not worth a line. */
static bool is_told(const struct facts_asked *one)
{
    bool is_absent = one->answer.status == DNS_NO_DATA || one->answer.status == DNS_NO_SUCH_NAME;
    bool is_selector = octets_find(one->name, OCTETS("._domainkey."), 0) < one->name.size;
    return one->answer.is_asked && !(is_selector && is_absent);
}

static uint32_t least_ttl(const struct facts_dns *a)
{
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < a->count; i++)
        if (a->records[i].ttl < least)
            least = a->records[i].ttl;
    return least;
}

void record_put_asked(struct json *j, const struct facts_domain *d)
{
    json_put_open_array(j, "asked");
    for (size_t i = 0; i < d->asked_count; i++) {
        const struct facts_asked *one = &d->asked[i];
        if (!is_told(one))
            continue;
        json_put_open_object(j, NULL);
        json_put_octets(j, "name", one->name);
        json_put_text(j, "type", name_of(one->type));
        if (one->answer.status != DNS_FOUND)
            json_put_text(j, "status",
                          one->answer.is_timeout ? "timeout" : statuses[one->answer.status]);
        if (one->answer.count)
            json_put_number(j, "ttl", least_ttl(&one->answer));
        if (one->type != DNS_TYPE_CNAME)
            record_put_records(j, "aliases", &one->answer, DNS_TYPE_CNAME);
        record_put_records(j, "records", &one->answer, one->type);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

/* ---- read ---- */

static uint8_t take_u8(struct octets *rest)
{
    uint64_t n = 0;
    (void)octets_to_number(octets_take_until(rest, ' '), UINT8_MAX, &n);
    return (uint8_t)n;
}

static void take_tlsa(struct record_reader *r, struct octets rest, struct dns_tlsa *ret)
{
    *ret = (struct dns_tlsa){take_u8(&rest), 0, 0, OCTETS_NONE};
    ret->selector = take_u8(&rest);
    ret->matching = take_u8(&rest);
    uint8_t *data = record_take_room(r, rest.size / 2 + 1, 1);
    if (!data)
        return;
    record_take_hex(rest, data, rest.size / 2);
    ret->data = (struct octets){data, rest.size / 2};
}

/* False when it is none. */
static bool take_data(struct record_reader *r, struct octets rest, struct dns_record *ret)
{
    uint64_t n = 0;
    switch (ret->type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        return address_parse(rest, &ret->address);
    case DNS_TYPE_MX:
        (void)octets_to_number(octets_take_until(&rest, ' '), UINT16_MAX, &n);
        ret->preference = (uint16_t)n;
        ret->name = rest;
        return true;
    case DNS_TYPE_TXT:
        ret->text = rest;
        return true;
    case DNS_TYPE_TLSA:
        take_tlsa(r, rest, &ret->tlsa);
        return true;
    case DNS_TYPE_CAA:
        ret->caa.flags = take_u8(&rest);
        ret->caa.tag = octets_take_until(&rest, ' ');
        ret->caa.value = rest;
        return true;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_SOA:
    case DNS_TYPE_PTR:
        ret->name = rest;
        return true;
    }
    return false;
}

static void take_records(struct record_reader *r, const json_t *array, struct octets owner,
                         enum dns_type type, struct facts_dns *a, struct dns_record *room)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        room[a->count] = (struct dns_record){.owner = owner, .type = type};
        a->count += take_data(r, record_take_string(r, json_array_get(array, i)), &room[a->count]);
    }
}

static void take_answer(struct record_reader *r, const json_t *object, struct facts_asked *one)
{
    const json_t *aliases = json_object_get(object, "aliases"),
                 *records = json_object_get(object, "records");
    struct octets status = record_take_member(r, object, "status");
    size_t count = json_array_size(aliases) + json_array_size(records);
    one->answer = (struct facts_dns){.is_asked = true, .status = DNS_FOUND};
    for (unsigned i = 0; i < STATUSES; i++)
        if (octets_is_equal(status, octets_of(statuses[i])))
            one->answer.status = (enum dns_status)i;
    one->answer.is_timeout = octets_is_equal(status, OCTETS("timeout"));
    if (one->answer.is_timeout)
        one->answer.status = DNS_FAILED;
    struct dns_record *at = record_take_room(r, count, sizeof *at);
    if (!at)
        return;
    take_records(r, aliases, one->name, DNS_TYPE_CNAME, &one->answer, at);
    take_records(r, records, one->name, one->type, &one->answer, at);
    for (size_t i = 0; i < one->answer.count; i++)
        at[i].ttl = (uint32_t)record_take_number(object, "ttl", UINT32_MAX);
    one->answer.records = at;
}

bool record_take_asked(struct record_reader *r, const json_t *posture, struct facts_domain *d)
{
    const json_t *array = json_object_get(posture, "asked");
    size_t count = json_array_size(array);
    if (!json_is_array(array))
        return false;
    d->asked = record_take_room(r, count, sizeof *d->asked);
    for (size_t i = 0; d->asked && i < count; i++) {
        const json_t *object = json_array_get(array, i);
        struct facts_asked *one = &d->asked[d->asked_count];
        struct octets type = record_take_member(r, object, "type");
        size_t k = 0;
        while (k < TYPES && !octets_is_equal(type, octets_of(types[k].name)))
            k++;
        if (k == TYPES)
            continue; /* of a release that asked more */
        *one = (struct facts_asked){.name = record_take_member(r, object, "name"),
                                    .type = types[k].type};
        take_answer(r, object, one);
        d->asked_count++;
    }
    d->asked_room = count;
    return true;
}
