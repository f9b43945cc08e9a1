/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/bundle.h"
#include "dkim_selectors.h"
#include "name.h"

static void lines_of_words_and_comments(void **state)
{
    struct octets rest = OCTETS("# a comment\n\ngoogle Google Workspace\r\ndefault\n  x.y z");
    struct dkim_selector s;
    (void)state;
    assert_true(dkim_selector_next(&rest, &s));
    kit_assert_text(s.name, "google");
    kit_assert_text(s.who, "Google Workspace");
    assert_true(dkim_selector_next(&rest, &s));
    kit_assert_text(s.name, "default");
    assert_int_equal(s.who.size, 0);
    assert_true(dkim_selector_next(&rest, &s));
    kit_assert_text(s.name, "x.y");
    assert_false(dkim_selector_next(&rest, &s));
}

/* Names that can be asked for, none of them twice. */
static void the_list_that_is_built_in(void **state)
{
    struct octets seen[200], rest = OCTETS_NONE;
    struct dkim_selector s;
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < bundle_built_in.count; i++)
        if (strcmp(bundle_built_in.files[i].path, "dkim-selectors.txt") == 0)
            rest = bundle_built_in.files[i].text;
    while (dkim_selector_next(&rest, &s)) {
        assert_true(count < KIT_COUNT(seen));
        assert_true(dns_name_is_valid(s.name));
        for (size_t i = 0; i < count; i++)
            assert_false(octets_is_equal_nocase(seen[i], s.name));
        seen[count++] = s.name;
    }
    assert_true(count >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_words_and_comments),
        cmocka_unit_test(the_list_that_is_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
