/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>

#include "certificate.h"
#include "test_peer.h"

#define ARENA_OCTETS ((size_t)256 * 1024)

/* The DER of a certificate with all that is read of one, and how long it is. */
static int make_der(bool is_rsa, uint8_t **ret)
{
    const struct octets names[] = {OCTETS("mx.test"), OCTETS("*.mx.test")};
    struct test_certificate want = {.common_name = OCTETS("mx.test"),
                                    .dns = names,
                                    .dns_count = KIT_COUNT(names),
                                    .ip = OCTETS("\x7f\0\0\1"),
                                    .is_rsa = is_rsa};
    struct test_identity identity = test_identity_make(&want, NULL);
    *ret = NULL;
    int size = i2d_X509(identity.cert, ret);
    assert_true(size > 0);
    test_identity_release(&identity);
    return size;
}

/* Each octet of a certificate spoilt in each bit: whatever still parses is reported without harm.
 */
static void spoil(bool is_rsa)
{
    uint8_t *der;
    size_t parsed = 0;
    int size = make_der(is_rsa, &der);
    for (int bit = 0; bit < size * 8; bit++) {
        struct arena arena;
        struct facts_certificate f = {0};
        const uint8_t *at = der;
        der[bit / 8] ^= (uint8_t)(1 << bit % 8);
        X509 *x = d2i_X509(NULL, &at, size);
        arena_init(&arena, ARENA_OCTETS);
        if (x) {
            test_certificate_facts(x, &arena, &f);
            assert_non_null(f.key);
            assert_non_null(f.signature);
            parsed++;
        }
        arena_release(&arena);
        X509_free(x);
        der[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(parsed > 100);
    OPENSSL_free(der);
    ERR_clear_error();
}

static void spoilt_ec_certificates_do_no_harm(void **state)
{
    (void)state;
    spoil(false);
}

static void spoilt_rsa_certificates_do_no_harm(void **state)
{
    (void)state;
    spoil(true);
}

static void names_are_dns_names_and_addresses(void **state)
{
    struct arena arena;
    struct facts_certificate f;
    uint8_t *der;
    (void)state;
    int size = make_der(false, &der);
    const uint8_t *at = der;
    X509 *x = d2i_X509(NULL, &at, size);
    arena_init(&arena, ARENA_OCTETS);
    test_certificate_facts(x, &arena, &f);
    assert_int_equal(f.name_count, 3);
    kit_assert_text(f.names[0], "mx.test");
    kit_assert_text(f.names[1], "*.mx.test");
    kit_assert_text(f.names[2], "127.0.0.1");
    arena_release(&arena);
    X509_free(x);
    OPENSSL_free(der);
}

static const struct key_kind {
    const char *name; /* of the key, as reported of a handshake */
    const char *type, *group;
} key_kinds[] = {
    {"P-256", "EC", "P-256"},         {"P-521", "EC", "P-521"},         {"X25519", "X25519", NULL},
    {"secp256k1", "EC", "secp256k1"}, {"ffdhe3072", "DH", "ffdhe3072"},
};

static void key_group(void **state)
{
    const struct key_kind *c = *state;
    char text[64];
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, c->type, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    if (c->group)
        assert_int_equal(EVP_PKEY_CTX_set_group_name(ctx, c->group), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    tls_key_group(key, text, sizeof text);
    assert_string_equal(text, c->name);
    tls_key_group(key, text, 3); /* cut, not overrun */
    assert_int_equal(strlen(text), 2);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(spoilt_ec_certificates_do_no_harm),
        cmocka_unit_test(spoilt_rsa_certificates_do_no_harm),
        cmocka_unit_test(names_are_dns_names_and_addresses),
    };
    struct CMUnitTest tests[KIT_COUNT(key_kinds) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, key_kinds, key_group);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
