/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_parts.h"

#include "../base/clock.h"
#include "../base/escape.h"
#include "../base/json_walk.h"
#include "../identify/mask.h"
#include "read.h"

#define ROOM_MAX ((size_t)4 * 1024 * 1024)

struct octets snapshot_item(struct octets *rest, struct octets *ret_name)
{
    struct octets item = octets_take_until(rest, '\n');
    *ret_name = octets_take_until(&item, '\t');
    return item;
}

bool snapshot_find(struct octets items, struct octets name, struct octets *ret_value)
{
    while (items.size) {
        struct octets found, value = snapshot_item(&items, &found);
        if (octets_is_equal(found, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* ---- texts ---- */

void taking_put(struct taking *t, enum snapshot_text which)
{
    if (buf_error(&t->text) || !arena_copy(t->arena, buf_octets(&t->text), &t->out->text[which]))
        t->is_out_of_memory = true;
    buf_clear(&t->text);
}

/* Cuts what was appended since `from`; two that differ behind the cut still differ. */
static void cut(struct buf *text, size_t from)
{
    struct octets all = {text->data + from, text->size - from};
    if (buf_error(text) || all.size <= SNAPSHOT_VALUE_MAX)
        return;
    uint64_t hash = octets_hash(all);
    size_t end = SNAPSHOT_VALUE_MAX;
    while (end && (all.at[end] & 0xc0) == 0x80)
        end--; /* not within a character */
    text->size = from + end;
    buf_append_format(text, "... #%016llx", (unsigned long long)hash);
}

void taking_append_octets(struct taking *t, struct octets o)
{
    size_t from = t->text.size;
    escape_visible(&t->text, o);
    cut(&t->text, from);
}

void taking_append_escaped(struct taking *t, struct octets string)
{
    buf_clear(&t->undone);
    escape_undo(&t->undone, string);
    if (buf_error(&t->undone))
        t->is_out_of_memory = true;
    taking_append_octets(t, buf_octets(&t->undone));
}

void taking_append_visible(struct taking *t, const char *string)
{
    taking_append_escaped(t, octets_of(string));
}

void taking_append(struct taking *t, const json_t *string)
{
    taking_append_visible(t, json_string_value(string)); /* NULL where it is no string */
}

static void put_string(struct taking *t, enum snapshot_text which, const json_t *string)
{
    taking_append(t, string);
    taking_put(t, which);
}

static void put_octets(struct taking *t, enum snapshot_text which, struct octets o)
{
    taking_append_octets(t, o);
    taking_put(t, which);
}

bool taking_item(struct taking *t, const char *name)
{
    return taking_item_of(t, name, NULL);
}

/* False: there are too many. */
static bool begin_item(struct taking *t)
{
    if (t->text.size > SNAPSHOT_TEXT_MAX)
        return false;
    if (t->text.size)
        buf_append_octet(&t->text, '\n');
    return true;
}

bool taking_item_of(struct taking *t, const char *name, const json_t *of)
{
    if (!begin_item(t))
        return false;
    taking_append_visible(t, name);
    taking_append(t, of);
    buf_append_octet(&t->text, '\t');
    return true;
}

/* ---- findings ---- */

bool json_is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

const json_t *taking_finding(const struct taking *t, const char *id)
{
    const json_t *findings = json_object_get(t->record, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *one = json_array_get(findings, i);
        if (json_is_text(json_object_get(one, "id"), id))
            return one;
    }
    return NULL;
}

struct judged {
    struct octets id, verdict, severity; /* as they are written */
    bool is_accepted;
};

static struct judged judged_of(struct octets finding)
{
    struct judged j = {0};
    struct json_walk w;
    struct octets name, value;
    json_walk_init(&w, finding);
    while (json_walk_is_object(&w) && json_walk_next(&w, &name, &value)) {
        if (octets_is_equal(name, OCTETS("id")))
            j.id = value;
        else if (octets_is_equal(name, OCTETS("verdict")))
            j.verdict = value;
        else if (octets_is_equal(name, OCTETS("severity")))
            j.severity = value;
        else if (octets_is_equal(name, OCTETS("accepted")))
            j.is_accepted = octets_is_equal(value, OCTETS("true"));
    }
    return j;
}

/* Nothing where it is no string. */
static void append_written(struct taking *t, struct octets value)
{
    struct buf room;
    if (!json_walk_is_string(value))
        return;
    buf_init(&room, RECORD_OCTETS_MAX);
    taking_append_escaped(t, json_walk_string(value, &room));
    t->is_out_of_memory = t->is_out_of_memory || buf_error(&room);
    buf_release(&room);
}

void taking_findings(struct taking *t)
{
    struct json_walk w;
    struct octets name, finding;
    json_walk_init(&w, t->findings);
    while (json_walk_next(&w, &name, &finding)) {
        struct judged j = judged_of(finding);
        if (!json_walk_is_string(j.id) || !begin_item(t))
            continue;
        append_written(t, j.id);
        buf_append_octet(&t->text, '\t');
        if (j.is_accepted)
            buf_append_text(&t->text, "accepted");
        else
            append_written(t, j.verdict);
        buf_append_octet(&t->text, '\t');
        append_written(t, j.severity);
    }
    taking_put(t, SNAPSHOT_FINDINGS);
}

/* ---- of a service ---- */

static void put_extensions(struct taking *t, enum snapshot_text which, const char *member)
{
    json_t *extensions = json_object_get(json_object_get(t->record, member), "extensions"), *value;
    const char *name;
    json_object_foreach(extensions, name, value)
    {
        if (taking_item(t, name))
            taking_append(t, value);
    }
    taking_put(t, which);
}

static void put_greeting(struct taking *t, const struct facts_visit *v)
{
    struct mask m;
    mask_init(&m, v);
    buf_clear(&t->undone);
    for (size_t i = 0; i < v->greeting.line_count && i < SNAPSHOT_LIST_MAX; i++) {
        struct buf masked;
        buf_init(&masked, ROOM_MAX);
        mask_line(&masked, &m, v->greeting.lines[i], MASK_TEXT);
        buf_append_text(&t->undone, i ? " | " : "");
        escape_undo(&t->undone, buf_octets(&masked));
        buf_release(&masked);
    }
    put_octets(t, SNAPSHOT_GREETING, buf_octets(&t->undone));
}

static void put_software(struct taking *t)
{
    const json_t *software = json_object_get(t->record, "software"),
                 *set = json_object_get(software, "version_set"),
                 *claim = json_object_get(software, "claim");
    put_string(t, SNAPSHOT_PRODUCT, json_object_get(software, "product"));
    put_string(t, SNAPSHOT_FRONT, json_object_get(software, "front"));
    for (size_t i = 0; i < json_array_size(set) && i < SNAPSHOT_LIST_MAX; i++) {
        if (i)
            buf_append_octet(&t->text, '\n');
        taking_append(t, json_array_get(set, i));
    }
    taking_put(t, SNAPSHOT_VERSIONS);
    if (json_is_true(json_object_get(software, "altered")))
        taking_append(t, json_object_get(claim, "product"));
    taking_put(t, SNAPSHOT_CLAIM);
}

static void put_certificate(struct taking *t, const struct facts_certificate *c)
{
    buf_append_hex(&t->text, (struct octets){c->sha256, sizeof c->sha256});
    buf_append_octet(&t->text, '\t');
    if (c->has_key_sha256)
        buf_append_hex(&t->text, (struct octets){c->key_sha256, sizeof c->key_sha256});
    buf_append_octet(&t->text, '\t');
    taking_append_octets(t, c->subject);
    if (c->not_after_ms) {
        buf_append_text(&t->text, " until ");
        clock_append_rfc3339(&t->text, c->not_after_ms);
    }
    taking_put(t, SNAPSHOT_CERTIFICATE);
    put_octets(t, SNAPSHOT_KEY, octets_of(c->key));
    t->out->plain.not_after_ms = c->not_after_ms;
}

static void put_tls(struct taking *t, const struct facts_tls *tls)
{
    struct snapshot_plain *p = &t->out->plain;
    p->has_tls = tls->is_up;
    p->is_trusted = tls->trusted;
    p->has_name = tls->has_name;
    p->name_matches = tls->name_matches;
    put_octets(t, SNAPSHOT_TLS_VERSION, octets_of(tls->version));
    put_octets(t, SNAPSHOT_VERIFY_ERROR, octets_of(tls->verify_error));
    if (tls->is_up && tls->chain_count)
        put_certificate(t, &tls->chain[0]);
}

static void put_place(struct taking *t, const struct facts_visit *v)
{
    put_octets(t, SNAPSHOT_TARGET, v->input);
    put_octets(t, SNAPSHOT_HOST, v->host);
    address_append(&t->text, &v->address);
    taking_put(t, SNAPSHOT_ADDRESS);
    put_octets(t, SNAPSHOT_WHY, v->outcome == FACTS_OUTCOME_ANSWERED ? v->cut_reply : v->reason);
    put_octets(t, SNAPSHOT_PROTOCOL, octets_of(facts_protocol_name(v->protocol)));
    put_octets(t, SNAPSHOT_STARTTLS_WHY, v->starttls_reason);
}

static void take_service(struct taking *t, const struct facts_visit *v)
{
    t->out->plain = (struct snapshot_plain){.time_ms = v->time_ms,
                                            .port = v->port,
                                            .outcome = (uint8_t)v->outcome,
                                            .starttls = (uint8_t)v->starttls,
                                            .is_network = v->named == FACTS_NAMED_NETWORK,
                                            .has_cut = v->cut_stage != FACTS_STAGE_NONE,
                                            .has_hello = v->ehlo.line_count && !v->tls.implicit,
                                            .is_offered = v->starttls_offered};
    put_place(t, v);
    put_greeting(t, v);
    put_extensions(t, SNAPSHOT_EHLO, "ehlo");
    put_extensions(t, SNAPSHOT_EHLO_TLS, "ehlo_tls");
    put_software(t);
    put_tls(t, &v->tls);
    taking_findings(t);
}

/* ---- of a domain ---- */

/* An exchange that was not resolved for lack of an answer, or was not to be asked. */
static bool is_partial(const json_t *record)
{
    static const char *const kinds[] = {"mx-dns-failed", "mx-dns-timeout", "mx-special-use",
                                        "mx-excluded"};
    const json_t *notes = json_object_get(record, "notes");
    for (size_t i = 0; i < json_array_size(notes); i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (json_is_text(json_object_get(json_array_get(notes, i), "note"), kinds[k]))
                return true;
    return false;
}

static enum err take_domain(struct taking *t)
{
    const char *time = json_string_value(json_object_get(t->record, "time"));
    const json_t *outcome = json_object_get(t->record, "outcome");
    enum facts_outcome o = facts_outcome_of(octets_of(json_string_value(outcome)));
    struct snapshot_plain *p = &t->out->plain;
    if (o == FACTS_OUTCOME__COUNT || !json_is_string(json_object_get(t->record, "input")))
        return ERR_SYNTAX;
    p->outcome = (uint8_t)o;
    p->is_partial = is_partial(t->record);
    p->has_posture = json_is_object(json_object_get(t->record, "posture"));
    if (!clock_parse_rfc3339(octets_of(time), &p->time_ms))
        p->time_ms = 0;
    put_string(t, SNAPSHOT_TARGET, json_object_get(t->record, "input"));
    put_string(t, SNAPSHOT_WHY, json_object_get(t->record, "reason"));
    taking_records(t);
    taking_findings(t);
    return ERR_OK;
}

enum err snapshot_take(const json_t *record, struct octets findings, struct arena *a,
                       enum snapshot_type *ret_type, struct snapshot *ret)
{
    struct taking t = {.record = record, .findings = findings, .arena = a, .out = ret};
    struct facts_visit v;
    enum record_type type;
    *ret = (struct snapshot){0};
    enum err e = record_read_parsed(record, a, &type, &v);
    if (e)
        return e;
    buf_init(&t.text, ROOM_MAX);
    buf_init(&t.undone, RECORD_OCTETS_MAX);
    const json_t *name = json_object_get(record, "type");
    *ret_type = type == RECORD_SERVICE         ? SNAPSHOT_SERVICE
                : json_is_text(name, "domain") ? SNAPSHOT_DOMAIN
                : json_is_text(name, "run")    ? SNAPSHOT_RUN
                                               : SNAPSHOT_OTHER;
    if (*ret_type == SNAPSHOT_SERVICE)
        take_service(&t, &v);
    else if (*ret_type == SNAPSHOT_DOMAIN)
        e = take_domain(&t);
    buf_release(&t.text);
    buf_release(&t.undone);
    return !e && t.is_out_of_memory ? ERR_NOMEM : e;
}
