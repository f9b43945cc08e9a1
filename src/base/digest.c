/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <openssl/evp.h>

enum err digest_sha256(struct octets o, uint8_t ret[DIGEST_SHA256_OCTETS])
{
    unsigned size;
    return EVP_Digest(o.at, o.size, ret, &size, EVP_sha256(), NULL) == 1 ? ERR_OK : ERR_NOMEM;
}
