/* SPDX-License-Identifier: Apache-2.0 */
#include "association.h"

#include <openssl/evp.h>

static enum err add_digest(struct octets der, const EVP_MD *hash, struct arena *a,
                           struct octets *ret)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(der.at, der.size, digest, &size, hash, NULL) != 1)
        return ERR_TLS;
    return arena_copy(a, (struct octets){digest, size}, ret) ? ERR_OK : ERR_NOMEM;
}

/* der is OpenSSL's and freed here; size is what its encoder returned. */
static enum err add_forms(uint8_t *der, int size, struct arena *a,
                          struct octets ret[TLS_ASSOCIATION_MATCHINGS])
{
    if (size <= 0)
        return ERR_TLS;
    struct octets all = {der, (size_t)size};
    enum err e = arena_copy(a, all, &ret[0]) ? ERR_OK : ERR_NOMEM;
    e = e ? e : add_digest(all, EVP_sha256(), a, &ret[1]);
    e = e ? e : add_digest(all, EVP_sha512(), a, &ret[2]);
    OPENSSL_free(der);
    return e;
}

enum err tls_association(X509 *x, struct arena *a,
                         struct octets ret[TLS_ASSOCIATION_SELECTORS][TLS_ASSOCIATION_MATCHINGS])
{
    uint8_t *certificate = NULL, *key = NULL;
    int size = i2d_X509(x, &certificate);
    enum err e = add_forms(certificate, size, a, ret[0]);
    if (e)
        return e;
    size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &key);
    return add_forms(key, size, a, ret[1]);
}
