/* SPDX-License-Identifier: Apache-2.0 */
#include "signature.h"

#include "../smtp/reply.h"

/* A peer may send thousands of lines; who it is stands in the first ones.  A line has at most 512
 * octets (RFC 5321 s4.5.3.1.5). */
#define LINES_LOOKED_AT  ((size_t)100)
#define OCTETS_LOOKED_AT ((size_t)1000)

/* The pairs of octets that stand side by side in a line. */
struct pairs {
    uint64_t bits[65536 / 64];
};

static size_t pair_at(struct octets line, size_t at)
{
    return (size_t)line.at[at] << 8 | line.at[at + 1];
}

static void pairs_note(struct pairs *p, struct octets line)
{
    for (size_t i = 0; i + 1 < line.size; i++)
        p->bits[pair_at(line, i) / 64] |= 1ull << pair_at(line, i) % 64;
}

static void pairs_forget(struct pairs *p, struct octets line)
{
    for (size_t i = 0; i + 1 < line.size; i++)
        p->bits[pair_at(line, i) / 64] = 0;
}

static bool pairs_have(const struct pairs *p, uint16_t pair)
{
    return !pair || p->bits[pair / 64] >> pair % 64 & 1;
}

struct search {
    struct pairs pairs; /* of the line that is looked at */
    const struct signatures *signatures;
    struct signature_hit *hits;
    size_t count, max;
};

static bool is_known(const struct search *x, const struct signature *s)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->hits[i].signature == s)
            return true;
    return false;
}

static void note(struct search *x, const struct signature *s, struct octets text,
                 struct octets version, const char *ask)
{
    if (!is_known(x, s))
        x->hits[x->count++] =
            (struct signature_hit){.signature = s, .line = text, .version = version, .ask = ask};
}

static void look_at_line(struct search *x, struct octets line, uint32_t places, const char *ask)
{
    struct octets whole = octets_sub(line, 0, OCTETS_LOOKED_AT);
    struct octets text = octets_sub(smtp_line_text(line), 0, OCTETS_LOOKED_AT);
    struct octets version = OCTETS_NONE;
    pairs_note(&x->pairs, whole);
    pairs_note(&x->pairs, text);
    for (size_t i = 0; i < x->signatures->count && x->count < x->max; i++) {
        const struct signature_probe *probe = &x->signatures->probes[i];
        struct signature *s = &x->signatures->items[i];
        if (!(probe->places & places) || !pairs_have(&x->pairs, probe->pair) ||
            !signature_matches(x->signatures, s, s->has_code ? whole : text, &version))
            continue;
        note(x, s, text, version, ask);
        break;
    }
    pairs_forget(&x->pairs, whole);
    pairs_forget(&x->pairs, text);
}

static uint32_t error_of(uint16_t code)
{
    return code >= 400 && code < 600 ? 1u << SIGNATURE_ERROR : 0;
}

static void look_at_reply(struct search *x, const struct facts_reply *r, uint32_t places,
                          const char *ask)
{
    if (r->line_count)
        places |= error_of(smtp_line_code(r->lines[0]));
    for (size_t i = 0; places && i < r->line_count && i < LINES_LOOKED_AT; i++)
        look_at_line(x, r->lines[i], places, ask);
}

/* What a server said when it turned us away: lines with their codes.  Words of ours have none. */
static void look_at_words(struct search *x, struct octets words, const char *ask)
{
    uint32_t places = error_of(smtp_line_code(words));
    while (places && words.size)
        look_at_line(x, smtp_reply_take_line(&words), places, ask);
}

/* The place is the first word of the stimulus: "help-unknown" is a HELP. */
static uint32_t places_of(const char *ask)
{
    struct octets rest = octets_of(ask);
    enum signature_place place = signature_place_of(octets_take_until(&rest, '-'));
    return place == SIGNATURE_PLACE__COUNT ? 0 : 1u << place;
}

size_t signature_find(const struct signatures *s, const struct facts_visit *v,
                      struct signature_hit *ret, size_t max)
{
    struct search x = {.signatures = s, .hits = ret, .max = max};
    look_at_reply(&x, &v->greeting, 1u << SIGNATURE_GREETING, "greeting");
    look_at_reply(&x, &v->ehlo, 1u << SIGNATURE_EHLO, "ehlo");
    look_at_reply(&x, &v->ehlo_tls, 1u << SIGNATURE_EHLO, "ehlo-tls");
    look_at_reply(&x, &v->helo, 0, "helo");
    for (size_t i = 0; i < v->reaction_count; i++)
        for (size_t k = 0; k < v->reactions[i].reply_count; k++)
            look_at_reply(&x, &v->reactions[i].replies[k], places_of(v->reactions[i].ask),
                          v->reactions[i].ask);
    look_at_reply(&x, &v->quit, 1u << SIGNATURE_QUIT, "quit");
    look_at_words(&x, v->starttls_reason, "starttls");
    look_at_words(&x, v->reason, "cut");
    look_at_words(&x, v->cut_reply, "cut");
    return x.count;
}
