/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"

#include "der.h"
#include "dkim.h"

#define ARENA_OCTETS ((size_t)16 * 1024)

/* clang-format off */
/* Keys made for this test; of the second form bare RSAPublicKeys. */
#define RSA_512 \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJJpzRtSZDeyDxZm0XBdShw4v5SGqRxq+4AawNzyLNmSRRy6SiQKHlF/Ie" \
    "7aWLO1gomZvMHkE8HkEPPvExqhbhECAwEAAQ=="
#define RSA_1024 \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC9xutvo9HRg9M7E7cMhk+YKUZNAmcgpsjg3jQIpVEHL06qZluxJs" \
    "oomNT93N26jG+xZDaxMCu9R7w4NQpOglbyr6fRr3L+ODRALL96usOJBKGdnXRl/uAxHPE++3oGKB1rSbe59y/OLlrp" \
    "mhQWP33outfUtabAiPPnr6xWMpjP9wIDAQAB"
#define RSA_1024_BARE \
    "MIGJAoGBAL3G62+j0dGD0zsTtwyGT5gpRk0CZyCmyODeNAilUQcvTqpmW7EmyiiY1P3c3bqMb7FkNrEwK71HvDg1Ck" \
    "6CVvKvp9Gvcv44NEAsv3q6w4kEoZ2ddGX+4DEc8T77egYoHWtJt7n3L84uWumaFBY/fei619S1psCI8+evrFYymM/3" \
    "AgMBAAE="
#define RSA_2048 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvThhJaOQSadOxhvHhHm8SV7W2Um9KB0B3Jr5GTLxLFPhyL" \
    "QcAit8EhTMANEuJ6CQB70MpGU504VJxwPNUT/v7iuZetB8vpVeuqtZnPx5P03eLf5EGiO625WBncyBoLm3Rt281MuS" \
    "24Du2xFvzMa9M6tCI72+DGlleFjBeSW4bzMlueZ1/ta9oOUZsSUSZnTdte8NrWD9vbbv6i5VyG1eOelXSrdM1rK8Dn" \
    "79OekZLrIWwiJaGPXncGhIEUvU9hikhLR82fhnsLYWIxJ5HyJelJjOZp2CmmTUAu5MLDBDC8+InDu9uJoCQdmadQUf" \
    "uJ4a5CoygWLLQX3odHt+gph8zwIDAQAB"
#define ED25519 "iEPNeIOjL5SmzMkLRnqn64YL8oq0z841uQMPHS7uZIg="

static const struct dkim_case {
    const char *name, *text;
    const char *want; /* TYPE BITS flags|PLACE[!] what; ... */
} cases[] = {
    {"an RSA key", "v=DKIM1; k=rsa; p=" RSA_2048, "rsa 2048 v mail|"},
    {"defaults", "p=" RSA_1024, "rsa 1024 mail|"},
    {"a bare key, as RFC 6376 s3.6.1 has it", "v=DKIM1; p=" RSA_1024_BARE, "rsa 1024 v mail|"},
    {"a key that is too short", "v=DKIM1; p=" RSA_512, "rsa 512 v mail|11! verifiers take no RSA key of less than 1,024 bits;"},
    {"an Ed25519 key", "v=DKIM1; k=ed25519; p=" ED25519, "ed25519 256 v mail|"},
    /* The record of RFC 8463 A.2. */
    {"the Ed25519 key of RFC 8463", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "ed25519 256 v mail|"},
    {"an Ed25519 key of another size", "v=DKIM1; k=ed25519; p=AAAA", "ed25519 0 v mail|22! not an Ed25519 public key;"},
    {"blanks within the key", "p= " ED25519 "; k=ed25519 ", "ed25519 256 mail|"},
    {"a revoked key", "v=DKIM1; p=", "rsa 0 v mail revoked|"},
    {"flags", "v=DKIM1; t=y:s; p=", "rsa 0 v mail testing strict revoked|"},
    {"an unknown flag", "v=DKIM1; t=x:y; p=", "rsa 0 v mail testing revoked|11 not a flag of DKIM;"},
    {"hashes", "v=DKIM1; h=sha1 : sha256; p=", "rsa 0 v mail h=3 revoked|"},
    {"SHA-1 alone", "v=DKIM1; h=sha1; p=", "rsa 0 v mail h=1 sha1-only revoked|"},
    {"an unknown hash alone", "v=DKIM1; h=md5; p=", "rsa 0 v mail h=4 sha1-only revoked|11 not a hash that verifiers know;"},
    {"another service", "v=DKIM1; s=tlsrpt; p=", "rsa 0 v revoked|"},
    {"the sample of RFC 8460 s3, whose key is none", "v=DKIM1;k=rsa;s=tlsrpt;p=Mlf4qwSZfase4fa==", "rsa 0 v|42! the base64 text is cut;"},
    {"services with mail", "v=DKIM1; s=tlsrpt:email; p=", "rsa 0 v mail revoked|"},
    {"notes", "v=DKIM1; n=hello there; p=", "rsa 0 v mail n=hello there revoked|"},
    {"no key", "v=DKIM1; k=rsa", "rsa 0 v mail|14! no key;"},
    {"an unknown type", "v=DKIM1; k=dsa; p=AAAA", "other 0 v mail|11! not a type of key that verifiers know;"},
    {"another version", "v=DKIM2; p=", "rsa 0 mail revoked|2! not the version of DKIM;"},
    {"the version is not first", "p=; v=DKIM1", "rsa 0 v mail revoked|6! the version must come first;"},
    {"not base64", "v=DKIM1; p=AA-A", "rsa 0 v mail|13! not base64;"},
    {"base64 that is cut", "v=DKIM1; p=AAAAA", "rsa 0 v mail|16! the base64 text is cut;"},
    {"digits behind the padding", "v=DKIM1; p=AA==AA==", "rsa 0 v mail|15! not base64;"},
    {"base64 of no key", "v=DKIM1; p=AAAA", "rsa 0 v mail|11! not an RSA public key;"},
    {"not a list of tags", "v=DKIM1 p=AAAA", "rsa 0 mail|2! not the version of DKIM;14! no key;"},
};
/* clang-format on */

static void render(struct octets text, struct buf *out)
{
    static const char *const types[] = {"rsa", "ed25519", "other"};
    struct arena arena;
    struct dkim_key k;
    arena_init(&arena, ARENA_OCTETS);
    assert_int_equal(dkim_parse(text, &arena, &k), ERR_OK);
    buf_append_format(out, "%s %zu%s%s", types[k.type], k.bits, k.has_version ? " v" : "",
                      k.is_for_mail ? " mail" : "");
    if (k.hashes)
        buf_append_format(out, " h=%u", k.hashes);
    buf_append_text(out, dkim_is_sha1_only(&k) ? " sha1-only" : "");
    if (k.notes.size) {
        buf_append_text(out, " n=");
        buf_append(out, k.notes);
    }
    buf_append_format(out, "%s%s%s|", k.is_testing ? " testing" : "", k.is_strict ? " strict" : "",
                      k.is_revoked ? " revoked" : "");
    for (size_t i = 0; i < k.problems.count; i++)
        buf_append_format(out, "%zu%s %s;", k.problems.at[i].at,
                          k.problems.at[i].is_fatal ? "!" : "", k.problems.at[i].what);
    arena_release(&arena);
}

static void record(void **state)
{
    const struct dkim_case *c = *state;
    kit_assert_rendered(c->text, c->want, render);
}

static void what_is_a_key(void **state)
{
    (void)state;
    assert_true(dkim_is_key(OCTETS("v=DKIM1; k=rsa")));
    assert_true(dkim_is_key(OCTETS("k=rsa; p=")));
    assert_false(dkim_is_key(OCTETS("v=spf1 -all")));
    assert_false(dkim_is_key(OCTETS_NONE));
}

/* Each octet of a key with each value: it is a key of some size, or none, and nothing is read that
 * is not there. */
static void spoilt_keys_do_no_harm(void **state)
{
    static const uint8_t key[] = {0x30, 0x1c, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                  0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x0b, 0x00,
                                  0x30, 0x08, 0x02, 0x03, 0x01, 0x00, 0x01, 0x02, 0x01, 0x03};
    (void)state;
    struct octets in = kit_guard((struct octets){key, sizeof key});
    uint8_t *octets = (uint8_t *)in.at;
    assert_int_equal(der_rsa_bits(in), 17);
    for (size_t i = 0; i < in.size; i++)
        for (unsigned add = 1; add < 256; add++) {
            octets[i] = (uint8_t)(key[i] + add);
            assert_true(der_rsa_bits(in) <= 32);
            octets[i] = key[i];
        }
    for (size_t n = 0; n < in.size; n++) {
        struct octets part = kit_guard(octets_sub(in, 0, n));
        assert_int_equal(der_rsa_bits(part), 0);
        kit_unguard(part);
    }
    kit_unguard(in);
}

static void a_full_arena_is_told(void **state)
{
    struct arena arena;
    struct dkim_key k;
    (void)state;
    arena_init(&arena, 16);
    assert_int_equal(dkim_parse(OCTETS("p=" RSA_512), &arena, &k), ERR_NOMEM);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_a_key),
        cmocka_unit_test(spoilt_keys_do_no_harm),
        cmocka_unit_test(a_full_arena_is_told),
    };
    struct CMUnitTest tests[KIT_COUNT(cases) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, cases, record);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
