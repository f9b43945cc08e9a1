/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/* Running text for people, at most PAGE_WIDTH columns wide. */
#define PAGE_WIDTH  80
#define PAGE_INDENT 12 /* behind a label */

/* Words, wrapped; lines after the first begin at `indent`.  *column is where the line stands, and is
 * kept.  Foreign octets are escaped. */
void page_words(struct buf *out, size_t indent, size_t *column, struct octets text);

/* A masked line of a recording: what is escaped in it stays, what is not becomes so. */
void page_masked(struct buf *out, struct octets line);

/* Blanks up to the column; one at least. */
void page_fill(struct buf *out, size_t used, size_t column);
