/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"

/* The name under which PTR records of an address stand (RFC 1035 s3.5, RFC 3596 s2.5). */
void dns_name_append_reverse(struct buf *out, const struct address *a);
