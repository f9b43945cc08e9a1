/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "err.h"
#include "octets.h"

/* SHA-256 (FIPS 180-4). */
#define DIGEST_SHA256_OCTETS 32

/* ERR_NOMEM leaves ret as it was. */
MUST_CHECK enum err digest_sha256(struct octets o, uint8_t ret[DIGEST_SHA256_OCTETS]);
