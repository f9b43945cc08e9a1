/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "match.h"

/*
 * The database tested by itself: each specimen is left out in turn and must be recognised by the
 * others of its product, with the greeting and without it.  (The steadiness of questions is counted
 * over all specimens, the left-out one included.)
 */
struct tally {
    unsigned cases, right, unknown;
};

static struct octets best_product(const struct identify_database *db,
                                  const struct identify_posterior *p)
{
    struct octets best = OCTETS_NONE;
    double best_p = p->unknown;
    for (size_t c = 0; c < db->class_count; c++) {
        double sum = 0;
        for (size_t i = 0; i < db->specimen_count; i++)
            if (octets_is_equal(db->specimens[i].about.product, db->classes[c].product))
                sum += p->specimens[i];
        if (sum <= best_p)
            continue;
        best_p = sum;
        best = db->classes[c].product;
    }
    return best;
}

static bool has_relative(const struct identify_database *db, const struct identify_specimen *s)
{
    for (size_t i = 0; i < db->specimen_count; i++)
        if (&db->specimens[i] != s &&
            octets_is_equal(db->specimens[i].about.product, s->about.product))
            return true;
    return false;
}

static void leave_out(const struct identify_database *db, const struct identify_specimen *s,
                      bool with_greeting, struct tally *t)
{
    struct identify_options options = {.ignore_greeting = !with_greeting, .leave_out = s};
    struct identify_posterior p;
    struct arena a;
    arena_init(&a, (size_t)1024 * 1024);
    assert_int_equal(identify_posterior(db, s->keys, &options, &a, &p), ERR_OK);
    struct octets product = best_product(db, &p);
    bool right = octets_is_equal(product, s->about.product);
    t->cases++;
    t->right += right;
    t->unknown += product.size == 0;
    if (!right)
        fprintf(stderr, "%s: taken for %.*s\n", s->path, (int)product.size,
                product.size ? (const char *)product.at : "");
    arena_release(&a);
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

static void check_all(bool with_greeting)
{
    struct identify_database *db = build();
    struct tally t = {0};
    for (size_t i = 0; i < db->specimen_count; i++)
        if (has_relative(db, &db->specimens[i]))
            leave_out(db, &db->specimens[i], with_greeting, &t);
    fprintf(stderr, "%u of %u left-out specimens recognised, %u unknown\n", t.right, t.cases,
            t.unknown);
    assert_true(t.cases > 100);
    assert_true(t.right * 100 >= t.cases * 99);
    identify_database_free(db);
}

static void a_left_out_specimen_is_recognised_by_its_product(void **state)
{
    (void)state;
    check_all(true);
}

static void and_so_it_is_without_its_greeting(void **state)
{
    (void)state;
    check_all(false);
}

/* Whether file i of the bundle is a specimen of the product. */
static bool is_of(const struct identify_database *db, size_t i, struct octets product)
{
    for (size_t k = 0; k < db->specimen_count; k++)
        if (db->specimens[k].path == bundle_built_in.files[i].path)
            return octets_is_equal(db->specimens[k].about.product, product);
    return false;
}

static struct identify_database *build_without(const struct identify_database *db,
                                               struct octets product)
{
    struct bundle_file *files = calloc(bundle_built_in.count, sizeof *files);
    struct bundle rest = {.files = files};
    struct identify_database *less = NULL;
    struct dialogue_problem problem;
    const char *path;
    assert_non_null(files);
    for (size_t i = 0; i < bundle_built_in.count; i++)
        if (!is_of(db, i, product))
            files[rest.count++] = bundle_built_in.files[i];
    assert_int_equal(identify_database_build(&rest, &less, &path, &problem), ERR_OK);
    free(files);
    return less;
}

static uint32_t find_text(void *table, struct octets text)
{
    return intern_find(table, text);
}

/* Forks, and programs built on each other: to be taken for one's kin is no mistake. */
static const char *const kin[][6] = {
    {"aiosmtpd", "Mailman LMTP", "Sendria", "Python smtpd", "Salmon", "secure-smtpd"},
    {"smtp-server", "maildev", "MailDev"},
    {"qmail", "netqmail", "notqmail"},
    {"go-smtp", "maddy"},
};

static bool are_kin(struct octets a, struct octets b)
{
    for (size_t i = 0; i < KIT_COUNT(kin); i++) {
        bool has_a = false, has_b = false;
        for (size_t k = 0; k < KIT_COUNT(kin[i]) && kin[i][k]; k++) {
            has_a = has_a || octets_is_equal(a, octets_of(kin[i][k]));
            has_b = has_b || octets_is_equal(b, octets_of(kin[i][k]));
        }
        if (has_a && has_b)
            return true;
    }
    return false;
}

/* What a database takes a specimen for that was read by another one; keys are numbers of one
 * database. */
static bool is_unknown_or_kin_to(const struct identify_database *less,
                                 const struct identify_specimen *s)
{
    struct identify_options options = {0};
    struct identify_posterior p;
    struct intern texts = less->texts;
    struct arena a;
    arena_init(&a, (size_t)4 * 1024 * 1024);
    struct reaction_keys *keys = arena_alloc_array(&a, less->question_count, sizeof *keys);
    assert_non_null(keys);
    identify_keys(less, &s->about, find_text, &texts, keys);
    assert_int_equal(identify_posterior(less, keys, &options, &a, &p), ERR_OK);
    struct octets product = best_product(less, &p);
    if (product.size)
        fprintf(stderr, "%.*s: taken for %.*s\n", (int)s->about.product.size,
                (const char *)s->about.product.at, (int)product.size, (const char *)product.at);
    arena_release(&a);
    return product.size == 0 || are_kin(product, s->about.product);
}

/* A product of which nothing is known must not be taken for another, unless for its parent or its
 * fork. */
static void a_product_left_out_whole_is_unknown(void **state)
{
    struct identify_database *db = build();
    struct tally t = {0};
    (void)state;
    for (size_t c = 0; c < db->class_count; c++) {
        struct identify_database *less = build_without(db, db->classes[c].product);
        t.cases++;
        t.unknown += is_unknown_or_kin_to(less, &db->specimens[db->classes[c].specimens[0]]);
        identify_database_free(less);
    }
    fprintf(stderr, "%u of %u left-out products unknown, or taken for their kin\n", t.unknown,
            t.cases);
    assert_true(t.unknown * 100 >= t.cases * 95);
    identify_database_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_left_out_specimen_is_recognised_by_its_product),
        cmocka_unit_test(and_so_it_is_without_its_greeting),
        cmocka_unit_test(a_product_left_out_whole_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
