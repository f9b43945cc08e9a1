/* SPDX-License-Identifier: Apache-2.0 */
#include "asks.h"

static bool may_begin(const struct smtp_template *t, uint8_t octet)
{
    return t->count && t->parts[0].text.size && t->parts[0].text.at[0] == octet;
}

enum err asks_init(struct asks *a, const struct identify_database *db)
{
    *a = (struct asks){0};
    for (size_t i = IDENTIFY_PSEUDO__COUNT; i < db->question_count; i++) {
        const struct smtp_program *p = db->questions[i].program;
        if (!p || !p->step_count || p->steps[0].op != SMTP_OP_SEND)
            continue;
        if (a->count == ASKS_MAX)
            return ERR_LIMIT;
        a->of[a->count++] =
            (struct ask){.name = p->name, .state = p->state, .text = &p->steps[0].text};
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        size_t n = 0;
        for (size_t i = 0; i < a->count; i++)
            if (may_begin(a->of[i].text, (uint8_t)octet))
                a->by_octet[octet][n++] = (uint8_t)i;
        if (n < ASKS_MAX)
            a->by_octet[octet][n] = (uint8_t)a->count;
    }
    return ERR_OK;
}

/* A word of any kind: what a placeholder may stand for. */
static size_t word_length(struct octets o)
{
    size_t n = 0;
    while (n < o.size && o.at[n] > ' ' && o.at[n] != '>' && o.at[n] != '!')
        n++;
    return n;
}

static size_t match_part(const struct smtp_template_part *p, struct octets rest,
                         struct ask_words *words)
{
    if (!p->text.size) {
        struct octets word = octets_sub(rest, 0, word_length(rest));
        if (p->var == SMTP_VAR_ME)
            words->me = word;
        else if (p->var == SMTP_VAR_SENDER)
            words->sender = word;
        return word.size;
    }
    size_t all = p->text.size * p->times;
    if (rest.size < all)
        return 0;
    for (size_t at = 0; at < all; at += p->text.size)
        if (memcmp(rest.at + at, p->text.at, p->text.size) != 0)
            return 0;
    return all;
}

static bool matches(const struct smtp_template *t, struct octets line, struct ask_words *ret)
{
    size_t at = 0;
    for (size_t i = 0; i < t->count; i++) {
        size_t n = match_part(&t->parts[i], octets_sub(line, at, line.size), ret);
        if (!n)
            return false;
        at += n;
    }
    return at == line.size;
}

size_t asks_find(const struct asks *a, struct octets line, enum smtp_state state,
                 struct ask_words *ret)
{
    size_t elsewhere = a->count;
    const uint8_t *some = a->by_octet[line.size ? line.at[0] : 0];
    for (size_t i = 0; i < ASKS_MAX && some[i] < a->count; i++) {
        struct ask_words words = {0};
        const struct ask *ask = &a->of[some[i]];
        if ((ask->state != state && elsewhere < a->count) || !matches(ask->text, line, &words))
            continue;
        *ret = words;
        if (ask->state == state)
            return some[i];
        elsewhere = some[i];
    }
    return elsewhere;
}

size_t asks_named(const struct asks *a, struct octets name)
{
    size_t i = 0;
    while (i < a->count && !octets_is_equal(name, octets_of(a->of[i].name)))
        i++;
    return i;
}
