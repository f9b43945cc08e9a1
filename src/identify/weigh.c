/* SPDX-License-Identifier: Apache-2.0 */
#include "database_parts.h"

/*
 * The model is made of two tables of levels, counted over the specimens: how often a server of the
 * same class, but of another version or configuration, reacts this closely (per question), and how
 * often a server of another class does (per question and specimen).  Their ratio is the evidence
 * that a reaction carries.
 */

/* What we believe before counting; it stands for `PRIOR_WEIGHT` observations. */
static const float prior_same[IDENTIFY_LEVEL__COUNT] = {0.70f, 0.12f, 0.07f, 0.05f, 0.03f, 0.03f};
static const float prior_background[IDENTIFY_LEVEL__COUNT] = {0.02f, 0.02f, 0.10f,
                                                              0.20f, 0.36f, 0.30f};
#define PRIOR_WEIGHT 2.0f
#define LEVEL_LEAST  0.004f /* no reaction, however odd, rules a class out by itself */

static bool is_same_class(const struct specimen *a, const struct specimen *b)
{
    return octets_is_equal(a->product, b->product) && octets_is_equal(a->front, b->front);
}

enum err identify_database_classes(struct identify_database *db)
{
    db->classes = arena_alloc_array(&db->arena, db->specimen_count, sizeof *db->classes);
    if (!db->classes)
        return ERR_NOMEM;
    for (size_t i = 0; i < db->specimen_count; i++) {
        struct identify_specimen *s = &db->specimens[i];
        size_t c = 0;
        while (c < db->class_count &&
               !is_same_class(&db->specimens[db->classes[c].specimens[0]].about, &s->about))
            c++;
        struct identify_class *class = &db->classes[c];
        if (c == db->class_count) {
            *class = (struct identify_class){.product = s->about.product, .front = s->about.front};
            class->specimens =
                arena_alloc_array(&db->arena, db->specimen_count - i, sizeof *class->specimens);
            if (!class->specimens)
                return ERR_NOMEM;
            db->class_count++;
        }
        class->specimens[class->count++] = i;
        s->class = c;
    }
    return ERR_OK;
}

/* Of what was kept by its code alone only the code can agree. */
static enum identify_level code_level(const struct reaction_keys *a, const struct reaction_keys *b)
{
    if (a->at[REACTION_CODE] == b->at[REACTION_CODE])
        return IDENTIFY_LEVEL_CODE;
    return a->at[REACTION_CLASS] == b->at[REACTION_CLASS] ? IDENTIFY_LEVEL_CLASS
                                                          : IDENTIFY_LEVEL_NONE;
}

/* The level, with `skip` (a specimen, or NULL) left out of the siblings. */
static bool level_without(const struct identify_database *db, const struct identify_specimen *s,
                          size_t question, const struct reaction_keys *seen,
                          const struct identify_specimen *skip, enum identify_level *ret)
{
    const struct reaction_keys *own = &s->keys[question];
    const struct identify_class *class = &db->classes[s->class];
    if (!own->at[REACTION_TEXT] || !seen->at[REACTION_TEXT])
        return false;
    *ret = code_level(own, seen);
    if (own->is_code_only || seen->is_code_only)
        return true;
    *ret = IDENTIFY_LEVEL_TEXT;
    if (own->at[REACTION_TEXT] == seen->at[REACTION_TEXT])
        return true;
    *ret = IDENTIFY_LEVEL_SIBLING;
    for (size_t i = 0; i < class->count; i++) {
        const struct identify_specimen *sibling = &db->specimens[class->specimens[i]];
        if (sibling != skip && sibling->keys[question].at[REACTION_TEXT] == seen->at[REACTION_TEXT])
            return true;
    }
    *ret = own->at[REACTION_ENHANCED] == seen->at[REACTION_ENHANCED] ? IDENTIFY_LEVEL_ENHANCED
                                                                     : code_level(own, seen);
    return true;
}

bool identify_level_of(const struct identify_database *db, const struct identify_specimen *s,
                       size_t question, const struct reaction_keys *seen, enum identify_level *ret)
{
    return level_without(db, s, question, seen, NULL, ret);
}

static void normalise(float *levels, const float *counts, const float *prior)
{
    float sum = PRIOR_WEIGHT;
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++)
        sum += counts[l];
    for (unsigned l = 0; l < IDENTIFY_LEVEL__COUNT; l++) {
        float p = (counts[l] + PRIOR_WEIGHT * prior[l]) / sum;
        levels[l] = p > LEVEL_LEAST ? p : LEVEL_LEAST;
    }
}

/* Each class counts as one observation per question, however many specimens it has. */
static void weigh_question(struct identify_database *db, size_t question)
{
    float counts[IDENTIFY_LEVEL__COUNT] = {0};
    for (size_t c = 0; c < db->class_count; c++) {
        const struct identify_class *class = &db->classes[c];
        float own[IDENTIFY_LEVEL__COUNT] = {0}, pairs = 0;
        for (size_t i = 0; i < class->count * class->count; i++) {
            const struct identify_specimen *s = &db->specimens[class->specimens[i / class->count]];
            const struct identify_specimen *held_out =
                &db->specimens[class->specimens[i % class->count]];
            enum identify_level level;
            if (s == held_out || s->keys[question].is_code_only ||
                held_out->keys[question].is_code_only ||
                !level_without(db, s, question, &held_out->keys[question], held_out, &level))
                continue;
            own[level]++;
            pairs++;
        }
        for (unsigned l = 0; pairs > 0 && l < IDENTIFY_LEVEL__COUNT; l++)
            counts[l] += own[l] / pairs;
    }
    normalise(db->questions[question].same, counts, prior_same);
}

static void weigh_specimen(struct identify_database *db, struct identify_specimen *s,
                           size_t question)
{
    float counts[IDENTIFY_LEVEL__COUNT] = {0};
    for (size_t c = 0; c < db->class_count; c++) {
        const struct identify_class *class = &db->classes[c];
        /* The same product behind another front is no stranger. */
        if (octets_is_equal(class->product, s->about.product))
            continue;
        float own[IDENTIFY_LEVEL__COUNT] = {0}, known = 0;
        for (size_t i = 0; i < class->count; i++) {
            const struct reaction_keys *other = &db->specimens[class->specimens[i]].keys[question];
            enum identify_level level;
            if ((other->is_code_only && !s->keys[question].is_code_only) ||
                !identify_level_of(db, s, question, other, &level))
                continue;
            own[level]++;
            known++;
        }
        for (unsigned l = 0; known > 0 && l < IDENTIFY_LEVEL__COUNT; l++)
            counts[l] += own[l] / known;
    }
    normalise(s->background[question], counts, prior_background);
}

/* An earlier specimen of the class that reacts alike has the same background; NULL if there is none. */
static const struct identify_specimen *
find_alike(const struct identify_database *db, const struct identify_specimen *s, size_t question)
{
    const struct identify_class *class = &db->classes[s->class];
    for (size_t i = 0; i < class->count; i++) {
        const struct identify_specimen *other = &db->specimens[class->specimens[i]];
        if (other == s)
            return NULL;
        if (other->keys[question].at[REACTION_TEXT] == s->keys[question].at[REACTION_TEXT])
            return other;
    }
    return NULL;
}

void identify_database_weigh(struct identify_database *db)
{
    for (size_t q = 0; q < db->question_count; q++) {
        weigh_question(db, q);
        for (size_t i = 0; i < db->specimen_count; i++) {
            struct identify_specimen *s = &db->specimens[i];
            const struct identify_specimen *alike = find_alike(db, s, q);
            if (alike)
                memcpy(s->background[q], alike->background[q], sizeof s->background[q]);
            else if (s->keys[q].at[REACTION_TEXT])
                weigh_specimen(db, s, q);
        }
    }
}
