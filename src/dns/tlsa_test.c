/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/digest.h"
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

/* The records of RFC 6698 s2.3, RFC 7671 s2.1, s6 and s9; RFC 7672 shows beginnings alone. */
#define KEY_OF_S9 \
    "3059301306072a8648ce3d020106082a8648ce3d0301070342000471cb1f504f9e4b33971376c005445dacd33cd79a2881c3ded1981f18" \
    "e7aaa76609dd0e4ef28265c82703030ad60c5dba6fb8a9397ac0fcf06d424c885d484887"
#define SHA256_OF_S9 "3fe246a848798236dd2ab78d39f0651d6b6e7ca8e2984012eb0a2e1ac8a87b72"
#define SHA512_OF_S9 \
    "d4f5af015b46c5057b841c7e7bab759cbf029526d29520c5be6a32c67475439e54ab3a945d80c743347c9bd4dadc9d8d57fab78eaa835362" \
    "f3ca07ccc19a3214"
static const struct {
    const char *text, *fault;
} records_of_rfcs[] = {
    {"0 0 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971", "a usage that SMTP does not have"},
    {"1 1 2 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c1b177615d466f6c4b71c216a50292bd58c9ebdd2f74e38fe51ffd48c43326cbc",
     "a usage that SMTP does not have"},
    {"2 0 1 e8b54e0b4baa815b06d3462d65fbc7c0cf556eccf9f5303ebfbb77d022f834c0", NULL},
    {"3 1 1 8a9a70596e869bed72c69d97a8895dfad86f300a343feceff19e89c27c896bc9", NULL},
    {"2 0 1 c164b2c3f36d068d42a6138e446152f568615f28c69bd96a73e354cac88ed00c", NULL},
    {"3 1 1 " SHA256_OF_S9, NULL},
    {"3 1 2 " SHA512_OF_S9, NULL},
    {"3 1 0 " KEY_OF_S9, NULL},
    {"3 0 0 30820307308201efa003020102020", "not a certificate"}, /* of which RFC 6698 shows the beginning */
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

/* A record as zones have it; its data goes to `room`, half octets are dropped. */
static struct dns_tlsa record_of(const char *text, uint8_t room[256])
{
    struct octets rest = octets_of(text);
    uint64_t numbers[3];
    for (size_t i = 0; i < KIT_COUNT(numbers); i++)
        assert_true(octets_to_number(octets_take_until(&rest, ' '), UINT8_MAX, &numbers[i]));
    for (size_t i = 0; i < rest.size / 2; i++)
        room[i] =
            (uint8_t)(octet_hex_value(rest.at[2 * i]) * 16 + octet_hex_value(rest.at[2 * i + 1]));
    return (struct dns_tlsa){(uint8_t)numbers[0], (uint8_t)numbers[1], (uint8_t)numbers[2],
                             (struct octets){room, rest.size / 2}};
}

static void records_of_the_rfcs_are_of_use_or_not(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < KIT_COUNT(records_of_rfcs); i++) {
        uint8_t room[256];
        struct dns_tlsa t = record_of(records_of_rfcs[i].text, room);
        const char *fault = tlsa_fault(&t);
        assert_int_equal(!fault, !records_of_rfcs[i].fault);
        if (fault) {
            assert_string_equal(fault, records_of_rfcs[i].fault);
            continue;
        }
        buf_clear(&out);
        tlsa_append(&out, &t);
        kit_assert_text(buf_octets(&out), records_of_rfcs[i].text);
    }
    buf_release(&out);
}

/* RFC 7671 s9: one key, whole and as both digests; beside SHA-512 nobody looks at SHA-256. */
static void a_stronger_digest_outdoes_a_weaker_one(void **state)
{
    static const char *const texts[] = {"3 1 1 " SHA256_OF_S9, "3 1 2 " SHA512_OF_S9,
                                        "3 1 0 " KEY_OF_S9};
    static const bool wants[][3] = {{false}, {true}, {true}}; /* as records are added */
    uint8_t rooms[3][256], digest[DIGEST_SHA256_OCTETS];
    struct dns_record records[3];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        records[i] =
            (struct dns_record){.type = DNS_TYPE_TLSA, .tlsa = record_of(texts[i], rooms[i])};
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(tlsa_is_outdone(records, i + 1, &records[k].tlsa), wants[i][k]);
    }
    assert_int_equal(digest_sha256(records[2].tlsa.data, digest), ERR_OK);
    const struct octets want = {digest, sizeof digest};
    kit_assert_octets(records[0].tlsa.data, want);
    const struct tlsa_certificate shown = {
        {{OCTETS_NONE}, {records[2].tlsa.data, records[0].tlsa.data, records[1].tlsa.data}}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(tlsa_match(&records[i].tlsa, &shown, 1), 0);
    records[1].tlsa.selector = TLSA_CERTIFICATE; /* of other things */
    assert_false(tlsa_is_outdone(records, 3, &records[0].tlsa));
    records[1].tlsa.selector = TLSA_PUBLIC_KEY;
    records[1].tlsa.data.size--; /* of no use */
    assert_false(tlsa_is_outdone(records, 3, &records[0].tlsa));
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
        cmocka_unit_test(records_of_the_rfcs_are_of_use_or_not),
        cmocka_unit_test(a_stronger_digest_outdoes_a_weaker_one),
        cmocka_unit_test(where_records_stand),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, match);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
