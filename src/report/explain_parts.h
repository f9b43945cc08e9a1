/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../smtp/stanza.h"
#include "text.h"

/* What the pages of explain are made of.  Foreign octets are escaped, lines wrapped behind their
 * label (page.h). */
#define EXPLAIN_OCTETS_MAX ((size_t)64 * 1024 * 1024) /* of scratch for a page */

/* The name on top of a page. */
void explain_title(struct buf *out, const struct report_text_style *s, struct octets name);
/* A labelled line of words; nothing when there is none. */
void explain_words(struct buf *out, const struct report_text_style *s, const char *name,
                   struct octets text);
/* A line for each value, the first one labelled. */
void explain_values(struct buf *out, const struct report_text_style *s, const char *name,
                    const struct stanza_values *values);
/* The same as one paragraph. */
void explain_paragraph(struct buf *out, const struct report_text_style *s, const char *name,
                       const struct stanza_values *values);
