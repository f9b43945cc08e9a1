/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#define DAY_MS  ((uint64_t)86400 * 1000)
#define SOON_MS (14 * DAY_MS) /* as tls.cert.expires-soon has it */

/* ---- telling ---- */

static bool is_wanted(const struct compare *c, enum record_change_kind kind, struct octets subject)
{
    struct octets name = octets_of(record_change_name(kind));
    bool is_finding = octets_has_prefix(name, OCTETS("finding-"));
    if (!is_finding)
        return audit_select_has(&c->select, name);
    const struct audit_select only = {.only = c->select.only}, skip = {.skip = c->select.skip};
    return (audit_select_has(&only, name) || audit_select_has(&only, subject)) &&
           audit_select_has(&skip, name) && audit_select_has(&skip, subject);
}

static void tell(struct compare *c, const struct record_change *what)
{
    const struct snapshot *b = c->before, *a = c->after, *any = a ? a : b;
    struct record_change change = *what;
    if (c->error || !is_wanted(c, what->kind, what->subject))
        return;
    change.target = any->text[SNAPSHOT_TARGET];
    change.host = any->text[SNAPSHOT_HOST];
    change.address = any->text[SNAPSHOT_ADDRESS];
    change.port = any->plain.port;
    change.before_ms = b ? b->plain.time_ms : 0;
    change.after_ms = a ? a->plain.time_ms : 0;
    c->error = record_changes_add(c->out, &change);
}

void compare_tell_of(struct compare *c, enum record_change_kind kind, struct octets subject,
                     struct octets before, struct octets after)
{
    tell(c, &(struct record_change){.kind = kind,
                                    .severity = record_change_severity(kind),
                                    .subject = subject,
                                    .before = before,
                                    .after = after});
}

void compare_tell(struct compare *c, enum record_change_kind kind, struct octets before,
                  struct octets after)
{
    compare_tell_of(c, kind, OCTETS_NONE, before, after);
}

/* Two texts as one, with something between if both are there. */
static struct octets join(struct compare *c, struct octets left, const char *between,
                          struct octets right)
{
    struct octets made = OCTETS_NONE;
    struct buf text;
    buf_init(&text, 4 * SNAPSHOT_VALUE_MAX);
    buf_append(&text, left);
    if (left.size && right.size)
        buf_append_text(&text, between);
    buf_append(&text, right);
    if (buf_error(&text) == ERR_NOMEM || !arena_copy(c->arena, buf_octets(&text), &made))
        c->error = ERR_NOMEM;
    buf_release(&text);
    return made;
}

static const struct octets *both(const struct compare *c, enum snapshot_text which,
                                 struct octets *ret_after)
{
    *ret_after = c->after->text[which];
    return &c->before->text[which];
}

/* ---- whether it answers ---- */

/* Who closes without a word may only be turning us away, and no route may be a fault of ours. */
enum compare_sight compare_sight(const struct snapshot *s)
{
    switch ((enum facts_outcome)s->plain.outcome) {
    case FACTS_OUTCOME_ANSWERED:
        return COMPARE_ANSWERED;
    case FACTS_OUTCOME_REFUSED:
    case FACTS_OUTCOME_TIMEOUT:
    case FACTS_OUTCOME_NOT_SMTP:
    case FACTS_OUTCOME_TLS_FAILED:
        return COMPARE_SILENT;
    case FACTS_OUTCOME_UNREACHABLE: /* libuv's words for EHOSTUNREACH: the network is there */
        return octets_has_prefix(s->text[SNAPSHOT_WHY], OCTETS("host is")) ? COMPARE_SILENT
                                                                           : COMPARE_UNKNOWN;
    case FACTS_OUTCOME_NOT_ASKED:
    case FACTS_OUTCOME_CLOSED:
    case FACTS_OUTCOME_BLOCKED:
    case FACTS_OUTCOME_EXCLUDED:
    case FACTS_OUTCOME_NO_SUCH_NAME:
    case FACTS_OUTCOME_NO_ADDRESS:
    case FACTS_OUTCOME_NO_MAIL:
    case FACTS_OUTCOME_DNS_FAILED:
    case FACTS_OUTCOME_DNS_TIMEOUT:
    case FACTS_OUTCOME_FAILED:
    case FACTS_OUTCOME__COUNT:
        break;
    }
    return COMPARE_UNKNOWN;
}

struct octets compare_outcome(struct compare *c, const struct snapshot *s)
{
    struct octets name = octets_of(facts_outcome_name((enum facts_outcome)s->plain.outcome));
    struct octets why =
        s->plain.outcome == FACTS_OUTCOME_ANSWERED ? OCTETS_NONE : s->text[SNAPSHOT_WHY];
    return join(c, name, ": ", why);
}

/* True: both answered, and there is more to compare. */
static bool compare_outcomes(struct compare *c)
{
    enum compare_sight before = compare_sight(c->before), after = compare_sight(c->after);
    struct octets was = compare_outcome(c, c->before), is = compare_outcome(c, c->after);
    if (before == COMPARE_ANSWERED && after == COMPARE_SILENT)
        compare_tell(c, RECORD_CHANGE_SERVICE_SILENT, was, is);
    else if (before == COMPARE_SILENT && after == COMPARE_ANSWERED)
        compare_tell(c, RECORD_CHANGE_SERVICE_BACK, was, is);
    else if (before != after)
        compare_tell(c, RECORD_CHANGE_NOT_REACHED, was, is);
    return before == COMPARE_ANSWERED && after == COMPARE_ANSWERED;
}

/* ---- software ---- */

static bool is_listed(struct octets versions, struct octets version)
{
    while (versions.size)
        if (octets_is_equal(octets_take_until(&versions, '\n'), version))
            return true;
    return false;
}

static bool is_disjoint(struct octets some, struct octets others)
{
    while (some.size)
        if (is_listed(others, octets_take_until(&some, '\n')))
            return false;
    return true;
}

/* "Postfix 3.5.25 to 3.7.11" */
static struct octets software_of(struct compare *c, const struct snapshot *s)
{
    struct octets set = s->text[SNAPSHOT_VERSIONS], low, high;
    low = high = octets_take_until(&set, '\n');
    while (set.size)
        high = octets_take_until(&set, '\n');
    struct octets range = octets_is_equal(low, high) ? low : join(c, low, " to ", high);
    return join(c, s->text[SNAPSHOT_PRODUCT], " ", range);
}

/* True when it is other software, or another version of it, for certain. */
static bool compare_software(struct compare *c)
{
    struct octets product, versions;
    const struct octets *was_product = both(c, SNAPSHOT_PRODUCT, &product);
    const struct octets *was_versions = both(c, SNAPSHOT_VERSIONS, &versions);
    struct octets was = software_of(c, c->before), is = software_of(c, c->after);
    if (octets_is_equal(was, is) && octets_is_equal(*was_versions, versions))
        return false;
    enum record_change_kind kind = RECORD_CHANGE_VERSION_RANGE;
    if (!was_product->size || !product.size)
        kind = RECORD_CHANGE_UNRECOGNISED;
    else if (!octets_is_equal(*was_product, product))
        kind = RECORD_CHANGE_PRODUCT;
    else if (was_versions->size && versions.size && is_disjoint(*was_versions, versions))
        kind = RECORD_CHANGE_VERSION;
    compare_tell(c, kind, was, is);
    return !record_change_is_noted(kind);
}

static void compare_front(struct compare *c)
{
    struct octets product, front;
    const struct octets *was_product = both(c, SNAPSHOT_PRODUCT, &product);
    const struct octets *was = both(c, SNAPSHOT_FRONT, &front);
    if (was_product->size && product.size && !octets_is_equal(*was, front))
        compare_tell(c, RECORD_CHANGE_FRONT, was->size ? *was : OCTETS("nothing"),
                     front.size ? front : OCTETS("nothing"));
}

/* A greeting that names another version is no news beside the version. */
static void compare_greeting(struct compare *c, bool is_other_software)
{
    struct octets product, claim, greeting;
    const struct octets *was_product = both(c, SNAPSHOT_PRODUCT, &product);
    const struct octets *was_claim = both(c, SNAPSHOT_CLAIM, &claim);
    const struct octets *was = both(c, SNAPSHOT_GREETING, &greeting);
    bool is_known = was_product->size && product.size;
    if (is_known && !was_claim->size && claim.size)
        compare_tell_of(c, RECORD_CHANGE_GREETING_ALTERED, claim, *was, greeting);
    else if (is_known && was_claim->size && !claim.size)
        compare_tell_of(c, RECORD_CHANGE_GREETING_HONEST, *was_claim, *was, greeting);
    else if (!is_other_software && was->size && greeting.size && !octets_is_equal(*was, greeting))
        compare_tell(c, RECORD_CHANGE_GREETING, *was, greeting);
}

/* ---- extensions ---- */

static bool has_words(struct octets text, struct octets words)
{
    for (struct octets word = octets_take_word(&words); word.size;
         word = octets_take_word(&words)) {
        struct octets rest = text, one;
        do
            one = octets_take_word(&rest);
        while (one.size && !octets_is_equal(one, word));
        if (!one.size)
            return false;
    }
    return true;
}

/* Whether the same was told of it already since `from`: what changes in clear changes under TLS. */
static bool is_told(const struct compare *c, size_t from, enum record_change_kind kind,
                    struct octets subject)
{
    for (size_t i = from; i < c->out->count; i++)
        if (c->out->at[i].kind == kind && octets_is_equal(c->out->at[i].subject, subject))
            return true;
    return false;
}

static void tell_extension(struct compare *c, enum record_change_kind kind, struct octets name,
                           const struct octets values[2], size_t from)
{
    if (!octets_is_equal(name, OCTETS("STARTTLS")) && !is_told(c, from, kind, name))
        compare_tell_of(c, kind, name, values[0], values[1]);
}

static void compare_extensions(struct compare *c, enum snapshot_text which, size_t from)
{
    struct octets after, name, found;
    const struct octets *before = both(c, which, &after);
    struct octets was = *before, is = after;
    if (!was.size || !is.size || octets_is_equal(was, is))
        return;
    while (was.size) {
        struct octets value = snapshot_item(&was, &name);
        if (!snapshot_find(after, name, &found))
            tell_extension(c, RECORD_CHANGE_EXTENSION_REMOVED, name,
                           (struct octets[]){value, OCTETS_NONE}, from);
        else if (!has_words(value, found) || !has_words(found, value))
            tell_extension(c, RECORD_CHANGE_EXTENSION_ALTERED, name,
                           (struct octets[]){value, found}, from);
    }
    while (is.size) {
        struct octets value = snapshot_item(&is, &name);
        if (!snapshot_find(*before, name, &found))
            tell_extension(c, RECORD_CHANGE_EXTENSION_ADDED, name,
                           (struct octets[]){OCTETS_NONE, value}, from);
    }
}

/* ---- STARTTLS and TLS ---- */

/* A refusal for the moment, or no answer in time, is how a busy server keeps us off. */
static bool is_broken(const struct snapshot *s)
{
    struct octets why = s->text[SNAPSHOT_STARTTLS_WHY];
    bool is_busy = octets_has_prefix(why, OCTETS("4")) && !octets_has_prefix(why, OCTETS("454"));
    return !s->plain.has_cut && !is_busy &&
           (s->plain.starttls == FACTS_STARTTLS_REFUSED ||
            s->plain.starttls == FACTS_STARTTLS_FAILED);
}

static void compare_starttls(struct compare *c)
{
    const struct snapshot_plain *was = &c->before->plain, *is = &c->after->plain;
    if (!was->has_hello || !is->has_hello)
        return;
    if (was->is_offered != is->is_offered) {
        compare_tell(
            c, is->is_offered ? RECORD_CHANGE_STARTTLS_APPEARED : RECORD_CHANGE_STARTTLS_VANISHED,
            OCTETS_NONE, OCTETS_NONE);
        return;
    }
    if (was->starttls == FACTS_STARTTLS_OK && is_broken(c->after))
        compare_tell(c, RECORD_CHANGE_STARTTLS_BROKEN, OCTETS_NONE,
                     c->after->text[SNAPSHOT_STARTTLS_WHY]);
    else if (is_broken(c->before) && is->starttls == FACTS_STARTTLS_OK)
        compare_tell(c, RECORD_CHANGE_STARTTLS_MENDED, c->before->text[SNAPSHOT_STARTTLS_WHY],
                     OCTETS_NONE);
}

static bool has_expired(const struct snapshot_plain *p)
{
    return p->not_after_ms && p->not_after_ms < p->time_ms;
}

static bool expires_soon(const struct snapshot_plain *p)
{
    return p->not_after_ms >= p->time_ms && p->not_after_ms - p->time_ms < SOON_MS;
}

/* The words of a certificate; its hashes in ret_hash and ret_key. */
static struct octets certificate_of(const struct snapshot *s, struct octets *ret_hash,
                                    struct octets *ret_key)
{
    struct octets rest = s->text[SNAPSHOT_CERTIFICATE];
    *ret_hash = octets_take_until(&rest, '\t');
    *ret_key = octets_take_until(&rest, '\t');
    return rest;
}

static void compare_certificate(struct compare *c)
{
    struct octets was_hash, was_key, hash, key, kind;
    struct octets was = certificate_of(c->before, &was_hash, &was_key);
    struct octets is = certificate_of(c->after, &hash, &key);
    const struct octets *was_kind = both(c, SNAPSHOT_KEY, &kind);
    const struct snapshot_plain *before = &c->before->plain, *after = &c->after->plain;
    if (!was_hash.size || !hash.size)
        return;
    if (!octets_is_equal(was_hash, hash))
        compare_tell(c, RECORD_CHANGE_CERTIFICATE_REPLACED, was, is);
    if (was_key.size && key.size && !octets_is_equal(was_key, key))
        compare_tell(c, RECORD_CHANGE_KEY_REPLACED, *was_kind, kind);
    if (!has_expired(before) && has_expired(after))
        compare_tell(c, RECORD_CHANGE_CERTIFICATE_EXPIRED, OCTETS_NONE, is);
    if (!expires_soon(before) && !has_expired(before) && expires_soon(after))
        compare_tell(c, RECORD_CHANGE_CERTIFICATE_EXPIRING, OCTETS_NONE, is);
}

/* Trust that is gone because the certificate has expired is not told beside that. */
static void compare_trust(struct compare *c)
{
    const struct snapshot_plain *was = &c->before->plain, *is = &c->after->plain;
    struct octets why;
    const struct octets *was_why = both(c, SNAPSHOT_VERIFY_ERROR, &why);
    if (was->is_trusted && !is->is_trusted && !has_expired(is))
        compare_tell(c, RECORD_CHANGE_TRUST_LOST, OCTETS_NONE, why);
    else if (!was->is_trusted && is->is_trusted)
        compare_tell(c, RECORD_CHANGE_TRUST_GAINED, *was_why, OCTETS_NONE);
    if (was->has_name && is->has_name && was->name_matches != is->name_matches)
        compare_tell_of(c, is->name_matches ? RECORD_CHANGE_NAME_GAINED : RECORD_CHANGE_NAME_LOST,
                        c->after->text[SNAPSHOT_HOST], OCTETS_NONE, OCTETS_NONE);
}

/* A server with several certificates shows the one that was asked for. */
static void compare_tls(struct compare *c)
{
    struct octets version, host;
    const struct octets *was_version = both(c, SNAPSHOT_TLS_VERSION, &version);
    const struct octets *was_host = both(c, SNAPSHOT_HOST, &host);
    if (!c->before->plain.has_tls || !c->after->plain.has_tls)
        return;
    if (!octets_is_equal(*was_version, version))
        compare_tell(c, RECORD_CHANGE_TLS_VERSION, *was_version, version);
    if (!octets_is_equal_nocase(*was_host, host)) {
        compare_tell(c, RECORD_CHANGE_OTHER_NAME, *was_host, host);
        return;
    }
    compare_certificate(c);
    compare_trust(c);
}

/* ---- a service ---- */

void compare_services(struct compare *c)
{
    struct octets protocol;
    size_t from = c->out->count;
    if (!compare_outcomes(c))
        return;
    const struct octets *was_protocol = both(c, SNAPSHOT_PROTOCOL, &protocol);
    bool is_cut = c->before->plain.has_cut || c->after->plain.has_cut, is_other = false;
    if (!octets_is_equal(*was_protocol, protocol))
        compare_tell(c, RECORD_CHANGE_PROTOCOL, *was_protocol, protocol);
    if (is_cut)
        compare_tell(c, RECORD_CHANGE_CUT_SHORT, c->before->text[SNAPSHOT_WHY],
                     c->after->text[SNAPSHOT_WHY]);
    else
        is_other = compare_software(c);
    if (!is_cut && !is_other)
        compare_front(c);
    if (!is_cut)
        compare_greeting(c, is_other);
    compare_starttls(c);
    compare_extensions(c, SNAPSHOT_EHLO, from);
    compare_extensions(c, SNAPSHOT_EHLO_TLS, from);
    compare_tls(c);
    compare_findings(c, from);
}
