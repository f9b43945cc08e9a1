/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include <stdio.h>

#include "format.h"

#define SHOWN_OCTETS ((size_t)20000)

static const struct audit_knowledge nothing_known;

/* A service at the address; with a finding or without. */
static json_t *service(unsigned number, bool is_exposed)
{
    char text[400];
    snprintf(text, sizeof text,
             "{\"type\":\"service\",\"schema\":1,\"address\":\"192.0.2.%u\",\"port\":25,"
             "\"outcome\":\"answered\",\"findings\":[%s]}",
             number, is_exposed ? "{\"id\":\"a.b\",\"verdict\":\"exposed\"}" : "");
    json_t *record = json_loads(text, 0, NULL);
    assert_non_null(record);
    return record;
}

static void add(struct report *r, unsigned number, bool is_exposed)
{
    struct buf nothing;
    json_t *record = service(number, is_exposed);
    buf_init(&nothing, 1024);
    assert_int_equal(report_add(r, report_format(0), record, &nothing), ERR_OK);
    assert_int_equal(nothing.size, 0);
    json_decref(record);
    buf_release(&nothing);
}

static size_t count(struct octets page, struct octets what)
{
    size_t n = 0;
    for (size_t at = 0; (at = octets_find(page, what, at)) < page.size; at += what.size)
        n++;
    return n;
}

static struct octets finish(struct report *r, struct buf *page)
{
    buf_init(page, REPORT_TEXT_MAX);
    assert_int_equal(report_format(0)->end(r, page), ERR_OK);
    return buf_octets(page);
}

static void test_a_page_has_an_end_and_room_for_what_is_exposed(void **state)
{
    struct report r = {.known = &nothing_known,
                       .version = "0",
                       .now_ms = 1795305600000,
                       .fail_on = FINDING_SEVERITY__COUNT,
                       .shown_octets = SHOWN_OCTETS};
    struct buf buf;
    (void)state;
    report_init(&r);
    for (unsigned i = 0; i < 100; i++)
        add(&r, i, false);
    size_t quiet = r.text.size;
    assert_true(quiet > SHOWN_OCTETS / 2 && quiet < SHOWN_OCTETS);
    for (unsigned i = 100; i < 200; i++)
        add(&r, i, true);
    assert_true(r.text.size > SHOWN_OCTETS && r.text.size < 2 * SHOWN_OCTETS);
    struct octets page = finish(&r, &buf);
    size_t listed = count(page, OCTETS("<details class=\"row\""));
    assert_true(listed > 10 && listed < 100);
    assert_int_equal(count(page, OCTETS("</details>\n")), listed + 1); /* and one check */
    assert_int_equal(count(page, OCTETS("Not all are listed")), 1);
    assert_int_equal(count(page, OCTETS("Of 200 that answered")), 1);
    report_release(&r);
    buf_release(&buf);
}

static void test_a_page_of_nothing(void **state)
{
    struct report r = {.known = &nothing_known, .version = "<0>", .now_ms = 1795305600000};
    struct buf buf;
    (void)state;
    report_init(&r);
    struct octets page = finish(&r, &buf);
    assert_int_equal(count(page, OCTETS("No service answered")), 1);
    assert_int_equal(count(page, OCTETS("smtpscan &lt;0&gt;")), 2);
    assert_int_equal(count(page, OCTETS("{{")), 0);
    assert_int_equal(count(page, OCTETS("Not all are listed")), 0);
    report_release(&r);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_has_an_end_and_room_for_what_is_exposed),
        cmocka_unit_test(test_a_page_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
