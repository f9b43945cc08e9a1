/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "../base/clock.h"
#include "../base/escape.h"
#include "../smtp/ehlo.h"
#include "../smtp/reply.h"
#include "findings.h"
#include "page.h"
#include "paint.h"

#define EVIDENCE_SHOWN 4
#define OFFERS_SHOWN   40
#define REPLY_SHOWN    ((size_t)37) /* octets of a reply in a line of evidence */

/* A name that we or OpenSSL gave; a stored record may have put anything in its place. */
static void append_name(struct buf *out, const char *before, const char *name)
{
    buf_append_text(out, before);
    escape_visible(out, octets_sub(octets_of(name), 0, 100));
}

/* ---- who ---- */

static void append_endpoint(struct buf *out, const struct report_text_style *s,
                            const struct facts_visit *v)
{
    paint(out, s, BOLD);
    if (v->host.size) {
        escape_visible(out, v->host);
        buf_append_text(out, " ");
    }
    buf_append_text(out, v->address.family == 6 ? "[" : "");
    address_append(out, &v->address);
    buf_append_format(out, "%s:%u", v->address.family == 6 ? "]" : "", v->port);
    unpaint(out, s);
    if (v->domain.size || v->domain_count) {
        buf_append_text(out, "  MX of ");
        escape_visible(out, v->domain.size ? v->domain : v->domains[0]);
    }
    if (v->domain_total > 1)
        buf_append_format(out, " and %llu more", (unsigned long long)v->domain_total - 1);
    buf_append_text(out, "\n");
}

static void append_outcome(struct buf *out, const struct report_text_style *s,
                           const struct facts_visit *v)
{
    label(out, s, "outcome");
    painted(out, s, v->outcome == FACTS_OUTCOME_REFUSED ? DIM : YELLOW,
            facts_outcome_name(v->outcome));
    if (v->stage)
        buf_append_format(out, " at %s", facts_stage_name(v->stage));
    if (v->reason.size) {
        buf_append_text(out, ": ");
        escape_visible(out, octets_sub(v->reason, 0, 200));
    }
    buf_append_text(out, "\n");
}

static void append_versions(struct buf *out, const struct identify_answer *a)
{
    if (!a->version_count)
        return;
    struct octets low = a->versions[0], high = a->versions[a->version_count - 1];
    buf_append_text(out, " ");
    escape_visible(out, low);
    if (a->version_count > 1) {
        buf_append_text(out, " to ");
        escape_visible(out, high);
    }
}

static void append_software(struct buf *out, const struct report_text_style *s,
                            const struct identify_answer *a)
{
    label(out, s, "software");
    if (a->is_unknown) {
        painted(out, s, YELLOW, "unknown");
        if (a->candidate_count && a->candidates[0].p >= 0.01) {
            buf_append_text(out, ", nearest to ");
            escape_visible(out, a->candidates[0].product);
        }
    } else {
        paint(out, s, GREEN);
        escape_visible(out, a->product);
        append_versions(out, a);
        unpaint(out, s);
        if (a->front.size) {
            buf_append_text(out, " behind ");
            escape_visible(out, a->front);
        }
    }
    if (!a->is_unknown)
        buf_append_format(out, "  (%.1f %%)", a->confidence * 100);
    buf_append_text(out, "\n");
    if (a->is_altered) {
        label(out, s, "altered");
        painted(out, s, RED, "the greeting claims ");
        escape_visible(out, a->claim_product);
        buf_append_text(out, a->claim_version.size ? " " : "");
        escape_visible(out, octets_sub(a->claim_version, 0, 60));
        buf_append_text(out, "\n");
    } else if (a->claim_front.size) {
        label(out, s, "in front");
        escape_visible(out, a->claim_front);
        buf_append_text(out, ", says the greeting\n");
    }
}

static void append_provider(struct buf *out, const struct report_text_style *s,
                            const struct provider_hit *p)
{
    bool first = true;
    if (!p)
        return;
    label(out, s, "provider");
    escape_visible(out, p->provider->name);
    for (unsigned i = 0; i < PROVIDER_BY__COUNT; i++) {
        if (!(p->by & 1u << i))
            continue;
        buf_append_format(out, "%s%s", first ? "  (by " : ", ",
                          provider_by_name((enum provider_by)i));
        first = false;
    }
    buf_append_text(out, ")\n");
}

static void append_evidence(struct buf *out, const struct report_text_style *s,
                            const struct identify_answer *a)
{
    size_t shown =
        s->verbose || a->evidence_count < EVIDENCE_SHOWN ? a->evidence_count : EVIDENCE_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        struct octets reply = a->evidence[i].reply; /* masked, and by that visible already */
        label(out, s, i ? "" : "evidence");
        buf_append_format(out, "%+5.1f bits  %-18s ", a->evidence[i].bits, a->evidence[i].ask);
        bool is_whole = s->verbose || reply.size <= REPLY_SHOWN;
        buf_append(out, is_whole ? reply : octets_sub(reply, 0, REPLY_SHOWN - 3));
        buf_append_text(out, is_whole ? "\n" : "...\n");
    }
}

/* ---- what it offers ---- */

static void append_greeting(struct buf *out, const struct report_text_style *s,
                            const struct facts_visit *v)
{
    for (size_t i = 0; i < v->greeting.line_count && (i < 2 || s->verbose); i++) {
        label(out, s, i ? "" : "greeting");
        escape_visible(out, octets_sub(v->greeting.lines[i], 0, 200));
        buf_append_text(out, "\n");
    }
}

static void append_offers(struct buf *out, const struct report_text_style *s, const char *name,
                          const struct facts_reply *hello)
{
    struct buf text;
    size_t column = PAGE_INDENT;
    if (!hello->line_count)
        return;
    buf_init(&text, (size_t)OFFERS_SHOWN * 128);
    for (size_t i = 1; i < hello->line_count && i < OFFERS_SHOWN; i++) {
        buf_append_text(&text, i > 1 ? ", " : "");
        buf_append(&text, octets_sub(smtp_line_text(hello->lines[i]), 0, 120));
    }
    label(out, s, name);
    page_words(out, PAGE_INDENT, &column, text.size ? buf_octets(&text) : OCTETS("nothing"));
    buf_append_text(out, "\n");
    buf_release(&text);
}

static void append_auth(struct buf *out, const struct report_text_style *s,
                        const struct facts_visit *v)
{
    struct octets plain_auth = OCTETS_NONE, tls_auth = OCTETS_NONE;
    bool in_clear = smtp_ehlo_has(v->ehlo.lines, v->ehlo.line_count, OCTETS("AUTH"), &plain_auth);
    bool in_tls =
        smtp_ehlo_has(v->ehlo_tls.lines, v->ehlo_tls.line_count, OCTETS("AUTH"), &tls_auth);
    if (!in_clear && !in_tls)
        return;
    label(out, s, "AUTH");
    escape_visible(out, octets_sub(in_tls ? tls_auth : plain_auth, 0, 200));
    buf_append_text(out, in_clear ? " (also without TLS)\n" : "\n");
}

/* ---- TLS ---- */

static void append_day(struct buf *out, uint64_t wall_ms)
{
    struct buf text;
    buf_init(&text, 64);
    clock_append_rfc3339(&text, wall_ms);
    buf_append(out, octets_sub(buf_octets(&text), 0, 10));
    buf_release(&text);
}

static void append_certificate(struct buf *out, const struct report_text_style *s,
                               const struct facts_tls *t)
{
    const struct facts_certificate *c = t->chain;
    if (!t->chain_count)
        return;
    label(out, s, "cert");
    escape_visible(out, octets_sub(c->subject, 0, 120));
    if (c->key)
        append_name(out, ", ", c->key);
    buf_append_text(out, ", until ");
    append_day(out, c->not_after_ms);
    buf_append_text(out, "\n");
    label(out, s, "");
    painted(out, s, t->trusted ? GREEN : YELLOW, t->trusted ? "trusted" : "not trusted");
    if (!t->trusted && t->verify_error) {
        append_name(out, " (", t->verify_error);
        buf_append_text(out, ")");
    }
    if (t->has_name)
        buf_append_text(out, t->name_matches ? ", name matches" : ", name does not match");
    buf_append_text(out, "\n");
}

static void append_tls(struct buf *out, const struct report_text_style *s,
                       const struct facts_visit *v)
{
    static const char *const starttls[] = {"offered, not tried", "",
                                           "offered, and refused: ", "offered, and fails: "};
    const struct facts_tls *t = &v->tls;
    label(out, s, "TLS");
    if (t->is_up) {
        append_name(out, t->implicit ? "from the start: " : "by STARTTLS: ", t->version);
        append_name(out, " ", t->cipher);
        if (t->group)
            append_name(out, " ", t->group);
    } else if (v->starttls_offered) {
        painted(out, s, YELLOW, starttls[v->starttls]);
        escape_visible(out, octets_sub(v->starttls_reason, 0, 120));
    } else {
        painted(out, s, YELLOW, "not offered");
    }
    buf_append_text(out, "\n");
    append_certificate(out, s, t);
}

static void append_cost(struct buf *out, const struct report_text_style *s,
                        const struct facts_visit *v)
{
    const struct facts_cost *c = &v->cost;
    label(out, s, "cost");
    buf_append_format(out, "%u connection%s, %u command%s, %u error%s, %.1f s\n", c->connections,
                      c->connections == 1 ? "" : "s", c->commands, c->commands == 1 ? "" : "s",
                      c->errors_provoked, c->errors_provoked == 1 ? "" : "s",
                      (double)c->duration_ms / 1000);
}

static void append_cut(struct buf *out, const struct report_text_style *s,
                       const struct facts_visit *v)
{
    if (!v->cut_stage)
        return;
    label(out, s, "cut");
    buf_append_format(out, "%s at %s: ", smtp_line_code(v->cut_reply) ? "turned away" : "ended",
                      facts_stage_name(v->cut_stage));
    escape_visible(out, octets_sub(v->cut_reply, 0, 200));
    buf_append_text(out, "\n");
}

void report_text_service(struct buf *out, const struct report_text_style *style,
                         const struct facts_visit *v, const struct audit_answers *answers)
{
    append_endpoint(out, style, v);
    if (v->outcome != FACTS_OUTCOME_ANSWERED) {
        append_outcome(out, style, v);
        append_provider(out, style, answers->provider);
        append_greeting(out, style, v);
        return;
    }
    if (answers->software) {
        append_software(out, style, answers->software);
        append_evidence(out, style, answers->software);
    }
    append_provider(out, style, answers->provider);
    append_greeting(out, style, v);
    append_offers(out, style, facts_protocol_name(v->protocol),
                  v->ehlo.line_count ? &v->ehlo : &v->ehlo_tls);
    if (v->ehlo.line_count)
        append_offers(out, style, "with TLS", &v->ehlo_tls);
    append_auth(out, style, v);
    append_tls(out, style, v);
    report_text_findings(out, style, answers->findings);
    append_cut(out, style, v);
    append_cost(out, style, v);
    buf_append_text(out, "\n");
}

void report_text_domain(struct buf *out, const struct report_text_style *style, struct octets input,
                        const struct target_resolution *r)
{
    paint(out, style, BOLD);
    escape_visible(out, input);
    unpaint(out, style);
    buf_append_text(out, "\n");
    if (r->outcome != FACTS_OUTCOME_ANSWERED) {
        label(out, style, "outcome");
        painted(out, style, YELLOW, facts_outcome_name(r->outcome));
        buf_append_text(out, "\n");
    }
    if (r->reason.size) {
        label(out, style, "because");
        escape_visible(out, r->reason);
        buf_append_text(out, "\n");
    }
    for (size_t i = 0; i < r->endpoint_count; i++) {
        label(out, style, i ? "" : r->is_domain ? "MX" : "leads to");
        if (r->is_domain)
            buf_append_format(out, "%5u ", r->endpoints[i].preference);
        escape_visible(out, r->endpoints[i].host);
        buf_append_text(out, r->endpoints[i].host.size ? " " : "");
        address_append(out, &r->endpoints[i].address);
        buf_append_text(out, "\n");
    }
    for (size_t i = 0; i < r->note_count; i++) {
        label(out, style, "note");
        buf_append_format(out, "%s ", target_note_name(r->notes[i].kind));
        escape_visible(out, r->notes[i].host);
        buf_append_text(out, " ");
        escape_visible(out, r->notes[i].detail);
        buf_append_text(out, "\n");
    }
    buf_append_text(out, "\n");
}
