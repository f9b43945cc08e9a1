/* SPDX-License-Identifier: Apache-2.0 */
#include "format_parts.h"

#include <openssl/evp.h>

#include "../base/escape.h"
#include "../base/json.h"

/*
 * SARIF 2.1.0 (OASIS), for tools that keep findings over time.  The rules are the whole catalogue,
 * so that results can be written as the records come; a result is what is exposed.  A server has no
 * file: its place is a logical location.
 */
#define SCHEMA_URI \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define TEXT_MAX  ((size_t)1024 * 1024)
#define WORDS_MAX ((size_t)1000) /* octets of evidence in a message */

/* The level of SARIF s3.27.10, and the score that code scanning sorts by: over 9 critical, from 7
 * high, from 4 medium, above 0 low. */
static const struct {
    const char *level, *score;
} severities[FINDING_SEVERITY__COUNT] = {[FINDING_INFO] = {"note", NULL},
                                         [FINDING_LOW] = {"note", "2.0"},
                                         [FINDING_MEDIUM] = {"warning", "5.5"},
                                         [FINDING_HIGH] = {"error", "8.0"},
                                         [FINDING_CRITICAL] = {"error", "9.5"}};

/* ---- rules ---- */

static void put_words(struct json *j, const char *name, struct octets words)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    escape_message(&text, words);
    json_put_open_object(j, name);
    json_put_visible(j, "text", buf_octets(&text));
    json_put_close_object(j);
    buf_release(&text);
}

/* What it means, else its title. */
static void put_description(struct json *j, const struct audit_check *c)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    report_join(&text, &c->means);
    put_words(j, "fullDescription", text.size ? buf_octets(&text) : c->title);
    buf_release(&text);
}

/* What helps, and where all of it is from; code scanning asks for one, so the title has to do where
 * there is nothing else. */
static void put_help(struct json *j, const struct audit_check *c)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    report_join(&text, &c->remedy);
    for (size_t i = 0; i < c->sources.count; i++) {
        buf_append_text(&text, i ? "; " : text.size ? " Sources: " : "Sources: ");
        buf_append(&text, c->sources.at[i].text);
    }
    put_words(j, "help", text.size ? buf_octets(&text) : c->title);
    buf_release(&text);
}

/* The lines of configuration are no message: braces stand in them as they are. */
static void put_configuration(struct json *j, const struct audit_check *c)
{
    if (!c->configure.count)
        return;
    json_put_open_array(j, "configuration");
    for (size_t i = 0; i < c->configure.count; i++)
        json_put_octets(j, NULL, c->configure.at[i].text);
    json_put_close_array(j);
}

static void put_rule(struct json *j, const struct audit_check *c)
{
    json_put_open_object(j, NULL);
    json_put_octets(j, "id", c->id);
    json_put_octets(j, "name", c->id);
    put_words(j, "shortDescription", c->title);
    put_description(j, c);
    put_help(j, c);
    json_put_open_object(j, "defaultConfiguration");
    json_put_text(j, "level", severities[c->severity].level);
    json_put_close_object(j);
    json_put_open_object(j, "properties");
    json_put_open_array(j, "tags");
    json_put_text(j, NULL, "security");
    json_put_text(j, NULL, "smtp");
    json_put_close_array(j);
    if (severities[c->severity].score)
        json_put_text(j, "security-severity", severities[c->severity].score);
    put_configuration(j, c);
    json_put_close_object(j);
    json_put_close_object(j);
}

static enum err begin(struct report *r, struct buf *out)
{
    struct json j;
    json_put_start(&j, out);
    buf_append_text(out, "{\"$schema\":\"" SCHEMA_URI "\",\n\"version\":\"2.1.0\",\n\"runs\":[{"
                         "\"tool\":{\"driver\":");
    json_put_open_object(&j, NULL);
    json_put_text(&j, "name", "smtpscan");
    json_put_text(&j, "version", r->version);
    json_put_open_array(&j, "rules");
    for (size_t i = 0; i < r->known->check_count; i++)
        put_rule(&j, &r->known->checks[i]);
    json_put_close_array(&j);
    json_put_close_object(&j);
    buf_append_text(out, "},\n\"results\":[");
    return buf_error(out);
}

/* ---- results ---- */

/* The title, and what decided.  The words of servers and records make neither link nor
 * placeholder. */
static void put_message(struct json *j, const struct report_finding *f)
{
    struct octets words = f->evidence_count ? f->evidence[f->evidence_count - 1] : f->reason;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    escape_message(&text, f->title);
    buf_append_text(&text, words.size ? ": " : "");
    escape_message(&text, octets_sub(words, 0, WORDS_MAX));
    json_put_open_object(j, "message");
    json_put_visible(j, "text", buf_octets(&text));
    json_put_close_object(j);
    buf_release(&text);
}

/*
 * The same finding at the same endpoint has the same print in every run: SHA-256 over id, place and
 * address, each ended by NUL.  `/v1` is for the day when that must change.
 */
static enum err put_fingerprint(struct json *j, const struct report_item *item,
                                const struct report_finding *f, struct octets place)
{
    struct octets parts[] = {f->id, place, item->address};
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_append(&text, parts[i]);
        buf_append_octet(&text, 0);
    }
    enum err e = buf_error(&text);
    if (!e && EVP_Digest(text.data, text.size, hash, &size, EVP_sha256(), NULL) != 1)
        e = ERR_TLS;
    buf_clear(&text);
    buf_append_hex(&text, (struct octets){hash, size});
    json_put_open_object(j, "partialFingerprints");
    json_put_octets(j, "smtpscanFinding/v1", buf_octets(&text));
    json_put_close_object(j);
    buf_release(&text);
    return e;
}

static void put_location(struct json *j, const struct report_item *item, struct octets place)
{
    json_put_open_array(j, "locations");
    json_put_open_object(j, NULL);
    json_put_open_array(j, "logicalLocations");
    json_put_open_object(j, NULL);
    json_put_octets(j, "name", item->name);
    json_put_octets(j, "fullyQualifiedName", place);
    json_put_text(j, "kind", "resource");
    json_put_close_object(j);
    json_put_close_array(j);
    json_put_close_object(j);
    json_put_close_array(j);
}

static void put_properties(struct json *j, const struct report_item *item,
                           const struct report_finding *f)
{
    json_put_open_object(j, "properties");
    json_put_text(j, "severity", finding_severity_name(f->severity));
    json_put_octets_if(j, "address", item->address);
    json_put_octets_if(j, "time", item->time);
    json_put_octets_if(j, "reason", f->reason);
    json_put_octets_if(j, "remedy", f->remedy);
    if (f->evidence_count) {
        json_put_open_array(j, "evidence");
        for (size_t i = 0; i < f->evidence_count; i++)
            json_put_octets(j, NULL, f->evidence[i]);
        json_put_close_array(j);
    }
    if (f->possible_count) {
        json_put_real(j, "p", f->p, 3);
        json_put_open_array(j, "possible");
        for (size_t i = 0; i < f->possible_count; i++)
            json_put_octets(j, NULL, f->possible[i].id);
        json_put_close_array(j);
    }
    json_put_close_object(j);
}

static enum err put_result(struct json *j, const struct report *r, const struct report_item *item,
                           const struct report_finding *f)
{
    struct buf place;
    buf_init(&place, TEXT_MAX);
    report_place_append(&place, item);
    json_put_open_object(j, NULL);
    json_put_octets(j, "ruleId", f->id);
    if (f->check)
        json_put_number(j, "ruleIndex", (uint64_t)(f->check - r->known->checks));
    json_put_text(j, "kind", "fail");
    json_put_text(j, "level", severities[f->severity].level);
    put_message(j, f);
    put_location(j, item, buf_octets(&place));
    enum err e = put_fingerprint(j, item, f, buf_octets(&place));
    if (f->is_accepted) {
        json_put_open_array(j, "suppressions");
        json_put_open_object(j, NULL);
        json_put_text(j, "kind", "external"); /* the baseline (SARIF s3.35.2) */
        json_put_close_object(j);
        json_put_close_array(j);
    }
    put_properties(j, item, f);
    json_put_close_object(j);
    e = e ? e : buf_error(&place);
    buf_release(&place);
    return e;
}

static enum err add(struct report *r, const struct report_item *item, struct buf *out)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < item->finding_count; i++) {
        struct json j;
        if (item->findings[i].verdict != FINDING_EXPOSED)
            continue;
        buf_append_text(out, r->has_items ? ",\n" : "\n");
        r->has_items = true;
        json_put_start(&j, out);
        e = put_result(&j, r, item, &item->findings[i]);
    }
    return e ? e : buf_error(out);
}

static enum err end(struct report *r, struct buf *out)
{
    (void)r;
    buf_append_text(out, "],\n\"columnKind\":\"utf16CodeUnits\"}]}\n");
    return buf_error(out);
}

const struct report_format report_sarif = {"sarif", begin, add, end};
