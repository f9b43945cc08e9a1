/* SPDX-License-Identifier: Apache-2.0 */
#include "test_peer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "context.h"

static EVP_PKEY *make_key(bool is_rsa)
{
    return is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

static void set_name(X509_NAME *name, struct octets common_name)
{
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                                common_name.at, (int)common_name.size, -1, 0),
                     1);
}

static void push_name(GENERAL_NAMES *names, int kind, int string_type, struct octets value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *string = ASN1_STRING_type_new(string_type);
    assert_true(name && string);
    assert_int_equal(ASN1_STRING_set(string, value.at, (int)value.size), 1);
    GENERAL_NAME_set0_value(name, kind, string);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static void add_names(X509 *x, const struct test_certificate *want)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    for (size_t i = 0; i < want->dns_count; i++)
        push_name(names, GEN_DNS, V_ASN1_IA5STRING, want->dns[i]);
    if (want->ip.size)
        push_name(names, GEN_IPADD, V_ASN1_OCTET_STRING, want->ip);
    if (sk_GENERAL_NAME_num(names) > 0)
        assert_int_equal(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
}

static void mark_authority(X509 *x)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

struct test_identity test_identity_make(const struct test_certificate *want,
                                        const struct test_identity *issuer)
{
    static long serial;
    struct test_identity i = {.cert = X509_new(), .key = make_key(want->is_rsa)};
    bool is_valid_now = want->from_days == 0 && want->to_days == 0;
    assert_true(i.cert && i.key);
    X509_set_version(i.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(i.cert), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(i.cert), 86400L * (is_valid_now ? -1 : want->from_days));
    X509_gmtime_adj(X509_getm_notAfter(i.cert), 86400L * (is_valid_now ? 30 : want->to_days));
    set_name(X509_get_subject_name(i.cert), want->common_name);
    X509_set_issuer_name(i.cert, X509_get_subject_name(issuer ? issuer->cert : i.cert));
    X509_set_pubkey(i.cert, i.key);
    add_names(i.cert, want);
    if (want->is_authority)
        mark_authority(i.cert);
    assert_true(X509_sign(i.cert, issuer ? issuer->key : i.key, EVP_sha256()) > 0);
    return i;
}

void test_identity_release(struct test_identity *i)
{
    X509_free(i->cert);
    EVP_PKEY_free(i->key);
    *i = (struct test_identity){0};
}

struct tls_context *test_context_trusting(const struct test_identity *authority)
{
    char path[] = "/tmp/authority-XXXXXX";
    struct tls_context *c;
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, authority->cert), 1);
    assert_int_equal(fclose(f), 0);
    setenv("SSL_CERT_FILE", path, 1);
    setenv("SSL_CERT_DIR", "/nonexistent", 1);
    assert_int_equal(tls_context_new(&c), ERR_OK);
    struct tls_notes notes = {0};
    struct tls_wire wire = {0};
    SSL *first = tls_context_new_ssl(c, &notes, &wire); /* reads the file */
    assert_non_null(first);
    SSL_free(first);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    (void)unlink(path);
    return c;
}

void test_certificate_facts(X509 *x, struct arena *a, struct facts_certificate *ret)
{
    struct tls_hashes hashes;
    assert_int_equal(tls_hashes_init(&hashes), ERR_OK);
    assert_int_equal(tls_certificate_facts(&hashes, x, a, ret), ERR_OK);
    tls_hashes_release(&hashes);
}

SSL_CTX *test_server_context(const struct test_identity *i, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(ctx);
    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_set_min_proto_version(ctx, version), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, version), 1);
    assert_int_equal(SSL_CTX_use_certificate(ctx, i->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, i->key), 1);
    return ctx;
}

SSL *test_server(SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    assert_non_null(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl);
    return ssl;
}

bool test_server_turn(SSL *server, struct octets in, struct buf *out)
{
    uint8_t octets[4096];
    int size;
    if (in.size)
        assert_int_equal(BIO_write(SSL_get_rbio(server), in.at, (int)in.size), (int)in.size);
    ERR_clear_error();
    int result = SSL_do_handshake(server);
    bool is_well = result == 1 || SSL_get_error(server, result) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    while ((size = BIO_read(SSL_get_wbio(server), octets, sizeof octets)) > 0)
        buf_append(out, (struct octets){octets, (size_t)size});
    return is_well;
}
