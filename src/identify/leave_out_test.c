/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "../../bench/kin.h"

#include "match.h"

/*
 * The database tested by itself: what is left out must be recognised by what is left.  The weights
 * are counted anew each time, over what is left.
 */
struct tally {
    unsigned cases, right, unknown;
};

static struct identify_answer identify(const struct identify_database *db, size_t specimen,
                                       const bool *excluded, bool ignores_greeting)
{
    struct identify_options options = {.ignore_greeting = ignores_greeting, .excluded = excluded};
    struct identify_answer answer;
    struct arena a;
    arena_init(&a, (size_t)4 * 1024 * 1024);
    struct identify_belief *b = identify_belief_new(db, &options, &a);
    assert_non_null(b);
    for (size_t q = 0; q < db->question_count; q++)
        identify_hear(b, q, &db->questions[q].keys[specimen]);
    identify_settle(b);
    identify_conclude(b, &answer);
    arena_release(&a);
    return answer;
}

static bool is_of_release(const struct identify_database *db, size_t a, size_t b)
{
    return db->specimens[a].release == db->specimens[b].release;
}

static bool is_of_product(const struct identify_database *db, size_t a, size_t b)
{
    return octets_is_equal(db->specimens[a].about.product, db->specimens[b].about.product);
}

/* Marks what is like the specimen; returns how many others of its product are left. */
static size_t mark(const struct identify_database *db, size_t specimen,
                   bool (*is_alike)(const struct identify_database *, size_t, size_t),
                   bool *ret_excluded)
{
    size_t left = 0;
    for (size_t i = 0; i < db->specimen_count; i++) {
        ret_excluded[i] = is_alike(db, i, specimen);
        left += !ret_excluded[i] && is_of_product(db, i, specimen);
    }
    return left;
}

static struct identify_database *build(void)
{
    struct identify_database *db = NULL;
    struct dialogue_problem problem;
    const char *path;
    enum err e = identify_database_build(&bundle_built_in, &db, &path, &problem);
    if (e)
        fprintf(stderr, "%s:%u: %s\n", path, problem.line, problem.text);
    assert_int_equal(e, ERR_OK);
    return db;
}

/* Each release once: all its configurations are left out together. */
static void check_releases(bool ignores_greeting)
{
    struct identify_database *db = build();
    struct tally t = {0};
    bool *excluded = calloc(db->specimen_count, 1);
    assert_non_null(excluded);
    for (size_t release = 0; release < db->release_count; release++) {
        size_t first = 0;
        while (db->specimens[first].release != release)
            first++;
        if (!mark(db, first, is_of_release, excluded))
            continue;
        assert_int_equal(identify_database_weigh(db, excluded), ERR_OK);
        for (size_t i = first; i < db->specimen_count; i++) {
            /* Of a partial one too little is known to be sure. */
            if (!excluded[i] || db->specimens[i].known < IDENTIFY_WHOLE)
                continue;
            struct identify_answer r = identify(db, i, excluded, ignores_greeting);
            bool right = kin_are(r.product, db->specimens[i].about.product);
            assert_true(r.is_unknown || right);
            t.cases++;
            t.right += right;
            t.unknown += r.is_unknown;
            if (!right)
                fprintf(stderr, "%s: taken for %.*s\n", db->specimens[i].path, (int)r.product.size,
                        r.product.size ? (const char *)r.product.at : "");
        }
    }
    fprintf(stderr, "%u of %u left-out specimens recognised, %u unknown\n", t.right, t.cases,
            t.unknown);
    assert_true(t.cases > 100);
    assert_true(t.right * 100 >= t.cases * 98);
    free(excluded);
    identify_database_free(db);
}

static void a_left_out_release_is_recognised_by_its_product(void **state)
{
    (void)state;
    check_releases(false);
}

static void and_so_it_is_without_its_greeting(void **state)
{
    (void)state;
    check_releases(true);
}

/* A product of which nothing is known must not be taken for another, unless for its parent or its
 * fork. */
static void a_product_left_out_whole_is_unknown(void **state)
{
    struct identify_database *db = build();
    struct tally t = {0};
    bool *excluded = calloc(db->specimen_count, 1);
    (void)state;
    assert_non_null(excluded);
    for (size_t c = 0; c < db->class_count; c++) {
        size_t s = db->classes[c].specimens[0];
        if (db->specimens[s].known < IDENTIFY_WHOLE)
            continue;
        mark(db, s, is_of_product, excluded);
        assert_int_equal(identify_database_weigh(db, excluded), ERR_OK);
        struct identify_answer r = identify(db, s, excluded, false);
        t.cases++;
        t.unknown += r.is_unknown || kin_are(r.product, db->classes[c].product);
        if (!r.is_unknown)
            fprintf(stderr, "%s: taken for %.*s\n", db->specimens[s].path, (int)r.product.size,
                    (const char *)r.product.at);
    }
    fprintf(stderr, "%u of %u left-out products unknown, or taken for their kin\n", t.unknown,
            t.cases);
    assert_true(t.unknown * 100 >= t.cases * 95);
    free(excluded);
    identify_database_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_left_out_release_is_recognised_by_its_product),
        cmocka_unit_test(and_so_it_is_without_its_greeting),
        cmocka_unit_test(a_product_left_out_whole_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
