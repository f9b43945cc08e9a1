/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/sha.h>

#include "../dns/tlsa.h"
#include "association.h"
#include "test_peer.h"

#define ARENA_OCTETS ((size_t)64 * 1024)

/* A server and its issuer, and what can be said of them. */
struct pair {
    struct test_identity issuer, server;
    struct tlsa_certificate chain[2]; /* the server's first */
    struct arena arena;
};

static void make(struct pair *p)
{
    struct test_certificate authority = {.common_name = OCTETS("issuer"), .is_authority = true};
    struct test_certificate server = {.common_name = OCTETS("mx.test"), .is_rsa = true};
    p->issuer = test_identity_make(&authority, NULL);
    p->server = test_identity_make(&server, &p->issuer);
    arena_init(&p->arena, ARENA_OCTETS);
    assert_int_equal(tls_association(p->server.cert, &p->arena, p->chain[0].of), ERR_OK);
    assert_int_equal(tls_association(p->issuer.cert, &p->arena, p->chain[1].of), ERR_OK);
}

static void release(struct pair *p)
{
    test_identity_release(&p->issuer);
    test_identity_release(&p->server);
    arena_release(&p->arena);
}

static void hashes_are_of_the_key_and_of_the_certificate(void **state)
{
    struct pair p;
    uint8_t *key = NULL, digest[SHA512_DIGEST_LENGTH], certificate[SHA256_DIGEST_LENGTH];
    unsigned size;
    (void)state;
    make(&p);
    int key_size = i2d_PUBKEY(p.server.key, &key);
    assert_true(key_size > 0);
    kit_assert_octets(p.chain[0].of[TLSA_PUBLIC_KEY][TLSA_FULL],
                      ((struct octets){key, (size_t)key_size}));
    SHA256(key, (size_t)key_size, digest);
    kit_assert_octets(p.chain[0].of[TLSA_PUBLIC_KEY][TLSA_SHA256], ((struct octets){digest, 32}));
    SHA512(key, (size_t)key_size, digest);
    kit_assert_octets(p.chain[0].of[TLSA_PUBLIC_KEY][TLSA_SHA512], ((struct octets){digest, 64}));
    assert_int_equal(X509_digest(p.server.cert, EVP_sha256(), certificate, &size), 1);
    kit_assert_octets(p.chain[0].of[TLSA_CERTIFICATE][TLSA_SHA256],
                      ((struct octets){certificate, 32}));
    OPENSSL_free(key);
    release(&p);
}

/* Each form of a record of each certificate names that certificate, and is usable. */
static void records_made_of_a_chain_name_it(void **state)
{
    struct pair p;
    (void)state;
    make(&p);
    for (uint8_t selector = 0; selector < TLSA_SELECTOR__COUNT; selector++)
        for (uint8_t matching = 0; matching < TLSA_MATCHING__COUNT; matching++) {
            struct dns_tlsa server = {TLSA_DANE_EE, selector, matching,
                                      p.chain[0].of[selector][matching]};
            struct dns_tlsa issuer = {TLSA_DANE_TA, selector, matching,
                                      p.chain[1].of[selector][matching]};
            assert_null(tlsa_fault(&server));
            assert_null(tlsa_fault(&issuer));
            assert_int_equal(tlsa_match(&server, p.chain, 2), 0);
            assert_int_equal(tlsa_match(&issuer, p.chain, 2), 1);
        }
    release(&p);
}

static void a_full_arena_is_told(void **state)
{
    struct pair p;
    struct tlsa_certificate c;
    enum err e = ERR_NOMEM;
    (void)state;
    make(&p);
    for (size_t cap = 0; e == ERR_NOMEM; cap += 64) {
        struct arena arena;
        arena_init(&arena, cap);
        e = tls_association(p.server.cert, &arena, c.of);
        arena_release(&arena);
        assert_true(cap < ARENA_OCTETS);
    }
    assert_int_equal(e, ERR_OK);
    release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_of_the_key_and_of_the_certificate),
        cmocka_unit_test(records_made_of_a_chain_name_it),
        cmocka_unit_test(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
