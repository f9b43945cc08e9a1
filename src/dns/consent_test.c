/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "consent.h"

#define KEY   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER "ffffffffffffffffffffffffffffffff00112233445566778899aabbccddeeff"
#define FULL  "v=smtpscan1; key=" KEY "; checks=relay.confirmed,smuggle.lf-dot-lf; until=2026-12-31"

#define END_MS ((uint64_t)1798761599999) /* 2026-12-31T23:59:59.999Z */

/* ---- reading ---- */

/* clang-format off */
static const struct text_row {
    const char *name, *text;
    const char *want; /* CHECK,...|PLACE what; ... */
} texts[] = {
    {"a whole record", FULL, "relay.confirmed,smuggle.lf-dot-lf,|"},
    {"blanks, capitals of the key and a last semicolon", "v=smtpscan1;key=00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff ; checks = a.b , c.d-1 ;until=2026-12-31;", "a.b,c.d-1,|"},
    {"nothing but the version", "v=smtpscan1", "|11 no key;11 no checks;11 no end;"},
    {"another version", "v=smtpscan2; key=" KEY "; checks=a.b; until=2026-12-31", "a.b,|0 it does not begin with v=smtpscan1;"},
    {"the version not first", "key=" KEY "; v=smtpscan1; checks=a.b; until=2026-12-31", "a.b,|0 it does not begin with v=smtpscan1;"},
    {"a key too short", "v=smtpscan1; key=0011; checks=a.b; until=2026-12-31", "a.b,|17 a key is 64 hexadecimal digits;"},
    {"a key too long", "v=smtpscan1; key=" KEY "0; checks=a.b; until=2026-12-31", "a.b,|17 a key is 64 hexadecimal digits;"},
    {"a key of other digits", "v=smtpscan1; key=g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff; checks=a.b; until=2026-12-31", "a.b,|17 a key is 64 hexadecimal digits;"},
    {"all of a kind is no check", "v=smtpscan1; key=" KEY "; checks=smuggle.*; until=2026-12-31", "|90 not the id of a check;"},
    {"nor is a word, an empty part or a capital", "v=smtpscan1; key=" KEY "; checks=relay,a..b,.a,a.,A.b; until=2026-12-31", "|90 not the id of a check;96 not the id of a check;101 not the id of a check;104 not the id of a check;107 not the id of a check;"},
    {"an empty list", "v=smtpscan1; key=" KEY "; checks=; until=2026-12-31", "|90 no checks;"},
    {"a comma at the end", "v=smtpscan1; key=" KEY "; checks=a.b,; until=2026-12-31", "a.b,|90 a comma at the end;"},
    {"a day that there is not", "v=smtpscan1; key=" KEY "; checks=a.b; until=2026-02-29", "a.b,|101 an end is a day such as 2026-12-31;"},
    {"a time of the day", "v=smtpscan1; key=" KEY "; checks=a.b; until=2026-12-31T00:00:00Z", "a.b,|101 an end is a day such as 2026-12-31;"},
    {"a date of another form", "v=smtpscan1; key=" KEY "; checks=a.b; until=31.12.2026", "a.b,|101 an end is a day such as 2026-12-31;"},
    {"a tag of tomorrow", FULL "; only=192.0.2.1", "relay.confirmed,smuggle.lf-dot-lf,|143 an unknown tag, which may limit the consent;"},
    {"a tag twice", FULL "; until=2027-12-31", "relay.confirmed,smuggle.lf-dot-lf,|143 the tag stands there twice;"},
};
/* clang-format on */

static void render(struct octets text, struct buf *out)
{
    struct consent_record r;
    consent_parse(text, &r);
    for (size_t i = 0; i < r.check_count; i++) {
        buf_append(out, r.checks[i]);
        buf_append_text(out, ",");
    }
    buf_append_text(out, "|");
    for (size_t i = 0; i < r.problems.count; i++) {
        assert_true(r.problems.at[i].is_fatal);
        buf_append_format(out, "%zu %s;", r.problems.at[i].at, r.problems.at[i].what);
    }
}

static void record(void **state)
{
    const struct text_row *row = *state;
    kit_assert_rendered(row->text, row->want, render);
}

static void only_so_many_checks_are_kept(void **state)
{
    struct consent_record r;
    struct buf text;
    (void)state;
    buf_init(&text, 4096);
    buf_append_text(&text, "v=smtpscan1; key=" KEY "; until=2026-12-31; checks=a.0");
    for (unsigned i = 1; i < CONSENT_CHECKS_MAX; i++)
        buf_append_format(&text, ",a.%u", i);
    consent_parse(buf_octets(&text), &r);
    assert_int_equal(r.check_count, CONSENT_CHECKS_MAX);
    assert_false(r.problems.has_fatal);
    buf_append_text(&text, ",a.b");
    consent_parse(buf_octets(&text), &r);
    assert_true(r.problems.has_fatal);
    buf_release(&text);
}

static void what_is_written_is_read_again(void **state)
{
    struct consent_record first, second;
    struct buf text;
    (void)state;
    consent_parse(OCTETS(FULL), &first);
    buf_init(&text, 4096);
    consent_append(&text, first.key, OCTETS("relay.confirmed,smuggle.lf-dot-lf"),
                   OCTETS("2026-12-31"));
    kit_assert_text(buf_octets(&text), FULL);
    consent_parse(buf_octets(&text), &second);
    assert_memory_equal(first.key, second.key, sizeof first.key);
    assert_int_equal(second.until_ms, END_MS);
    buf_release(&text);
}

/* ---- the question ---- */

#define AT CONSENT_PREFIX "example.org"

/* clang-format off */
static const struct row {
    const char *name;
    enum consent_answer want;
    const char *texts[3];
    const char *of, *owner, *check; /* NULL: example.org, its record, relay.confirmed */
    uint64_t now_ms;                /* 0: long before the end */
} rows[] = {
    {"all conditions hold", CONSENT_GIVEN, .texts = {FULL}},
    {"until the last of its day", CONSENT_GIVEN, .texts = {FULL}, .now_ms = END_MS},
    {"and not a millisecond longer", CONSENT_EXPIRED, .texts = {FULL}, .now_ms = END_MS + 1},
    {"another check that it names", CONSENT_GIVEN, .texts = {FULL}, .check = "smuggle.lf-dot-lf"},
    {"a check that it does not name", CONSENT_OTHER_CHECK, .texts = {FULL}, .check = "smuggle.lf-dot-cr"},
    {"the beginning of a check that it names", CONSENT_OTHER_CHECK, .texts = {FULL}, .check = "relay"},
    {"any check", CONSENT_GIVEN, .texts = {FULL}, .check = ""},
    {"nothing is published", CONSENT_MISSING, .texts = {NULL}},
    {"nothing of the kind is published", CONSENT_MISSING, .texts = {"v=spf1 -all", "smtpscan"}},
    {"beside other records", CONSENT_GIVEN, .texts = {"v=spf1 -all", FULL, ""}},
    {"of another key", CONSENT_OTHER_KEY, .texts = {"v=smtpscan1; key=" OTHER "; checks=relay.confirmed; until=2026-12-31"}},
    {"of another key and of ours", CONSENT_GIVEN, .texts = {"v=smtpscan1; key=" OTHER "; checks=a.b; until=2020-12-31", FULL}},
    {"twice of ours", CONSENT_SEVERAL, .texts = {FULL, "v=smtpscan1; key=" KEY "; checks=a.b; until=2020-12-31"}},
    {"malformed", CONSENT_MALFORMED, .texts = {FULL "; only=192.0.2.1"}},
    {"of another version", CONSENT_MALFORMED, .texts = {"v=smtpscan2; key=" KEY "; checks=relay.confirmed; until=2026-12-31"}},
    {"without an end", CONSENT_MALFORMED, .texts = {"v=smtpscan1; key=" KEY "; checks=relay.confirmed"}},
    {"without a key", CONSENT_OTHER_KEY, .texts = {"v=smtpscan1; checks=relay.confirmed; until=2026-12-31"}},
    {"capitals of the name do not matter", CONSENT_GIVEN, .texts = {FULL}, .of = "Example.ORG", .owner = "_SMTPscan-consent.example.org"},
    {"of the domain above", CONSENT_OTHER_NAME, .texts = {FULL}, .of = "mx.example.org"},
    {"of a name below", CONSENT_OTHER_NAME, .texts = {FULL}, .owner = CONSENT_PREFIX "mx.example.org"},
    {"at the name itself", CONSENT_OTHER_NAME, .texts = {FULL}, .owner = "example.org"},
    {"of no name", CONSENT_OTHER_NAME, .texts = {FULL}, .of = "", .owner = CONSENT_PREFIX},
};
/* clang-format on */

static void question(void **state)
{
    const struct row *row = *state;
    struct consent_record ours;
    struct octets published[3];
    struct consent_question q = {.name = octets_of(row->of ? row->of : "example.org"),
                                 .check = octets_of(row->check ? row->check : "relay.confirmed"),
                                 .now_ms = row->now_ms ? row->now_ms : 1,
                                 .owner = octets_of(row->owner ? row->owner : AT),
                                 .texts = published};
    consent_parse(OCTETS(FULL), &ours);
    memcpy(q.key, ours.key, sizeof q.key);
    for (; q.text_count < 3 && row->texts[q.text_count]; q.text_count++)
        published[q.text_count] = octets_of(row->texts[q.text_count]);
    enum consent_answer got = consent_is_given(&q);
    if (got != row->want)
        fail_msg("%s", consent_answer_words(got));
}

/* A record that has no key is of nobody, be our key what it may. */
static void a_key_of_zeros_is_none(void **state)
{
    const struct octets text = OCTETS("v=smtpscan1; key=00; checks=a.b; until=2026-12-31");
    const struct consent_question q = {.name = OCTETS("example.org"),
                                       .check = OCTETS("a.b"),
                                       .now_ms = 1,
                                       .owner = OCTETS(AT),
                                       .texts = &text,
                                       .text_count = 1};
    (void)state;
    assert_int_not_equal(consent_is_given(&q), CONSENT_GIVEN);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(only_so_many_checks_are_kept),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_key_of_zeros_is_none),
    };
    struct CMUnitTest tests[KIT_COUNT(texts) + KIT_COUNT(rows) + KIT_COUNT(others)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, texts, record);
    KIT_ADD_ROWS(tests, &count, rows, question);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
