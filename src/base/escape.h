/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "buf.h"

/*
 * Foreign text is escaped once, at the exit, by the function of that exit.  The first step is
 * common: printable valid UTF-8 stands as it is; every other octet (C0, DEL, C1, bidirectional and
 * line-separating controls, invalid UTF-8) becomes the four characters \xHH, and a backslash
 * becomes two.  Nothing is lost: escape_undo gives the octets back.
 */
void escape_visible(struct buf *out, struct octets o); /* the common form; safe on a terminal */
void escape_json(struct buf *out,
                 struct octets o);        /* inside a JSON string: visible, then RFC 8259 s7 */
bool escape_json_leaves(struct octets o); /* whether escape_json would leave it as it is */
void escape_json_only(struct buf *out,
                      struct octets visible); /* what is visible text already: RFC 8259 s7 alone */
/* A whole JSON text that others wrote: what is hidden in its strings becomes \uXXXX, which means the same,
 * and all else stands.  What is no UTF-8 has no place in JSON and becomes U+FFFD. */
void escape_json_hidden(struct buf *out, struct octets text);
/* As text or in a quoted attribute, of HTML and of XML 1.0. */
void escape_html(struct buf *out, struct octets o);
void escape_csv(struct buf *out,
                struct octets o); /* a whole quoted field; =, +, -, @ cannot start a formula */

/* The length of the well-formed UTF-8 sequence at the start of o, which is not empty (Unicode 15,
 * table 3-7), its code point in *ret; else 0. */
size_t escape_utf8_length(struct octets o, uint32_t *ret);
/* For a message of SARIF, visible text: no placeholder and no link begins in it (2.1.0 s3.11.5,
 * s3.11.6).  JSON is escaped after that. */
void escape_message(struct buf *out, struct octets o);
/* A whole code span of Markdown, in a table as well: no markup, link or mention comes of it.  A
 * backtick and a bar are shown as octets are. */
void escape_markdown(struct buf *out, struct octets o);

/* The octets that escape_visible was given.  A backslash that begins no escape stands for itself.
 */
void escape_undo(struct buf *out, struct octets visible);
