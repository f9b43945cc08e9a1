/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "tlsa.h"

/* clang-format off */
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HASH_C "cccccccccccccccccccccccccccccccc"
#define HASH_D "dddddddddddddddddddddddddddddddd"

/* A server's certificate and its issuer's, as far as records can name them. */
static const struct tlsa_certificate chain[] = {
    {{{OCTETS_INIT("\x30\1a"), OCTETS_INIT(HASH_A), OCTETS_INIT(HASH_A HASH_A)},
      {OCTETS_INIT("\x30\1b"), OCTETS_INIT(HASH_B), OCTETS_INIT(HASH_B HASH_B)}}},
    {{{OCTETS_INIT("\x30\1c"), OCTETS_INIT(HASH_C), OCTETS_INIT(HASH_C HASH_C)},
      {OCTETS_INIT("\x30\1d"), OCTETS_INIT(HASH_D), OCTETS_INIT(HASH_D HASH_D)}}},
};

static const struct tlsa_case {
    const char *name;
    struct dns_tlsa record;
    const char *fault;
    size_t want; /* in the chain */
} cases[] = {
    {"3 1 1 names the server's key", {3, 1, 1, OCTETS_INIT(HASH_B)}, NULL, 0},
    {"3 1 2 the same, SHA-512", {3, 1, 2, OCTETS_INIT(HASH_B HASH_B)}, NULL, 0},
    {"3 1 0 the same, all of it", {3, 1, 0, OCTETS_INIT("\x30\1b")}, NULL, 0},
    {"3 0 1 names the server's certificate", {3, 0, 1, OCTETS_INIT(HASH_A)}, NULL, 0},
    {"3 1 1 does not name its issuer", {3, 1, 1, OCTETS_INIT(HASH_D)}, NULL, TLSA_NO_MATCH},
    {"3 1 1 of a certificate's hash", {3, 1, 1, OCTETS_INIT(HASH_A)}, NULL, TLSA_NO_MATCH},
    {"2 1 1 names the issuer", {2, 1, 1, OCTETS_INIT(HASH_D)}, NULL, 1},
    {"2 0 2 names the issuer", {2, 0, 2, OCTETS_INIT(HASH_C HASH_C)}, NULL, 1},
    {"2 1 1 does not name the server", {2, 1, 1, OCTETS_INIT(HASH_B)}, NULL, TLSA_NO_MATCH},
    {"1 is not of SMTP", {1, 1, 1, OCTETS_INIT(HASH_B)}, "a usage that SMTP does not have", TLSA_NO_MATCH},
    {"0 is not of SMTP", {0, 1, 1, OCTETS_INIT(HASH_D)}, "a usage that SMTP does not have", TLSA_NO_MATCH},
    {"an unknown usage", {4, 1, 1, OCTETS_INIT(HASH_B)}, "an unknown usage", TLSA_NO_MATCH},
    {"an unknown selector", {3, 2, 1, OCTETS_INIT(HASH_B)}, "an unknown selector", TLSA_NO_MATCH},
    {"an unknown matching type", {3, 1, 3, OCTETS_INIT(HASH_B)}, "an unknown matching type", TLSA_NO_MATCH},
    {"a hash that is cut", {3, 1, 1, OCTETS_INIT("short")}, "not the size of SHA-256", TLSA_NO_MATCH},
    {"a hash of the other kind", {3, 1, 2, OCTETS_INIT(HASH_B)}, "not the size of SHA-512", TLSA_NO_MATCH},
    {"no certificate", {3, 0, 0, OCTETS_INIT(HASH_B)}, "not a certificate", TLSA_NO_MATCH},
    {"no key", {3, 1, 0, OCTETS_INIT("")}, "not a public key", TLSA_NO_MATCH},
};
/* clang-format on */

static void match(void **state)
{
    const struct tlsa_case *c = *state;
    const char *fault = tlsa_fault(&c->record);
    assert_int_equal(!fault, !c->fault);
    if (fault)
        assert_string_equal(fault, c->fault);
    assert_int_equal(tlsa_match(&c->record, chain, KIT_COUNT(chain)), c->want);
    assert_int_equal(tlsa_match(&c->record, chain, 0), TLSA_NO_MATCH);
}

static void a_server_may_be_its_own_issuer(void **state)
{
    static const struct dns_tlsa t = {2, 1, 1, OCTETS_INIT(HASH_B)};
    (void)state;
    assert_int_equal(tlsa_match(&t, chain, 1), 0);
}

static void records_are_counted(void **state)
{
    static const struct dns_record records[] = {
        {.type = DNS_TYPE_CNAME},
        {.type = DNS_TYPE_TLSA, .tlsa = {3, 1, 1, OCTETS_INIT(HASH_C)}}, /* a key to come */
        {.type = DNS_TYPE_TLSA, .tlsa = {2, 1, 1, OCTETS_INIT(HASH_D)}},
        {.type = DNS_TYPE_TLSA, .tlsa = {1, 1, 1, OCTETS_INIT(HASH_B)}},
        {.type = DNS_TYPE_TLSA, .tlsa = {3, 1, 1, OCTETS_INIT(HASH_B)}},
    };
    (void)state;
    struct tlsa_verdict v = tlsa_judge(records, 4, chain, KIT_COUNT(chain));
    assert_int_equal(v.usable, 2);
    assert_int_equal(v.unusable, 1);
    assert_int_equal(v.matching, 1);
    assert_int_equal(v.stale, 1);
    assert_false(v.has_end_entity);
    assert_true(tlsa_judge(records, 5, chain, KIT_COUNT(chain)).has_end_entity);
}

static void where_records_stand(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 100);
    tlsa_append_name(&out, 25, OCTETS("mx.test"));
    kit_assert_text(buf_octets(&out), "_25._tcp.mx.test");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_server_may_be_its_own_issuer),
        cmocka_unit_test(records_are_counted),
        cmocka_unit_test(where_records_stand),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, match);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
