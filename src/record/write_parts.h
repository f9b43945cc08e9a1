/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "record.h"

/* What every kind of record is made of. */
void record_open(struct json *j, struct buf *out, const char *type, uint64_t time_ms);
MUST_CHECK enum err record_close(struct json *j);
void record_put_time(struct json *j, const char *name, uint64_t ms);
void record_put_address(struct json *j, const char *name, const struct address *a);
void record_put_cost(struct json *j, const struct facts_cost *c);
void record_put_sha256(struct json *j, const char *name, const uint8_t *hash);
void record_put_sha512(struct json *j, const char *name, const uint8_t *hash);
void record_put_tls_probe(struct json *j, const struct facts_tls_probe *p);
