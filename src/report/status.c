/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include <stdarg.h>

#include "../base/clock.h"

#define STATUS_SCHEMA 1

double report_rate_add(struct report_rate *r, uint64_t now_ms, uint64_t done)
{
    size_t at = r->count++ % REPORT_RATE_SAMPLES;
    r->at_ms[at] = now_ms;
    r->done[at] = done;
    size_t first = r->count > REPORT_RATE_SAMPLES ? r->count % REPORT_RATE_SAMPLES : 0;
    if (now_ms <= r->at_ms[first])
        return 0;
    return (double)(done - r->done[first]) * 1000 / (double)(now_ms - r->at_ms[first]);
}

/* How long it will take still; false when nobody can tell. */
static bool seconds_left(const struct report_status *s, uint64_t *ret)
{
    double left = (double)(s->endpoints - s->services);
    if (s->is_last || !s->is_total || (left > 0 && s->per_second <= 0))
        return false;
    double seconds = left > 0 ? left / s->per_second : 0;
    *ret = (uint64_t)seconds + (seconds > (double)(uint64_t)seconds);
    return true;
}

/* ---- a line for a terminal ---- */

struct line {
    struct buf *out;
    size_t begin, columns;
    bool is_full;
};

/* Whole, or not at all; behind what did not fit nothing follows. */
__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    char text[80];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *between = l->out->size > l->begin ? ", " : "";
    size_t size = l->out->size - l->begin + strlen(between) + (size_t)n;
    l->is_full = l->is_full || size > l->columns || (size_t)n >= sizeof text;
    if (l->is_full)
        return;
    buf_append_text(l->out, between);
    buf_append_text(l->out, text);
}

static void add_time_left(struct line *l, uint64_t s)
{
    static const struct {
        uint64_t from_s;
        const char *name, *part_name;
        uint64_t part_s;
    } units[] = {{86400, "d", "h", 3600}, {3600, "h", "m", 60}, {60, "m", "s", 1}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (s < units[i].from_s)
            continue;
        add(l, "%llu%s%02llu%s left", (unsigned long long)(s / units[i].from_s), units[i].name,
            (unsigned long long)(s % units[i].from_s / units[i].part_s), units[i].part_name);
        return;
    }
    add(l, "%llus left", (unsigned long long)s);
}

void report_status_line(struct buf *out, const struct report_status *s, size_t columns)
{
    struct line l = {.out = out, .begin = out->size, .columns = columns};
    uint64_t left;
    if (s->is_total)
        add(&l, "%llu of %llu done", (unsigned long long)s->services,
            (unsigned long long)s->endpoints);
    else
        add(&l, "%llu done", (unsigned long long)s->services);
    if (seconds_left(s, &left))
        add_time_left(&l, left);
    add(&l, "%.1f/s", s->per_second);
    add(&l, "%llu in flight", (unsigned long long)s->in_flight);
    if (s->queued)
        add(&l, "%llu waiting", (unsigned long long)s->queued);
    for (unsigned i = 0; i < FACTS_OUTCOME__COUNT; i++)
        if (s->by_outcome[i])
            add(&l, "%s %llu", facts_outcome_name((enum facts_outcome)i),
                (unsigned long long)s->by_outcome[i]);
}

/* ---- JSON ---- */

void report_status_json(struct buf *out, const struct report_status *s)
{
    struct json j;
    uint64_t left;
    json_put_start(&j, out);
    json_put_open_object(&j, NULL);
    json_put_text(&j, "type", "status");
    json_put_number(&j, "schema", STATUS_SCHEMA);
    struct buf time;
    buf_init(&time, 64);
    clock_append_rfc3339(&time, s->time_ms);
    json_put_octets(&j, "time", buf_octets(&time));
    buf_release(&time);
    json_put_number(&j, "part", s->part);
    json_put_bool(&j, "last", s->is_last);
    json_put_number(&j, "elapsed_ms", s->elapsed_ms);
    json_put_number(&j, "targets", s->targets);
    json_put_number(&j, "endpoints", s->endpoints);
    json_put_number(&j, "services", s->services);
    json_put_number(&j, "in_flight", s->in_flight);
    json_put_number(&j, "queued", s->queued);
    json_put_real(&j, "per_second", s->per_second, 1);
    if (seconds_left(s, &left))
        json_put_number(&j, "eta_s", left);
    json_put_open_object(&j, "outcomes");
    for (unsigned i = 0; i < FACTS_OUTCOME__COUNT; i++)
        if (s->by_outcome[i])
            json_put_number(&j, facts_outcome_name((enum facts_outcome)i), s->by_outcome[i]);
    json_put_close_object(&j);
    json_put_number(&j, "connections", s->cost.connections);
    json_put_number(&j, "commands", s->cost.commands);
    json_put_number(&j, "memory_octets", s->memory_octets);
    json_put_close_object(&j);
    buf_append_octet(out, '\n');
}

/* ---- OpenMetrics ---- */

static void put_family(struct buf *out, const char *type, const char *name, const char *help)
{
    buf_append_format(out, "# TYPE smtpscan_%s %s\n# HELP smtpscan_%s %s.\n", name, type, name,
                      help);
}

static void put_counter(struct buf *out, const char *name, uint64_t value, const char *help)
{
    put_family(out, "counter", name, help);
    buf_append_format(out, "smtpscan_%s_total %llu\n", name, (unsigned long long)value);
}

static void put_gauge(struct buf *out, const char *name, uint64_t value, const char *help)
{
    put_family(out, "gauge", name, help);
    buf_append_format(out, "smtpscan_%s %llu\n", name, (unsigned long long)value);
}

/*
 * The text suits two readers.  The textfile collector of node_exporter reads the older Prometheus
 * format: "# EOF" is a comment to it, a counter whose family lacks the suffix is untyped, and the
 * type "info" makes it refuse the file (prometheus/node_exporter issue 1988).  So build_info is a
 * gauge, as it was before there was that type.
 */
void report_status_metrics(struct buf *out, const struct report_status *s)
{
    put_family(out, "counter", "services", "Endpoints done, and names that gave none, by outcome");
    for (unsigned i = 0; i < FACTS_OUTCOME__COUNT; i++)
        buf_append_format(out, "smtpscan_services_total{outcome=\"%s\"} %llu\n",
                          facts_outcome_name((enum facts_outcome)i),
                          (unsigned long long)s->by_outcome[i]);
    put_counter(out, "targets", s->targets, "Targets taken: arguments and lines of lists");
    put_counter(out, "connections", s->cost.connections, "Connections of endpoints that are done");
    put_counter(out, "commands", s->cost.commands, "Commands sent to endpoints that are done");
    put_counter(out, "octets_in", s->cost.octets_in, "Octets from endpoints that are done");
    put_counter(out, "octets_out", s->cost.octets_out, "Octets to endpoints that are done");
    put_gauge(out, "in_flight", s->in_flight, "Endpoints that are being visited");
    put_gauge(out, "queued", s->queued, "Endpoints that wait to be visited");
    put_family(out, "gauge", "start_time_seconds", "When the run began, since 1970-01-01 UTC");
    buf_append_format(out, "smtpscan_start_time_seconds %llu.%03u\n",
                      (unsigned long long)(s->started_ms / 1000), (unsigned)(s->started_ms % 1000));
    put_family(out, "gauge", "build_info", "Always 1, its label is the version of smtpscan");
    buf_append_format(out, "smtpscan_build_info{version=\"%s\"} 1\n# EOF\n", s->version);
}
