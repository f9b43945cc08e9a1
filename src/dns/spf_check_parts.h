/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "spf_check.h"
#include "spf_macro.h"

/* The machine of spf_check.c, and what it does with text. */

#define NAME_OCTETS     253 /* s7.3: longer names lose labels on the left */
#define QUESTION_OCTETS (4 * NAME_OCTETS)
#define NAMES_MAX       100 /* of limits.names, whatever the caller wants */

/* What it is doing.  Those that ask are left by an answer, the others by a step. */
enum stage {
    STAGE_RECORD,  /* asks for the record of `now` */
    STAGE_TERM,    /* evaluates the next term of `now` */
    STAGE_ADDRESS, /* asks for the addresses of an a, or whether the name of an exists has any */
    STAGE_NAMES,   /* asks for the exchanges of an mx, the names of a ptr or %{p} */
    STAGE_NAME,    /* asks for the addresses of one of those */
    STAGE_EXPLAIN, /* expands the domain of exp */
    STAGE_TEXT,    /* asks for the explanation */
    STAGE_WORDS,   /* expands the explanation */
    STAGE_DONE
};

struct spf_check {
    struct arena *arena;
    struct address ip;
    struct spf_limits limits;
    struct spf_values values; /* those that do not depend on the domain */
    struct spf_verdict verdict;
    struct spf_visit *now, **end;
    const struct spf_term *term; /* of `now`, under evaluation; NULL for %{p} of an explanation */
    enum stage stage, after_p;
    bool is_asking, is_for_p, is_out_of_memory;
    bool is_malformed; /* the question is none: its answer is that there is no such name */
    struct dns_question question;
    struct octets names[NAMES_MAX], words;
    size_t name_count, name_at;
};

/* Copies into the arena; notes when that is exhausted. */
bool spf_check_keep(struct spf_check *c, struct octets o, struct octets *ret);
/* Sets the values of macros that do not depend on the domain. */
void spf_check_set_values(struct spf_check *c, const struct spf_mail *m);
/* The expansion for the record of `now`, in the arena; none when it exceeds what we take. */
struct octets spf_check_expand(struct spf_check *c, struct octets text);
