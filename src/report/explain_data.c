/* SPDX-License-Identifier: Apache-2.0 */
#include "explain_data.h"

#include <math.h>

#include "../identify/match.h"

#define REACTION_OCTETS_MAX ((size_t)256 * 1024)

static const struct reaction *reaction_to(const struct specimen *s, struct octets ask)
{
    for (size_t i = 0; i < s->section_count; i++)
        if (octets_is_equal(s->sections[i].ask, ask))
            return &s->sections[i].reaction;
    return NULL;
}

static int commoner_first(const void *a, const void *b)
{
    const struct explain_group *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return octets_compare(x->text, y->text);
}

static enum err add_to_group(const struct identify_database *db, size_t specimen,
                             struct octets text, struct arena *a, struct explain_group *groups,
                             size_t *count)
{
    size_t g = 0;
    while (g < *count && !octets_is_equal(groups[g].text, text))
        g++;
    if (g == *count) {
        groups[g].specimens = arena_alloc_array(a, db->specimen_count, sizeof *groups[g].specimens);
        if (!groups[g].specimens || !arena_copy(a, text, &groups[g].text))
            return ERR_NOMEM;
        (*count)++;
    }
    groups[g].specimens[groups[g].count++] = specimen;
    return ERR_OK;
}

enum err explain_groups(const struct identify_database *db, struct octets ask, struct arena *a,
                        struct explain_group **ret, size_t *ret_count)
{
    struct explain_group *groups = arena_alloc_array(a, db->specimen_count, sizeof *groups);
    size_t count = 0;
    struct buf text;
    enum err e = groups ? ERR_OK : ERR_NOMEM;
    buf_init(&text, REACTION_OCTETS_MAX);
    for (size_t i = 0; i < db->specimen_count && !e; i++) {
        const struct reaction *r = reaction_to(&db->specimens[i].about, ask);
        if (!r)
            continue;
        buf_clear(&text);
        reaction_append(&text, r);
        e = buf_error(&text);
        if (!e)
            e = add_to_group(db, i, buf_octets(&text), a, groups, &count);
    }
    buf_release(&text);
    if (e)
        return e;
    if (count)
        qsort(groups, count, sizeof *groups, commoner_first);
    *ret = groups;
    *ret_count = count;
    return ERR_OK;
}

/* How many of the group are of the product; *ret_others: how many other products are in it. */
static size_t count_of(const struct identify_database *db, const struct explain_group *g,
                       struct octets product, size_t *ret_others)
{
    size_t own = 0;
    *ret_others = 0;
    for (size_t i = 0; i < g->count; i++) {
        struct octets name = db->specimens[g->specimens[i]].about.product;
        bool is_new = true;
        if (octets_is_equal(name, product)) {
            own++;
            continue;
        }
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !octets_is_equal(db->specimens[g->specimens[k]].about.product, name);
        *ret_others += is_new;
    }
    return own;
}

/* The product's commonest reaction to one question; where words were not kept there is none. */
static enum err weigh(const struct identify_database *db, struct octets product,
                      const struct identify_question *q, struct arena *a,
                      struct explain_telling *ret)
{
    struct octets ask = octets_of(q->name);
    struct explain_group *groups;
    size_t count, asked = 0, best = 0, others;
    struct explain_telling t = {.ask = ask};
    enum err e = explain_groups(db, ask, a, &groups, &count);
    for (size_t i = 0; !e && i < count; i++) {
        size_t own = count_of(db, &groups[i], product, &others);
        if (q->keys[groups[i].specimens[0]].is_code_only)
            continue;
        asked += own;
        if (own <= best)
            continue;
        best = own;
        t.text = groups[i].text;
        t.others = others;
    }
    if (best) {
        t.within = (double)best / (double)asked;
        t.score = t.within / log2(2 + (double)t.others);
    }
    *ret = t;
    return e;
}

static void insert(struct explain_telling *ret, size_t max, size_t *count, struct explain_telling t)
{
    size_t at = *count;
    while (at > 0 && ret[at - 1].score < t.score)
        at--;
    if (at == max)
        return;
    if (*count < max)
        (*count)++;
    for (size_t i = *count - 1; i > at; i--)
        ret[i] = ret[i - 1];
    ret[at] = t;
}

enum err explain_telling(const struct identify_database *db, struct octets product, struct arena *a,
                         struct explain_telling *ret, size_t max, size_t *ret_count)
{
    *ret_count = 0;
    for (size_t q = 0; q < db->question_count; q++) {
        struct explain_telling t;
        /* The parts of EHLO are no questions that a person can ask. */
        if (!db->questions[q].program && q != IDENTIFY_GREETING && q != IDENTIFY_QUIT)
            continue;
        enum err e = weigh(db, product, &db->questions[q], a, &t);
        if (e)
            return e;
        if (t.score > 0)
            insert(ret, max, ret_count, t);
    }
    return ERR_OK;
}

static int release_order(const void *a, const void *b)
{
    const struct octets *x = a, *y = b;
    return identify_version_compare(*x, *y);
}

size_t explain_versions(const struct identify_database *db, struct octets product,
                        struct octets front, struct octets *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        const struct specimen *s = &db->specimens[i].about;
        if (!octets_is_equal(s->product, product) || !octets_is_equal(s->front, front))
            continue;
        size_t k = 0;
        while (k < count && !octets_is_equal(ret[k], s->version))
            k++;
        if (k == count)
            ret[count++] = s->version;
    }
    if (count)
        qsort(ret, count, sizeof *ret, release_order);
    return count;
}

bool explain_is_partial(const struct identify_database *db, const struct specimen *s)
{
    return !octets_is_equal(s->kind, OCTETS("live")) &&
           s->section_count < db->question_count / 2;
}
