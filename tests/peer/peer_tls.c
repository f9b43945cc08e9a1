/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY ((long)86400)

enum peer_tls peer_tls_of(struct octets name)
{
    static const char *const names[] = {
#define X(id, name) [PEER_TLS_##id] = (name),
        PEER_TLS_MAP(X)
#undef X
    };
    unsigned kind = 0;
    while (kind < PEER_TLS__COUNT && !octets_is_equal(name, octets_of(names[kind])))
        kind++;
    return (enum peer_tls)kind;
}

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

#define NAMES "DNS:localhost,DNS:*.example.org,IP:127.0.0.1,IP:::1"

static const struct shape {
    const char *common_name, *names;
    long from, to; /* seconds from now */
    bool is_self_signed;
} authority_shape = {"A throw-away authority", NULL, -DAY, 30 * DAY, true};

/* clang-format off */
static const struct shape shapes[PEER_TLS_CERTIFICATES] = {
    [PEER_TLS_GOOD]        = {"good.example.org", NAMES, -DAY, 30 * DAY, false},
    [PEER_TLS_EXPIRED]     = {"expired.example.org", NAMES, -30 * DAY, -DAY, false},
    [PEER_TLS_NOT_YET]     = {"not-yet.example.org", NAMES, DAY, 30 * DAY, false},
    [PEER_TLS_WRONG_NAME]  = {"wrong.example.net", "DNS:wrong.example.net", -DAY, 30 * DAY, false},
    [PEER_TLS_SELF_SIGNED] = {"self-signed.example.org", NAMES, -DAY, 30 * DAY, true},
};
/* clang-format on */

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool is_added = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return is_added;
}

static bool fill(const struct identity *i, const struct shape *want, const struct identity *issuer)
{
    static long serial;
    X509 *x = i->certificate;
    X509_NAME *name = X509_get_subject_name(x);
    bool is_authority = want == &authority_shape;
    const char *names = is_authority ? "critical,CA:TRUE" : want->names;
    int nid = is_authority ? NID_basic_constraints : NID_subject_alt_name;
    return X509_set_version(x, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(x), want->from) &&
           X509_gmtime_adj(X509_getm_notAfter(x), want->to) &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)want->common_name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x, X509_get_subject_name(issuer->certificate)) == 1 &&
           X509_set_pubkey(x, i->key) == 1 && add_extension(x, nid, names) &&
           X509_sign(x, issuer->key, EVP_sha256()) > 0;
}

/* issuer NULL: signed by itself.  Failure leaves both NULL. */
static struct identity make(const struct shape *want, const struct identity *issuer)
{
    struct identity i = {X509_new(), EVP_EC_gen("P-256")};
    if (i.certificate && i.key && fill(&i, want, issuer ? issuer : &i))
        return i;
    X509_free(i.certificate);
    EVP_PKEY_free(i.key);
    return (struct identity){0};
}

static void release(struct identity *i)
{
    X509_free(i->certificate);
    EVP_PKEY_free(i->key);
}

static SSL_CTX *make_context(const struct shape *want, const struct identity *authority)
{
    struct identity i = make(want, want->is_self_signed ? NULL : authority);
    SSL_CTX *c = i.certificate ? SSL_CTX_new(TLS_server_method()) : NULL;
    if (c &&
        (SSL_CTX_use_certificate(c, i.certificate) != 1 || SSL_CTX_use_PrivateKey(c, i.key) != 1)) {
        SSL_CTX_free(c);
        c = NULL;
    }
    release(&i);
    return c;
}

static enum err write_authority(const char *path, X509 *certificate)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return ERR_SYS;
    bool is_written = PEM_write_X509(f, certificate) == 1;
    return fclose(f) == 0 && is_written ? ERR_OK : ERR_SYS;
}

enum err peer_tls_make(const char *ca_path, struct peer_tls_contexts *ret)
{
    struct identity authority = make(&authority_shape, NULL);
    struct peer_tls_contexts made = {0};
    enum err e = authority.certificate ? ERR_OK : ERR_TLS;
    if (!e && ca_path)
        e = write_authority(ca_path, authority.certificate);
    for (size_t i = 0; i < PEER_TLS_CERTIFICATES && !e; i++) {
        made.of[i] = make_context(&shapes[i], &authority);
        e = made.of[i] ? ERR_OK : ERR_TLS;
    }
    release(&authority);
    if (!e)
        *ret = made;
    return e;
}
