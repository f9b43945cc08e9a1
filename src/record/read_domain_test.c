/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../../tests/kit/kit.h"

/* What is read of a domain's record is what was written: all that judging it anew takes. */

#define HOSTILE     "v=spf1 \x1b[2J\\ \xff \"quoted\""
#define LINE_OCTETS ((size_t)1 << 20)

static const uint8_t hash[] = {0x00, 0x7f, 0x80, 0xff};

/* clang-format off */
static struct dns_record mx[] = {
    {.type = DNS_TYPE_MX, .preference = 10, .name = OCTETS_INIT("mx1.example.org")},
    {.type = DNS_TYPE_MX, .preference = 65535, .name = OCTETS_INIT(".")},
};
static struct dns_record a[] = {
    {.type = DNS_TYPE_CNAME, .name = OCTETS_INIT("host.example.net")},
    {.type = DNS_TYPE_A, .address = {.family = 4, .octets = {192, 0, 2, 1}}},
};
static struct dns_record aaaa[] = {
    {.type = DNS_TYPE_AAAA, .address = {.family = 6, .octets = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}},
};
static struct dns_record txt[] = {
    {.type = DNS_TYPE_TXT, .text = OCTETS_INIT(HOSTILE)},
    {.type = DNS_TYPE_TXT, .text = OCTETS_INIT("")},
};
static struct dns_record tlsa[] = {
    {.type = DNS_TYPE_TLSA, .tlsa = {3, 1, 255, {hash, sizeof hash}}},
    {.type = DNS_TYPE_TLSA, .tlsa = {0, 0, 0, OCTETS_INIT("")}},
};
static struct dns_record caa[] = {
    {.type = DNS_TYPE_CAA, .caa = {128, OCTETS_INIT("issue"), OCTETS_INIT("ca.example; a=b c")}},
    {.type = DNS_TYPE_CAA, .caa = {0, OCTETS_INIT("iodef"), OCTETS_INIT("")}},
};
static struct dns_record ptr[] = {{.type = DNS_TYPE_PTR, .name = OCTETS_INIT("a\\046b.example.org")}};

static struct facts_asked asked[] = {
    {OCTETS_INIT("example.org"), DNS_TYPE_MX, {true, DNS_FOUND, false, false, mx, 2}},
    {OCTETS_INIT("mx1.example.org"), DNS_TYPE_A, {true, DNS_FOUND, false, false, a, 2}},
    {OCTETS_INIT("mx1.example.org"), DNS_TYPE_AAAA, {true, DNS_FOUND, false, false, aaaa, 1}},
    {OCTETS_INIT("example.org"), DNS_TYPE_TXT, {true, DNS_FOUND, false, false, txt, 2}},
    {OCTETS_INIT("_25._tcp.mx1.example.org"), DNS_TYPE_TLSA, {true, DNS_FOUND, false, false, tlsa, 2}},
    {OCTETS_INIT("example.org"), DNS_TYPE_CAA, {true, DNS_FOUND, false, false, caa, 2}},
    {OCTETS_INIT("1.2.0.192.in-addr.arpa"), DNS_TYPE_PTR, {true, DNS_FOUND, false, false, ptr, 1}},
    {OCTETS_INIT("example.org"), DNS_TYPE_NS, {true, DNS_NO_DATA, false, false, NULL, 0}},
    {OCTETS_INIT("alias.example.org"), DNS_TYPE_TXT, {true, DNS_NO_DATA, false, false, a, 1}},
    {OCTETS_INIT("org"), DNS_TYPE_SOA, {true, DNS_NO_SUCH_NAME, false, false, NULL, 0}},
    {OCTETS_INIT("_mta-sts.example.org"), DNS_TYPE_TXT, {true, DNS_FAILED, false, false, NULL, 0}},
    {OCTETS_INIT("k1._domainkey.example.org"), DNS_TYPE_TXT, {true, DNS_FAILED, true, false, NULL, 0}},
};
/* clang-format on */

static struct facts_domain example(void)
{
    static struct facts_exchange exchange = {.host = OCTETS_INIT("mx1.example.org"),
                                             .preference = 10,
                                             .address_dnssec = FACTS_DNSSEC_INSECURE,
                                             .tlsa_dnssec = FACTS_DNSSEC_BOGUS};
    static struct facts_selector selectors[42];
    return (struct facts_domain){
        .name = OCTETS("example.org"),
        .time_ms = 1790000000123,
        .exchanges = &exchange,
        .exchange_count = 1,
        .selectors = selectors,
        .selector_count = KIT_COUNT(selectors),
        .policy = {.outcome = FACTS_POLICY_STATUS, .status = 404, .error = OCTETS("not there")},
        .dnssec = FACTS_DNSSEC_SECURE,
        .validator = FACTS_VALIDATOR_OURS,
        .queries = 23,
        .asked = asked,
        .asked_count = KIT_COUNT(asked)};
}

static void write_example(struct buf *line, const struct facts_domain *posture)
{
    static const uint16_t ports[] = {25, 465};
    static struct target_endpoint endpoints[] = {
        {OCTETS_INIT("mx1.example.org"), {.family = 4, .octets = {192, 0, 2, 1}}, 10},
        {OCTETS_INIT("mx2.example.org"), {.family = 4, .octets = {192, 0, 2, 2}}, 20}};
    static struct target_note notes[] = {
        {TARGET_NOTE_MX_IS_CNAME, OCTETS_INIT("mx1.example.org"), OCTETS_INIT("host.example.net")}};
    const struct target_resolution resolution = {.outcome = FACTS_OUTCOME_ANSWERED,
                                                 .reason = OCTETS("50 of 51 exchanges"),
                                                 .is_domain = true,
                                                 .endpoints = endpoints,
                                                 .endpoint_count = 2,
                                                 .notes = notes,
                                                 .note_count = 1};
    const struct record_domain d = {.input = OCTETS("Example.ORG"),
                                    .tag = OCTETS("ours"),
                                    .is_again = true,
                                    .time_ms = 1790000000123,
                                    .resolution = &resolution,
                                    .ports = ports,
                                    .port_count = 2,
                                    .posture = posture};
    buf_init(line, LINE_OCTETS);
    assert_int_equal(record_domain(line, &d), ERR_OK);
}

static void assert_data(const struct dns_record *got, const struct dns_record *want)
{
    assert_int_equal(got->type, want->type);
    assert_int_equal(got->preference, want->preference);
    kit_assert_octets(got->name, want->name);
    assert_true(address_is_equal(&got->address, &want->address));
    if (want->type == DNS_TYPE_TXT)
        kit_assert_octets(got->text, want->text);
    if (want->type == DNS_TYPE_CAA) {
        assert_int_equal(got->caa.flags, want->caa.flags);
        kit_assert_octets(got->caa.tag, want->caa.tag);
        kit_assert_octets(got->caa.value, want->caa.value);
    }
    if (want->type == DNS_TYPE_TLSA) {
        assert_int_equal(got->tlsa.usage, want->tlsa.usage);
        assert_int_equal(got->tlsa.selector, want->tlsa.selector);
        assert_int_equal(got->tlsa.matching, want->tlsa.matching);
        kit_assert_octets(got->tlsa.data, want->tlsa.data);
    }
}

static void each_answer_is_read_back(void **state)
{
    const struct facts_domain d = example();
    struct record_domain got;
    struct arena arena;
    struct buf line;
    (void)state;
    arena_init(&arena, LINE_OCTETS);
    write_example(&line, &d);
    assert_int_equal(record_read_domain(buf_octets(&line), &arena, &got), ERR_OK);
    const struct facts_domain *p = got.posture;
    assert_non_null(p);
    assert_int_equal(p->asked_count, KIT_COUNT(asked));
    for (size_t i = 0; i < KIT_COUNT(asked); i++) {
        const struct facts_dns *want = &asked[i].answer, *read = &p->asked[i].answer;
        kit_assert_octets(p->asked[i].name, asked[i].name);
        assert_int_equal(p->asked[i].type, asked[i].type);
        assert_true(read->is_asked);
        assert_int_equal(read->status, want->status);
        assert_int_equal(read->is_timeout, want->is_timeout);
        assert_int_equal(read->count, want->count);
        for (size_t k = 0; k < want->count; k++)
            assert_data(&read->records[k], &want->records[k]);
    }
    arena_release(&arena);
    buf_release(&line);
}

static void what_is_no_question_is_read_back(void **state)
{
    const struct facts_domain d = example();
    struct record_domain got;
    struct arena arena;
    struct buf line;
    (void)state;
    arena_init(&arena, LINE_OCTETS);
    write_example(&line, &d);
    assert_int_equal(record_read_domain(buf_octets(&line), &arena, &got), ERR_OK);
    const struct facts_domain *p = got.posture;
    kit_assert_text(p->name, "example.org");
    assert_int_equal(p->time_ms, d.time_ms);
    assert_int_equal(p->selector_count, d.selector_count);
    assert_int_equal(p->policy.outcome, d.policy.outcome);
    assert_int_equal(p->policy.status, d.policy.status);
    kit_assert_octets(p->policy.error, d.policy.error);
    assert_int_equal(p->dnssec, d.dnssec);
    assert_int_equal(p->validator, d.validator);
    assert_int_equal(p->queries, d.queries);
    assert_int_equal(p->exchanges[0].address_dnssec, d.exchanges[0].address_dnssec);
    assert_int_equal(p->exchanges[0].tlsa_dnssec, d.exchanges[0].tlsa_dnssec);
    kit_assert_text(got.input, "Example.ORG");
    kit_assert_text(got.tag, "ours");
    assert_true(got.is_again && got.resolution->is_domain);
    assert_int_equal(got.port_count, 2);
    assert_int_equal(got.ports[1], 465);
    assert_int_equal(got.resolution->endpoint_count, 2);
    assert_int_equal(got.resolution->endpoints[1].preference, 20);
    assert_int_equal(got.resolution->notes[0].kind, TARGET_NOTE_MX_IS_CNAME);
    kit_assert_text(got.resolution->reason, "50 of 51 exchanges");
    arena_release(&arena);
    buf_release(&line);
}

/* A record may come from anywhere. */
static void what_is_no_record_is_refused_or_empty(void **state)
{
    static const char *const lines[] = {
        "",
        "[]",
        "{\"type\":\"domain\",\"schema\":2,\"outcome\":\"answered\"}",
        "{\"type\":\"domain\",\"schema\":1,\"outcome\":\"perhaps\"}",
    };
    static const char *const odd[] = {
        "{\"schema\":1,\"outcome\":\"answered\",\"mx\":7,\"services\":[1],\"posture\":[]}",
        "{\"schema\":1,\"outcome\":\"answered\",\"mx\":[{\"address\":\"nowhere\"}],\"services\":[{}"
        "]}",
        "{\"schema\":1,\"outcome\":\"answered\",\"posture\":{\"name\":\"x\",\"dkim_asked\":9e9,"
        "\"asked\":[7,{}]}}",
        "{\"schema\":1,\"outcome\":\"answered\",\"posture\":{\"name\":\"x\",\"asked\":[{\"name\":"
        "\"x\",\"type\":\"A\","
        "\"records\":[7,\"nowhere\",\"192.0.2.1\"]},{\"name\":\"x\",\"type\":\"LOC\"}]}}",
        "{\"schema\":1,\"outcome\":\"answered\",\"posture\":{\"name\":\"x\",\"asked\":[{\"name\":"
        "\"x\",\"type\":\"TLSA\","
        "\"records\":[\"\",\"3\",\"3 1 1 zz0\",\"999 1 1 00\"]}]}}",
    };
    struct record_domain got;
    struct arena arena;
    (void)state;
    arena_init(&arena, LINE_OCTETS);
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        assert_int_equal(record_read_domain(octets_of(lines[i]), &arena, &got), ERR_SYNTAX);
    for (size_t i = 0; i < KIT_COUNT(odd); i++)
        assert_int_equal(record_read_domain(octets_of(odd[i]), &arena, &got), ERR_OK);
    assert_int_equal(record_read_domain(octets_of(odd[3]), &arena, &got), ERR_OK);
    assert_int_equal(got.posture->asked_count, 1);
    assert_int_equal(got.posture->asked[0].answer.count, 1);
    arena_release(&arena);
}

static void a_line_that_is_cut_is_refused(void **state)
{
    const struct facts_domain d = example();
    struct record_domain got;
    struct arena arena;
    struct buf line;
    (void)state;
    arena_init(&arena, 16 * LINE_OCTETS);
    write_example(&line, &d);
    for (size_t size = 0; size + 1 < line.size; size++)
        assert_int_equal(record_read_domain(octets_sub(buf_octets(&line), 0, size), &arena, &got),
                         ERR_SYNTAX);
    arena_release(&arena);
    buf_release(&line);
}

static void memory_that_is_out_is_said(void **state)
{
    const struct facts_domain d = example();
    struct record_domain got;
    struct arena arena;
    struct buf line;
    enum err e = ERR_NOMEM;
    (void)state;
    write_example(&line, &d);
    for (size_t room = 0; e; room += 64) {
        assert_true(room < LINE_OCTETS);
        arena_init(&arena, room);
        e = record_read_domain(buf_octets(&line), &arena, &got);
        assert_true(e == ERR_OK || e == ERR_NOMEM || e == ERR_SYNTAX);
        arena_release(&arena);
    }
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_read_back),
        cmocka_unit_test(what_is_no_question_is_read_back),
        cmocka_unit_test(what_is_no_record_is_refused_or_empty),
        cmocka_unit_test(a_line_that_is_cut_is_refused),
        cmocka_unit_test(memory_that_is_out_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
