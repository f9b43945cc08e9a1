/* SPDX-License-Identifier: Apache-2.0 */
#include "read.h"

#include "read_parts.h"
#include "stream.h"

#include "../base/clock.h"
#include "../base/escape.h"
#include "../smtp/ehlo.h"
#include "../smtp/reply.h"

/* A record may come from anywhere: each field is taken only if it has its type, and nothing here
 * trusts a length. */

struct octets record_take_string(struct record_reader *r, const json_t *value)
{
    struct octets o = OCTETS_NONE;
    struct buf text;
    if (!json_is_string(value))
        return o;
    buf_init(&text, RECORD_OCTETS_MAX);
    escape_undo(&text, (struct octets){(const uint8_t *)json_string_value(value),
                                       json_string_length(value)});
    if (buf_error(&text) || !arena_copy(r->arena, buf_octets(&text), &o))
        r->is_out_of_memory = true;
    buf_release(&text);
    return o;
}

struct octets record_take_member(struct record_reader *r, const json_t *object, const char *name)
{
    return record_take_string(r, json_object_get(object, name));
}

uint64_t record_take_number(const json_t *object, const char *name, uint64_t max)
{
    json_int_t n = json_integer_value(json_object_get(object, name));
    return n > 0 && (uint64_t)n <= max ? (uint64_t)n : 0;
}

void *record_take_room(struct record_reader *r, size_t count, size_t octets_each)
{
    void *at = arena_alloc_array(r->arena, count, octets_each);
    if (!at)
        r->is_out_of_memory = true;
    return at;
}

/* ---- replies ---- */

static void take_lines(struct record_reader *r, const json_t *array, struct facts_reply *ret)
{
    size_t count = json_array_size(array);
    ret->lines = record_take_room(r, count, sizeof *ret->lines);
    for (size_t i = 0; ret->lines && i < count; i++)
        ret->lines[ret->line_count++] = record_take_string(r, json_array_get(array, i));
    if (ret->line_count)
        ret->code = smtp_line_code(ret->lines[0]);
}

/* Gives the lines of a reply in form their codes and separators back. */
static void restore_codes(struct record_reader *r, uint16_t code, struct facts_reply *reply)
{
    for (size_t i = 0; reply->lines && i < reply->line_count; i++) {
        struct buf line;
        buf_init(&line, SMTP_REPLY_MAX + 8);
        buf_append_number(&line, code);
        buf_append_octet(&line, i + 1 < reply->line_count ? '-' : ' ');
        buf_append(&line, reply->lines[i]);
        if (buf_error(&line) || !arena_copy(r->arena, buf_octets(&line), &reply->lines[i]))
            r->is_out_of_memory = true;
        buf_release(&line);
    }
    reply->code = code;
}

static uint32_t take_anomalies(const json_t *object)
{
    const json_t *array = json_object_get(object, "anomalies"), *name;
    uint32_t set = 0;
    size_t i;
    json_array_foreach(array, i, name)
    {
        for (unsigned bit = 0; bit < SMTP_ANOMALY__COUNT; bit++)
            if (json_is_string(name) &&
                strcmp(json_string_value(name), smtp_anomaly_name((enum smtp_anomaly_bit)bit)) == 0)
                set |= 1u << bit;
    }
    return set;
}

static struct facts_reply take_reply(struct record_reader *r, const json_t *record,
                                     const char *name)
{
    struct facts_reply reply = {0};
    const json_t *object = json_object_get(record, name);
    const json_t *raw = json_object_get(object, "raw");
    if (!json_is_object(object))
        return reply;
    take_lines(r, raw ? raw : json_object_get(object, "lines"), &reply);
    if (!raw)
        restore_codes(r, (uint16_t)record_take_number(object, "code", 999), &reply);
    reply.anomalies = take_anomalies(object);
    reply.ms = (uint32_t)record_take_number(
        object, strcmp(name, "greeting") == 0 ? "delay_ms" : "ms", UINT32_MAX);
    return reply;
}

static void take_reaction(struct record_reader *r, const json_t *object, struct facts_reaction *ret)
{
    const json_t *replies = json_object_get(object, "replies"), *ms = json_object_get(object, "ms");
    struct octets ended = record_take_member(r, object, "ended");
    size_t count = json_array_size(replies);
    ret->ask = arena_copy_text(r->arena, record_take_member(r, object, "ask"));
    ret->state = facts_state_of(record_take_member(r, object, "state"));
    ret->tls = json_is_true(json_object_get(object, "tls"));
    ret->ended = facts_ended_of(ended);
    ret->replies = record_take_room(r, count, sizeof *ret->replies);
    for (size_t i = 0; ret->replies && i < count; i++) {
        json_int_t n = json_integer_value(json_array_get(ms, i));
        take_lines(r, json_array_get(replies, i), &ret->replies[ret->reply_count]);
        ret->replies[ret->reply_count++].ms = n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
    }
    if (ret->reply_count)
        ret->replies[0].anomalies = take_anomalies(object);
    if (ret->ended == FACTS_ENDED__COUNT)
        ret->ended = FACTS_ENDED_OPEN;
    if (ret->state == FACTS_STATE__COUNT)
        ret->state = FACTS_STATE_EHLO;
    if (!ret->ask)
        r->is_out_of_memory = true;
}

static void take_reactions(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *array = json_object_get(record, "reactions");
    size_t count = json_array_size(array);
    v->reactions = record_take_room(r, count, sizeof *v->reactions);
    for (size_t i = 0; v->reactions && i < count && !r->is_out_of_memory; i++)
        take_reaction(r, json_array_get(array, i), &v->reactions[v->reaction_count++]);
    v->reaction_room = count;
}

/* ---- TLS ---- */

uint64_t record_take_time(struct record_reader *r, const json_t *object, const char *name)
{
    uint64_t ms = 0;
    return clock_parse_rfc3339(record_take_member(r, object, name), &ms) ? ms : 0;
}

static const char *take_text(struct record_reader *r, const json_t *object, const char *name)
{
    struct octets o = record_take_member(r, object, name);
    return o.size ? arena_copy_text(r->arena, o) : NULL;
}

void record_take_hex(struct octets hex, uint8_t *ret, size_t size)
{
    for (size_t i = 0; i < size && 2 * i + 1 < hex.size; i++) {
        int high = octet_hex_value(hex.at[2 * i]), low = octet_hex_value(hex.at[2 * i + 1]);
        ret[i] = (uint8_t)((high < 0 ? 0 : high) * 16 + (low < 0 ? 0 : low));
    }
}

static void take_certificate(struct record_reader *r, const json_t *object,
                             struct facts_certificate *ret)
{
    const json_t *names = json_object_get(object, "names");
    size_t count = json_array_size(names);
    ret->subject = record_take_member(r, object, "subject");
    ret->issuer = record_take_member(r, object, "issuer");
    ret->names = record_take_room(r, count, sizeof *ret->names);
    for (size_t i = 0; ret->names && i < count; i++)
        ret->names[ret->name_count++] = record_take_string(r, json_array_get(names, i));
    ret->not_before_ms = record_take_time(r, object, "not_before");
    ret->not_after_ms = record_take_time(r, object, "not_after");
    ret->key = take_text(r, object, "key");
    ret->signature = take_text(r, object, "signature");
    record_take_hex(record_take_member(r, object, "sha256"), ret->sha256, sizeof ret->sha256);
    struct octets key = record_take_member(r, object, "key_sha256");
    ret->has_key_sha256 = key.size == 2 * sizeof ret->key_sha256;
    record_take_hex(key, ret->key_sha256, sizeof ret->key_sha256);
    struct octets whole = record_take_member(r, object, "sha512");
    key = record_take_member(r, object, "key_sha512");
    ret->has_sha512 = whole.size == 2 * sizeof ret->sha512 && key.size == whole.size;
    record_take_hex(whole, ret->sha512, sizeof ret->sha512);
    record_take_hex(key, ret->key_sha512, sizeof ret->key_sha512);
}

static void take_tls(struct record_reader *r, const json_t *record, struct facts_tls *ret)
{
    const json_t *object = json_object_get(record, "tls"),
                 *chain = json_object_get(object, "chain");
    size_t count = json_array_size(chain);
    if (!json_is_object(object))
        return;
    ret->is_up = true;
    ret->implicit = json_is_true(json_object_get(object, "implicit"));
    ret->version = take_text(r, object, "version");
    ret->cipher = take_text(r, object, "cipher");
    ret->group = take_text(r, object, "group");
    ret->chain = record_take_room(r, count, sizeof *ret->chain);
    for (size_t i = 0; ret->chain && i < count; i++)
        take_certificate(r, json_array_get(chain, i), &ret->chain[ret->chain_count++]);
    ret->trusted = json_is_true(json_object_get(object, "trusted"));
    ret->verify_error = take_text(r, object, "verify_error");
    ret->has_name = json_object_get(object, "name_matches") != NULL;
    ret->name_matches = json_is_true(json_object_get(object, "name_matches"));
    ret->client_cert_asked = json_is_true(json_object_get(object, "client_certificate_asked"));
    ret->handshake_ms = (uint32_t)record_take_number(object, "handshake_ms", UINT32_MAX);
}

/* True when there was one. */
static bool take_sha256(struct record_reader *r, const json_t *object, const char *name,
                        uint8_t *ret)
{
    struct octets hex = record_take_member(r, object, name);
    record_take_hex(hex, ret, 32);
    return hex.size == 64;
}

static struct facts_tls_probe *take_tls_probe(struct record_reader *r, const json_t *record)
{
    const json_t *object = json_object_get(record, "tls_probe"),
                 *answers = json_object_get(object, "answers"),
                 *groups = json_object_get(object, "groups");
    struct facts_tls_probe *ret =
        json_is_object(object) ? record_take_room(r, 1, sizeof *ret) : NULL;
    if (!ret)
        return NULL;
    ret->connections = (uint32_t)record_take_number(object, "connections", UINT32_MAX);
    for (unsigned i = 0; i < FACTS_TLS__COUNT; i++) {
        const json_t *one = json_object_get(answers, facts_tls_ask_name((enum facts_tls_ask)i));
        enum facts_answer answer = facts_answer_of(record_take_member(r, one, "answer"));
        if (!json_is_object(one) || answer == FACTS_ANSWER__COUNT)
            continue;
        ret->answers[i].answer = answer;
        ret->answers[i].words =
            record_take_member(r, one, answer == FACTS_ANSWER_YES ? "seen" : "reason");
    }
    for (size_t i = 0; i < json_array_size(groups) && i < FACTS_TLS_GROUPS_MAX; i++) {
        ret->groups[i] =
            arena_copy_text(r->arena, record_take_string(r, json_array_get(groups, i)));
        if (!ret->groups[i])
            r->is_out_of_memory = true;
        else
            ret->group_count++;
    }
    ret->dh_bits = (uint32_t)record_take_number(object, "dh_bits", UINT32_MAX);
    ret->has_leaf = take_sha256(r, object, "leaf", ret->leaf_sha256);
    ret->has_nameless_leaf = take_sha256(r, object, "nameless_leaf", ret->nameless_leaf_sha256);
    return ret;
}

static void take_starttls(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *object = json_object_get(record, "starttls");
    struct octets outcome = record_take_member(r, object, "outcome");
    v->starttls_offered = json_is_true(json_object_get(object, "offered"));
    v->starttls = facts_starttls_of(outcome);
    if (v->starttls == FACTS_STARTTLS__COUNT)
        v->starttls = FACTS_STARTTLS_NOT_TRIED;
    v->starttls_reason = record_take_member(r, object, "reason");
    v->stray = record_take_member(r, object, "stray");
}

/* ---- what DNS says of the address ---- */

static enum facts_lookup take_lookup(struct record_reader *r, const json_t *object)
{
    enum facts_lookup outcome = facts_lookup_of(record_take_member(r, object, "outcome"));
    return outcome == FACTS_LOOKUP__COUNT ? FACTS_LOOKUP_NOT_ASKED : outcome;
}

static void take_reverse(struct record_reader *r, const json_t *object, struct facts_reverse *ret)
{
    const json_t *names = json_object_get(object, "names");
    size_t count = json_array_size(names);
    ret->outcome = take_lookup(r, object);
    for (size_t i = 0; i < count && i < FACTS_REVERSE_NAMES_MAX; i++)
        ret->names[ret->name_count++] = record_take_string(r, json_array_get(names, i));
    ret->name_total = (size_t)record_take_number(object, "name_count", UINT32_MAX);
    ret->is_confirmed = json_is_true(json_object_get(object, "confirmed"));
}

static void take_listing(struct record_reader *r, const json_t *object, struct facts_listing *ret)
{
    const json_t *addresses = json_object_get(object, "addresses");
    size_t count = json_array_size(addresses);
    ret->zone = record_take_member(r, object, "zone");
    ret->outcome = take_lookup(r, object);
    for (size_t i = 0; i < count && ret->address_count < FACTS_LISTING_ADDRESSES_MAX; i++)
        if (address_parse(record_take_string(r, json_array_get(addresses, i)),
                          &ret->addresses[ret->address_count]))
            ret->address_count++;
    ret->text = record_take_member(r, object, "text");
}

static void take_standing(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *reverse = json_object_get(record, "reverse"),
                 *lists = json_object_get(record, "dnsbl");
    size_t count = json_array_size(lists);
    if (!reverse && !count)
        return;
    struct facts_standing *s = record_take_room(r, 1, sizeof *s);
    v->standing = s;
    if (!s)
        return;
    take_reverse(r, reverse, &s->reverse);
    for (size_t i = 0; i < count && i < FACTS_ZONES_MAX; i++)
        take_listing(r, json_array_get(lists, i), &s->listings[s->listing_count++]);
}

/* ---- the record ---- */

static void take_outcome(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *cut = json_object_get(record, "cut");
    enum facts_stage stage = facts_stage_of(record_take_member(r, record, "stage"));
    enum facts_stage cut_stage = facts_stage_of(record_take_member(r, cut, "stage"));
    enum facts_protocol protocol = facts_protocol_of(record_take_member(r, record, "protocol"));
    v->outcome = facts_outcome_of(record_take_member(r, record, "outcome"));
    v->stage = stage == FACTS_STAGE__COUNT ? FACTS_STAGE_NONE : stage;
    v->reason = record_take_member(r, record, "reason");
    v->cut_stage = cut_stage == FACTS_STAGE__COUNT ? FACTS_STAGE_NONE : cut_stage;
    v->cut_reply = record_take_member(r, cut, json_object_get(cut, "reply") ? "reply" : "reason");
    v->protocol = protocol == FACTS_PROTOCOL__COUNT ? FACTS_PROTOCOL_NONE : protocol;
}

static void take_cost(const json_t *record, struct facts_cost *ret)
{
    const json_t *object = json_object_get(record, "cost");
    ret->connections = (uint32_t)record_take_number(object, "connections", UINT32_MAX);
    ret->commands = (uint32_t)record_take_number(object, "commands", UINT32_MAX);
    ret->errors_provoked = (uint32_t)record_take_number(object, "errors_provoked", UINT32_MAX);
    ret->octets_in = record_take_number(object, "octets_in", INT64_MAX);
    ret->octets_out = record_take_number(object, "octets_out", INT64_MAX);
    ret->duration_ms = record_take_number(object, "duration_ms", INT64_MAX);
    ret->delay_ms = record_take_number(object, "delay_ms", INT64_MAX);
}

static void take_asker(struct record_reader *r, const json_t *record, struct facts_asker *ret)
{
    const json_t *object = json_object_get(record, "asker");
    ret->ehlo = record_take_member(r, object, "ehlo");
    ret->client = record_take_member(r, object, "address");
    ret->sender = record_take_member(r, object, "sender");
    ret->tag = record_take_member(r, object, "tag");
}

static void take_transcript(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *array = json_object_get(record, "transcript");
    size_t count = json_array_size(array);
    v->transcript = record_take_room(r, count, sizeof *v->transcript);
    for (size_t i = 0; v->transcript && i < count; i++) {
        const json_t *object = json_array_get(array, i);
        v->transcript[v->wire_count++] = (struct facts_wire){
            .t_ms = (uint32_t)record_take_number(object, "t_ms", UINT32_MAX),
            .from_server = octets_is_equal(record_take_member(r, object, "dir"), OCTETS("S")),
            .tls = json_is_true(json_object_get(object, "tls")),
            .octets = record_take_member(r, object, "octets")};
    }
}

static void take_domains(struct record_reader *r, const json_t *record, struct facts_visit *v)
{
    const json_t *array = json_object_get(record, "domains");
    size_t count = json_array_size(array);
    count = count < FACTS_DOMAINS_MAX ? count : FACTS_DOMAINS_MAX;
    v->domains = count ? record_take_room(r, count, sizeof *v->domains) : NULL;
    for (size_t i = 0; v->domains && i < count; i++)
        v->domains[v->domain_count++] = record_take_string(r, json_array_get(array, i));
    v->domain_total = record_take_number(record, "domain_count", INT64_MAX);
}

static enum err take_service(struct record_reader *r, const json_t *record, struct facts_visit *ret)
{
    struct facts_visit v = {0};
    take_outcome(r, record, &v);
    if (v.outcome == FACTS_OUTCOME__COUNT)
        return ERR_SYNTAX;
    v.input = record_take_member(r, record, "input");
    v.domain = record_take_member(r, record, "domain");
    take_domains(r, record, &v);
    v.tag = record_take_member(r, record, "tag");
    v.host = record_take_member(r, record, "host");
    if (!address_parse(record_take_member(r, record, "address"), &v.address))
        return ERR_SYNTAX;
    v.port = (uint16_t)record_take_number(record, "port", UINT16_MAX);
    v.retries = (uint32_t)record_take_number(record, "retries", UINT32_MAX);
    v.is_again = json_is_true(json_object_get(record, "again"));
    v.level = facts_level_of(record_take_member(r, record, "level"));
    v.named = facts_named_of(record_take_member(r, record, "named"));
    v.is_null_mx = json_is_true(json_object_get(record, "null_mx"));
    v.is_origin = json_is_true(json_object_get(record, "origin"));
    /* Records from before these were kept. */
    v.level = v.level == FACTS_LEVEL__COUNT ? FACTS_LEVEL_IDENTIFY : v.level;
    v.named = v.named == FACTS_NAMED__COUNT ? FACTS_NAMED_LIST : v.named;
    v.time_ms = record_take_time(r, record, "time");
    v.greeting = take_reply(r, record, "greeting");
    v.ehlo = take_reply(r, record, "ehlo");
    v.helo = take_reply(r, record, "helo");
    v.ehlo_tls = take_reply(r, record, "ehlo_tls");
    v.quit = take_reply(r, record, "quit");
    take_starttls(r, record, &v);
    take_tls(r, record, &v.tls);
    v.tls_probe = take_tls_probe(r, record);
    take_reactions(r, record, &v);
    take_standing(r, record, &v);
    take_asker(r, record, &v.asker);
    take_cost(record, &v.cost);
    take_transcript(r, record, &v);
    if (r->is_out_of_memory)
        return ERR_NOMEM;
    *ret = v;
    return ERR_OK;
}

enum err record_read_parsed(const json_t *record, struct arena *a, enum record_type *ret_type,
                            struct facts_visit *ret)
{
    struct record_reader r = {.arena = a};
    if (!json_is_object(record) || record_take_number(record, "schema", 1000) != RECORD_SCHEMA)
        return ERR_SYNTAX;
    struct octets type = record_take_member(&r, record, "type");
    bool is_service = octets_is_equal(type, OCTETS("service"));
    bool is_domain = octets_is_equal(type, OCTETS("domain"));
    *ret_type = is_service ? RECORD_SERVICE : is_domain ? RECORD_DOMAIN : RECORD_OTHER;
    if (is_service)
        return take_service(&r, record, ret);
    return type.size ? ERR_OK : ERR_SYNTAX;
}

enum err record_read(struct octets line, struct arena *a, enum record_type *ret_type,
                     struct facts_visit *ret)
{
    json_t *record = record_stream_parse(line);
    enum err e = record_read_parsed(record, a, ret_type, ret);
    json_decref(record);
    return e;
}
