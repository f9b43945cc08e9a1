/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "status.h"

/* 2026-11-21T23:04:05.123Z */
#define TIME_MS 1795302245123

static const struct report_status busy = {
    .version = "1.2.3",
    .time_ms = TIME_MS,
    .started_ms = TIME_MS - 61500,
    .elapsed_ms = 61500,
    .part = 1,
    .targets = 700,
    .endpoints = 2800,
    .services = 1200,
    .in_flight = 400,
    .queued = 1200,
    .per_second = 19.96,
    .by_outcome = {[FACTS_OUTCOME_ANSWERED] = 1000,
                   [FACTS_OUTCOME_REFUSED] = 200,
                   [FACTS_OUTCOME_NO_SUCH_NAME] = 3},
    .cost = {.connections = 1900, .commands = 20000, .octets_in = 5000000000, .octets_out = 7},
    .memory_octets = 1048576,
};

/* ---- the line ---- */

#define WHOLE \
    "1200 of 2800 done, 1m21s left, 20.0/s, 400 in flight, 1200 waiting, answered 1000, " \
    "refused 200, no-such-name 3"

struct width {
    const char *name;
    size_t columns;
    const char *line;
};

static const struct width widths[] = {
    {"a wide terminal gets all of it", 200, WHOLE},
    {"what just fits is there", sizeof WHOLE - 1, WHOLE},
    {"one column less loses the last outcome", sizeof WHOLE - 2,
     "1200 of 2800 done, 1m21s left, 20.0/s, 400 in flight, 1200 waiting, answered 1000, "
     "refused 200"},
    {"behind what does not fit nothing follows", 35, "1200 of 2800 done, 1m21s left"},
    {"what matters most stays", 17, "1200 of 2800 done"},
    {"half a number is none", 16, ""},
    {"no width is no line", 0, ""},
};

static void the_line_fits(void **state)
{
    const struct width *row = *state;
    struct report_status s = busy;
    struct buf out;
    s.is_total = true;
    buf_init(&out, 1000);
    buf_append_text(&out, "before ");
    report_status_line(&out, &s, row->columns);
    kit_assert_text(octets_sub(buf_octets(&out), 7, SIZE_MAX), row->line);
    buf_release(&out);
}

/* How the line begins, for so many endpoints that are left and so many a second. */
static const struct {
    uint64_t left;
    double per_second;
    bool is_total, is_last;
    const char *line;
} times[] = {
    {0, 0, true, false, "5 of 5 done, 0s left, 0.0/s"},
    {59, 1, true, false, "5 of 64 done, 59s left, 1.0/s"},
    {1, 0.9, true, false, "5 of 6 done, 2s left, 0.9/s"},
    {60, 1, true, false, "5 of 65 done, 1m00s left, 1.0/s"},
    {3600 + 420, 1, true, false, "5 of 4025 done, 1h07m left, 1.0/s"},
    {2 * 86400 + 4 * 3600, 1, true, false, "5 of 187205 done, 2d04h left, 1.0/s"},
    {7, 0, true, false, "5 of 12 done, 0.0/s"},
    {7, 1, true, true, "5 of 12 done, 1.0/s"},
    {7, 1, false, false, "5 done, 1.0/s"},
};

static void the_time_left_is_told_when_it_is_known(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < KIT_COUNT(times); i++) {
        struct report_status s = {.services = 5,
                                  .endpoints = 5 + times[i].left,
                                  .per_second = times[i].per_second,
                                  .is_total = times[i].is_total,
                                  .is_last = times[i].is_last};
        buf_clear(&out);
        report_status_line(&out, &s, strlen(times[i].line));
        kit_assert_text(buf_octets(&out), times[i].line);
    }
    buf_release(&out);
}

/* ---- JSON ---- */

#define JSON_BEGIN \
    "{\"type\":\"status\",\"schema\":1,\"time\":\"2026-11-21T23:04:05.123Z\",\"part\":1,"
#define JSON_COUNTS \
    "\"elapsed_ms\":61500,\"targets\":700,\"endpoints\":2800,\"services\":1200," \
    "\"in_flight\":400,\"queued\":1200,\"per_second\":20,"
#define JSON_END \
    "\"outcomes\":{\"answered\":1000,\"refused\":200,\"no-such-name\":3}," \
    "\"connections\":1900,\"commands\":20000,\"memory_octets\":1048576}\n"

static void json_is_one_line_and_leaves_out_what_nobody_knows(void **state)
{
    struct report_status s = busy;
    struct buf out;
    (void)state;
    buf_init(&out, 10000);
    report_status_json(&out, &s);
    kit_assert_text(buf_octets(&out), JSON_BEGIN "\"last\":false," JSON_COUNTS JSON_END);
    buf_clear(&out);
    s.is_total = true;
    report_status_json(&out, &s);
    kit_assert_text(buf_octets(&out),
                    JSON_BEGIN "\"last\":false," JSON_COUNTS "\"eta_s\":81," JSON_END);
    buf_clear(&out);
    s.is_last = true;
    report_status_json(&out, &s);
    kit_assert_text(buf_octets(&out), JSON_BEGIN "\"last\":true," JSON_COUNTS JSON_END);
    buf_release(&out);
}

/* ---- OpenMetrics ---- */

static const char *const samples[] = {
    "\nsmtpscan_services_total{outcome=\"answered\"} 1000\n",
    "\nsmtpscan_services_total{outcome=\"refused\"} 200\n",
    "\nsmtpscan_services_total{outcome=\"timeout\"} 0\n",
    "# TYPE smtpscan_targets counter\n# HELP smtpscan_targets ",
    "\nsmtpscan_targets_total 700\n",
    "\nsmtpscan_connections_total 1900\n",
    "\nsmtpscan_commands_total 20000\n",
    "\nsmtpscan_octets_in_total 5000000000\n",
    "\nsmtpscan_octets_out_total 7\n",
    "# TYPE smtpscan_in_flight gauge\n",
    "\nsmtpscan_in_flight 400\n",
    "\nsmtpscan_queued 1200\n",
    "\nsmtpscan_start_time_seconds 1795302183.623\n",
    "\nsmtpscan_build_info{version=\"1.2.3\"} 1\n# EOF\n",
};

static void metrics_hold_every_figure_and_end(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 10000);
    report_status_metrics(&out, &busy);
    struct octets text = buf_octets(&out);
    kit_assert_text(octets_sub(text, text.size - 6, text.size), "# EOF\n");
    buf_append_octet(&out, 0);
    for (size_t i = 0; i < KIT_COUNT(samples); i++)
        if (!strstr((const char *)out.data, samples[i]))
            fail_msg("%s is missing in\n%s", samples[i], (const char *)out.data);
    buf_release(&out);
}

/* ---- the rate ---- */

static void assert_rate(double got, int want)
{
    assert_true(got > want - 1e-9 && got < want + 1e-9);
}

static void the_rate_is_that_of_the_last_ten_seconds(void **state)
{
    struct report_rate r = {0};
    (void)state;
    assert_rate(report_rate_add(&r, 5000, 0), 0); /* nothing to compare with */
    assert_rate(report_rate_add(&r, 5000, 3), 0); /* no time has gone by */
    r = (struct report_rate){0};
    for (unsigned i = 0; i <= 10; i++)
        assert_rate(report_rate_add(&r, 1000 * i, 100 * i), i ? 100 : 0);
    for (int i = 1; i <= 10; i++) /* a stop shows more and more, and then alone */
        assert_rate(report_rate_add(&r, 10000 + 1000 * (unsigned)i, 1000), 100 - 10 * i);
    assert_rate(report_rate_add(&r, 30000, 1000), 0);
}

int main(void)
{
    struct CMUnitTest tests[KIT_COUNT(widths) + 4];
    size_t count = 0;
    KIT_ADD_ROWS(tests, &count, widths, the_line_fits);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_time_left_is_told_when_it_is_known);
    tests[count++] =
        (struct CMUnitTest)cmocka_unit_test(json_is_one_line_and_leaves_out_what_nobody_knows);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(metrics_hold_every_figure_and_end);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_rate_is_that_of_the_last_ten_seconds);
    return _cmocka_run_group_tests("status", tests, count, NULL, NULL);
}
