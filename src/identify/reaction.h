/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/intern.h"
#include "mask.h"

/*
 * A reaction as the model sees it: masked reply lines, whether it was found in a specimen or seen
 * on the wire, and from them four keys, each coarser than the one before.
 */
struct reaction {
    struct octets *lines; /* masked, codes included */
    size_t line_count;
    size_t *reply_ends; /* for each reply, the index behind its last line */
    size_t reply_count;
    enum facts_ended ended;
};

enum reaction_level {
    REACTION_TEXT,
    REACTION_ENHANCED,
    REACTION_CODE,
    REACTION_CLASS,
    REACTION_LEVEL__COUNT
};

struct reaction_keys {
    uint32_t at[REACTION_LEVEL__COUNT]; /* numbers of interned texts; 0 throughout: not asked */
    uint32_t
        other_text;    /* of what was seen: its text read another way (mask.h); 0: there is none */
    bool is_code_only; /* text and enhanced code were not kept: equal to none, and unlike none */
};

/* Whether what was seen is that very text. */
static inline bool reaction_is_same(const struct reaction_keys *own,
                                    const struct reaction_keys *seen)
{
    uint32_t text = own->at[REACTION_TEXT];
    return text == seen->at[REACTION_TEXT] || (text && text == seen->other_text);
}

/* What a specimen says in the place of words that nobody kept: "501 {any}".  Masking doubles each
 * brace, so no server can be taken for saying it. */
#define REACTION_ANY "{any}"

/* Masks what was received.  `is_hello`: an EHLO reply, whose further lines are keywords. */
MUST_CHECK enum err reaction_mask(const struct facts_reaction *seen, bool is_hello,
                                  const struct mask *m, struct arena *a, struct reaction *ret);

/* The text that stands for a reaction: lines joined by LF, replies by two, then how it ended unless
 * it stayed open. */
void reaction_append(struct buf *out, const struct reaction *r);

#define REACTION_TEXT_MAX ((size_t)64 * 1024) /* octets of a masked reaction that are compared */

/* What turns text into keys: adding when the database is built, finding when facts are matched. */
typedef uint32_t reaction_number(void *table, struct octets text);

void reaction_keys(const struct reaction *r, reaction_number *number, void *table,
                   struct reaction_keys *ret);

/* The pseudo-stimuli that an EHLO reply gives: its first line, its keywords in their order. */
void reaction_keys_hello(const struct reaction *r, reaction_number *number, void *table,
                         struct reaction_keys *ret);
void reaction_keys_keywords(const struct reaction *r, reaction_number *number, void *table,
                            struct reaction_keys *ret);
/* What TLS changed in the keywords. */
void reaction_keys_change(const struct reaction *plain, const struct reaction *tls,
                          reaction_number *number, void *table, struct reaction_keys *ret);
