/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include <stdio.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#define GROUP_TEXT_OCTETS 50 /* OpenSSL's own limit for a curve's name (OSSL_MAX_NAME_SIZE) */
#define KEY_TEXT_OCTETS   80

/* OpenSSL calls P-256 "prime256v1"; RFC 8422 and everyone who reads a report call it P-256. */
static const char *common_group_name(const char *name)
{
    const char *nist = EC_curve_nid2nist(OBJ_sn2nid(name));
    return nist ? nist : name;
}

static const char *type_name(EVP_PKEY *key)
{
    const char *name = EVP_PKEY_get0_type_name(key);
    return name ? name : "unknown";
}

void tls_key_group(EVP_PKEY *key, char *ret_text, size_t size)
{
    char group[GROUP_TEXT_OCTETS];
    size_t group_size;
    if (EVP_PKEY_get_group_name(key, group, sizeof group, &group_size) == 1)
        snprintf(ret_text, size, "%s", common_group_name(group));
    else if (EVP_PKEY_is_a(key, "DH") || EVP_PKEY_is_a(key, "EC"))
        snprintf(ret_text, size, "%s %d", type_name(key), EVP_PKEY_get_bits(key));
    else
        snprintf(ret_text, size, "%s", type_name(key));
}

static void describe_key(EVP_PKEY *key, char *ret_text, size_t size)
{
    char group[GROUP_TEXT_OCTETS];
    size_t group_size;
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        snprintf(ret_text, size, "%s", type_name(key));
    else if (EVP_PKEY_is_a(key, "EC") &&
             EVP_PKEY_get_group_name(key, group, sizeof group, &group_size) == 1)
        snprintf(ret_text, size, "EC %s", common_group_name(group));
    else
        snprintf(ret_text, size, "%s %d", type_name(key), EVP_PKEY_get_bits(key));
}

static enum err copy_key(X509 *x, struct arena *a, const char **ret)
{
    char text[KEY_TEXT_OCTETS] = "unknown";
    EVP_PKEY *key = X509_get0_pubkey(x); /* NULL when it cannot be decoded */
    if (key)
        describe_key(key, text, sizeof text);
    *ret = arena_copy_text(a, octets_of(text));
    return *ret ? ERR_OK : ERR_NOMEM;
}

/* The long name of the signature's algorithm, or its dotted OID when OpenSSL has no name for it. */
static enum err copy_signature(X509 *x, struct arena *a, const char **ret)
{
    const X509_ALGOR *algorithm;
    const ASN1_OBJECT *object;
    char text[KEY_TEXT_OCTETS];
    X509_get0_signature(NULL, &algorithm, x);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    if (OBJ_obj2txt(text, sizeof text, object, 0) <= 0)
        snprintf(text, sizeof text, "unknown");
    *ret = arena_copy_text(a, octets_of(text));
    return *ret ? ERR_OK : ERR_NOMEM;
}

static enum err copy_dn(const X509_NAME *name, struct arena *a, struct octets *ret)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *at = NULL;
    if (!out)
        return ERR_NOMEM;
    X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253);
    long size = BIO_get_mem_data(out, &at);
    struct octets all = {(const uint8_t *)at, size > 0 ? (size_t)size : 0};
    bool is_copied = arena_copy(a, octets_sub(all, 0, TLS_CERTIFICATE_DN_OCTETS), ret);
    BIO_free(out);
    return is_copied ? ERR_OK : ERR_NOMEM;
}

static struct octets octets_of_asn1(const ASN1_STRING *s)
{
    int size = ASN1_STRING_length(s);
    return (struct octets){ASN1_STRING_get0_data(s), size > 0 ? (size_t)size : 0};
}

static bool copy_address(struct octets raw, struct arena *a, struct octets *ret)
{
    struct address address = {.family = raw.size == 4 ? 4 : 6};
    struct buf text;
    uint8_t memory[64];
    memcpy(address.octets, raw.at, raw.size);
    buf_init_over(&text, memory, sizeof memory);
    address_append(&text, &address);
    return !buf_error(&text) && arena_copy(a, buf_octets(&text), ret);
}

/* One alternative name.  Kinds other than DNS and address are passed over, and so are malformed
 * addresses. */
static enum err add_name(const GENERAL_NAME *name, struct arena *a, struct facts_certificate *f)
{
    int kind;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    struct octets *place = &f->names[f->name_count];
    bool is_copied;

    if (kind != GEN_DNS && kind != GEN_IPADD)
        return ERR_OK;
    struct octets raw = octets_of_asn1(value);
    if (kind == GEN_DNS)
        is_copied = arena_copy(a, octets_sub(raw, 0, TLS_CERTIFICATE_NAME_OCTETS), place);
    else if (raw.size == 4 || raw.size == 16)
        is_copied = copy_address(raw, a, place);
    else
        return ERR_OK;
    if (!is_copied)
        return ERR_NOMEM;
    f->name_count++;
    return ERR_OK;
}

static enum err copy_names(X509 *x, struct arena *a, struct facts_certificate *f)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    enum err e = ERR_OK;
    int count = sk_GENERAL_NAME_num(names); /* -1 for NULL: absent, twice, or malformed */

    if (count > 0) {
        size_t room = count < TLS_CERTIFICATE_NAMES ? (size_t)count : TLS_CERTIFICATE_NAMES;
        f->names = arena_alloc_array(a, room, sizeof *f->names);
        if (!f->names)
            e = ERR_NOMEM;
        for (int i = 0; i < count && f->name_count < room && !e; i++)
            e = add_name(sk_GENERAL_NAME_value(names, i), a, f);
    }
    GENERAL_NAMES_free(names);
    return e;
}

/* Milliseconds since 1970; 0 when unreadable or earlier. */
static uint64_t wall_ms(const ASN1_TIME *t)
{
    struct tm tm;
    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return 0;
    time_t seconds = timegm(&tm);
    return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

enum err tls_hashes_init(struct tls_hashes *h)
{
    *h = (struct tls_hashes){.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
                             .sha512 = EVP_MD_fetch(NULL, "SHA512", NULL),
                             .context = EVP_MD_CTX_new()};
    if (h->sha256 && h->sha512 && h->context)
        return ERR_OK;
    tls_hashes_release(h);
    return ERR_NOMEM;
}

void tls_hashes_release(struct tls_hashes *h)
{
    EVP_MD_free(h->sha256);
    EVP_MD_free(h->sha512);
    EVP_MD_CTX_free(h->context);
    *h = (struct tls_hashes){0};
}

static bool digest(const struct tls_hashes *h, const EVP_MD *hash, struct octets o, uint8_t *ret)
{
    return EVP_DigestInit_ex2(h->context, hash, NULL) == 1 &&
           EVP_DigestUpdate(h->context, o.at, o.size) == 1 &&
           EVP_DigestFinal_ex(h->context, ret, NULL) == 1;
}

static bool digest_both(const struct tls_hashes *h, const uint8_t *der, int size,
                        uint8_t *ret_sha256, uint8_t *ret_sha512)
{
    struct octets o = {der, (size_t)size};
    return digest(h, h->sha256, o, ret_sha256) && digest(h, h->sha512, o, ret_sha512);
}

/* Of the certificate, and of the SubjectPublicKeyInfo as it stands there (RFC 6698 s1.1.3). */
static enum err copy_digests(const struct tls_hashes *h, X509 *x, struct facts_certificate *f)
{
    uint8_t *der = NULL, *key = NULL;
    int size = i2d_X509(x, &der), key_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &key);
    bool ok = size > 0 && digest_both(h, der, size, f->sha256, f->sha512);
    if (ok && key_size > 0) { /* else a key that OpenSSL cannot write: nothing is known of it */
        ok = digest_both(h, key, key_size, f->key_sha256, f->key_sha512);
        f->has_key_sha256 = f->has_sha512 = ok;
    }
    OPENSSL_free(der);
    OPENSSL_free(key);
    return ok ? ERR_OK : ERR_NOMEM;
}

enum err tls_certificate_facts(const struct tls_hashes *h, X509 *x, struct arena *a,
                               struct facts_certificate *ret)
{
    struct facts_certificate f = {
        .not_before_ms = wall_ms(X509_get0_notBefore(x)),
        .not_after_ms = wall_ms(X509_get0_notAfter(x)),
    };
    enum err e = copy_digests(h, x, &f);
    if (!e)
        e = copy_dn(X509_get_subject_name(x), a, &f.subject);
    if (!e)
        e = copy_dn(X509_get_issuer_name(x), a, &f.issuer);
    if (!e)
        e = copy_names(x, a, &f);
    if (!e)
        e = copy_key(x, a, &f.key);
    if (!e)
        e = copy_signature(x, a, &f.signature);
    if (!e)
        *ret = f;
    return e;
}
