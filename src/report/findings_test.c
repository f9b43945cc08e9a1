/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "findings.h"

/* What decided a finding stands last, and is shown; -v shows all that led to it. */
static const struct row {
    const char *name;
    enum finding_verdict verdict;
    bool is_verbose;
    const char *shown, *hidden; /* places of evidence */
} rows[] = {
    {"the last two lines", FINDING_EXPOSED, false, "cd", "ab"},
    {"all lines with -v", FINDING_EXPOSED, true, "abcd", ""},
    {"none of what cannot be tested", FINDING_UNTESTABLE, false, "", "abcd"},
    {"all of it with -v", FINDING_UNTESTABLE, true, "abcd", ""},
    {"nothing of what is safe", FINDING_SAFE, false, "", "abcd"},
    {"all of that too with -v", FINDING_SAFE, true, "abcd", ""},
};

static size_t find_line(struct octets text, char place)
{
    char line[] = "RCPT TO:<?> 250 ok";
    line[9] = place;
    return octets_find(text, octets_of(line), 0);
}

static void evidence_is_shown(void **state)
{
    const struct row *row = *state;
    struct octets evidence[] = {OCTETS("RCPT TO:<a> 250 ok"), OCTETS("RCPT TO:<b> 250 ok"),
                                OCTETS("RCPT TO:<c> 250 ok"), OCTETS("RCPT TO:<d> 250 ok")};
    struct finding f = {.id = OCTETS("relay.open"),
                        .title = OCTETS("It relays"),
                        .verdict = row->verdict,
                        .severity = FINDING_CRITICAL,
                        .evidence = evidence,
                        .evidence_count = KIT_COUNT(evidence)};
    const struct finding_list list = {.at = &f, .count = 1};
    const struct report_text_style style = {.verbose = row->is_verbose};
    struct buf out;
    buf_init(&out, 4096);
    report_text_findings(&out, &style, &list);
    assert_int_equal(buf_error(&out), ERR_OK);
    size_t before = 0;
    for (const char *c = row->shown; *c; c++) {
        size_t at = find_line(buf_octets(&out), *c);
        assert_true(at < out.size && at > before);
        before = at;
    }
    for (const char *c = row->hidden; *c; c++)
        assert_int_equal(find_line(buf_octets(&out), *c), out.size);
    buf_release(&out);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(rows)];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, rows, evidence_is_shown);
    return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
