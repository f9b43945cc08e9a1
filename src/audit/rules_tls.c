/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "../base/clock.h"

/* Rules over STARTTLS, the handshake and the certificate that it showed. */

#define PORT_SMTP    25
#define DAY_MS       ((uint64_t)86400 * 1000)
#define SOON_DAYS    14
#define RSA_BITS_MIN 2048 /* NIST SP 800-131A rev. 2 */
#define EC_BITS_MIN  224

/* ---- STARTTLS ---- */

static enum audit_said missing(const struct audit_rule_view *w, struct finding *f)
{
    if (w->v->tls.implicit)
        return AUDIT_SILENT;
    f->seen_at = FINDING_SEEN_OFFER;
    if (w->v->starttls_offered)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (w->v->ehlo.line_count)
        return audit_say(w, f, FINDING_EXPOSED, w->v->ehlo.lines[0]);
    if (w->v->helo.line_count)
        return audit_say(w, f, FINDING_EXPOSED, w->v->helo.lines[0]);
    return audit_say_why(f, FINDING_UNTESTABLE, "EHLO was not answered");
}

static enum audit_said broken(const struct audit_rule_view *w, struct finding *f)
{
    if (!w->v->starttls_offered || w->v->starttls == FACTS_STARTTLS_NOT_TRIED)
        return AUDIT_SILENT;
    f->seen_at = FINDING_SEEN_OFFER;
    if (w->v->starttls == FACTS_STARTTLS_OK)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    f->reason = w->v->starttls_reason;
    /* 454 says that TLS is not to be had (RFC 3207 s4); other 4xx are how throttled and overloaded
     * servers refuse. */
    bool is_temporary =
        octets_has_prefix(f->reason, OCTETS("4")) && !octets_has_prefix(f->reason, OCTETS("454"));
    return audit_say(w, f, is_temporary ? FINDING_UNTESTABLE : FINDING_EXPOSED, f->reason);
}

/* ---- the handshake ---- */

static bool is_named(const char *text, const char *const *names)
{
    for (size_t i = 0; text && names[i]; i++)
        if (strstr(text, names[i]))
            return true;
    return false;
}

/* What a strict client's hello got; where none was sent, TLS 1.3 satisfies it, and what is older than
 * TLS 1.2 does not (RFC 9325 s3.1.1), for our own hello offered everything. */
static enum audit_said strict_fails(const struct audit_rule_view *w, struct finding *f)
{
    static const struct facts_tls_answer none;
    const struct facts_tls_probe *p = w->v->tls_probe;
    const struct facts_tls_answer *hello = p ? &p->answers[FACTS_TLS_STRICT] : &none;
    const char *version = w->v->tls.version;
    if (hello->answer == FACTS_ANSWER_NO)
        return audit_say(w, f, FINDING_EXPOSED, hello->words);
    if (hello->answer == FACTS_ANSWER_UNDECIDED) {
        f->reason = hello->words;
        return audit_say(w, f, FINDING_UNTESTABLE, OCTETS_NONE);
    }
    if (hello->answer == FACTS_ANSWER_YES)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (!w->v->tls.is_up || !version) /* a record may not say which */
        return AUDIT_SILENT;
    if (strcmp(version, "TLSv1.3") == 0)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (strcmp(version, "TLSv1.2") != 0)
        return audit_say(w, f, FINDING_EXPOSED, octets_of(version));
    return audit_say_why(f, FINDING_UNTESTABLE,
                         "TLS 1.2 was chosen; a strict client's hello was not sent");
}

static enum audit_said client_cert(const struct audit_rule_view *w, struct finding *f)
{
    return w->v->tls.client_cert_asked ? audit_say(w, f, FINDING_NOTED, OCTETS_NONE) : AUDIT_SILENT;
}

/* ---- the certificate ---- */

static const struct facts_certificate *leaf(const struct audit_rule_view *w)
{
    const struct facts_tls *t = &w->v->tls;
    return t->is_up && t->chain_count ? &t->chain[0] : NULL;
}

/* What a sender that does not know better ignores: without DANE or MTA-STS nobody checks (RFC 7435). */
static void lower_on_mx(const struct audit_rule_view *w, struct finding *f)
{
    if (w->v->port == PORT_SMTP)
        f->severity = FINDING_LOW;
}

static enum audit_said dated(const struct audit_rule_view *w, struct finding *f, bool is_so,
                             const char *what, uint64_t when_ms)
{
    struct buf text;
    if (!is_so)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    buf_init(&text, 80);
    buf_append_text(&text, what);
    clock_append_rfc3339(&text, when_ms);
    enum audit_said said = audit_say(w, f, FINDING_EXPOSED, buf_octets(&text));
    buf_release(&text);
    return said;
}

static enum audit_said expired(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_certificate *c = leaf(w);
    if (!c || !c->not_after_ms)
        return AUDIT_SILENT;
    return dated(w, f, c->not_after_ms < w->v->time_ms, "not after ", c->not_after_ms);
}

static enum audit_said not_yet(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_certificate *c = leaf(w);
    if (!c || !c->not_before_ms)
        return AUDIT_SILENT;
    return dated(w, f, c->not_before_ms > w->v->time_ms, "not before ", c->not_before_ms);
}

static enum audit_said expires_soon(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_certificate *c = leaf(w);
    uint64_t now = w->v->time_ms;
    if (!c || c->not_after_ms < now)
        return AUDIT_SILENT;
    return dated(w, f, c->not_after_ms - now < SOON_DAYS * DAY_MS, "not after ", c->not_after_ms);
}

static enum audit_said wrong_name(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_certificate *c = leaf(w);
    enum audit_said said = AUDIT_SAID;
    if (!c)
        return AUDIT_SILENT;
    if (!w->v->tls.has_name)
        return audit_say_why(f, FINDING_NOT_ASKED, "no host name is known to hold it against");
    if (w->v->tls.name_matches)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    lower_on_mx(w, f);
    said = audit_say(w, f, FINDING_EXPOSED, c->subject);
    for (size_t i = 0; i < c->name_count && i < 4 && said == AUDIT_SAID; i++)
        said = audit_say(w, f, FINDING_EXPOSED, c->names[i]);
    return said;
}

static bool is_self_signed(const struct facts_tls *t)
{
    return t->chain_count == 1 && octets_is_equal(t->chain[0].subject, t->chain[0].issuer);
}

static enum audit_said self_signed(const struct audit_rule_view *w, struct finding *f)
{
    if (!leaf(w))
        return AUDIT_SILENT;
    if (w->v->tls.trusted || !is_self_signed(&w->v->tls))
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    lower_on_mx(w, f);
    return audit_say(w, f, FINDING_EXPOSED, w->v->tls.chain[0].subject);
}

static enum audit_said untrusted_chain(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_tls *t = &w->v->tls;
    static const char *const dates[] = {"expired", "not yet valid", NULL};
    if (!leaf(w) || (!t->trusted && is_self_signed(t)))
        return AUDIT_SILENT; /* said of self-signed ones */
    if (t->trusted)
        return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
    if (is_named(t->verify_error, dates))
        return audit_say_why(f, FINDING_UNTESTABLE, t->verify_error);
    lower_on_mx(w, f);
    f->reason = octets_of(t->verify_error);
    return audit_say(w, f, FINDING_EXPOSED, t->chain[t->chain_count - 1].issuer);
}

/* "RSA 1024", "EC P-256", "ED25519": 0 when the text tells no number of bits. */
static uint64_t key_bits(struct octets key)
{
    uint64_t bits = 0;
    size_t at = key.size;
    while (at > 0 && octet_is_digit(key.at[at - 1]))
        at--;
    return octets_to_number(octets_sub(key, at, key.size), 100000, &bits) ? bits : 0;
}

static enum audit_said weak_key(const struct audit_rule_view *w, struct finding *f)
{
    const struct facts_certificate *c = leaf(w);
    struct octets key = octets_of(c ? c->key : NULL);
    if (!key.size)
        return AUDIT_SILENT;
    uint64_t bits = key_bits(key);
    bool is_factored =
        octets_has_prefix(key, OCTETS("RSA")) || octets_has_prefix(key, OCTETS("DSA"));
    bool is_curve = octets_has_prefix(key, OCTETS("EC "));
    bool is_weak =
        bits && ((is_factored && bits < RSA_BITS_MIN) || (is_curve && bits < EC_BITS_MIN));
    return audit_say(w, f, is_weak ? FINDING_EXPOSED : FINDING_SAFE, key);
}

/* A root's own signature is checked by nobody; that of a server's own certificate shows its age. */
static enum audit_said weak_signature(const struct audit_rule_view *w, struct finding *f)
{
    static const char *const weak[] = {"md2",  "md4",  "md5",         "MD5",
                                       "sha1", "SHA1", "dsaWithSHA1", NULL};
    const struct facts_tls *t = &w->v->tls;
    if (!leaf(w))
        return AUDIT_SILENT;
    for (size_t i = 0; i < t->chain_count; i++) {
        const struct facts_certificate *c = &t->chain[i];
        bool is_root = i > 0 && octets_is_equal(c->subject, c->issuer);
        if (is_root || !is_named(c->signature, weak))
            continue;
        f->reason = octets_of(c->signature);
        return audit_say(w, f, FINDING_EXPOSED, c->subject);
    }
    return audit_say(w, f, FINDING_SAFE, OCTETS_NONE);
}

const struct audit_rule_row audit_rules_tls[] = {
    {"tls.starttls.missing", missing, NULL, NULL},
    {"tls.starttls.broken", broken, NULL, NULL},
    {"tls.strict-fails", strict_fails, NULL, NULL},
    {"tls.client-cert", client_cert, NULL, NULL},
    {"tls.cert.expired", expired, NULL, NULL},
    {"tls.cert.not-yet", not_yet, NULL, NULL},
    {"tls.cert.expires-soon", expires_soon, NULL, NULL},
    {"tls.cert.name", wrong_name, NULL, NULL},
    {"tls.cert.self-signed", self_signed, NULL, NULL},
    {"tls.cert.chain", untrusted_chain, NULL, NULL},
    {"tls.cert.weak-key", weak_key, NULL, NULL},
    {"tls.cert.weak-signature", weak_signature, NULL, NULL},
    {0},
};
