/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define VALID_SECONDS ((long)30 * 86400)

static bool sign(X509 *x, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(x);
    return X509_set_version(x, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
           X509_gmtime_adj(X509_getm_notAfter(x), VALID_SECONDS) &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)"fleet.example", -1, -1, 0) == 1 &&
           X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

enum err crypt_context_new(SSL_CTX **ret)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    bool is_made = key && x && c && sign(x, key) && SSL_CTX_use_certificate(c, x) == 1 &&
                   SSL_CTX_use_PrivateKey(c, key) == 1;
    EVP_PKEY_free(key);
    X509_free(x);
    if (!is_made) {
        SSL_CTX_free(c);
        return ERR_TLS;
    }
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    /* Nobody comes back: tickets are octets and signatures for nothing. */
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    *ret = c;
    return ERR_OK;
}

enum err crypt_start(struct crypt *c, SSL_CTX *context)
{
    *c = (struct crypt){
        .ssl = SSL_new(context), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem())};
    if (!c->ssl || !c->in || !c->out) {
        SSL_free(c->ssl);
        BIO_free(c->in);
        BIO_free(c->out);
        *c = (struct crypt){0};
        return ERR_NOMEM;
    }
    SSL_set_bio(c->ssl, c->in, c->out);
    SSL_set_accept_state(c->ssl);
    return ERR_OK;
}

void crypt_release(struct crypt *c)
{
    SSL_free(c->ssl);
    *c = (struct crypt){0};
}

bool crypt_feed(struct crypt *c, struct octets wire)
{
    ERR_clear_error();
    if (BIO_write(c->in, wire.at, (int)wire.size) != (int)wire.size)
        return false;
    if (c->is_up)
        return true;
    int got = SSL_do_handshake(c->ssl);
    c->is_up = got == 1;
    return got == 1 || SSL_get_error(c->ssl, got) == SSL_ERROR_WANT_READ;
}

size_t crypt_read(struct crypt *c, uint8_t *out, size_t room)
{
    size_t n = 0;
    ERR_clear_error();
    return SSL_read_ex(c->ssl, out, room, &n) == 1 ? n : 0;
}

void crypt_write(struct crypt *c, struct octets plain)
{
    size_t n;
    ERR_clear_error();
    if (plain.size)
        (void)SSL_write_ex(c->ssl, plain.at, plain.size, &n);
}

void crypt_end(struct crypt *c)
{
    ERR_clear_error();
    if (c->is_up)
        (void)SSL_shutdown(c->ssl);
}

size_t crypt_take(struct crypt *c, uint8_t *out, size_t room)
{
    int n = BIO_read(c->out, out, (int)room);
    return n > 0 ? (size_t)n : 0;
}
