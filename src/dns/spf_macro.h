/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "../base/buf.h"
#include "problem.h"

/* Macros of SPF (RFC 7208 s7): their grammar, and their expansion from values.  Pure. */

/* The letters, as bits. */
enum spf_letter {
    SPF_LETTER_S = 1 << 0, /* <sender> */
    SPF_LETTER_L = 1 << 1, /* its local part */
    SPF_LETTER_O = 1 << 2, /* its domain */
    SPF_LETTER_D = 1 << 3, /* <domain>, whose record is evaluated */
    SPF_LETTER_I = 1 << 4, /* <ip> in dotted form */
    SPF_LETTER_P = 1 << 5, /* the validated name of <ip>: takes DNS */
    SPF_LETTER_H = 1 << 6, /* HELO or EHLO */
    SPF_LETTER_V = 1 << 7, /* "in-addr" or "ip6" */
    SPF_LETTER_C = 1 << 8, /* <ip> for people; this and the next two in explanations alone */
    SPF_LETTER_R = 1 << 9, /* who checks */
    SPF_LETTER_T = 1 << 10 /* when, in seconds since 1970 */
};
#define SPF_LETTERS_EXPLAIN (SPF_LETTER_C | SPF_LETTER_R | SPF_LETTER_T)

/* The letters that text uses; 0 for none.  Text must have been checked. */
unsigned spf_macro_letters(struct octets text);

/* What is wrong with a macro-string, NULL for nothing; *ret_at is where.  The letters of
 * explanations are allowed or not; blanks are, in explanations (RFC 7208 s6.2). */
const char *spf_macro_check(struct octets text, bool is_explanation, size_t *ret_at);
/* The same for a domain-spec: it must end in a macro or in a top label that is not all digits
 * (RFC 7208 s7.1). */
const char *spf_macro_check_domain(struct octets text, size_t *ret_at);

/* A letter's value; the owner's own for what it does not know. */
struct spf_values {
    struct octets of[11]; /* by the number of the letter's bit */
};

/* Appends the expansion (RFC 7208 s7.3).  Text must have been checked; letters of upper case are
 * URL-escaped. */
void spf_macro_expand(struct buf *out, struct octets text, const struct spf_values *values);

/* The same into the arena; none when it exceeds SPF_EXPANDED_OCTETS.  ERR_NOMEM past its cap. */
#define SPF_EXPANDED_OCTETS 8192
MUST_CHECK enum err spf_macro_copy(struct arena *a, struct octets text,
                                   const struct spf_values *values, struct octets *ret);
/* What is asked for of an expanded domain: no final dot, and no more than 253 octets, by whole
 * labels from the left (s7.3). */
struct octets spf_macro_shorten(struct octets name);

/* Whether it is a domain with a record of its own: of several labels, the last of which can be one
 * (s4.3). */
bool spf_is_domain(struct octets name);
/* toplabel of s7.1: letters, digits and inner hyphens, not digits alone. */
bool spf_macro_is_top_label(struct octets o);
