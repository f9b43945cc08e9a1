/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/* The list of common DKIM selectors, data/dkim-selectors.txt: one a line, then who gives it.  Pure;
 * borrows the text. */
struct dkim_selector {
    struct octets name; /* a label, or labels (RFC 6376 s3.1) */
    struct octets who;  /* for people; may be none */
};

/* Cuts the next one off *rest; lines of # and empty ones are passed over.  False at the end. */
bool dkim_selector_next(struct octets *rest, struct dkim_selector *ret);
