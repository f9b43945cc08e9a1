/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "program.h"

/* The two halves of compilation: what is played, and what its replies mean.  Used by program.c
 * alone. */
MUST_CHECK enum err smtp_program_steps(const struct dialogue *d, struct arena *a,
                                       struct smtp_regex_set *set, struct smtp_program *p,
                                       struct dialogue_problem *problem);
MUST_CHECK enum err smtp_program_rules(const struct dialogue *d, struct arena *a,
                                       struct smtp_regex_set *set, struct smtp_program *p,
                                       struct dialogue_problem *problem);

/* -> safe|exposed|untestable|noted "words", at the start of *rest, which loses it. */
MUST_CHECK enum err smtp_program_arrow(struct octets *rest, struct arena *a, enum smtp_verdict *ret,
                                       struct octets *ret_words);
/* VERDICT ["words"] */
enum smtp_verdict smtp_verdict_of(struct octets name); /* __COUNT when there is no such verdict */
