/* SPDX-License-Identifier: Apache-2.0 */
#include "news.h"

/* The texts behind the keys of the new specimen: most of the database's are not kept. */
struct texts {
    struct arena *arena;
    struct octets *at;
    size_t count, room;
    bool is_full; /* out of memory */
};

/* What the new specimen answers, as the database counts, and in words. */
struct news_answers {
    struct reaction_keys *own; /* numbers in `texts`, from 1 */
    struct reaction_keys *as_known;
    struct texts texts;
};

static uint32_t keep_text(void *table, struct octets text)
{
    struct texts *t = table;
    struct octets copy;
    void *at = t->at;
    if (!arena_copy(t->arena, text, &copy) ||
        !arena_grow(t->arena, &at, t->count, &t->room, sizeof *t->at)) {
        t->is_full = true;
        return 0;
    }
    t->at = at;
    t->at[t->count++] = copy;
    return (uint32_t)t->count;
}

static uint32_t find_text(void *table, struct octets text)
{
    return intern_find(table, text);
}

static enum err take_answers(const struct identify_database *db, const struct specimen *s,
                             struct arena *a, struct news_answers *ret)
{
    struct intern known = db->texts; /* finding changes nothing */
    *ret = (struct news_answers){
        .own = arena_alloc_array(a, db->question_count, sizeof *ret->own),
        .as_known = arena_alloc_array(a, db->question_count, sizeof *ret->as_known),
        .texts = {.arena = a},
    };
    if (!ret->own || !ret->as_known)
        return ERR_NOMEM;
    identify_keys(db, s, keep_text, &ret->texts, ret->own);
    identify_keys(db, s, find_text, &known, ret->as_known);
    return ret->texts.is_full ? ERR_NOMEM : ERR_OK;
}

/* Where nobody kept the words there is nothing to hold new ones against. */
static bool has_words(const struct reaction_keys *keys)
{
    return keys->at[REACTION_TEXT] && !keys->is_code_only;
}

static bool is_alike(const struct reaction_keys *a, const struct reaction_keys *b)
{
    return a->at[REACTION_TEXT] == b->at[REACTION_TEXT];
}

static void add_answer(const struct identify_database *db, size_t question, struct octets text,
                       struct identify_news *news)
{
    size_t at = news->answer_count++;
    struct octets line = octets_take_until(&text, '\n');
    if (at >= IDENTIFY_NEWS_MAX)
        return;
    /* "keywords SIZE HELP" and "change -STARTTLS": the question says the first word already. */
    if (question == IDENTIFY_KEYWORDS || question == IDENTIFY_TLS_CHANGE)
        (void)octets_take_until(&line, ' ');
    news->answers[at] = (struct identify_new_answer){.ask = db->questions[question].name,
                                                     .said = octets_trim(line)};
}

/* Whether some specimen of the product gives that answer to the question, or none was asked it. */
static void look_at_question(const struct identify_database *db, size_t question,
                             const struct news_answers *answers, struct octets product,
                             struct identify_news *news)
{
    const struct identify_question *q = &db->questions[question];
    const struct reaction_keys *seen = &answers->as_known[question];
    bool was_asked = false, is_said = false;
    if (!has_words(seen))
        return;
    for (size_t i = 0; i < db->specimen_count && !is_said; i++) {
        if (!has_words(&q->keys[i]) || !octets_is_equal(db->specimens[i].about.product, product))
            continue;
        was_asked = true;
        is_said = is_alike(&q->keys[i], seen);
    }
    if (!was_asked)
        news->unasked++;
    else if (!is_said)
        add_answer(db, question, answers->texts.at[answers->own[question].at[REACTION_TEXT] - 1],
                   news);
}

/* The greeting is no measure: whoever runs a server may have written it. */
static void look_at_specimen(const struct identify_database *db, size_t specimen,
                             const struct reaction_keys *seen, struct identify_news *news)
{
    size_t alike = 0, compared = 0;
    for (size_t q = 0; q < db->question_count; q++) {
        const struct reaction_keys *own = &db->questions[q].keys[specimen];
        if (q == IDENTIFY_GREETING || !has_words(own) || !has_words(&seen[q]))
            continue;
        compared++;
        alike += is_alike(own, &seen[q]);
    }
    if (compared >= IDENTIFY_WHOLE && alike == compared) {
        if (news->same_count < IDENTIFY_NEWS_MAX)
            news->same[news->same_count] = specimen;
        news->same_count++;
    }
    if (alike > news->alike || (alike && alike == news->alike && compared < news->compared)) {
        news->nearest = specimen;
        news->alike = alike;
        news->compared = compared;
    }
}

enum err identify_news_of(const struct identify_database *db, const struct specimen *s,
                          struct arena *a, struct identify_news *ret)
{
    struct identify_news news = {.nearest = SIZE_MAX};
    struct news_answers answers;
    enum err e = take_answers(db, s, a, &answers);
    if (e)
        return e;
    for (size_t q = 0; q < db->question_count; q++)
        look_at_question(db, q, &answers, s->product, &news);
    for (size_t i = 0; i < db->specimen_count; i++) {
        if (!octets_is_equal(db->specimens[i].about.product, s->product))
            continue;
        news.is_known = news.is_known || db->specimens[i].known >= IDENTIFY_WHOLE;
        look_at_specimen(db, i, answers.as_known, &news);
    }
    *ret = news;
    return ERR_OK;
}
