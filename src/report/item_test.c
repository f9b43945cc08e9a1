/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "../base/buf.h"
#include "item.h"

#define SERVICE "\"type\":\"service\",\"schema\":1,\"port\":25"

/* clang-format off */
static const struct row {
    const char *name, *record;
    enum err want;
    enum report_kind kind;
    const char *shown, *place, *software; /* NULL: not looked at */
} rows[] = {
    {"a host and its port", "{" SERVICE ",\"host\":\"mx.example.org\",\"address\":\"192.0.2.1\"}", ERR_OK, REPORT_SERVICE,
     "mx.example.org:25", "smtp://mx.example.org:25", NULL},
    {"an address", "{" SERVICE ",\"address\":\"192.0.2.1\"}", ERR_OK, REPORT_SERVICE, "192.0.2.1:25", "smtp://192.0.2.1:25", NULL},
    {"IPv6 in brackets", "{" SERVICE ",\"address\":\"2001:db8::1\"}", ERR_OK, REPORT_SERVICE, "[2001:db8::1]:25", "smtp://[2001:db8::1]:25", NULL},
    {"a domain", "{\"type\":\"domain\",\"schema\":1,\"input\":\"example.org\"}", ERR_OK, REPORT_DOMAIN, "example.org", "dns:example.org", NULL},
    {"octets are those that were seen", "{" SERVICE ",\"host\":\"a\\\\x1Bb\\\\\\\\\"}", ERR_OK, REPORT_SERVICE, "a\033b\\:25", NULL, NULL},
    {"a product and its versions",
     "{" SERVICE ",\"software\":{\"unknown\":false,\"product\":\"Exim\",\"versions\":{\"low\":\"4.9\",\"high\":\"4.96\"},\"front\":\"spampd\"}}",
     ERR_OK, REPORT_SERVICE, NULL, NULL, "Exim 4.9 to 4.96 behind spampd"},
    {"one version", "{" SERVICE ",\"software\":{\"unknown\":false,\"product\":\"Exim\",\"versions\":{\"low\":\"4.9\",\"high\":\"4.9\"}}}", ERR_OK,
     REPORT_SERVICE, NULL, NULL, "Exim 4.9"},
    {"no version", "{" SERVICE ",\"software\":{\"unknown\":false,\"product\":\"Exim\"}}", ERR_OK, REPORT_SERVICE, NULL, NULL, "Exim"},
    {"unknown, and what is near",
     "{" SERVICE ",\"software\":{\"unknown\":true,\"product\":\"no\",\"candidates\":[{\"product\":\"Exim\",\"p\":0.2}]}}",
     ERR_OK, REPORT_SERVICE, NULL, NULL, "unknown, nearest to Exim"},
    {"unknown, and what is not near", "{" SERVICE ",\"software\":{\"unknown\":true,\"candidates\":[{\"product\":\"Exim\",\"p\":0.001}]}}", ERR_OK,
     REPORT_SERVICE, NULL, NULL, "unknown"},
    {"another type is neither", "{\"type\":\"run\",\"schema\":1}", ERR_OK, REPORT_NEITHER, NULL, NULL, NULL},
    {"another schema", "{\"type\":\"service\",\"schema\":2}", ERR_SYNTAX, REPORT_NEITHER, NULL, NULL, NULL},
    {"no schema", "{\"type\":\"service\"}", ERR_SYNTAX, REPORT_NEITHER, NULL, NULL, NULL},
    {"no type", "{\"schema\":1}", ERR_SYNTAX, REPORT_NEITHER, NULL, NULL, NULL},
};

static const struct finding_row {
    const char *name, *findings;
    size_t count, exposed;
    enum finding_severity worst;
} finding_rows[] = {
    {"none",                       "[]", 0, 0, FINDING_SEVERITY__COUNT},
    {"what is exposed counts",     "[{\"id\":\"a\",\"verdict\":\"exposed\",\"severity\":\"low\"},{\"id\":\"b\",\"verdict\":\"exposed\",\"severity\":\"high\"}]",
     2, 2, FINDING_HIGH},
    {"what is accepted does not",  "[{\"id\":\"a\",\"verdict\":\"exposed\",\"severity\":\"high\",\"accepted\":true}]", 1, 0, FINDING_SEVERITY__COUNT},
    {"what is untestable does not", "[{\"id\":\"a\",\"verdict\":\"untestable\",\"severity\":\"critical\"}]", 1, 0, FINDING_SEVERITY__COUNT},
    {"no severity is info",        "[{\"id\":\"a\",\"verdict\":\"exposed\"}]", 1, 1, FINDING_INFO},
    {"what is none is left out",   "[1,null,{},{\"id\":\"a\"},{\"verdict\":\"safe\"},{\"id\":\"a\",\"verdict\":\"odd\"},{\"id\":\"a\",\"verdict\":\"safe\"}]",
     1, 0, FINDING_SEVERITY__COUNT},
    {"no array",                   "{\"id\":\"a\"}", 0, 0, FINDING_SEVERITY__COUNT},
};
/* clang-format on */

static const struct audit_knowledge nothing_known;

static void expect(struct octets got, const char *want)
{
    if (want)
        kit_assert_text(got, want);
}

static void test_row(void **state)
{
    const struct row *c = *state;
    struct report_item item;
    struct arena a;
    struct buf text;
    json_t *record = json_loads(c->record, 0, NULL);
    assert_non_null(record);
    arena_init(&a, 1024 * 1024);
    buf_init(&text, 4096);
    assert_int_equal(report_item_read(record, &nothing_known, &a, &item), c->want);
    if (!c->want) {
        assert_int_equal(item.kind, c->kind);
        expect(item.name, c->shown);
        report_place_append(&text, &item);
        expect(buf_octets(&text), c->place);
        buf_clear(&text);
        report_software_append(&text, &item.software);
        expect(buf_octets(&text), c->software);
    }
    buf_release(&text);
    arena_release(&a);
    json_decref(record);
}

static void test_finding_row(void **state)
{
    const struct finding_row *c = *state;
    struct report_item item;
    struct arena a;
    json_t *record = json_loads("{" SERVICE "}", 0, NULL);
    assert_int_equal(json_object_set_new(record, "findings", json_loads(c->findings, 0, NULL)), 0);
    arena_init(&a, 1024 * 1024);
    assert_int_equal(report_item_read(record, &nothing_known, &a, &item), ERR_OK);
    assert_int_equal(item.finding_count, c->count);
    assert_int_equal(item.exposed, c->exposed);
    assert_int_equal(item.worst, c->worst);
    for (size_t i = 0; i < item.finding_count; i++)
        kit_assert_text(item.findings[i].title,
                        "a\0b" + 2 * (i & 1)); /* the id: nothing is known */
    arena_release(&a);
    json_decref(record);
}

static void test_out_of_memory_is_told(void **state)
{
    struct report_item item;
    struct arena a;
    json_t *record =
        json_loads("{" SERVICE ",\"findings\":[{\"id\":\"a\",\"verdict\":\"safe\"}]}", 0, NULL);
    (void)state;
    arena_init(&a, 64);
    assert_int_equal(report_item_read(record, &nothing_known, &a, &item), ERR_NOMEM);
    arena_release(&a);
    json_decref(record);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows) + KIT_COUNT(finding_rows) + 1];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    KIT_ADD_ROWS(tests, &count, finding_rows, test_finding_row);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_out_of_memory_is_told);
    return _cmocka_run_group_tests("item", tests, count, NULL, NULL);
}
