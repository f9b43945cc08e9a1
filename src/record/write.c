/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../base/clock.h"
#include "../smtp/ehlo.h"
#include "../smtp/reply.h"
#include "findings.h"
#include "write_parts.h"

void record_put_time(struct json *j, const char *name, uint64_t ms)
{
    struct buf text;
    uint8_t memory[64];
    buf_init_over(&text, memory, sizeof memory);
    clock_append_rfc3339(&text, ms);
    json_put_octets(j, name, buf_octets(&text));
}

void record_put_address(struct json *j, const char *name, const struct address *a)
{
    struct buf text;
    uint8_t memory[64];
    buf_init_over(&text, memory, sizeof memory);
    address_append(&text, a);
    json_put_octets_if(j, name, buf_octets(&text));
}

/* ---- replies ---- */

/* Whether code and line number give the line's beginning back. */
static bool is_canonical(const struct facts_reply *r, size_t i)
{
    struct octets line = r->lines[i];
    bool last = i + 1 == r->line_count;
    return r->code >= 100 && smtp_line_code(line) == r->code && line.size > 3 &&
           line.at[3] == (last ? ' ' : '-');
}

static void add_anomalies(struct json *j, uint32_t anomalies)
{
    if (!anomalies)
        return;
    json_put_open_array(j, "anomalies");
    for (unsigned bit = 0; bit < SMTP_ANOMALY__COUNT; bit++)
        if (anomalies & 1u << bit)
            json_put_text(j, NULL, smtp_anomaly_name((enum smtp_anomaly_bit)bit));
    json_put_close_array(j);
}

static void add_lines(struct json *j, const char *name, const struct facts_reply *r,
                      bool with_codes)
{
    json_put_open_array(j, name);
    for (size_t i = 0; i < r->line_count; i++)
        json_put_octets(j, NULL, with_codes ? r->lines[i] : smtp_line_text(r->lines[i]));
    json_put_close_array(j);
}

/* The members of a reply that stands by itself; lines that are out of form stand in "raw" as they
 * came. */
static void add_reply_members(struct json *j, const struct facts_reply *r)
{
    bool canonical = true;
    for (size_t i = 0; i < r->line_count; i++)
        canonical = canonical && is_canonical(r, i);
    if (r->code)
        json_put_number(j, "code", r->code);
    add_lines(j, "lines", r, false);
    if (!canonical)
        add_lines(j, "raw", r, true);
    add_anomalies(j, r->anomalies);
}

static void add_reply(struct json *j, const char *name, const struct facts_reply *r)
{
    if (!r->line_count)
        return;
    json_put_open_object(j, name);
    add_reply_members(j, r);
    json_put_number(j, strcmp(name, "greeting") == 0 ? "delay_ms" : "ms", r->ms);
    json_put_close_object(j);
}

/* The keyword of one line.  One that is offered twice, as "AUTH" and "AUTH=" often are, is one member
 * of the record, with all its parameters. */
struct keyword {
    struct octets name, value;
    uint32_t next; /* the next line with the same name, or 0 */
    uint32_t last; /* of those, told by the first of them; 0: it is not the first */
};

/* Keywords have no case (RFC 5321 s4.1.1.1). */
static struct octets upper_case(struct arena *a, struct octets name)
{
    uint8_t *at = arena_alloc(a, name.size);
    for (size_t i = 0; at && i < name.size; i++)
        at[i] = name.at[i] >= 'a' && name.at[i] <= 'z' ? (uint8_t)(name.at[i] - 32) : name.at[i];
    return at ? (struct octets){at, name.size} : OCTETS_NONE;
}

/* Links lines of one name.  Linear in their number, for a reply may have thousands: by a table of the
 * first line of each name, with open addressing. */
static void link_keywords(struct keyword *k, size_t count, uint32_t *table, size_t room)
{
    for (size_t i = 1; i < count; i++) {
        size_t at = octets_hash(k[i].name) & (room - 1);
        if (!k[i].name.size)
            continue;
        while (table[at] && !octets_is_equal(k[table[at]].name, k[i].name))
            at = (at + 1) & (room - 1);
        struct keyword *first = &k[table[at] ? table[at] : i];
        if (table[at])
            k[first->last].next = (uint32_t)i;
        else
            table[at] = (uint32_t)i;
        first->last = (uint32_t)i;
    }
}

/* By line; NULL when there is no memory. */
static struct keyword *gather_keywords(struct arena *a, const struct facts_reply *r)
{
    size_t room = 16;
    while (room < 2 * r->line_count)
        room *= 2;
    struct keyword *k = arena_alloc_array(a, r->line_count, sizeof *k);
    uint32_t *table = arena_alloc_array(a, room, sizeof *table);
    for (size_t i = 1; k && table && i < r->line_count; i++) {
        struct smtp_keyword said = smtp_ehlo_keyword(r->lines[i]);
        k[i] = (struct keyword){.name = upper_case(a, said.name), .value = said.value};
    }
    if (!k || !table)
        return NULL;
    link_keywords(k, r->line_count, table, room);
    return k;
}

static void add_extensions(struct json *j, const struct facts_reply *r)
{
    struct arena arena;
    struct buf value;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    buf_init(&value, SMTP_REPLY_MAX);
    json_put_open_object(j, "extensions");
    const struct keyword *k = gather_keywords(&arena, r);
    for (size_t i = 1; k && i < r->line_count; i++) {
        if (!k[i].last)
            continue; /* it had its turn with the first of its name */
        buf_clear(&value);
        for (size_t n = k[i].next ? i : 0; n; n = k[n].next) {
            if (octets_is_equal(k[n].value, buf_octets(&value)))
                continue;
            if (value.size && k[n].value.size)
                buf_append_octet(&value, ' ');
            buf_append(&value, k[n].value);
        }
        json_put_member(j, k[i].name, k[i].next ? buf_octets(&value) : k[i].value);
    }
    json_put_close_object(j);
    buf_release(&value);
    arena_release(&arena);
}

static void add_ehlo(struct json *j, const char *name, const struct facts_reply *r)
{
    if (!r->line_count)
        return;
    json_put_open_object(j, name);
    add_reply_members(j, r);
    json_put_number(j, "ms", r->ms);
    add_extensions(j, r);
    json_put_close_object(j);
}

/* ---- TLS ---- */

static void add_certificate(struct json *j, const struct facts_certificate *c, bool is_of_dane)
{
    json_put_open_object(j, NULL);
    json_put_octets(j, "subject", c->subject);
    json_put_octets(j, "issuer", c->issuer);
    json_put_open_array(j, "names");
    for (size_t i = 0; i < c->name_count; i++)
        json_put_octets(j, NULL, c->names[i]);
    json_put_close_array(j);
    if (c->not_before_ms)
        record_put_time(j, "not_before", c->not_before_ms);
    if (c->not_after_ms)
        record_put_time(j, "not_after", c->not_after_ms);
    if (c->key)
        json_put_text(j, "key", c->key);
    if (c->signature)
        json_put_text(j, "signature", c->signature);
    record_put_sha256(j, "sha256", c->sha256);
    if (c->has_key_sha256)
        record_put_sha256(j, "key_sha256", c->key_sha256);
    if (is_of_dane && c->has_sha512) {
        record_put_sha512(j, "sha512", c->sha512);
        record_put_sha512(j, "key_sha512", c->key_sha512);
    }
    json_put_close_object(j);
}

/* TLSA records of SMTP are for port 25 (RFC 7672 s2.2.3), and looked at when a domain is audited:
 * of others SHA-512 would be dead weight. */
static bool is_of_dane(const struct facts_visit *v)
{
    return v->port == 25 && v->level >= FACTS_LEVEL_AUDIT;
}

static void add_tls(struct json *j, const struct facts_visit *v)
{
    const struct facts_tls *t = &v->tls;
    if (!t->is_up)
        return;
    json_put_open_object(j, "tls");
    json_put_bool(j, "implicit", t->implicit);
    json_put_text(j, "version", t->version);
    json_put_text(j, "cipher", t->cipher);
    if (t->group)
        json_put_text(j, "group", t->group);
    json_put_open_array(j, "chain");
    for (size_t i = 0; i < t->chain_count; i++)
        add_certificate(j, &t->chain[i], is_of_dane(v));
    json_put_close_array(j);
    json_put_bool(j, "trusted", t->trusted);
    if (!t->trusted && t->verify_error)
        json_put_text(j, "verify_error", t->verify_error);
    if (t->has_name)
        json_put_bool(j, "name_matches", t->name_matches);
    if (t->client_cert_asked)
        json_put_bool(j, "client_certificate_asked", true);
    json_put_number(j, "handshake_ms", t->handshake_ms);
    json_put_close_object(j);
}

static void add_starttls(struct json *j, const struct facts_visit *v)
{
    if (!v->ehlo.line_count)
        return;
    json_put_open_object(j, "starttls");
    json_put_bool(j, "offered", v->starttls_offered);
    if (v->starttls_offered)
        json_put_text(j, "outcome", facts_starttls_name(v->starttls));
    json_put_octets_if(j, "reason", v->starttls_reason);
    json_put_octets_if(j, "stray", v->stray);
    json_put_close_object(j);
}

/* ---- reactions ---- */

static void add_reaction(struct json *j, const struct facts_reaction *r)
{
    uint32_t anomalies = 0;
    json_put_open_object(j, NULL);
    json_put_text(j, "ask", r->ask);
    json_put_text(j, "state", facts_state_name(r->state));
    json_put_bool(j, "tls", r->tls);
    json_put_open_array(j, "replies");
    for (size_t i = 0; i < r->reply_count; i++) {
        add_lines(j, NULL, &r->replies[i], true);
        anomalies |= r->replies[i].anomalies;
    }
    json_put_close_array(j);
    json_put_open_array(j, "ms");
    for (size_t i = 0; i < r->reply_count; i++)
        json_put_number(j, NULL, r->replies[i].ms);
    json_put_close_array(j);
    add_anomalies(j, anomalies);
    json_put_text(j, "ended", facts_ended_name(r->ended));
    json_put_close_object(j);
}

static void add_reactions(struct json *j, const struct facts_visit *v)
{
    if (v->outcome != FACTS_OUTCOME_ANSWERED && v->reaction_count == 0)
        return;
    json_put_open_array(j, "reactions");
    for (size_t i = 0; i < v->reaction_count; i++)
        add_reaction(j, &v->reactions[i]);
    json_put_close_array(j);
}

/* ---- software ---- */

static void add_versions(struct json *j, const struct identify_answer *s)
{
    if (!s->version_count)
        return;
    json_put_open_object(j, "versions");
    json_put_octets(j, "low", s->versions[0]);
    json_put_octets(j, "high", s->versions[s->version_count - 1]);
    json_put_close_object(j);
    json_put_open_array(j, "version_set");
    for (size_t i = 0; i < s->version_count; i++)
        json_put_octets(j, NULL, s->versions[i]);
    json_put_close_array(j);
}

static void add_claim(struct json *j, const struct identify_answer *s)
{
    if (!s->claim_product.size)
        return;
    json_put_open_object(j, "claim");
    json_put_octets(j, "text", s->claim_text);
    json_put_octets(j, "product", s->claim_product);
    json_put_octets_if(j, "version", s->claim_version);
    json_put_octets_if(j, "front", s->claim_front);
    json_put_close_object(j);
    if (!s->is_unknown)
        json_put_bool(j, "altered", s->is_altered);
}

static void add_cpe(struct json *j, const struct identify_answer *s)
{
    bool any = false;
    for (size_t i = 0; i < s->version_count; i++)
        any = any || s->cpe[i].size;
    if (!any)
        return;
    json_put_open_array(j, "cpe23");
    for (size_t i = 0; i < s->version_count; i++)
        if (s->cpe[i].size)
            json_put_octets(j, NULL, s->cpe[i]);
    json_put_close_array(j);
}

static void add_reasons(struct json *j, const struct identify_answer *s)
{
    json_put_open_array(j, "candidates");
    for (size_t i = 0; i < s->candidate_count; i++) {
        if (i && s->candidates[i].p < 0.0005)
            break;
        json_put_open_object(j, NULL);
        json_put_octets(j, "product", s->candidates[i].product);
        json_put_real(j, "p", s->candidates[i].p, 3);
        json_put_close_object(j);
    }
    json_put_close_array(j);
    if (s->is_unknown)
        return;
    json_put_open_array(j, "evidence");
    for (size_t i = 0; i < s->evidence_count; i++) {
        json_put_open_object(j, NULL);
        json_put_text(j, "ask", s->evidence[i].ask);
        if (s->evidence[i].reply.size)
            json_put_visible(j, "reply", s->evidence[i].reply);
        json_put_real(j, "bits", s->evidence[i].bits, 1);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

static void add_software(struct json *j, const struct identify_answer *s)
{
    json_put_open_object(j, "software");
    if (!s->is_unknown) {
        json_put_octets(j, "product", s->product);
        json_put_octets_if(j, "vendor", s->vendor);
        add_versions(j, s);
    }
    json_put_real(j, "confidence", s->confidence, 3);
    json_put_bool(j, "unknown", s->is_unknown);
    if (!s->is_unknown) {
        json_put_open_array(j, "basis");
        if (s->by_behaviour)
            json_put_text(j, NULL, "behaviour");
        if (s->by_greeting)
            json_put_text(j, NULL, "greeting");
        json_put_close_array(j);
    }
    add_claim(j, s);
    json_put_octets_if(j, "front", s->front);
    add_cpe(j, s);
    add_reasons(j, s);
    json_put_close_object(j);
}

static void add_provider(struct json *j, const struct provider_hit *p)
{
    if (!p)
        return;
    json_put_open_object(j, "provider");
    json_put_octets(j, "name", p->provider->name);
    json_put_open_array(j, "by");
    for (unsigned i = 0; i < PROVIDER_BY__COUNT; i++)
        if (p->by & 1u << i)
            json_put_text(j, NULL, provider_by_name((enum provider_by)i));
    json_put_close_array(j);
    json_put_close_object(j);
}

/* ---- what DNS says of the address ---- */

static void add_reverse(struct json *j, const struct facts_reverse *r)
{
    if (!r->outcome)
        return;
    json_put_open_object(j, "reverse");
    json_put_text(j, "outcome", facts_lookup_name(r->outcome));
    if (r->name_count) {
        json_put_open_array(j, "names");
        for (size_t i = 0; i < r->name_count; i++)
            json_put_octets(j, NULL, r->names[i]);
        json_put_close_array(j);
        json_put_number(j, "name_count", r->name_total);
    }
    if (r->outcome == FACTS_LOOKUP_FOUND)
        json_put_bool(j, "confirmed", r->is_confirmed);
    json_put_close_object(j);
}

static void add_listing(struct json *j, const struct facts_listing *l)
{
    json_put_open_object(j, NULL);
    json_put_octets(j, "zone", l->zone);
    json_put_text(j, "outcome", facts_lookup_name(l->outcome));
    if (l->address_count) {
        json_put_open_array(j, "addresses");
        for (size_t i = 0; i < l->address_count; i++)
            record_put_address(j, NULL, &l->addresses[i]);
        json_put_close_array(j);
    }
    json_put_octets_if(j, "text", l->text);
    json_put_close_object(j);
}

static void add_standing(struct json *j, const struct facts_standing *s)
{
    bool any = false;
    if (!s)
        return;
    add_reverse(j, &s->reverse);
    for (size_t i = 0; i < s->listing_count; i++) {
        if (!s->listings[i].outcome)
            continue;
        if (!any)
            json_put_open_array(j, "dnsbl");
        any = true;
        add_listing(j, &s->listings[i]);
    }
    if (any)
        json_put_close_array(j);
}

/* ---- the record ---- */

static void add_asker(struct json *j, const struct facts_asker *me)
{
    if (!me->client.size)
        return;
    json_put_open_object(j, "asker");
    json_put_octets_if(j, "ehlo", me->ehlo);
    json_put_octets_if(j, "address", me->client);
    json_put_octets_if(j, "sender", me->sender);
    json_put_octets_if(j, "tag", me->tag);
    json_put_close_object(j);
}

void record_put_cost(struct json *j, const struct facts_cost *c)
{
    json_put_open_object(j, "cost");
    json_put_number(j, "connections", c->connections);
    json_put_number(j, "commands", c->commands);
    json_put_number(j, "errors_provoked", c->errors_provoked);
    json_put_number(j, "octets_in", c->octets_in);
    json_put_number(j, "octets_out", c->octets_out);
    json_put_number(j, "duration_ms", c->duration_ms);
    json_put_number(j, "delay_ms", c->delay_ms);
    json_put_close_object(j);
}

static void add_outcome(struct json *j, const struct facts_visit *v)
{
    json_put_text(j, "outcome", facts_outcome_name(v->outcome));
    if (v->outcome != FACTS_OUTCOME_ANSWERED) {
        if (v->stage)
            json_put_text(j, "stage", facts_stage_name(v->stage));
        json_put_octets_if(j, "reason", v->reason);
    }
    if (v->cut_stage) {
        json_put_open_object(j, "cut");
        json_put_text(j, "stage", facts_stage_name(v->cut_stage));
        /* A server's words begin with a code; ours (a time-out, a hang-up) never do. */
        json_put_octets_if(j, smtp_line_code(v->cut_reply) ? "reply" : "reason", v->cut_reply);
        json_put_close_object(j);
    }
    if (v->protocol)
        json_put_text(j, "protocol", facts_protocol_name(v->protocol));
}

static void add_transcript(struct json *j, const struct facts_visit *v)
{
    if (!v->wire_count)
        return;
    json_put_open_array(j, "transcript");
    for (size_t i = 0; i < v->wire_count; i++) {
        json_put_open_object(j, NULL);
        json_put_number(j, "t_ms", v->transcript[i].t_ms);
        json_put_text(j, "dir", v->transcript[i].from_server ? "S" : "C");
        json_put_bool(j, "tls", v->transcript[i].tls);
        json_put_octets(j, "octets", v->transcript[i].octets);
        json_put_close_object(j);
    }
    json_put_close_array(j);
}

void record_open(struct json *j, struct buf *out, const char *type, uint64_t time_ms)
{
    json_put_start(j, out);
    json_put_open_object(j, NULL);
    json_put_text(j, "type", type);
    json_put_number(j, "schema", RECORD_SCHEMA);
    record_put_time(j, "time", time_ms);
}

enum err record_close(struct json *j)
{
    json_put_close_object(j);
    buf_append_octet(j->out, '\n');
    return buf_error(j->out);
}

/* Whose service it is, when more than one domain led there. */
static void add_domains(struct json *j, const struct facts_visit *v)
{
    if (!v->domain_count)
        return;
    json_put_open_array(j, "domains");
    for (size_t i = 0; i < v->domain_count; i++)
        json_put_octets(j, NULL, v->domains[i]);
    json_put_close_array(j);
    json_put_number(j, "domain_count", v->domain_total);
}

enum err record_service(struct buf *out, const struct facts_visit *v,
                        const struct audit_answers *answers)
{
    struct json j;
    record_open(&j, out, "service", v->time_ms);
    json_put_octets(&j, "input", v->input);
    json_put_octets_if(&j, "tag", v->tag);
    json_put_octets_if(&j, "domain", v->domain);
    add_domains(&j, v);
    json_put_octets_if(&j, "host", v->host);
    record_put_address(&j, "address", &v->address);
    json_put_number(&j, "port", v->port);
    if (v->retries)
        json_put_number(&j, "retries", v->retries);
    if (v->is_again)
        json_put_bool(&j, "again", true);
    json_put_text(&j, "level", facts_level_name(v->level));
    json_put_text(&j, "named", facts_named_name(v->named));
    if (v->is_null_mx)
        json_put_bool(&j, "null_mx", true);
    if (v->is_origin)
        json_put_bool(&j, "origin", true);
    add_outcome(&j, v);
    add_reply(&j, "greeting", &v->greeting);
    add_ehlo(&j, "ehlo", &v->ehlo);
    add_reply(&j, "helo", &v->helo);
    add_starttls(&j, v);
    add_tls(&j, v);
    if (v->tls_probe)
        record_put_tls_probe(&j, v->tls_probe);
    add_ehlo(&j, "ehlo_tls", &v->ehlo_tls);
    add_reactions(&j, v);
    add_reply(&j, "quit", &v->quit);
    if (answers->software && v->outcome == FACTS_OUTCOME_ANSWERED)
        add_software(&j, answers->software);
    add_provider(&j, answers->provider);
    add_standing(&j, v->standing);
    record_findings(&j, answers->findings);
    add_asker(&j, &v->asker);
    record_put_cost(&j, &v->cost);
    add_transcript(&j, v);
    return record_close(&j);
}
