/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/bundle.h"
#include "../base/digest.h"

#include "domain.h"

/* Rules over domains, by facts that servers on loopback do not give: keys, time-outs, bad days. */

#define NOW_MS ((uint64_t)1790000000000)
#define KEY    "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define OTHER  "oooooooooooooooooooooooooooooooo"
#define CERT   "cccccccccccccccccccccccccccccccc"
#define WRONG  "short"

struct world {
    struct audit_knowledge *known;
    struct arena arena;
    struct facts_domain d;
    struct facts_exchange exchange;
    struct facts_seen seen;
    struct facts_digest chain;
    struct dns_record tlsa[3];
    struct dns_record text;
    struct finding_list list;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    const char *path;
    struct dialogue_problem problem;
    assert_non_null(w);
    assert_int_equal(audit_knowledge_build(&bundle_built_in, &w->known, &path, &problem), ERR_OK);
    arena_init(&w->arena, (size_t)4 * 1024 * 1024);
    w->exchange = (struct facts_exchange){.host = OCTETS("mx.example.org"),
                                          .a = {.is_asked = true, .status = DNS_FOUND},
                                          .aaaa = {.is_asked = true, .status = DNS_NO_DATA},
                                          .tlsa = {.is_asked = true, .status = DNS_NO_DATA}};
    memcpy(w->chain.certificate, CERT, 32);
    memcpy(w->chain.key, KEY, 32);
    w->chain.has_key = true;
    w->seen = (struct facts_seen){.host = w->exchange.host,
                                  .address = {.family = 4, .octets = {192, 0, 2, 1}},
                                  .port = 25,
                                  .outcome = FACTS_OUTCOME_ANSWERED,
                                  .starttls_offered = true,
                                  .is_up = true,
                                  .is_trusted = true,
                                  .has_name = true,
                                  .name_matches = true,
                                  .not_after_ms = NOW_MS + 1,
                                  .chain = &w->chain,
                                  .chain_count = 1};
    w->text = (struct dns_record){.type = DNS_TYPE_TXT, .text = OCTETS("v=STSv1; id=1")};
    w->d = (struct facts_domain){.name = OCTETS("example.org"),
                                 .time_ms = NOW_MS,
                                 .mx = {.is_asked = true, .status = DNS_FOUND},
                                 .exchanges = &w->exchange,
                                 .exchange_count = 1,
                                 .seen = &w->seen,
                                 .seen_count = 1};
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    arena_release(&w->arena);
    audit_knowledge_free(w->known);
    free(w);
    return 0;
}

/* The verdict on one check; "silent" when nothing is said. */
static const char *verdict(struct world *w, const char *id)
{
    const struct audit_domain_input in = {
        .known = w->known, .domain = &w->d, .select = {.only = octets_of(id)}};
    w->list = (struct finding_list){0};
    assert_int_equal(audit_domain(&in, &w->arena, &w->list), ERR_OK);
    return w->list.count ? finding_verdict_name(w->list.at[0].verdict) : "silent";
}

static void publish(struct world *w, size_t i, uint8_t selector, uint8_t matching, const char *data)
{
    w->tlsa[i] = (struct dns_record){
        .type = DNS_TYPE_TLSA,
        .tlsa = {.usage = 3, .selector = selector, .matching = matching, .data = octets_of(data)}};
    w->exchange.tlsa = (struct facts_dns){
        .is_asked = true, .status = DNS_FOUND, .records = w->tlsa, .count = i + 1};
    w->exchange.tlsa_dnssec = FACTS_DNSSEC_SECURE;
}

static void a_key_is_held_against_its_record(void **state)
{
    static const struct {
        uint8_t selector, matching;
        const char *data;
        bool has_no_key;
        const char *mismatch, *usage;
    } cases[] = {
        {1, 1, KEY, false, "safe", "safe"},
        {1, 1, OTHER, false, "exposed", "safe"},
        {0, 1, CERT, false, "safe", "safe"},
        {0, 1, KEY, false, "exposed", "safe"},
        {1, 1, KEY, true, "untestable", "safe"}, /* of which nothing is known */
        {1, 2, KEY KEY, false, "untestable", "safe"},
        {1, 1, WRONG, false, "safe", "exposed"}, /* of no use: nobody looks at it */
    };
    struct world *w = *state;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        w->chain.has_key = !cases[i].has_no_key;
        publish(w, 0, cases[i].selector, cases[i].matching, cases[i].data);
        assert_string_equal(verdict(w, "dane.mismatch"), cases[i].mismatch);
        assert_string_equal(verdict(w, "dane.usage"), cases[i].usage);
    }
}

/* A record that holds all of a certificate or key is held against its SHA-256. */
static void whole_certificates_and_sha512_are_compared(void **state)
{
    static const char sequence[] = "\x30\x03\x02\x01\x05", other[] = "\x30\x03\x02\x01\x06";
    static const struct {
        uint8_t selector, matching;
        const char *data;
        bool has_sha512;
        const char *mismatch;
    } cases[] = {
        {1, 0, sequence, false, "safe"},      {1, 0, other, false, "exposed"},
        {0, 0, sequence, false, "exposed"},   {1, 2, KEY KEY, true, "safe"},
        {1, 2, OTHER OTHER, true, "exposed"}, {0, 2, CERT CERT, true, "safe"},
        {0, 2, KEY KEY, true, "exposed"},     {0, 2, CERT CERT, false, "untestable"},
    };
    struct world *w = *state;
    assert_int_equal(digest_sha256(octets_of(sequence), w->chain.key), ERR_OK);
    memcpy(w->chain.key512, KEY KEY, 64);
    memcpy(w->chain.certificate512, CERT CERT, 64);
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        w->chain.has_sha512 = cases[i].has_sha512;
        publish(w, 0, cases[i].selector, cases[i].matching, cases[i].data);
        assert_string_equal(verdict(w, "dane.usage"), "safe");
        assert_string_equal(verdict(w, "dane.mismatch"), cases[i].mismatch);
    }
}

/* RFC 7671 s9: senders hold the key against SHA-512 alone where there is one. */
static void the_weaker_digest_is_passed_over(void **state)
{
    struct world *w = *state;
    memcpy(w->chain.key512, KEY KEY, 64);
    w->chain.has_sha512 = true;
    publish(w, 0, 1, 1, KEY);
    publish(w, 1, 1, 2, KEY KEY);
    assert_string_equal(verdict(w, "dane.mismatch"), "safe");
    assert_string_equal(verdict(w, "dane.rollover"), "safe");
    publish(w, 1, 1, 2, OTHER OTHER);
    assert_string_equal(verdict(w, "dane.mismatch"), "exposed");
    publish(w, 1, 0, 2, OTHER OTHER); /* of the certificate: its key may be named by SHA-256 */
    assert_string_equal(verdict(w, "dane.mismatch"), "safe");
    publish(w, 1, 1, 2, OTHER OTHER);
    w->chain.has_sha512 = false; /* what is not known is not held against it */
    assert_string_equal(verdict(w, "dane.mismatch"), "safe");
}

static void signatures_of_exchanges_count_too(void **state)
{
    struct world *w = *state;
    assert_string_equal(verdict(w, "dns.dnssec.bogus"), "untestable");
    w->d.dnssec = FACTS_DNSSEC_SECURE;
    assert_string_equal(verdict(w, "dns.dnssec.bogus"), "safe");
    w->exchange.tlsa_dnssec = FACTS_DNSSEC_BOGUS;
    assert_string_equal(verdict(w, "dns.dnssec.bogus"), "exposed");
    w->exchange.tlsa_dnssec = FACTS_DNSSEC_SECURE;
    w->exchange.address_dnssec = FACTS_DNSSEC_BOGUS;
    assert_string_equal(verdict(w, "dns.dnssec.bogus"), "exposed");
}

static void an_exchange_at_a_public_address_is_reached(void **state)
{
    static struct dns_record a = {.type = DNS_TYPE_A,
                                  .address = {.family = 4, .octets = {8, 8, 8, 8}}};
    struct world *w = *state;
    w->exchange.a.records = &a;
    w->exchange.a.count = 1;
    assert_string_equal(verdict(w, "dns.mx.private"), "safe");
    a.address.octets[0] = 10;
    assert_string_equal(verdict(w, "dns.mx.private"), "exposed");
    w->exchange.a = w->exchange.aaaa = (struct facts_dns){.is_asked = true, .status = DNS_FAILED};
    assert_string_equal(verdict(w, "dns.mx.private"), "untestable");
}

static void a_key_to_come_is_noted(void **state)
{
    struct world *w = *state;
    publish(w, 0, 1, 1, KEY);
    assert_string_equal(verdict(w, "dane.rollover"), "safe");
    publish(w, 1, 1, 1, OTHER);
    assert_string_equal(verdict(w, "dane.mismatch"), "safe");
    assert_string_equal(verdict(w, "dane.rollover"), "noted");
    publish(w, 0, 1, 1, OTHER);
    assert_string_equal(verdict(w, "dane.rollover"), "silent"); /* said of the mismatch */
}

static void a_mismatch_that_nobody_sees_is_less_grave(void **state)
{
    struct world *w = *state;
    publish(w, 0, 1, 1, OTHER);
    assert_string_equal(verdict(w, "dane.mismatch"), "exposed");
    assert_int_equal(w->list.at[0].severity, FINDING_HIGH);
    w->exchange.tlsa_dnssec = FACTS_DNSSEC_INSECURE;
    assert_string_equal(verdict(w, "dane.mismatch"), "exposed");
    assert_int_equal(w->list.at[0].severity, FINDING_MEDIUM);
    assert_string_equal(verdict(w, "dane.unsigned"), "exposed");
    w->exchange.tlsa_dnssec = FACTS_DNSSEC_UNKNOWN;
    assert_string_equal(verdict(w, "dane.unsigned"), "untestable");
}

static void who_turned_us_away_has_shown_nothing(void **state)
{
    struct world *w = *state;
    publish(w, 0, 1, 1, OTHER);
    w->seen.outcome = FACTS_OUTCOME_BLOCKED;
    w->seen.is_up = w->seen.starttls_offered = false;
    assert_string_equal(verdict(w, "dane.mismatch"), "untestable");
    assert_string_equal(verdict(w, "dane.no-starttls"), "untestable");
    w->seen.outcome = FACTS_OUTCOME_ANSWERED;
    w->seen.has_cut = true;
    assert_string_equal(verdict(w, "dane.no-starttls"), "untestable");
    w->seen.has_cut = false;
    assert_string_equal(verdict(w, "dane.no-starttls"), "exposed");
}

static void enforce(struct world *w, const char *policy)
{
    w->d.mtasts =
        (struct facts_dns){.is_asked = true, .status = DNS_FOUND, .records = &w->text, .count = 1};
    w->d.policy = (struct facts_policy){
        .outcome = FACTS_POLICY_FOUND, .status = 200, .text = octets_of(policy)};
}

static void a_promise_of_tls_is_held_against_the_certificate(void **state)
{
    static const char policy[] =
        "version: STSv1\nmode: enforce\nmx: *.example.org\nmax_age: 2592000\n";
    struct world *w = *state;
    enforce(w, policy);
    assert_string_equal(verdict(w, "mtasts.mx-mismatch"), "safe");
    assert_string_equal(verdict(w, "mtasts.certificate"), "safe");
    w->seen.not_after_ms = NOW_MS - 1;
    assert_string_equal(verdict(w, "mtasts.certificate"), "exposed");
    w->seen.not_after_ms = NOW_MS + 1;
    w->seen.name_matches = false;
    assert_string_equal(verdict(w, "mtasts.certificate"), "exposed");
    assert_int_equal(w->list.at[0].severity, FINDING_HIGH);
    w->seen.name_matches = true;
    w->seen.is_trusted = false;
    assert_string_equal(verdict(w, "mtasts.certificate"), "exposed");
    w->seen.outcome = FACTS_OUTCOME_TIMEOUT;
    assert_string_equal(verdict(w, "mtasts.certificate"), "untestable");
}

/* Of two exchanges one is down: what the other shows is not all of it. */
static void who_did_not_answer_keeps_no_promise(void **state)
{
    static const char policy[] =
        "version: STSv1\nmode: enforce\nmx: *.example.org\nmax_age: 2592000\n";
    static const char *const checks[] = {"mtasts.certificate", "dane.mismatch", "dane.no-starttls"};
    struct world *w = *state;
    struct facts_seen seen[] = {w->seen, w->seen};
    enforce(w, policy);
    publish(w, 0, 1, 1, KEY);
    seen[1].address.octets[3]++;
    w->d.seen = seen;
    w->d.seen_count = 2;
    for (size_t i = 0; i < KIT_COUNT(checks); i++) {
        seen[1].outcome = FACTS_OUTCOME_ANSWERED;
        seen[0].starttls_offered = seen[0].is_up = true;
        assert_string_equal(verdict(w, checks[i]), "safe");
        w->d.expected_count = 3;
        assert_string_equal(verdict(w, checks[i]), "untestable");
        w->d.expected_count = 2;
        seen[1].outcome = FACTS_OUTCOME_TIMEOUT;
        assert_string_equal(verdict(w, checks[i]), "untestable");
    }
    memcpy(w->chain.key, OTHER, 32);
    assert_string_equal(verdict(w, "dane.mismatch"), "exposed");
    seen[0].starttls_offered = seen[0].is_up = false;
    assert_string_equal(verdict(w, "dane.no-starttls"), "exposed");
    assert_string_equal(verdict(w, "mtasts.certificate"), "exposed");
}

static void a_policy_in_testing_is_less_grave(void **state)
{
    struct world *w = *state;
    enforce(w, "version: STSv1\nmode: testing\nmx: other.example\nmax_age: 86400\n");
    assert_string_equal(verdict(w, "mtasts.mx-mismatch"), "exposed");
    assert_int_equal(w->list.at[0].severity, FINDING_MEDIUM);
    assert_string_equal(verdict(w, "mtasts.max-age"), "safe"); /* days are right for a test */
    enforce(w, "version: STSv1\nmode: none\nmax_age: 86400\n");
    assert_string_equal(verdict(w, "mtasts.mx-mismatch"), "silent");
}

static void what_keeps_us_from_a_policy_need_not_keep_others(void **state)
{
    static const struct {
        enum facts_policy_outcome outcome;
        const char *verdict;
    } cases[] = {
        {FACTS_POLICY_TIMEOUT, "untestable"},
        {FACTS_POLICY_DNS_FAILED, "untestable"},
        {FACTS_POLICY_SPECIAL_USE, "untestable"},
        {FACTS_POLICY_FAILED, "untestable"},
        {FACTS_POLICY_NO_ADDRESS, "exposed"},
        {FACTS_POLICY_CERTIFICATE, "exposed"},
        {FACTS_POLICY_TLS, "exposed"},
        {FACTS_POLICY_UNREACHABLE, "exposed"},
        {FACTS_POLICY_STATUS, "exposed"},
        {FACTS_POLICY_TOO_LARGE, "exposed"},
        {FACTS_POLICY_FOUND, "safe"},
    };
    struct world *w = *state;
    enforce(w, "");
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        w->d.policy.outcome = cases[i].outcome;
        assert_string_equal(verdict(w, "mtasts.policy-unreachable"), cases[i].verdict);
    }
}

/* Nothing at all was answered: no check may find anything wrong. */
static void silence_exposes_nothing(void **state)
{
    struct world *w = *state;
    const struct facts_dns failed = {.is_asked = true, .status = DNS_FAILED, .is_timeout = true};
    struct dmarc_walked dmarc = {.has_failed = true, .count = 1};
    dmarc.steps[0].status = DNS_FAILED;
    w->exchange.a = w->exchange.aaaa = w->exchange.tlsa = failed;
    w->d.mx = w->d.ns = w->d.mtasts = w->d.tlsrpt = w->d.bimi = w->d.caa = failed;
    w->d.dmarc = &dmarc;
    for (size_t exchanges = 0; exchanges < 2; exchanges++) {
        w->d.exchange_count = exchanges;
        w->d.seen_count = exchanges;
        (void)verdict(w, "*");
        assert_true(w->list.count > 10);
        for (size_t i = 0; i < w->list.count; i++)
            if (w->list.at[i].verdict == FINDING_EXPOSED)
                fail_msg("%.*s", (int)w->list.at[i].id.size, (const char *)w->list.at[i].id.at);
    }
}

/* RFC 9989 s4.7, s4.10.1 */
static void subdomains_have_the_policy_of_the_organization(void **state)
{
    static const struct {
        const char *text;
        bool is_inherited, is_inside; /* of an organization above; within it, with its own record */
        bool is_missing;              /* the domain does not exist */
        const char *none, *subdomain_none, *np_missing;
    } rows[] = {
        {"v=DMARC1; p=reject; sp=none", false, false, false, "safe", "exposed", "noted"},
        {"v=DMARC1; p=reject; sp=none", false, true, false, "safe", "silent", "silent"},
        {"v=DMARC1; p=reject; sp=none", true, false, false, "exposed", "silent", "silent"},
        {"v=DMARC1; p=reject; sp=none; np=reject", true, false, true, "safe", "silent", "silent"},
        {"v=DMARC1; p=reject; np=none", true, false, false, "safe", "silent", "silent"},
        {"v=DMARC1; p=reject; np=none", true, false, true, "exposed", "silent", "silent"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct dmarc_record record;
        struct dmarc_walked walked = {.count = 2, .organization = OCTETS("org")};
        dmarc_parse(octets_of(rows[i].text), &record);
        walked.steps[0] = (struct dmarc_step){.domain = w->d.name, .status = DNS_FOUND};
        walked.steps[1] = (struct dmarc_step){.domain = OCTETS("org"), .status = DNS_FOUND};
        struct dmarc_step *at = &walked.steps[rows[i].is_inherited];
        at->record = &record;
        walked.policy = at;
        if (!rows[i].is_inherited && !rows[i].is_inside)
            walked.organization = w->d.name;
        w->d.dmarc = &walked;
        w->d.mx.status = rows[i].is_missing ? DNS_NO_SUCH_NAME : DNS_FOUND;
        assert_string_equal(verdict(w, "dmarc.none"), rows[i].none);
        assert_string_equal(verdict(w, "dmarc.subdomain-none"), rows[i].subdomain_none);
        assert_string_equal(verdict(w, "dmarc.np-missing"), rows[i].np_missing);
    }
}

/* RFC 9990 s4, step 9 */
static void who_leads_reports_elsewhere_gets_none(void **state)
{
    static const struct {
        const char *text, *verdict;
    } rows[] = {
        {"v=DMARC1", "safe"},
        {"v=DMARC1; rua=mailto:b@reports.test", "safe"},
        {"v=DMARC1; rua=mailto:b@elsewhere.test", "exposed"},
        {"hello", "exposed"},
    };
    struct world *w = *state;
    struct dmarc_record record;
    struct dmarc_walked walked = {.count = 1, .organization = w->d.name};
    struct facts_receiver receiver = {
        .domain = OCTETS("reports.test"),
        .answer = {.is_asked = true, .status = DNS_FOUND, .records = &w->text, .count = 1}};
    dmarc_parse(OCTETS("v=DMARC1; p=reject; rua=mailto:a@reports.test"), &record);
    walked.steps[0] = (struct dmarc_step){w->d.name, DNS_FOUND, 1, &record};
    walked.policy = walked.steps;
    w->d.dmarc = &walked;
    w->d.receivers = &receiver;
    w->d.receiver_count = 1;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        w->text.text = octets_of(rows[i].text);
        assert_string_equal(verdict(w, "dmarc.rua-unauthorised"), rows[i].verdict);
    }
}

/* A check without its words would never be told. */
static void each_rule_has_its_words(void **state)
{
    static const struct audit_domain_row *const rules[] = {
        audit_rules_domain_mx, audit_rules_domain_spf, audit_rules_domain_dmarc,
        audit_rules_domain_tls, audit_rules_domain_join};
    const struct world *w = *state;
    for (size_t i = 0; i < KIT_COUNT(rules); i++)
        for (const struct audit_domain_row *row = rules[i]; row->id; row++)
            if (!audit_check(w->known, octets_of(row->id)))
                fail_msg("%s", row->id);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_key_is_held_against_its_record),
        CASE(whole_certificates_and_sha512_are_compared),
        CASE(the_weaker_digest_is_passed_over),
        CASE(signatures_of_exchanges_count_too),
        CASE(an_exchange_at_a_public_address_is_reached),
        CASE(a_key_to_come_is_noted),
        CASE(a_mismatch_that_nobody_sees_is_less_grave),
        CASE(who_turned_us_away_has_shown_nothing),
        CASE(a_promise_of_tls_is_held_against_the_certificate),
        CASE(who_did_not_answer_keeps_no_promise),
        CASE(a_policy_in_testing_is_less_grave),
        CASE(what_keeps_us_from_a_policy_need_not_keep_others),
        CASE(silence_exposes_nothing),
        CASE(subdomains_have_the_policy_of_the_organization),
        CASE(who_leads_reports_elsewhere_gets_none),
        CASE(each_rule_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
