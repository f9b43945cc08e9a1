/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A borrowed run of octets: every view of foreign text is one.  Never NUL-terminated, never owned.
 * Comparisons that ignore case fold ASCII only (RFC 5321 s2.4: verbs and keywords are ASCII).
 */
struct octets {
    const uint8_t *at;
    size_t size;
};

#define OCTETS(literal) ((struct octets){(const uint8_t *)(literal), sizeof(literal) - 1})
#define OCTETS_INIT(literal) \
    { \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    } /* for static initialisers */
#define OCTETS_NONE ((struct octets){NULL, 0})

struct octets octets_of(const char *text);                         /* borrows; NULL gives none */
struct octets octets_sub(struct octets o, size_t from, size_t to); /* [from, to), clamped to o */
/* Without leading and trailing blanks (SP, HT, CR, LF). */
struct octets octets_trim(struct octets o);

/* Without the byte order mark of UTF-8 that some editors begin a text with. */
struct octets octets_skip_mark(struct octets text);

bool octets_is_equal(struct octets a, struct octets b);
bool octets_is_equal_nocase(struct octets a, struct octets b);
bool octets_has_prefix(struct octets o, struct octets prefix);
bool octets_has_prefix_nocase(struct octets o, struct octets prefix);
bool octets_has_suffix_nocase(struct octets o, struct octets suffix);
int octets_compare(struct octets a, struct octets b); /* <0, 0, >0: as memcmp, the shorter first */

/* The place of the first needle at or after `from`; o.size when there is none.  An empty needle is
 * at `from`. */
size_t octets_find(struct octets o, struct octets needle, size_t from);
size_t octets_find_nocase(struct octets o, struct octets needle, size_t from);
size_t octets_find_octet(struct octets o, uint8_t octet, size_t from);

/* Cuts the first word (up to SP, HT, CR or LF) off *rest and returns it; blanks before and after it
 * are skipped. */
struct octets octets_take_word(struct octets *rest);
/* Cuts up to the separator off *rest, which loses the separator too; all of *rest when it does not
 * occur. */
struct octets octets_take_until(struct octets *rest, uint8_t separator);

/* The digits of a decimal number, at the end of the room. */
#define OCTETS_NUMBER_MAX 20
struct octets octets_of_number(uint64_t n, uint8_t room[OCTETS_NUMBER_MAX]);
/* A decimal number that fills all of o.  False, and *ret untouched, when it is not one or exceeds
 * max. */
bool octets_to_number(struct octets o, uint64_t max, uint64_t *ret);

/* Whether all are printable ASCII, SP among them, and none is `but` or `nor` (neither of which is SP). */
bool octets_is_printable_but(struct octets o, uint8_t but, uint8_t nor);

bool octet_is_digit(uint8_t c);
bool octet_is_alpha(uint8_t c);
bool octet_is_hex(uint8_t c);
/* ASCII only, whatever the locale. */
uint8_t octet_to_lower(uint8_t c);
/* 0 to 15; -1 when c is no hexadecimal digit. */
int octet_hex_value(uint8_t c);

/* FNV-1a, for tables whose size we bound ourselves. */
uint64_t octets_hash(struct octets o);
