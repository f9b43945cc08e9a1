/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "nearest.h"

static const struct distance_row {
    const char *name, *a, *b;
    size_t distance;
} distances[] = {
    {"the same", "ports", "ports", 0},
    {"in either case", "Ports", "pORTS", 0},
    {"nothing and nothing", "", "", 0},
    {"all put in", "", "abc", 3},
    {"all taken out", "abc", "", 3},
    {"one changed", "ports", "parts", 1},
    {"one put in", "prts", "ports", 1},
    {"one taken out", "portss", "ports", 1},
    {"neighbours exchanged are one slip", "prots", "ports", 1},
    {"two pairs exchanged", "badc", "abcd", 2},
    {"an exchanged pair is not touched again", "ca", "abc", 3},
    {"all different", "abc", "xyz", 3},
    {"sitting in the kitten", "kitten", "sitting", 3},
};

static void distance_is_counted(void **state)
{
    const struct distance_row *row = *state;
    assert_int_equal(nearest_distance(octets_of(row->a), octets_of(row->b)), row->distance);
    assert_int_equal(nearest_distance(octets_of(row->b), octets_of(row->a)), row->distance);
}

static const char *const names[] = {"ports",         "level", "as",    "timeout-connect",
                                    "timeout-reply", "only",  "judge", "ids"};

static const struct nearest_row {
    const char *name, *word, *found;
} words[] = {
    {"a slip", "prots", "ports"},
    {"two slips in a word of middle length", "leevll", "level"},
    {"three are too many there", "xyzel", ""},
    {"three in a long word", "timout-conect", "timeout-connect"},
    {"one in a short word", "onl", "only"},
    {"what keeps nothing is far", "x", ""},
    {"a word of two", "at", "as"},
    {"the nearer of two", "timeout-repl", "timeout-reply"},
    {"the first of equals", "is", "as"},
    {"nothing typed", "", ""},
    {"another word", "frobnicate", ""},
};

static void near_names_are_found(void **state)
{
    const struct nearest_row *row = *state;
    struct nearest n;
    nearest_init(&n, octets_of(row->word));
    for (size_t i = 0; i < KIT_COUNT(names); i++)
        (void)nearest_offer(&n, octets_of(names[i]));
    assert_int_equal(n.found.size, strlen(row->found));
    assert_memory_equal(n.found.at ? n.found.at : (const uint8_t *)"", row->found, n.found.size);
}

static void long_words_are_near_to_nothing(void **state)
{
    uint8_t octets[NEAREST_OCTETS_MAX + 1];
    (void)state;
    memset(octets, 'a', sizeof octets);
    struct octets whole = {octets, sizeof octets}, most = {octets, NEAREST_OCTETS_MAX};
    struct nearest n;
    assert_int_equal(nearest_distance(most, most), 0);
    assert_int_equal(nearest_distance(whole, most), SIZE_MAX);
    assert_int_equal(nearest_distance(most, whole), SIZE_MAX);
    nearest_init(&n, whole);
    assert_false(nearest_offer(&n, whole));
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(distances) + KIT_COUNT(words) + 1];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, distances, distance_is_counted);
    KIT_ADD_ROWS(tests, &count, words, near_names_are_found);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(long_words_are_near_to_nothing);
    return _cmocka_run_group_tests("nearest", tests, count, NULL, NULL);
}
