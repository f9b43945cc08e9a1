/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/arena.h"
#include "../base/buf.h"

/*
 * What a reply is compared with: (2xx | 250 | *) [enhanced code, 5.7.x] [/regex/], all must hold;
 * or `closed`; or `timeout`.  A '*' is any reply, never an ending.
 */
enum smtp_pattern_kind { SMTP_PATTERN_REPLY, SMTP_PATTERN_CLOSED, SMTP_PATTERN_TIMEOUT };

struct smtp_pattern {
    enum smtp_pattern_kind kind;
    uint16_t low, high;     /* codes that match; 0..999 for '*' */
    struct octets enhanced; /* as written, 'x' stands for any number; none: not compared */
    struct smtp_regex *regex;
};

/* A compiled PCRE2 pattern with limits fit for hostile text; owned by the set below. */
struct smtp_regex;
struct smtp_regex_set {
    struct smtp_regex *first; /* all that were compiled; freed together */
};

/* UTF mode is off: foreign octets are octets.  ERR_SYNTAX when the pattern does not compile. */
MUST_CHECK enum err smtp_regex_compile(struct smtp_regex_set *set, struct octets pattern,
                                       struct smtp_regex **ret);
/* The same, without regard to case. */
MUST_CHECK enum err smtp_regex_compile_nocase(struct smtp_regex_set *set, struct octets pattern,
                                              struct smtp_regex **ret);
/* *ret_group, when not NULL, gets the first group (none when it took no part).  A match that hits a
 * limit is no match. */
bool smtp_regex_matches(const struct smtp_regex *r, struct octets text, struct octets *ret_group);
/* The same, with the group of that number, or the first of that name that took part. */
bool smtp_regex_matches_numbered(const struct smtp_regex *r, struct octets text, uint32_t group,
                                 struct octets *ret_group);
bool smtp_regex_matches_named(const struct smtp_regex *r, struct octets text, const char *name,
                              struct octets *ret_group);
void smtp_regex_set_release(struct smtp_regex_set *set);

/*
 * Parses a pattern at the start of *rest, which loses it.  Borrows.  On ERR_SYNTAX *ret_what says
 * what is wrong.
 */
MUST_CHECK enum err smtp_pattern_take(struct octets *rest, struct smtp_regex_set *set,
                                      struct smtp_pattern *ret, const char **ret_what);

/* `lines` are those of one reply, codes included.  For endings compare the kind. */
bool smtp_pattern_matches(const struct smtp_pattern *p, const struct octets *lines, size_t count);
