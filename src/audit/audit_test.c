/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "audit.h"
#include "baseline.h"

/* Rules over facts, and what is said of dialogues that were not played. */

#define NOW_MS ((uint64_t)1795000000000) /* 2026-11-18 */
#define DAY_MS ((uint64_t)86400000)

static struct audit_knowledge *known;

static int open_world(void **state)
{
    struct dialogue_problem problem;
    const char *path;
    (void)state;
    return audit_knowledge_build(&bundle_built_in, &known, &path, &problem) ? -1 : 0;
}

static int close_world(void **state)
{
    (void)state;
    audit_knowledge_free(known);
    return 0;
}

/* "250-a|250 b" as a reply. */
static struct facts_reply reply(struct arena *a, const char *text)
{
    struct facts_reply r = {0};
    struct octets rest = octets_of(text);
    uint64_t code = 0;
    r.lines = arena_alloc_array(a, 16, sizeof *r.lines);
    assert_non_null(r.lines);
    while (rest.size)
        r.lines[r.line_count++] = octets_take_until(&rest, '|');
    if (r.line_count && octets_to_number(octets_sub(r.lines[0], 0, 3), 999, &code))
        r.code = (uint16_t)code;
    return r;
}

/* clang-format off */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* rows begin with what is ordinary */
static const struct row {
    const char *name, *id;
    const char *verdict; /* NULL: nothing is said */
    uint16_t port;
    const char *greeting, *ehlo, *ehlo_tls; /* NULL: an ordinary greeting, none, none */
    enum facts_starttls starttls;
    const char *starttls_reason;
    struct facts_tls tls;
    struct facts_tls_answer strict; /* what a strict client's hello got */
    struct facts_certificate leaf;
    const char *host, *rcpt; /* the replies to harvest.rcpt, parted by ';' */
    struct facts_standing standing;
} rows[] = {
#define EHLO "250-mx.example.org|250-PIPELINING|250 SIZE 1000"
#define TLS(...)  .tls = {.is_up = true, .version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", __VA_ARGS__}
#define LEAF(...) .leaf = {.key = "RSA 2048", .signature = "sha256WithRSAEncryption", .not_before_ms = NOW_MS - DAY_MS, .not_after_ms = NOW_MS + 60 * DAY_MS, .subject = KIT_OCTETS("CN=a"), .issuer = KIT_OCTETS("CN=ca"), __VA_ARGS__}
    {"EHLO without STARTTLS", "tls.starttls.missing", "exposed", 25, .ehlo = EHLO},
    {"STARTTLS offered", "tls.starttls.missing", "safe", 25, .ehlo = EHLO "|250 STARTTLS"},
    {"TLS from the first octet needs none", "tls.starttls.missing", NULL, 465, .ehlo_tls = EHLO, TLS(.implicit = true)},
    {"a handshake that fails", "tls.starttls.broken", "exposed", 25, .ehlo = EHLO "|250 STARTTLS", .starttls = FACTS_STARTTLS_FAILED, .starttls_reason = "alert: internal error"},
    {"a key that does not fit", "tls.starttls.broken", "exposed", 25, .ehlo = EHLO "|250 STARTTLS", .starttls = FACTS_STARTTLS_REFUSED, .starttls_reason = "454 4.7.0 TLS not available due to local problem"},
    {"STARTTLS put off by a throttle", "tls.starttls.broken", "untestable", 25, .ehlo = EHLO "|250 STARTTLS", .starttls = FACTS_STARTTLS_REFUSED, .starttls_reason = "421 4.7.0 slow down"},
    {"a handshake that succeeds", "tls.starttls.broken", "safe", 25, .ehlo = EHLO "|250 STARTTLS", .starttls = FACTS_STARTTLS_OK, TLS()},
    {"the best is TLS 1.0", "tls.strict-fails", "exposed", 25, .ehlo = EHLO, .tls = {.is_up = true, .version = "TLSv1", .cipher = "ECDHE-RSA-AES128-SHA"}},
    {"TLS 1.2, and nothing more was asked", "tls.strict-fails", "untestable", 25, .ehlo = EHLO, .tls = {.is_up = true, .version = "TLSv1.2", .cipher = "AES128-GCM-SHA256"}},
    {"a strict client is refused", "tls.strict-fails", "exposed", 25, .ehlo = EHLO, .tls = {.is_up = true, .version = "TLSv1.2", .cipher = "AES128-SHA"}, .strict = {FACTS_ANSWER_NO, KIT_OCTETS("handshake failure")}},
    {"a strict client is served", "tls.strict-fails", "safe", 25, .ehlo = EHLO, .tls = {.is_up = true, .version = "TLSv1.2", .cipher = "AES128-SHA"}, .strict = {FACTS_ANSWER_YES, KIT_OCTETS("TLS 1.2")}},
    {"a strict client gets no answer", "tls.strict-fails", "untestable", 25, .ehlo = EHLO, .tls = {.is_up = true, .version = "TLSv1.2", .cipher = "AES128-SHA"}, .strict = {FACTS_ANSWER_UNDECIDED, KIT_OCTETS("reset")}},
    {"TLS 1.3", "tls.strict-fails", "safe", 25, .ehlo = EHLO, TLS()},
    {"a record that does not say which version", "tls.strict-fails", NULL, 25, .ehlo = EHLO, .tls = {.is_up = true}},
    {"a certificate past its end", "tls.cert.expired", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.not_after_ms = NOW_MS - 1)},
    {"a certificate within its time", "tls.cert.expired", "safe", 25, .ehlo = EHLO, TLS(), LEAF()},
    {"a certificate of tomorrow", "tls.cert.not-yet", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.not_before_ms = NOW_MS + DAY_MS)},
    {"ten days left", "tls.cert.expires-soon", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.not_after_ms = NOW_MS + 10 * DAY_MS)},
    {"an end in the past is no end to come", "tls.cert.expires-soon", NULL, 25, .ehlo = EHLO, TLS(), LEAF(.not_after_ms = NOW_MS - 1)},
    {"another name", "tls.cert.name", "exposed", 25, .ehlo = EHLO, TLS(.has_name = true), LEAF()},
    {"the name that was asked for", "tls.cert.name", "safe", 25, .ehlo = EHLO, TLS(.has_name = true, .name_matches = true), LEAF()},
    {"an address has no name to hold it against", "tls.cert.name", "not-asked", 25, .ehlo = EHLO, TLS(), LEAF()},
    {"signed by itself", "tls.cert.self-signed", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.issuer = KIT_OCTETS("CN=a"))},
    {"signed by itself and trusted", "tls.cert.self-signed", "safe", 25, .ehlo = EHLO, TLS(.trusted = true), LEAF(.issuer = KIT_OCTETS("CN=a"))},
    {"a chain to nowhere", "tls.cert.chain", "exposed", 25, .ehlo = EHLO, TLS(.verify_error = "unable to get local issuer certificate"), LEAF()},
    {"of an expired one the chain is not judged", "tls.cert.chain", "untestable", 25, .ehlo = EHLO, TLS(.verify_error = "certificate has expired"), LEAF()},
    {"RSA with 1024 bits", "tls.cert.weak-key", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.key = "RSA 1024")},
    {"a curve has other numbers", "tls.cert.weak-key", "safe", 25, .ehlo = EHLO, TLS(), LEAF(.key = "EC P-256")},
    {"and an Edwards curve others still", "tls.cert.weak-key", "safe", 25, .ehlo = EHLO, TLS(), LEAF(.key = "ED25519")},
    {"SHA-1", "tls.cert.weak-signature", "exposed", 25, .ehlo = EHLO, TLS(), LEAF(.signature = "sha1WithRSAEncryption")},
    {"SHA-256", "tls.cert.weak-signature", "safe", 25, .ehlo = EHLO, TLS(), LEAF()},
    {"a client certificate asked for", "tls.client-cert", "noted", 25, .ehlo = EHLO, TLS(.client_cert_asked = true)},

    {"PLAIN in clear", "auth.cleartext", "exposed", 587, .ehlo = EHLO "|250 AUTH PLAIN"},
    {"LOGIN in clear, in the old form", "auth.cleartext", "exposed", 587, .ehlo = EHLO "|250 AUTH=LOGIN"},
    {"PLAIN under TLS alone", "auth.cleartext", "safe", 587, .ehlo = EHLO, .ehlo_tls = EHLO "|250 AUTH PLAIN", TLS()},
    {"SCRAM in clear", "auth.cleartext", "safe", 587, .ehlo = EHLO "|250 AUTH SCRAM-SHA-256"},
    {"under TLS from the first octet", "auth.cleartext", "safe", 465, .ehlo_tls = EHLO "|250 AUTH PLAIN", TLS(.implicit = true)},
    {"CRAM-MD5 under TLS", "auth.weak-mechanisms", "exposed", 587, .ehlo = EHLO, .ehlo_tls = EHLO "|250 AUTH PLAIN CRAM-MD5", TLS()},
    {"ANONYMOUS", "auth.anonymous", "exposed", 25, .ehlo = EHLO "|250 AUTH ANONYMOUS"},
    {"AUTH on port 25", "auth.on-mx", "exposed", 25, .ehlo = EHLO "|250 AUTH SCRAM-SHA-256"},
    {"AUTH elsewhere", "auth.on-mx", NULL, 587, .ehlo = EHLO "|250 AUTH PLAIN"},

    {"XCLIENT", "smtp.ehlo.xclient", "exposed", 25, .ehlo = EHLO "|250 XCLIENT NAME ADDR"},
    {"no XCLIENT", "smtp.ehlo.xclient", "safe", 25, .ehlo = EHLO},
    {"a keyword crossed out", "smtp.ehlo.middlebox", "exposed", 25, .ehlo = EHLO "|250 XXXXXXXA"},
    {"a keyword that begins with X", "smtp.ehlo.middlebox", "safe", 25, .ehlo = EHLO "|250 XEXCH50"},
    {"a keyword of no registry", "smtp.ehlo.unknown-keywords", "noted", 25, .ehlo = EHLO "|250 XEXCH50"},
    {"VRFY is noted", "smtp.ehlo.vrfy-listed", "noted", 25, .ehlo = EHLO "|250 VRFY"},
    {"TURN", "smtp.ehlo.turn-listed", "exposed", 25, .ehlo = EHLO "|250 TURN"},
    {"a product in the greeting", "smtp.greeting.leak", "exposed", 25, .greeting = "220 mx.example.org ESMTP Postfix", .ehlo = EHLO},
    {"a version in the greeting", "smtp.greeting.leak", "exposed", 25, .greeting = "220 mx.example.org ESMTP foo 4.92", .ehlo = EHLO},
    {"an address is no version", "smtp.greeting.leak", "safe", 25, .greeting = "220 mx4.2.example.org ESMTP", .ehlo = EHLO},
    {"a bare greeting", "smtp.greeting.leak", "safe", 25, .ehlo = EHLO},
    {"a greeting without a name", "smtp.greeting.syntax", "exposed", 25, .greeting = "220 ESMTP ready", .ehlo = EHLO},
    {"a greeting with its name", "smtp.greeting.syntax", "safe", 25, .ehlo = EHLO},
    {"465 in clear", "smtp.tls-port.plaintext", "exposed", 465, .ehlo = EHLO},
    {"465 under TLS", "smtp.tls-port.plaintext", "safe", 465, .ehlo_tls = EHLO, TLS(.implicit = true)},

#define PTR(...)  .standing = {.reverse = {__VA_ARGS__}}
#define NAMES(...) .outcome = FACTS_LOOKUP_FOUND, .name_count = 1, .name_total = 1, .names = {__VA_ARGS__}
    {"an address without a name", "dns.fcrdns", "exposed", 25, .ehlo = EHLO, PTR(.outcome = FACTS_LOOKUP_ABSENT)},
    {"a name that does not lead back", "dns.fcrdns", "exposed", 25, .ehlo = EHLO, PTR(NAMES(KIT_OCTETS("mx.example.org")))},
    {"a name that leads back and is the server's", "dns.fcrdns", "safe", 25, .ehlo = EHLO, PTR(NAMES(KIT_OCTETS("mx.example.org")), .is_confirmed = true)},
    {"in capitals and with a final dot too", "dns.fcrdns", "safe", 25, .greeting = "220 MX.Example.ORG. ESMTP", .ehlo = "250 other.test", PTR(NAMES(KIT_OCTETS("mx.example.org")), .is_confirmed = true)},
    {"the name in the reply to EHLO will do", "dns.fcrdns", "safe", 25, .greeting = "220 pool.example.net ESMTP", .ehlo = EHLO, PTR(NAMES(KIT_OCTETS("mx.example.org")), .is_confirmed = true)},
    {"a server that calls itself otherwise", "dns.fcrdns", "exposed", 25, .ehlo = EHLO, PTR(NAMES(KIT_OCTETS("host.example.net")), .is_confirmed = true)},
    {"a server without a name has none that differs", "dns.fcrdns", "safe", 25, .greeting = "220 [192.0.2.1] ESMTP", .ehlo = "250 hello", PTR(NAMES(KIT_OCTETS("host.example.net")), .is_confirmed = true)},
    {"more names than were looked at", "dns.fcrdns", "untestable", 25, .ehlo = EHLO, PTR(.outcome = FACTS_LOOKUP_FOUND, .name_count = 1, .name_total = 11, .names = {KIT_OCTETS("a.example")})},
    {"one of more names than were looked at", "dns.fcrdns", "untestable", 25, .ehlo = EHLO, PTR(.outcome = FACTS_LOOKUP_FOUND, .name_count = 1, .name_total = 11, .names = {KIT_OCTETS("a.example")}, .is_confirmed = true)},
    {"names that did not come in time", "dns.fcrdns", "untestable", 25, .ehlo = EHLO, PTR(.outcome = FACTS_LOOKUP_TIMEOUT)},
    {"names that a server failed to tell", "dns.fcrdns", "untestable", 25, .ehlo = EHLO, PTR(.outcome = FACTS_LOOKUP_FAILED)},
    {"names that nobody asked for", "dns.fcrdns", NULL, 25, .ehlo = EHLO},

#define LISTED(lookup, count, ...) {.zone = KIT_OCTETS("bl.test"), .outcome = FACTS_LOOKUP_##lookup, .address_count = count, .addresses = {{.family = 4, .octets = {__VA_ARGS__}}}}
#define LISTS(count, ...) .standing = {.listing_count = count, .listings = {__VA_ARGS__}}
    {"on a list", "dns.dnsbl", "exposed", 25, .ehlo = EHLO, LISTS(1, LISTED(FOUND, 1, 127, 0, 0, 2))},
    {"on none", "dns.dnsbl", "safe", 25, .ehlo = EHLO, LISTS(1, LISTED(ABSENT, 0, 0))},
    {"a list that refuses", "dns.dnsbl", "untestable", 25, .ehlo = EHLO, LISTS(1, LISTED(FOUND, 1, 127, 255, 255, 254))},
    {"a list that is none", "dns.dnsbl", "untestable", 25, .ehlo = EHLO, LISTS(1, LISTED(FOUND, 1, 203, 0, 113, 9))},
    {"a list that is silent", "dns.dnsbl", "untestable", 25, .ehlo = EHLO, LISTS(2, LISTED(ABSENT, 0, 0), LISTED(TIMEOUT, 0, 0))},
    {"one that has it and one that is silent", "dns.dnsbl", "exposed", 25, .ehlo = EHLO, LISTS(2, LISTED(FAILED, 0, 0), LISTED(FOUND, 1, 127, 0, 0, 2))},
    {"a list that was not asked to the end", "dns.dnsbl", NULL, 25, .ehlo = EHLO, LISTS(1, LISTED(NOT_ASKED, 0, 0))},
    {"no list asked", "dns.dnsbl", NULL, 25, .ehlo = EHLO},

    {"postmaster refused", "smtp.role.postmaster", "exposed", 25, .ehlo = EHLO, .rcpt = "550 5.1.1 no;550 5.1.1 no;550 5.1.1 no such user"},
    {"postmaster taken", "smtp.role.postmaster", "safe", 25, .ehlo = EHLO, .rcpt = "550 5.1.1 no;550 5.1.1 no;250 ok"},
    {"postmaster refused by a policy for recipients", "smtp.role.postmaster", "exposed", 25, .ehlo = EHLO, .rcpt = "550 5.1.1 no;550 5.1.1 no;554 5.7.1 Recipient address rejected: nobody reads this"},
    {"postmaster refused for relaying is another matter", "smtp.role.postmaster", "untestable", 25, .ehlo = EHLO, .rcpt = "550 5.7.1 no;550 5.7.1 no;550 5.7.1 relaying denied"},
    {"postmaster put off", "smtp.role.postmaster", "untestable", 25, .ehlo = EHLO, .rcpt = "450 no;450 no;450 Greylisted"},
    {"all put off may take every name", "harvest.catch-all", "untestable", 25, .ehlo = EHLO, .rcpt = "450 no;450 no;450 no"},
    {"every name taken", "harvest.catch-all", "noted", 25, .ehlo = EHLO, .rcpt = "250 ok;250 ok;250 ok"},
    {"unknown names refused", "harvest.catch-all", NULL, 25, .ehlo = EHLO, .rcpt = "550 no;550 no;250 ok"},
    {"put off at first", "harvest.greylist", "noted", 25, .ehlo = EHLO, .rcpt = "450 4.2.0 Greylisted;450 x;450 x"},
    {"thrown out is no greylisting", "harvest.greylist", NULL, 25, .ehlo = EHLO, .rcpt = "421 too many"},
    {"refused by SPF", "spoof.spf-not-enforced", "safe", 25, .ehlo = EHLO, .rcpt = "550 no;550 no;550 5.7.23 SPF fail"},
    {"taken though SPF says fail", "spoof.spf-not-enforced", "untestable", 25, .ehlo = EHLO, .rcpt = "550 no;550 no;250 ok"},

    {"a submission check on port 25", "smtp.submission.unauthenticated", "not-asked", 25, .ehlo = EHLO},
    {"a dialogue that was not reached", "relay.open", "not-asked", 25, .ehlo = EHLO},
};
#pragma GCC diagnostic pop
/* clang-format on */

static void fill(const struct row *c, struct arena *a, struct facts_visit *v,
                 struct facts_reaction *rcpt)
{
    *v = (struct facts_visit){.outcome = FACTS_OUTCOME_ANSWERED,
                              .protocol = FACTS_PROTOCOL_ESMTP,
                              .level = FACTS_LEVEL_AUDIT,
                              .address = {.family = 4},
                              .port = c->port,
                              .time_ms = NOW_MS,
                              .domain = OCTETS("example.org"),
                              .host = octets_of(c->host),
                              .starttls = c->starttls,
                              .starttls_reason = octets_of(c->starttls_reason),
                              .tls = c->tls};
    v->tls_probe = arena_alloc(a, sizeof *v->tls_probe);
    assert_non_null(v->tls_probe);
    v->tls_probe->answers[FACTS_TLS_STRICT] = c->strict;
    if (c->standing.reverse.outcome || c->standing.listing_count)
        v->standing = &c->standing;
    v->greeting = reply(a, c->greeting ? c->greeting : "220 mx.example.org ESMTP");
    v->ehlo = c->ehlo ? reply(a, c->ehlo) : (struct facts_reply){0};
    v->ehlo_tls = c->ehlo_tls ? reply(a, c->ehlo_tls) : (struct facts_reply){0};
    v->starttls_offered = c->ehlo && strstr(c->ehlo, "STARTTLS");
    if (c->leaf.key) {
        v->tls.chain = (struct facts_certificate *)&c->leaf;
        v->tls.chain_count = 1;
    }
    if (!c->rcpt)
        return;
    *rcpt = (struct facts_reaction){.ask = "harvest.rcpt"};
    rcpt->replies = arena_alloc_array(a, 4, sizeof *rcpt->replies);
    assert_non_null(rcpt->replies);
    struct octets rest = octets_of(c->rcpt);
    while (rest.size) {
        struct octets one = octets_take_until(&rest, ';');
        const char *text = arena_copy_text(a, one);
        assert_non_null(text);
        rcpt->replies[rcpt->reply_count++] = reply(a, text);
    }
    v->reactions = rcpt;
    v->reaction_count = 1;
}

static const struct finding *find(const struct finding_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (octets_is_equal(list->at[i].id, octets_of(id)))
            return &list->at[i];
    return NULL;
}

static void judge(const struct facts_visit *v, struct audit_select select, struct arena *a,
                  struct finding_list *list)
{
    const struct audit_input in = {.known = known, .visit = v, .select = select};
    assert_int_equal(audit_service(&in, a, list), ERR_OK);
}

static void test_row(void **state)
{
    const struct row *c = *state;
    struct arena a;
    struct facts_visit v;
    struct facts_reaction rcpt;
    struct finding_list list = {0};
    arena_init(&a, 1 << 20);
    fill(c, &a, &v, &rcpt);
    judge(&v, (struct audit_select){0}, &a, &list);
    const struct finding *f = find(&list, c->id);
    if (c->verdict && !f)
        print_error("nothing is said\n");
    assert_string_equal(f ? finding_verdict_name(f->verdict) : "", c->verdict ? c->verdict : "");
    arena_release(&a);
}

/* A 421 makes what was not asked untestable, with the server's words. */
static void test_cut(void **state)
{
    struct arena a;
    struct finding_list list = {0};
    struct facts_visit v = {.outcome = FACTS_OUTCOME_ANSWERED,
                            .level = FACTS_LEVEL_AUDIT,
                            .port = 25,
                            .domain = OCTETS("example.org"),
                            .cut_stage = FACTS_STAGE_DIALOGUE,
                            .cut_reply = OCTETS("421 4.7.0 too many errors")};
    (void)state;
    arena_init(&a, 1 << 20);
    v.greeting = reply(&a, "220 mx.example.org ESMTP");
    v.ehlo = reply(&a, EHLO);
    judge(&v, (struct audit_select){0}, &a, &list);
    const struct finding *f = find(&list, "relay.open");
    assert_non_null(f);
    assert_int_equal(f->verdict, FINDING_UNTESTABLE);
    kit_assert_text(f->reason, "421 4.7.0 too many errors");
    arena_release(&a);
}

/* At level full that holds for what is neither a dialogue nor seen in passing, too. */
static void test_cut_before_the_probes(void **state)
{
    static const char *const ids[] = {"limit.connections", "limit.errors", "tls.version.ssl3",
                                      "tls.kex.weak-dh"};
    struct arena a;
    struct finding_list list = {0};
    struct facts_visit v = {.outcome = FACTS_OUTCOME_ANSWERED,
                            .level = FACTS_LEVEL_FULL,
                            .named = FACTS_NAMED_ARGUMENT,
                            .port = 25,
                            .domain = OCTETS("example.org"),
                            .starttls_offered = true,
                            .cut_stage = FACTS_STAGE_DIALOGUE,
                            .cut_reply = OCTETS("421 4.7.0 too many errors")};
    (void)state;
    arena_init(&a, 1 << 20);
    v.greeting = reply(&a, "220 mx.example.org ESMTP");
    v.ehlo = reply(&a, EHLO);
    judge(&v, (struct audit_select){0}, &a, &list);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const struct finding *f = find(&list, ids[i]);
        assert_non_null(f);
        assert_int_equal(f->verdict, FINDING_UNTESTABLE);
        kit_assert_text(f->reason, "421 4.7.0 too many errors");
    }
    arena_release(&a);
}

/* What turned us away says nothing of what it does not offer. */
static void test_not_answered(void **state)
{
    struct arena a;
    struct finding_list list = {0};
    const struct facts_visit v = {.outcome = FACTS_OUTCOME_BLOCKED, .level = FACTS_LEVEL_AUDIT};
    (void)state;
    arena_init(&a, 1 << 20);
    judge(&v, (struct audit_select){0}, &a, &list);
    assert_int_equal(list.count, 0);
    arena_release(&a);
}

static void test_selected(void **state)
{
    struct arena a;
    struct finding_list list = {0};
    struct facts_visit v;
    struct facts_reaction rcpt;
    const struct row plain = {.port = 25, .ehlo = EHLO};
    (void)state;
    arena_init(&a, 1 << 20);
    fill(&plain, &a, &v, &rcpt);
    judge(&v,
          (struct audit_select){.only = OCTETS("tls.*, relay.open"),
                                .skip = OCTETS("tls.starttls.missing")},
          &a, &list);
    for (size_t i = 0; i < list.count; i++)
        assert_true(octets_has_prefix(list.at[i].id, OCTETS("tls.")) ||
                    octets_is_equal(list.at[i].id, OCTETS("relay.open")));
    assert_null(find(&list, "tls.starttls.missing"));
    assert_non_null(find(&list, "relay.open"));
    arena_release(&a);
}

/* Who wants a rule alone has the dialogue asked that it looks at, unless that is to be skipped. */
static void test_wanted_dialogues(void **state)
{
    const struct audit_select role = {.only = OCTETS("smtp.role.postmaster")},
                              direct = {.only = OCTETS("spoof.direct-send")},
                              not_asked = {.skip = OCTETS("harvest.*")}, all = {0};
    (void)state;
    assert_true(audit_wants_dialogue(&role, OCTETS("harvest.rcpt")));
    assert_false(audit_wants_dialogue(&role, OCTETS("spoof.self")));
    assert_true(audit_wants_dialogue(&direct, OCTETS("spoof.self")));
    assert_false(audit_wants_dialogue(&not_asked, OCTETS("harvest.rcpt")));
    assert_true(audit_wants_dialogue(&not_asked, OCTETS("relay.open")));
    assert_true(audit_wants_dialogue(&all, OCTETS("harvest.rcpt")));
}

/* The lines are those of the product that was recognised. */
static void test_remedy(void **state)
{
    static const struct {
        const char *product, *begins;
    } told[] = {{"Postfix", "Postfix: smtpd_tls_auth_only"},
                {"OpenSMTPD", "OpenSMTPD: "},
                {"Citadel", "Offer AUTH under TLS only."}};
    const struct row plain = {.port = 587, .ehlo = EHLO "|250 AUTH PLAIN"};
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(told); i++) {
        struct arena a;
        struct facts_visit v;
        struct facts_reaction rcpt;
        struct finding_list list = {0};
        const struct identify_answer software = {.product = octets_of(told[i].product)};
        const struct audit_input in = {.known = known, .visit = &v, .software = &software};
        arena_init(&a, 1 << 20);
        fill(&plain, &a, &v, &rcpt);
        assert_int_equal(audit_service(&in, &a, &list), ERR_OK);
        assert_true(
            octets_has_prefix(find(&list, "auth.cleartext")->remedy, octets_of(told[i].begins)));
        arena_release(&a);
    }
}

static void test_baseline(void **state)
{
    struct arena a;
    struct audit_baseline b = {0};
    unsigned line;
    struct facts_visit v = {.domain = OCTETS("example.org"), .port = 25, .address = {.family = 4}};
    (void)state;
    arena_init(&a, 1 << 16);
    assert_int_equal(audit_baseline_read(OCTETS("# known\n\nauth.cleartext\n"
                                                "tls.cert.* Example.ORG:25 # old\n"
                                                "relay.open 0.0.0.0\n"
                                                "harvest.rcpt example.org:587"),
                                         &a, &b, &line),
                     ERR_OK);
    assert_true(audit_baseline_has(&b, OCTETS("auth.cleartext"), &v));
    assert_true(audit_baseline_has(&b, OCTETS("tls.cert.name"), &v));
    assert_true(audit_baseline_has(&b, OCTETS("relay.open"), &v));
    assert_false(audit_baseline_has(&b, OCTETS("harvest.rcpt"), &v));
    assert_false(audit_baseline_has(&b, OCTETS("tls.starttls.missing"), &v));
    assert_int_equal(audit_baseline_read(OCTETS("a.b\nrelay.open a b\n"), &a, &b, &line),
                     ERR_SYNTAX);
    assert_int_equal(line, 2);
    arena_release(&a);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + 7] = {cmocka_unit_test(test_remedy),
                                                    cmocka_unit_test(test_cut),
                                                    cmocka_unit_test(test_cut_before_the_probes),
                                                    cmocka_unit_test(test_not_answered),
                                                    cmocka_unit_test(test_selected),
                                                    cmocka_unit_test(test_baseline),
                                                    cmocka_unit_test(test_wanted_dialogues)};
    size_t count = KIT_FILLED(tests);
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    return cmocka_run_group_tests_name("audit", tests, open_world, close_world);
}
