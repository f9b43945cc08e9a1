/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_parts.h"

#include <stdlib.h>

/* What a domain publishes, each under the name that people know it by.  An item that is not there
 * was looked for and is not published; what is not known is SNAPSHOT_UNKNOWN. */

static void put_unknown(struct taking *t, const char *name)
{
    if (taking_item(t, name))
        buf_append_text(&t->text, SNAPSHOT_UNKNOWN);
}

static void put_string(struct taking *t, const char *name, const json_t *string)
{
    if (taking_item(t, name))
        taking_append(t, string);
}

/* What is not published: known only from the finding that says so, since DNS may have failed. */
static void put_missing(struct taking *t, const char *name, const char *finding)
{
    const json_t *missing = taking_finding(t, finding);
    const json_t *verdict = json_object_get(missing, "verdict");
    if (!json_is_text(verdict, "exposed") && !json_is_text(verdict, "noted"))
        put_unknown(t, name);
}

/* ---- exchanges ---- */

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t gather_hosts(const json_t *array, const char **hosts, size_t count)
{
    for (size_t i = 0; i < json_array_size(array) && count < SNAPSHOT_LIST_MAX; i++) {
        const char *host = json_string_value(json_object_get(json_array_get(array, i), "host"));
        if (host)
            hosts[count++] = host;
    }
    return count;
}

/* The hosts, sorted, each once: exchanges that DNS did not resolve are exchanges too. */
static void put_hosts(struct taking *t, const json_t *posture)
{
    const char *hosts[SNAPSHOT_LIST_MAX];
    size_t count = gather_hosts(json_object_get(posture, "exchanges"), hosts, 0);
    if (!count) {
        count = gather_hosts(json_object_get(t->record, "mx"), hosts, 0);
        count = count ? gather_hosts(json_object_get(t->record, "notes"), hosts, count) : 0;
    }
    bool is_failed = json_object_get(json_object_get(posture, "failed"), "mx");
    if (!count && (is_failed || !posture))
        put_unknown(t, "MX");
    if (!count || !taking_item(t, "MX"))
        return;
    qsort(hosts, count, sizeof *hosts, by_text);
    for (size_t i = 0; i < count; i++) {
        if (i && strcmp(hosts[i], hosts[i - 1]) == 0)
            continue;
        buf_append_text(&t->text, i ? ", " : "");
        taking_append_visible(t, hosts[i]);
    }
}

static void put_order(struct taking *t, const json_t *exchanges)
{
    if (!taking_item(t, "MX order"))
        return;
    if (!json_array_size(exchanges))
        buf_append_text(&t->text, SNAPSHOT_UNKNOWN);
    for (size_t i = 0; i < json_array_size(exchanges) && i < SNAPSHOT_LIST_MAX; i++) {
        const json_t *one = json_array_get(exchanges, i);
        json_int_t preference = json_integer_value(json_object_get(one, "preference"));
        buf_append_format(&t->text, "%s%lld ", i ? ", " : "", (long long)preference);
        taking_append(t, json_object_get(one, "host"));
    }
}

/* Whether it is known that the host has no TLSA records. */
static bool is_without_tlsa(const struct taking *t, const json_t *host)
{
    const json_t *evidence = json_object_get(taking_finding(t, "dane.missing"), "evidence");
    struct octets name = octets_of(json_string_value(host));
    for (size_t i = 0; i < json_array_size(evidence); i++) {
        struct octets line = octets_of(json_string_value(json_array_get(evidence, i)));
        if (octets_has_prefix(line, OCTETS("_25._tcp.")) &&
            octets_is_equal_nocase(octets_sub(line, sizeof "_25._tcp." - 1, line.size), name))
            return true;
    }
    return false;
}

static void put_tlsa(struct taking *t, const json_t *exchanges)
{
    for (size_t i = 0; i < json_array_size(exchanges); i++) {
        const json_t *one = json_array_get(exchanges, i), *host = json_object_get(one, "host"),
                     *records = json_object_get(one, "tlsa");
        if (!json_is_string(host) || !taking_item_of(t, "TLSA of ", host))
            continue;
        if (!records && !is_without_tlsa(t, host))
            buf_append_text(&t->text, SNAPSHOT_UNKNOWN);
        for (size_t k = 0; k < json_array_size(records) && k < SNAPSHOT_LIST_MAX; k++) {
            buf_append_text(&t->text, k ? ", " : "");
            taking_append(t, json_array_get(records, k));
        }
    }
}

/* ---- texts ---- */

static void put_spf(struct taking *t, const json_t *spf)
{
    const json_t *found = json_object_get(spf, "found");
    if (json_is_text(found, "record"))
        put_string(t, "SPF", json_object_get(spf, "record"));
    else if (json_is_text(found, "more than one record"))
        put_string(t, "SPF", found);
    else if (!json_is_text(found, "no record") && !json_is_text(found, "no such name"))
        put_unknown(t, "SPF");
}

static void put_dmarc(struct taking *t, const json_t *dmarc)
{
    if (!dmarc) {
        put_missing(t, "DMARC", "dmarc.missing");
    } else if (taking_item(t, "DMARC")) {
        taking_append(t, json_object_get(dmarc, "at"));
        buf_append_text(&t->text, ": ");
        taking_append(t, json_object_get(dmarc, "record"));
    }
}

static void put_texts(struct taking *t, const char *name, const json_t *texts, const char *finding)
{
    if (!texts && finding)
        put_missing(t, name, finding);
    if (!texts || !taking_item(t, name))
        return;
    for (size_t i = 0; i < json_array_size(texts) && i < SNAPSHOT_LIST_MAX; i++) {
        buf_append_text(&t->text, i ? " | " : "");
        taking_append(t, json_array_get(texts, i));
    }
}

/* A key that is not found may be one that DNS did not answer for: nothing is known of it. */
static void put_dkim(struct taking *t, const json_t *keys)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *one = json_array_get(keys, i);
        if (taking_item_of(t, "DKIM key of ", json_object_get(one, "selector")))
            taking_append(t, json_object_get(one, "record"));
    }
}

static void put_policy(struct taking *t, const json_t *policy)
{
    if (json_is_text(json_object_get(policy, "outcome"), "found"))
        put_string(t, "MTA-STS policy", json_object_get(policy, "text"));
    else
        put_unknown(t, "MTA-STS policy");
}

static void put_caa(struct taking *t, const json_t *caa)
{
    const json_t *records = json_object_get(caa, "records");
    if (!caa)
        put_missing(t, "CAA", "dns.caa.missing");
    if (!caa || !taking_item(t, "CAA"))
        return;
    for (size_t i = 0; i < json_array_size(records) && i < SNAPSHOT_LIST_MAX; i++) {
        buf_append_text(&t->text, i ? ", " : "");
        taking_append(t, json_object_get(json_array_get(records, i), "tag"));
        buf_append_octet(&t->text, ' ');
        taking_append(t, json_object_get(json_array_get(records, i), "value"));
    }
}

void taking_records(struct taking *t)
{
    const json_t *posture = json_object_get(t->record, "posture");
    const json_t *exchanges = json_object_get(posture, "exchanges");
    put_hosts(t, posture);
    if (posture) {
        put_order(t, exchanges);
        put_spf(t, json_object_get(posture, "spf"));
        put_dmarc(t, json_object_get(posture, "dmarc"));
        put_dkim(t, json_object_get(posture, "dkim"));
        put_texts(t, "MTA-STS", json_object_get(posture, "mtasts"), "mtasts.missing");
        put_policy(t, json_object_get(posture, "mtasts_policy"));
        put_texts(t, "TLS-RPT", json_object_get(posture, "tlsrpt"), "tlsrpt.missing");
        if (!json_object_get(posture, "bimi") &&
            json_object_get(json_object_get(posture, "failed"), "bimi"))
            put_unknown(t, "BIMI");
        put_texts(t, "BIMI", json_object_get(posture, "bimi"), NULL);
        put_caa(t, json_object_get(posture, "caa"));
        put_tlsa(t, exchanges);
        const json_t *dnssec = json_object_get(posture, "dnssec");
        dnssec ? put_string(t, "DNSSEC", dnssec) : put_unknown(t, "DNSSEC");
    }
    taking_put(t, SNAPSHOT_RECORDS);
}
