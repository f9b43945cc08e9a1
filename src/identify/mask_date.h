/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/* The length of the date at the start of the text, 0 when there is none: RFC 5322 s3.3, ctime, RFC
 * 3339 and their kin. */
size_t mask_date_length(struct octets text);
