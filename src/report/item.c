/* SPDX-License-Identifier: Apache-2.0 */
#include "item.h"

#include "../base/clock.h"

#define SCHEMA 1

const char *report_starttls_name(enum report_starttls s)
{
    static const char *const names[REPORT_STARTTLS__COUNT] = {
#define X(id, name) name,
        REPORT_STARTTLS_MAP(X)
#undef X
    };
    return names[s];
}

bool report_finding_counts(const struct report_finding *f)
{
    return f->verdict == FINDING_EXPOSED && !f->is_accepted;
}

/* ---- findings ---- */

static void read_possible(struct members *m, const json_t *j, struct report_finding *f)
{
    size_t count = json_array_size(j);
    f->possible = arena_alloc_array(m->arena, count, sizeof *f->possible);
    if (!f->possible) {
        m->is_out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(j, i);
        enum finding_severity severity = finding_severity_of(member_text(m, one, "severity"));
        f->possible[f->possible_count++] = (struct report_possible){
            .id = member_text(m, one, "id"),
            .fixed = member_text(m, one, "fixed"),
            .ended = member_text(m, one, "ended"),
            .p = member_probability(one, "p"),
            .severity = severity == FINDING_SEVERITY__COUNT ? FINDING_INFO : severity,
            .is_exploited = member_is_true(one, "exploited")};
    }
}

static void read_evidence(struct members *m, const json_t *j, struct report_finding *f)
{
    size_t count = json_array_size(j);
    f->evidence = arena_alloc_array(m->arena, count, sizeof *f->evidence);
    for (size_t i = 0; f->evidence && i < count; i++)
        f->evidence[f->evidence_count++] = member_octets(m, json_array_get(j, i));
    m->is_out_of_memory = m->is_out_of_memory || !f->evidence;
}

static enum finding_verdict verdict_of(struct octets name)
{
    unsigned v = 0;
    while (v < FINDING_VERDICT__COUNT &&
           !octets_is_equal(octets_of(finding_verdict_name((enum finding_verdict)v)), name))
        v++;
    return (enum finding_verdict)v;
}

/* False when it is none. */
static bool read_finding(struct members *m, const struct audit_knowledge *known, const json_t *j,
                         struct report_finding *f)
{
    *f = (struct report_finding){.id = member_text(m, j, "id"),
                                 .verdict = verdict_of(member_text(m, j, "verdict")),
                                 .severity = finding_severity_of(member_text(m, j, "severity")),
                                 .is_accepted = member_is_true(j, "accepted"),
                                 .seen_at = member_text(m, j, "seen_at"),
                                 .reason = member_text(m, j, "reason"),
                                 .remedy = member_text(m, j, "remedy"),
                                 .more = member_number(j, "more", UINT32_MAX),
                                 .p = member_probability(j, "p")};
    if (!f->id.size || f->verdict == FINDING_VERDICT__COUNT)
        return false;
    f->check = audit_check(known, f->id);
    f->title = f->check ? f->check->title : f->id;
    if (f->severity == FINDING_SEVERITY__COUNT)
        f->severity = f->check ? f->check->severity : FINDING_INFO;
    read_evidence(m, json_object_get(j, "evidence"), f);
    read_possible(m, json_object_get(j, "possible"), f);
    return true;
}

static void read_findings(struct members *m, const struct audit_knowledge *known,
                          struct report_item *item)
{
    const json_t *all = json_object_get(item->json, "findings");
    size_t count = json_array_size(all);
    item->worst = FINDING_SEVERITY__COUNT;
    item->findings = arena_alloc_array(m->arena, count, sizeof *item->findings);
    m->is_out_of_memory = m->is_out_of_memory || !item->findings;
    for (size_t i = 0; item->findings && i < count; i++) {
        struct report_finding *f = &item->findings[item->finding_count];
        if (!read_finding(m, known, json_array_get(all, i), f))
            continue;
        item->finding_count++;
        if (!report_finding_counts(f))
            continue;
        item->exposed++;
        if (item->worst == FINDING_SEVERITY__COUNT || f->severity > item->worst)
            item->worst = f->severity;
    }
}

/* ---- software ---- */

static void read_software(struct members *m, const json_t *j, struct report_software *s)
{
    const json_t *versions = json_object_get(j, "versions"), *claim = json_object_get(j, "claim"),
                 *first = json_array_get(json_object_get(j, "candidates"), 0);
    *s = (struct report_software){.is_there = json_is_object(j),
                                  .is_unknown = !json_is_false(json_object_get(j, "unknown")),
                                  .is_altered = member_is_true(j, "altered"),
                                  .product = member_text(m, j, "product"),
                                  .vendor = member_text(m, j, "vendor"),
                                  .low = member_text(m, versions, "low"),
                                  .high = member_text(m, versions, "high"),
                                  .front = member_text(m, j, "front"),
                                  .claim = member_text(m, claim, "text"),
                                  .claim_product = member_text(m, claim, "product"),
                                  .claim_version = member_text(m, claim, "version"),
                                  .claim_front = member_text(m, claim, "front"),
                                  .confidence = member_probability(j, "confidence")};
    if (s->is_unknown && member_probability(first, "p") >= 0.01)
        s->nearest = member_text(m, first, "product");
}

void report_software_append(struct buf *plain, const struct report_software *s)
{
    if (s->is_unknown) {
        buf_append_text(plain, "unknown");
        buf_append_text(plain, s->nearest.size ? ", nearest to " : "");
        buf_append(plain, s->nearest);
        return;
    }
    buf_append(plain, s->product);
    buf_append_text(plain, s->low.size ? " " : "");
    buf_append(plain, s->low);
    if (s->low.size && !octets_is_equal(s->low, s->high)) {
        buf_append_text(plain, " to ");
        buf_append(plain, s->high);
    }
    buf_append_text(plain, s->front.size ? " behind " : "");
    buf_append(plain, s->front);
}

/* ---- TLS ---- */

static uint64_t read_time(struct members *m, const json_t *object, const char *name)
{
    uint64_t ms = 0;
    return clock_parse_rfc3339(member_text(m, object, name), &ms) ? ms : 0;
}

static void read_chain(struct members *m, const json_t *chain, struct report_tls *t)
{
    size_t count = json_array_size(chain);
    t->chain = arena_alloc_array(m->arena, count, sizeof *t->chain);
    m->is_out_of_memory = m->is_out_of_memory || !t->chain;
    for (size_t i = 0; t->chain && i < count; i++) {
        const json_t *one = json_array_get(chain, i);
        t->chain[t->chain_count++] =
            (struct report_certificate){.subject = member_text(m, one, "subject"),
                                        .issuer = member_text(m, one, "issuer"),
                                        .key = member_text(m, one, "key"),
                                        .sha256 = member_text(m, one, "sha256"),
                                        .not_before_ms = read_time(m, one, "not_before"),
                                        .not_after_ms = read_time(m, one, "not_after")};
    }
}

static void read_tls(struct members *m, const json_t *j, struct report_tls *t)
{
    *t = (struct report_tls){.is_up = json_is_object(j),
                             .is_trusted = member_is_true(j, "trusted"),
                             .has_name = json_is_boolean(json_object_get(j, "name_matches")),
                             .name_matches = member_is_true(j, "name_matches"),
                             .version = member_text(m, j, "version"),
                             .cipher = member_text(m, j, "cipher"),
                             .group = member_text(m, j, "group"),
                             .verify_error = member_text(m, j, "verify_error")};
    read_chain(m, json_object_get(j, "chain"), t);
}

static enum report_starttls starttls_of(struct members *m, const struct report_item *item)
{
    static const struct {
        const char *outcome;
        enum report_starttls is;
    } rows[] = {{"not-tried", REPORT_STARTTLS_NOT_TRIED},
                {"ok", REPORT_STARTTLS_OK},
                {"refused", REPORT_STARTTLS_REFUSED},
                {"failed", REPORT_STARTTLS_FAILED}};
    const json_t *j = json_object_get(item->json, "starttls");
    struct octets outcome = member_text(m, j, "outcome");
    if (member_is_true(json_object_get(item->json, "tls"), "implicit"))
        return REPORT_STARTTLS_IMPLICIT;
    if (json_is_false(json_object_get(j, "offered")))
        return REPORT_STARTTLS_NOT_OFFERED;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (octets_is_equal(outcome, octets_of(rows[i].outcome)))
            return rows[i].is;
    return REPORT_STARTTLS_NOT_KNOWN;
}

/* ---- where ---- */

/* The host, or the address; IPv6 in brackets; and the port. */
static void append_endpoint(struct buf *plain, const struct report_item *item)
{
    struct octets host = item->host.size ? item->host : item->address;
    bool is_ipv6 = octets_find_octet(host, ':', 0) < host.size;
    buf_append_text(plain, is_ipv6 ? "[" : "");
    buf_append(plain, host);
    buf_append_format(plain, "%s:%u", is_ipv6 ? "]" : "", item->port);
}

void report_place_append(struct buf *plain, const struct report_item *item)
{
    if (item->kind == REPORT_DOMAIN) {
        buf_append_text(plain, "dns:");
        buf_append(plain, item->input);
    } else {
        buf_append_text(plain, "smtp://");
        append_endpoint(plain, item);
    }
}

static void read_name(struct members *m, struct report_item *item)
{
    struct buf plain;
    if (item->kind == REPORT_DOMAIN) {
        item->name = item->input;
        return;
    }
    buf_init(&plain, item->host.size + item->address.size + 16);
    append_endpoint(&plain, item);
    if (buf_error(&plain) || !arena_copy(m->arena, buf_octets(&plain), &item->name))
        m->is_out_of_memory = true;
    buf_release(&plain);
}

enum err report_item_read(const json_t *record, const struct audit_knowledge *known,
                          struct arena *a, struct report_item *ret)
{
    struct members m = {.arena = a};
    struct octets type = member_text(&m, record, "type");
    if (!type.size || member_number(record, "schema", SCHEMA) != SCHEMA)
        return ERR_SYNTAX;
    *ret = (struct report_item){.kind = octets_is_equal(type, OCTETS("service"))  ? REPORT_SERVICE
                                        : octets_is_equal(type, OCTETS("domain")) ? REPORT_DOMAIN
                                                                                  : REPORT_NEITHER,
                                .json = record,
                                .arena = a,
                                .time = member_text(&m, record, "time"),
                                .time_ms = read_time(&m, record, "time"),
                                .input = member_text(&m, record, "input"),
                                .domain = member_text(&m, record, "domain"),
                                .host = member_text(&m, record, "host"),
                                .address = member_text(&m, record, "address"),
                                .outcome = member_text(&m, record, "outcome"),
                                .stage = member_text(&m, record, "stage"),
                                .reason = member_text(&m, record, "reason"),
                                .provider =
                                    member_text(&m, json_object_get(record, "provider"), "name"),
                                .port = (uint16_t)member_number(record, "port", UINT16_MAX)};
    if (ret->kind == REPORT_NEITHER)
        return ERR_OK;
    ret->has_answered = octets_is_equal(ret->outcome, OCTETS("answered"));
    read_name(&m, ret);
    read_software(&m, json_object_get(record, "software"), &ret->software);
    read_tls(&m, json_object_get(record, "tls"), &ret->tls);
    ret->starttls = starttls_of(&m, ret);
    read_findings(&m, known, ret);
    return m.is_out_of_memory ? ERR_NOMEM : ERR_OK;
}
