/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "context.h"

#define NAME_OCTETS   253   /* the longest DNS name in presentation form, without the final dot */
#define CHAIN_LENGTH  10    /* certificates reported */
#define RECORD_OCTETS 16384 /* plaintext of one record (RFC 8446 s5.1) */

/* What is fed at once and not taken; far above what the driver hands over in one read. */
#define PLAIN_OCTETS ((size_t)1024 * 1024)

/* What OpenSSL writes between two calls: of a handshake, or one write of ours. */
#define WRITTEN_OCTETS ((size_t)1024 * 1024)

struct tls_session {
    SSL *ssl;
    const struct tls_hashes *hashes; /* of the context */
    struct tls_wire wire;
    enum tls_state state;
    bool has_been_up;
    struct tls_notes notes;
    struct buf plain;
    bool has_name;
    bool is_dns_name;
    char name[NAME_OCTETS + 1]; /* empty when the name is neither a DNS name nor an address */
    char failure[128];
};

/* Letters, digits, hyphens, underscores and dots: what may stand in an SNI (RFC 6066 s3). */
static bool is_dns_name(struct octets name)
{
    struct address address;
    if (name.size == 0 || name.size > NAME_OCTETS || address_parse(name, &address))
        return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

/* A name that is neither is kept as asked for, but matches nothing. */
static void set_name(struct tls_session *s, struct octets name)
{
    struct address address;
    if (name.size && name.at[name.size - 1] == '.')
        name.size--;
    s->has_name = name.size > 0;
    s->is_dns_name = is_dns_name(name);
    if (s->is_dns_name || address_parse(name, &address))
        memcpy(s->name, name.at, name.size);
}

enum err tls_session_new(struct tls_context *c, struct octets name, struct tls_session **ret)
{
    struct tls_session *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    ERR_clear_error();
    buf_init(&s->plain, PLAIN_OCTETS);
    buf_init(&s->wire.out, WRITTEN_OCTETS);
    set_name(s, name);
    s->hashes = tls_context_hashes(c);
    s->ssl = tls_context_new_ssl(c, &s->notes, &s->wire);
    if (!s->ssl || (s->is_dns_name && SSL_set_tlsext_host_name(s->ssl, s->name) != 1)) {
        tls_session_free(s);
        return ERR_NOMEM;
    }
    *ret = s;
    return ERR_OK;
}

void tls_session_free(struct tls_session *s)
{
    if (!s)
        return;
    SSL_free(s->ssl);
    buf_release(&s->wire.out);
    buf_release(&s->plain);
    free(s);
}

/* OpenSSL 3.0 has no words for the newest alerts: those come by number. */
static void describe_alert(int alert, char *ret_text, size_t size)
{
    int number = alert & 0xff;
    const char *text = SSL_alert_desc_string_long(alert);
    if (number == SSL_AD_CERTIFICATE_REQUIRED)
        text = "certificate required";
    if (strcmp(text, "unknown") == 0)
        snprintf(ret_text, size, "alert: %d", number);
    else
        snprintf(ret_text, size, "alert: %s", text);
}

/* The peer's alert says more than what our library makes of it. */
static void set_failure(struct tls_session *s)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    s->state = TLS_FAILED;
    if (s->notes.has_alert)
        describe_alert(s->notes.alert, s->failure, sizeof s->failure);
    else
        snprintf(s->failure, sizeof s->failure, "%s", reason ? reason : "TLS failed");
    ERR_clear_error();
}

/* result: what the SSL call returned. */
static void judge(struct tls_session *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        break;
    case SSL_ERROR_ZERO_RETURN:
        s->state = TLS_CLOSED;
        break;
    default:
        set_failure(s);
    }
}

static void shake_hands(struct tls_session *s)
{
    ERR_clear_error();
    int result = SSL_do_handshake(s->ssl);
    if (result == 1) {
        s->state = TLS_UP;
        s->has_been_up = true;
    } else {
        judge(s, result);
    }
}

static void decrypt(struct tls_session *s)
{
    uint8_t record[RECORD_OCTETS];
    size_t size;
    for (;;) {
        ERR_clear_error();
        int result = SSL_read_ex(s->ssl, record, sizeof record, &size);
        if (result != 1) {
            judge(s, result);
            return;
        }
        buf_append(&s->plain, (struct octets){record, size});
    }
}

/* Until it wants more than there is, or has come to an end. */
static void take_wire(struct tls_session *s)
{
    if (s->state == TLS_HANDSHAKE)
        shake_hands(s);
    if (s->state == TLS_UP)
        decrypt(s);
}

enum tls_state tls_session_feed(struct tls_session *s, struct octets wire)
{
    bool was_new = s->state == TLS_HANDSHAKE;
    if (s->state == TLS_FAILED || s->state == TLS_CLOSED)
        return s->state;
    s->wire.in = wire;
    take_wire(s);
    s->wire.in = OCTETS_NONE;
    /* An end in the same octets is told by the next call. */
    return was_new && s->has_been_up ? TLS_UP : s->state;
}

enum err tls_session_write(struct tls_session *s, struct octets plain)
{
    size_t written;
    if (s->state != TLS_UP)
        return ERR_CLOSED;
    if (plain.size == 0)
        return ERR_OK;
    ERR_clear_error();
    /* A memory BIO takes everything: anything but success is a failure of the library. */
    return SSL_write_ex(s->ssl, plain.at, plain.size, &written) == 1 ? ERR_OK : ERR_TLS;
}

void tls_session_shut_down(struct tls_session *s)
{
    if (!s->has_been_up || s->state == TLS_FAILED)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(s->ssl);
    ERR_clear_error();
}

enum err tls_session_output(struct tls_session *s, struct buf *out)
{
    buf_append(out, buf_octets(&s->wire.out));
    enum err e = buf_error(&s->wire.out) ? buf_error(&s->wire.out) : buf_error(out);
    buf_release(&s->wire.out);
    return e;
}

enum err tls_session_input(struct tls_session *s, struct buf *out)
{
    buf_append(out, buf_octets(&s->plain));
    enum err e = buf_error(&s->plain) ? buf_error(&s->plain) : buf_error(out);
    buf_release(&s->plain); /* an idle connection holds no buffer */
    return e;
}

const char *tls_session_failure(const struct tls_session *s)
{
    return s->failure;
}

/* RFC 6125.  Partial wildcards (f*.example) are refused, as RFC 9525 s6.3 has it. */
static bool matches_name(const struct tls_session *s, X509 *leaf)
{
    if (!leaf || !s->name[0])
        return false;
    if (s->is_dns_name)
        return X509_check_host(leaf, s->name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
    return X509_check_ip_asc(leaf, s->name, 0) == 1;
}

static enum err copy_text(struct arena *a, const char *text, const char **ret)
{
    *ret = arena_copy_text(a, octets_of(text));
    return *ret ? ERR_OK : ERR_NOMEM;
}

/* In TLS 1.3 and before alike: the group of the key that the server made for this handshake. */
static enum err copy_group(const struct tls_session *s, struct arena *a, const char **ret)
{
    EVP_PKEY *key;
    char text[64];
    if (SSL_get_peer_tmp_key(s->ssl, &key) != 1)
        return ERR_OK; /* RSA key exchange */
    tls_key_group(key, text, sizeof text);
    EVP_PKEY_free(key);
    return copy_text(a, text, ret);
}

static enum err copy_chain(const struct tls_session *s, struct arena *a, struct facts_tls *f)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(s->ssl);
    int count = sk_X509_num(chain); /* -1 for NULL */
    if (count <= 0)
        return ERR_OK;
    if (count > CHAIN_LENGTH)
        count = CHAIN_LENGTH;
    f->chain = arena_alloc_array(a, (size_t)count, sizeof *f->chain);
    if (!f->chain)
        return ERR_NOMEM;
    for (int i = 0; i < count; i++) {
        enum err e = tls_certificate_facts(s->hashes, sk_X509_value(chain, i), a, &f->chain[i]);
        if (e)
            return e;
        f->chain_count++;
    }
    return ERR_OK;
}

static enum err copy_verification(const struct tls_session *s, struct arena *a, struct facts_tls *f)
{
    X509 *leaf = SSL_get0_peer_certificate(s->ssl);
    long result = SSL_get_verify_result(s->ssl);
    f->name_matches = matches_name(s, leaf);
    f->trusted = leaf && result == X509_V_OK;
    if (f->trusted)
        return ERR_OK;
    return copy_text(a, leaf ? X509_verify_cert_error_string(result) : "no certificate",
                     &f->verify_error);
}

enum err tls_session_facts(const struct tls_session *s, struct arena *a, struct facts_tls *ret)
{
    assert(s->has_been_up);
    struct facts_tls f = {
        .is_up = true,
        .has_name = s->has_name,
        .client_cert_asked = s->notes.client_cert_asked,
    };
    enum err e = copy_text(a, SSL_get_version(s->ssl), &f.version);
    if (!e)
        e = copy_text(a, SSL_get_cipher_name(s->ssl), &f.cipher);
    if (!e)
        e = copy_group(s, a, &f.group);
    if (!e)
        e = copy_chain(s, a, &f);
    if (!e)
        e = copy_verification(s, a, &f);
    ERR_clear_error(); /* hostile certificates leave their complaints in the queue */
    if (!e)
        *ret = f;
    return e;
}
