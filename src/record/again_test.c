/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include "../../tests/kit/kit.h"

#define LINES_MAX 8

/* Each line is "INPUT ADDRESS PORT", marked by a * before it; "D INPUT" is a domain's.  Those that are
 * replaced are named by their place. */
static const struct {
    const char *name;
    const char *lines[LINES_MAX];
    const char *replaced;
} rows[] = {
    {"without a mark nothing is", {"a 1 25", "a 1 25"}, ""},
    {"the one before a mark", {"a 1 25", "b 2 25", "*a 1 25"}, "1"},
    {"a mark without one before", {"b 2 25", "*a 1 25"}, ""},
    {"all but the last that is marked", {"a 1 25", "*a 1 25", "*a 1 25"}, "12"},
    {"another port, address, input", {"a 1 25", "a 1 465", "a 2 25", "c 1 25", "*a 1 25"}, "1"},
    {"one behind the mark is another run's", {"a 1 25", "*a 1 25", "a 1 25"}, "1"},
    {"a domain is no service of it", {"D a", "a 1 25", "*D a"}, "1"},
    {"a mark that is not one", {"a 1 25", "a \\\"again\\\":true 25"}, ""},
};

static void put_line(struct buf *out, const char *text)
{
    struct octets rest = octets_of(text);
    bool is_marked = rest.at[0] == '*';
    rest = octets_sub(rest, is_marked, rest.size);
    struct octets first = octets_take_word(&rest);
    buf_clear(out);
    if (octets_is_equal(first, OCTETS("D"))) {
        buf_append_text(out, "{\"type\":\"domain\",\"input\":\"");
        buf_append(out, rest);
        buf_append_text(out, "\"");
    } else {
        struct octets address = octets_take_word(&rest);
        buf_append_text(out, "{\"type\":\"service\",\"input\":\"");
        buf_append(out, first);
        buf_append_text(out, "\",\"address\":\"");
        buf_append(out, address);
        buf_append_text(out, "\",\"port\":");
        buf_append(out, rest);
    }
    buf_append_text(out, is_marked ? ",\"again\":true}" : ",\"level\":\"audit\"}");
    assert_int_equal(buf_error(out), ERR_OK);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record_again a;
        struct buf line, replaced;
        record_again_init(&a);
        buf_init(&line, 4096);
        buf_init(&replaced, 4096);
        for (uint64_t k = 0; k < LINES_MAX && rows[i].lines[k]; k++) {
            put_line(&line, rows[i].lines[k]);
            assert_int_equal(record_again_gather(&a, buf_octets(&line), k + 1), ERR_OK);
        }
        for (uint64_t k = 0; k < LINES_MAX && rows[i].lines[k]; k++) {
            put_line(&line, rows[i].lines[k]);
            if (record_again_is_replaced(&a, buf_octets(&line), k + 1))
                buf_append_number(&replaced, k + 1);
        }
        if (!octets_is_equal(buf_octets(&replaced), octets_of(rows[i].replaced)))
            fail_msg("%s: %.*s", rows[i].name, (int)replaced.size, (const char *)replaced.data);
        record_again_release(&a);
        buf_release(&line);
        buf_release(&replaced);
    }
}

static void test_past_the_bound_marks_are_counted_and_not_held(void **state)
{
    struct record_again a;
    struct buf line;
    (void)state;
    record_again_init(&a);
    buf_init(&line, 4096);
    for (uint64_t i = 1; i <= RECORD_AGAIN_MAX + 2; i++) {
        buf_clear(&line);
        buf_append_format(&line, "{\"type\":\"domain\",\"input\":\"%llu\",\"again\":true}",
                          (unsigned long long)i);
        assert_int_equal(record_again_gather(&a, buf_octets(&line), i), ERR_OK);
    }
    assert_int_equal(a.forgotten, 2);
    assert_true(record_again_is_replaced(&a, OCTETS("{\"type\":\"domain\",\"input\":\"9\"}"), 8));
    record_again_release(&a);
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_past_the_bound_marks_are_counted_and_not_held)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
