/* SPDX-License-Identifier: Apache-2.0 */
#include "context.h"

#include <stdlib.h>

#include <openssl/err.h>

/* Everything that authenticates by certificate: without one there is nothing to report. */
#define CIPHERS "ALL:!aNULL:!PSK:!SRP:@SECLEVEL=0"

/*
 * Fixed, because OpenSSL 3.5 sends a hybrid ML-KEM share by default: a ClientHello of more than one
 * segment makes old servers and middleboxes stumble, and the list would change with the library.
 */
#define GROUPS "X25519:P-256:P-384:P-521:ffdhe2048:ffdhe3072"

/* As deep as the chain that is reported. */
#define VERIFY_DEPTH 10

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *wire;
    struct tls_hashes hashes;
    bool has_roots; /* the system's store was read: as long as all else of a start takes */
};

static int note_client_cert_asked(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    struct tls_notes *notes = SSL_get_app_data(ssl);
    (void)cert;
    (void)key;
    notes->client_cert_asked = true;
    return 0; /* we have none */
}

static void note_alert(const SSL *ssl, int where, int value)
{
    struct tls_notes *notes = SSL_get_app_data(ssl);
    bool is_fatal = value >> 8 == SSL3_AL_FATAL;
    if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || !is_fatal)
        return;
    notes->has_alert = true;
    notes->alert = value;
}

/* The calls that can fail; the system's openssl.cnf may have set other values before. */
static bool set_up(SSL_CTX *ctx)
{
    return SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, 0) == 1 &&
           SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 && SSL_CTX_set1_groups_list(ctx, GROUPS) == 1;
}

enum err tls_context_new(struct tls_context **ret)
{
    ERR_clear_error();
    struct tls_context *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_NOMEM;
    SSL_CTX *ctx = c->ssl = SSL_CTX_new(TLS_client_method());
    c->wire = tls_wire_method();
    if (!ctx || !c->wire || tls_hashes_init(&c->hashes) || !set_up(ctx)) {
        tls_context_free(c);
        return ERR_TLS;
    }
    SSL_CTX_set_security_level(ctx, 0);
    /*
     * SSL_OP_ALL is OpenSSL's list of harmless workarounds.  No renegotiation and no compression: a
     * peer never chooses our work or our memory.  No tickets: no connection is ever resumed.
     */
    SSL_CTX_set_options(ctx, SSL_OP_ALL | SSL_OP_LEGACY_SERVER_CONNECT |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL); /* the result is computed all the same */
    SSL_CTX_set_verify_depth(ctx, VERIFY_DEPTH);
    SSL_CTX_set_client_cert_cb(ctx, note_client_cert_asked);
    SSL_CTX_set_info_callback(ctx, note_alert);
    ERR_clear_error();
    *ret = c;
    return ERR_OK;
}

void tls_context_free(struct tls_context *c)
{
    if (!c)
        return;
    tls_hashes_release(&c->hashes);
    BIO_meth_free(c->wire);
    SSL_CTX_free(c->ssl);
    free(c);
}

/*
 * The file and the folder, and not all of OpenSSL's default paths: those are a store as well, which
 * lists the whole folder anew for every issuer that is unknown, a fifth of a handshake.  Nothing
 * there is no error: nothing is trusted then.
 */
static void read_roots(SSL_CTX *ctx)
{
    (void)SSL_CTX_set_default_verify_file(ctx);
    (void)SSL_CTX_set_default_verify_dir(ctx);
}

const struct tls_hashes *tls_context_hashes(const struct tls_context *c)
{
    return &c->hashes;
}

SSL *tls_context_new_ssl(struct tls_context *c, struct tls_notes *notes, struct tls_wire *wire)
{
    if (!c->has_roots)
        read_roots(c->ssl);
    c->has_roots = true;
    ERR_clear_error();
    SSL *ssl = SSL_new(c->ssl);
    BIO *both = tls_wire_bio(c->wire, wire);
    if (!ssl || !both) {
        SSL_free(ssl);
        BIO_free(both);
        return NULL;
    }
    SSL_set_bio(ssl, both, both);
    SSL_set_app_data(ssl, notes);
    SSL_set_connect_state(ssl);
    return ssl;
}
