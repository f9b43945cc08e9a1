/* SPDX-License-Identifier: Apache-2.0 */
#include "reaction.h"

#include "../smtp/ehlo.h"
#include "../smtp/reply.h"

/* No server that we know says more; who does is compared by its beginning, and cannot make masking
 * expensive. */
#define LINES_MAX       ((size_t)150)
#define LINE_MAX_OCTETS ((size_t)1024)

static enum err mask_one(const struct facts_reply *reply, bool is_hello, const struct mask *m,
                         struct arena *a, struct reaction *r)
{
    struct buf line;
    enum err e = ERR_OK;
    buf_init(&line, REACTION_TEXT_MAX);
    for (size_t i = 0; i < reply->line_count && i < LINES_MAX && !e; i++) {
        buf_clear(&line);
        mask_line(&line, m, octets_sub(reply->lines[i], 0, LINE_MAX_OCTETS),
                  is_hello && i ? MASK_KEYWORD : MASK_TEXT);
        if (!arena_copy(a, buf_octets(&line), &r->lines[r->line_count++]))
            e = ERR_NOMEM;
    }
    buf_release(&line);
    return e;
}

enum err reaction_mask(const struct facts_reaction *seen, bool is_hello, const struct mask *m,
                       struct arena *a, struct reaction *ret)
{
    struct reaction r = {.ended = seen->ended};
    size_t lines = 0;
    for (size_t i = 0; i < seen->reply_count; i++)
        lines += seen->replies[i].line_count;
    r.lines = arena_alloc_array(a, lines, sizeof *r.lines);
    r.reply_ends = arena_alloc_array(a, seen->reply_count, sizeof *r.reply_ends);
    if (!r.lines || !r.reply_ends)
        return ERR_NOMEM;
    for (size_t i = 0; i < seen->reply_count; i++) {
        enum err e = mask_one(&seen->replies[i], is_hello, m, a, &r);
        if (e)
            return e;
        r.reply_ends[r.reply_count++] = r.line_count;
    }
    *ret = r;
    return ERR_OK;
}

/* A long or endless reply is compared by what fits; the cut is the same for all. */
static void append_capped(struct buf *out, struct octets o)
{
    buf_append(out, octets_sub(o, 0, out->cap - out->size));
}

static void append_ending(struct buf *out, enum facts_ended ended)
{
    if (ended == FACTS_ENDED_OPEN)
        return;
    append_capped(out, OCTETS("!"));
    append_capped(out, octets_of(facts_ended_name(ended)));
}

void reaction_append(struct buf *out, const struct reaction *r)
{
    size_t line = 0;
    for (size_t i = 0; i < r->reply_count; i++) {
        if (i)
            append_capped(out, OCTETS("\n\n"));
        for (size_t first = line; line < r->reply_ends[i]; line++) {
            if (line > first)
                append_capped(out, OCTETS("\n"));
            append_capped(out, r->lines[line]);
        }
    }
    append_ending(out, r->ended);
}

/* The first line of the i-th reply. */
static struct octets first_line(const struct reaction *r, size_t i)
{
    size_t at = i ? r->reply_ends[i - 1] : 0;
    return at < r->reply_ends[i] ? r->lines[at] : OCTETS_NONE;
}

static void append_coarse(struct buf *out, const struct reaction *r, enum reaction_level level)
{
    for (size_t i = 0; i < r->reply_count; i++) {
        struct octets line = first_line(r, i);
        append_capped(out, octets_sub(line, 0, level == REACTION_CLASS ? 1 : 3));
        append_capped(out, OCTETS(" "));
        if (level == REACTION_ENHANCED)
            append_capped(out, smtp_line_enhanced(line));
    }
    append_ending(out, r->ended);
}

/* Whether the words of some reply were not kept. */
static bool is_code_only(const struct reaction *r)
{
    for (size_t i = 0; i < r->reply_count; i++)
        if (octets_is_equal(smtp_line_text(first_line(r, i)), OCTETS(REACTION_ANY)))
            return true;
    return false;
}

void reaction_keys(const struct reaction *r, reaction_number *number, void *table,
                   struct reaction_keys *ret)
{
    struct buf text;
    buf_init(&text, REACTION_TEXT_MAX);
    reaction_append(&text, r);
    ret->at[REACTION_TEXT] = number(table, buf_octets(&text));
    for (unsigned level = REACTION_ENHANCED; level < REACTION_LEVEL__COUNT; level++) {
        buf_clear(&text);
        append_coarse(&text, r, (enum reaction_level)level);
        ret->at[level] = number(table, buf_octets(&text));
    }
    ret->other_text = 0;
    ret->is_code_only = is_code_only(r);
    /* "501 " would be the key of a reply that is known to have no enhanced code. */
    if (ret->is_code_only)
        ret->at[REACTION_ENHANCED] = ret->at[REACTION_TEXT];
    buf_release(&text);
}

void reaction_keys_hello(const struct reaction *r, reaction_number *number, void *table,
                         struct reaction_keys *ret)
{
    /* One line or many is told by the keywords; here only what the line says. */
    uint8_t code[3] = {0};
    struct octets line = first_line(r, 0), text = smtp_line_text(line);
    struct buf one;
    if (line.size >= sizeof code)
        memcpy(code, line.at, sizeof code);
    buf_init(&one, REACTION_TEXT_MAX);
    append_capped(&one, (struct octets){code, sizeof code});
    append_capped(&one, OCTETS(" "));
    append_capped(&one, text);
    struct octets joined = buf_octets(&one);
    size_t end = 1, reply_count = r->reply_count ? 1 : 0;
    struct reaction hello = {.lines = &joined,
                             .line_count = 1,
                             .reply_ends = &end,
                             .reply_count = reply_count,
                             .ended = r->ended};
    reaction_keys(&hello, number, table, ret);
    buf_release(&one);
}

/* Keywords that an administrator or a build switches on and off: their place tells, their absence
 * does not. */
static bool is_optional(struct octets name)
{
    /* clang-format off */
    static const char *const names[] = {"STARTTLS", "AUTH", "VRFY", "EXPN", "ETRN", "PIPELINING", "CHUNKING", "BINARYMIME",
        "DSN", "SMTPUTF8", "SIZE", "XCLIENT", "XFORWARD", "REQUIRETLS", "BURL", "LIMITS", "X_PIPE_CONNECT", "PIPECONNECT"};
    /* clang-format on */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (octets_is_equal_nocase(name, octets_of(names[i])))
            return true;
    return false;
}

/* "250 {any}" alone says nothing of keywords; they may stand under "250-{any}" all the same. */
static bool has_keywords(const struct reaction *r)
{
    return !is_code_only(r) || r->line_count > 1;
}

static void append_keywords(struct buf *out, const struct reaction *r, bool with_optional)
{
    for (size_t i = 1; r->reply_count && i < r->reply_ends[0]; i++) {
        struct octets name = smtp_ehlo_keyword(r->lines[i]).name;
        if (!with_optional && is_optional(name))
            continue;
        append_capped(out, name);
        append_capped(out, OCTETS(" "));
    }
}

void reaction_keys_keywords(const struct reaction *r, reaction_number *number, void *table,
                            struct reaction_keys *ret)
{
    struct buf text;
    *ret = (struct reaction_keys){0};
    if (!has_keywords(r))
        return;
    buf_init(&text, REACTION_TEXT_MAX);
    append_capped(&text, OCTETS("keywords "));
    append_keywords(&text, r, true);
    ret->at[REACTION_TEXT] = number(table, buf_octets(&text));
    buf_clear(&text);
    append_capped(&text, OCTETS("fixed keywords "));
    append_keywords(&text, r, false);
    ret->at[REACTION_ENHANCED] = ret->at[REACTION_CODE] = number(table, buf_octets(&text));
    ret->at[REACTION_CLASS] = number(table, OCTETS("keywords"));
    buf_release(&text);
}

static bool offers(const struct reaction *r, struct octets name)
{
    return r->reply_count && smtp_ehlo_has(r->lines, r->reply_ends[0], name, NULL);
}

static void append_missing(struct buf *out, const struct reaction *from, const struct reaction *in,
                           const char *sign)
{
    for (size_t i = 1; from->reply_count && i < from->reply_ends[0]; i++) {
        struct octets name = smtp_ehlo_keyword(from->lines[i]).name;
        if (offers(in, name))
            continue;
        append_capped(out, octets_of(sign));
        append_capped(out, name);
    }
}

void reaction_keys_change(const struct reaction *plain, const struct reaction *tls,
                          reaction_number *number, void *table, struct reaction_keys *ret)
{
    struct buf text;
    *ret = (struct reaction_keys){0};
    if (!has_keywords(plain) || !has_keywords(tls))
        return;
    buf_init(&text, REACTION_TEXT_MAX);
    append_capped(&text, OCTETS("change"));
    append_missing(&text, plain, tls, " -");
    append_missing(&text, tls, plain, " +");
    ret->at[REACTION_TEXT] = number(table, buf_octets(&text));
    for (unsigned level = REACTION_ENHANCED; level < REACTION_LEVEL__COUNT; level++)
        ret->at[level] = number(table, OCTETS("change"));
    buf_release(&text);
}
