/* SPDX-License-Identifier: Apache-2.0 */
#include "diff.h"

#include <jansson.h>
#include <stdlib.h>

#include "../../tests/kit/kit.h"
#include "test_rows.h"

/* ---- running a row ---- */

static json_t *parse(const char *text)
{
    char *json = strdup(text);
    assert_non_null(json);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *value = json_loads(json, JSON_ALLOW_NUL, NULL); /* of a repeated name the last counts */
    if (!value)
        print_error("no JSON: %s\n", json);
    assert_non_null(value);
    free(json);
    return value;
}

static void add(struct record_diff *d, enum record_diff_side side, json_t *changes)
{
    const char *type = json_string_value(json_object_get(changes, "type")), *name;
    json_t *record = type && strncmp(type, "run", 3) == 0  ? json_object()
                     : type && strcmp(type, "domain") == 0 ? parse(DOMAIN)
                                                           : parse(SERVICE),
           *value;
    json_object_foreach(changes, name, value)
    {
        if (json_is_null(value))
            json_object_del(record, name);
        else
            assert_int_equal(json_object_set(record, name, value), 0);
    }
    char *line = json_dumps(record, JSON_COMPACT);
    assert_non_null(line);
    assert_int_equal(record_diff_add(d, side, octets_of(line)), ERR_OK);
    free(line);
    json_decref(record);
}

static void add_all(struct record_diff *d, enum record_diff_side side, const char *text)
{
    json_t *all = parse(text);
    if (!strstr(text, "'killed'"))
        assert_int_equal(record_diff_add(d, side, OCTETS("{\"type\":\"run\",\"schema\":1}")),
                         ERR_OK);
    if (!json_is_array(all))
        add(d, side, all);
    for (size_t i = 0; i < json_array_size(all); i++)
        add(d, side, json_array_get(all, i));
    json_decref(all);
}

static void append(struct buf *out, const struct record_change *c)
{
    bool is_ordinary = c->port == 25 && octets_is_equal(c->address, OCTETS("192.0.2.1"));
    buf_append_text(out,
                    record_change_is_noted(c->kind) ? "-" : finding_severity_name(c->severity));
    if (!is_ordinary) {
        buf_append_text(out, " @");
        buf_append(out, c->address);
        if (c->port)
            buf_append_format(out, ":%u", c->port);
    }
    buf_append_format(out, " %s", record_change_name(c->kind));
    if (c->subject.size) {
        buf_append_octet(out, ' ');
        buf_append(out, c->subject);
    }
    if (c->before.size || c->after.size) {
        buf_append_text(out, ": ");
        buf_append(out, c->before);
        buf_append_text(out, " -> ");
        buf_append(out, c->after);
    }
    buf_append_octet(out, '\n');
}

static void compare(const char *before, const char *after, struct audit_select select,
                    struct buf *out)
{
    struct record_diff *d;
    struct record_changes changes;
    assert_int_equal(record_diff_new(&d, select), ERR_OK);
    add_all(d, RECORD_DIFF_FIRST, before);
    add_all(d, RECORD_DIFF_SECOND, after);
    assert_int_equal(record_diff_finish(d, &changes), ERR_OK);
    buf_init(out, 1 << 20);
    for (size_t i = 0; i < changes.count; i++)
        append(out, &changes.at[i]);
    assert_int_equal(buf_error(out), ERR_OK);
    record_changes_release(&changes);
    record_diff_free(d);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    struct buf got;
    compare(row->before, row->after, (struct audit_select){0}, &got);
    kit_assert_text(buf_octets(&got), row->expected);
    buf_release(&got);
}

/* What is compared with itself has not changed, whatever it is. */
static void test_same(void **state)
{
    const struct row *row = *state;
    for (unsigned i = 0; i < 2; i++) {
        struct buf got;
        const char *one = i ? row->after : row->before;
        compare(one, one, (struct audit_select){.skip = OCTETS("cut-short")}, &got);
        kit_assert_text(buf_octets(&got), "");
        buf_release(&got);
    }
}

static void test_posture(void **state)
{
    const struct row *row = *state;
    struct buf before, after, got;
    buf_init(&before, 10000);
    buf_init(&after, 10000);
    const char *const head = "{'type':'domain','posture':{'dkim_asked':3,'services_seen':1,"
                             "'queries':9,'exchanges':[{'host':'mx.example.org',"
                             "'preference':10}]";
    buf_append_format(&before, "%s%s}}", head, row->before);
    buf_append_octet(&before, 0);
    buf_append_format(&after, "%s%s}}", head, row->after);
    buf_append_octet(&after, 0);
    compare((const char *)before.data, (const char *)after.data, (struct audit_select){0}, &got);
    kit_assert_text(buf_octets(&got), row->expected);
    buf_release(&got);
    buf_release(&before);
    buf_release(&after);
}

/* ---- what is left out ---- */

static const struct {
    const char *name, *only, *skip, *expected;
} selections[] = {
    {"only a finding", "relay.open", "", "critical finding-opened relay.open: safe -> exposed\n"},
    {"only a kind", "extension-*", "", "info extension-added DSN\n"},
    {"all findings by their kind", "finding-*", "",
     "critical finding-opened relay.open: safe -> exposed\n"},
    {"without a finding", "", "relay.*", "info extension-added DSN\n"},
    {"without a kind", "", "finding-opened", "info extension-added DSN\n"},
};

static void test_selection(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(selections); i++) {
        struct buf got;
        compare("{}",
                "{'findings':[{'id':'relay.open','verdict':'exposed','severity':'critical'}],"
                "'ehlo':{'code':250,'lines':['mx','x'],'ms':1,'extensions':"
                "{'SIZE':'1000','STARTTLS':'','DSN':'','AUTH':'PLAIN LOGIN'}}}",
                (struct audit_select){.only = octets_of(selections[i].only),
                                      .skip = octets_of(selections[i].skip)},
                &got);
        kit_assert_text(buf_octets(&got), selections[i].expected);
        buf_release(&got);
    }
}

/* ---- hostile records ---- */

/* No octet of a record reaches a terminal or a line of JSON as a control. */
static void test_hostile(void **state)
{
    (void)state;
    struct record_diff *d;
    struct record_changes changes;
    struct buf out;
    assert_int_equal(record_diff_new(&d, (struct audit_select){0}), ERR_OK);
    add_all(d, RECORD_DIFF_FIRST, "{'input':'a\\u001b[2J\\\\x0A'}");
    add_all(d, RECORD_DIFF_SECOND,
            "{'input':'a\\u001b[2J\\\\x0A','software':{'product':'P\\u0007\\u202e\\n\\tQ',"
            "'version_set':['1\\n2','\\\\x1B[31m']},'findings':[{'id':'x\\ty\\nz','verdict':"
            "'exposed\\n','severity':'high'},{'id':7},3,{'id':'e.e','verdict':'exposed',"
            "'severity':'\\u0000'}],'ehlo':{'code':250,'lines':['mx','x'],'ms':1,"
            "'extensions':{'A\\nB':'\\u009b','STARTTLS':5}},'protocol':7,'host':['x']}");
    assert_int_equal(record_diff_finish(d, &changes), ERR_OK);
    assert_true(changes.changed >= 3);
    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < changes.count; i++) {
        size_t from = out.size;
        assert_int_equal(record_change(&out, &changes.at[i]), ERR_OK);
        json_t *line = json_loadb((char *)out.data + from, out.size - from, 0, NULL);
        assert_non_null(line);
        json_decref(line);
        out.data[out.size - 1] = ' '; /* its own LF */
        append(&out, &changes.at[i]);
        out.data[out.size - 1] = ' ';
    }
    for (size_t i = 0; i < out.size; i++)
        assert_true(out.data[i] >= 32 && out.data[i] < 127);
    buf_release(&out);
    record_changes_release(&changes);
    record_diff_free(d);
}

/* A server does not choose how much we hold: long texts are cut, and still told apart. */
static void test_long(void **state)
{
    (void)state;
    struct buf before, after, got;
    buf_init(&before, 100000);
    buf_append_text(&before, "{'greeting':{'code':220,'lines':['");
    size_t from = before.size;
    for (size_t i = 0; i < 50000; i++)
        buf_append_octet(&before, 'z');
    buf_append_text(&before, "'],'delay_ms':1}}");
    buf_append_octet(&before, 0);
    buf_init(&after, 100000);
    buf_append(&after, buf_octets(&before));
    after.data[from + 49999] = 'b';
    compare((const char *)before.data, (const char *)after.data, (struct audit_select){0}, &got);
    assert_true(octets_has_prefix(buf_octets(&got), OCTETS("info greeting: 220 zzz")));
    assert_true(got.size < 5000);
    buf_release(&got);
    buf_release(&before);
    buf_release(&after);
}

static void test_no_record(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"type\":\"service\"}",
        "{\"type\":\"service\",\"schema\":99}",
        "{\"type\":\"service\",\"schema\":1,\"outcome\":\"answered\",\"address\":\"192.0.2.1\"}",
        "{\"type\":\"domain\",\"schema\":1,\"outcome\":\"answered\"}",
        "{\"type\":\"domain\",\"schema\":1,\"input\":\"x\",\"outcome\":\"fine\"}"};
    struct record_diff *d;
    struct record_changes changes;
    assert_int_equal(record_diff_new(&d, (struct audit_select){0}), ERR_OK);
    for (size_t i = 0; i < KIT_COUNT(lines); i++)
        assert_int_equal(record_diff_add(d, i % 2, octets_of(lines[i])), ERR_SYNTAX);
    assert_int_equal(record_diff_finish(d, &changes), ERR_OK);
    assert_int_equal(changes.count, 0);
    record_changes_release(&changes);
    record_diff_free(d);
}

int main(void)
{
    static struct CMUnitTest tests[2 * KIT_COUNT(rows) + KIT_COUNT(postures) + 4];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, test_row);
    KIT_ADD_ROWS(tests, &count, rows, test_same);
    KIT_ADD_ROWS(tests, &count, postures, test_posture);
    tests[count++] = kit_row("what is selected", test_selection, NULL);
    tests[count++] = kit_row("hostile records", test_hostile, NULL);
    tests[count++] = kit_row("long texts are cut", test_long, NULL);
    tests[count++] =
        kit_row("what is no record is refused, and nothing else", test_no_record, NULL);
    return _cmocka_run_group_tests("diff", tests, count, NULL, NULL);
}
