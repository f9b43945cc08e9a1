/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "output.h"
#include "store.h"

#include "../base/address.h"
#include "../base/escape.h"
#include "../record/history.h"
#include "../record/record.h"

enum { OUTCOME, SOFTWARE, EXPOSED, CELLS };

/* One endpoint's or one domain's lines so far. */
struct telling {
    struct output output;
    struct buf line, text;
    struct buf about;         /* which endpoint */
    struct buf before[CELLS]; /* of the run before */
    bool is_first;            /* of the endpoint */
    bool is_changed;          /* a cell of the line */
};

/* Columns hold text that is visible already: it is made so again in case somebody put in what is not. */
static void append_shown(struct buf *out, struct octets visible)
{
    struct buf raw;
    buf_init(&raw, RECORD_OCTETS_MAX);
    escape_undo(&raw, visible);
    escape_visible(out, buf_octets(&raw));
    buf_release(&raw);
}

static void describe_software(struct buf *out, const struct record_sighting *s)
{
    bool is_answer = octets_is_equal(s->outcome, OCTETS("answered")) && s->address.size;
    if (!s->product.size) {
        buf_append_text(out, is_answer ? "unknown" : "-");
        return;
    }
    append_shown(out, s->product);
    if (s->low.size)
        buf_append_octet(out, ' ');
    append_shown(out, s->low);
    if (s->low.size && !octets_is_equal(s->low, s->high)) {
        buf_append_text(out, " to ");
        append_shown(out, s->high);
    }
}

static void describe_exposed(struct buf *out, const struct record_sighting *s)
{
    bool any = false;
    for (unsigned i = FINDING_SEVERITY__COUNT; i-- > 0;) {
        if (!s->exposed[i])
            continue;
        buf_append_format(out, "%s%llu %s", any ? ", " : "", (unsigned long long)s->exposed[i],
                          finding_severity_name((enum finding_severity)i));
        any = true;
    }
    if (!any)
        buf_append_text(out, "nothing exposed");
}

static void describe_endpoint(struct buf *out, const struct record_sighting *s)
{
    bool is_v6 = octets_find_octet(s->address, ':', 0) < s->address.size;
    if (!s->address.size) {
        append_shown(out, s->input);
        buf_append_text(out, " (domain)");
        return;
    }
    buf_append_text(out, is_v6 ? "[" : "");
    append_shown(out, s->address);
    buf_append_text(out, is_v6 ? "]:" : ":");
    append_shown(out, s->port);
}

/* What is in t->text, marked when it is not what the run before had. */
static void append_cell(struct telling *t, unsigned cell, int width)
{
    struct octets now = buf_octets(&t->text);
    bool is_new = !t->is_first && !octets_is_equal(now, buf_octets(&t->before[cell]));
    buf_append_text(&t->line, is_new ? "* " : "  ");
    buf_append(&t->line, now);
    for (int n = (int)now.size; n < width; n++)
        buf_append_octet(&t->line, ' ');
    buf_clear(&t->before[cell]);
    buf_append(&t->before[cell], now);
    buf_clear(&t->text);
}

static void begin_endpoint(struct telling *t, const struct record_sighting *s)
{
    buf_clear(&t->text);
    describe_endpoint(&t->text, s);
    t->is_first = !octets_is_equal(buf_octets(&t->text), buf_octets(&t->about));
    if (t->is_first) {
        buf_append_text(&t->line, t->about.size ? "\n" : "");
        buf_append(&t->line, buf_octets(&t->text));
        buf_append_octet(&t->line, '\n');
        buf_clear(&t->about);
        buf_append(&t->about, buf_octets(&t->text));
    }
    buf_clear(&t->text);
}

/* Of a time in RFC 3339: to the second, which is enough here. */
static void append_second(struct buf *out, struct octets time)
{
    struct octets second = octets_sub(time, 0, octets_find_octet(time, '.', 0));
    append_shown(out, second);
    buf_append_text(out, second.size < time.size ? "Z" : "");
}

static void tell(void *owner, const struct record_sighting *s)
{
    struct telling *t = owner;
    begin_endpoint(t, s);
    buf_append_format(&t->line, "  run %-3llu ", (unsigned long long)s->run);
    append_second(&t->line, s->time);
    append_shown(&t->text, s->outcome);
    append_cell(t, OUTCOME, 9);
    describe_software(&t->text, s);
    append_cell(t, SOFTWARE, 20);
    describe_exposed(&t->text, s);
    append_cell(t, EXPOSED, 0);
    buf_append_octet(&t->line, '\n');
    if (buf_error(&t->line) && !t->output.error)
        t->output.error = buf_error(&t->line);
    output_add(&t->output, buf_octets(&t->line));
    buf_clear(&t->line);
}

/* An address as records have it; any other text as it is. */
static void normalize(struct buf *out, struct octets target)
{
    struct address a;
    struct octets bare = target;
    if (target.size > 2 && target.at[0] == '[' && target.at[target.size - 1] == ']')
        bare = octets_sub(target, 1, target.size - 1);
    if (address_parse(bare, &a))
        address_append(out, &a);
    else
        escape_visible(out, target);
}

static enum cli_exit conclude(struct telling *t, const struct cli_options *o, enum err e,
                              uint64_t count)
{
    if (e)
        return store_refused(o->store, e);
    if (output_say(&t->output))
        return CLI_EXIT_FAILED;
    if (count)
        return CLI_EXIT_DONE;
    (void)cli_complain("history", o->rest[0], "the store holds nothing of it");
    return CLI_EXIT_NO_ANSWER;
}

static enum cli_exit tell_all(struct telling *t, const struct cli_options *o)
{
    struct buf target;
    uint64_t count;
    buf_init(&target, RECORD_OCTETS_MAX);
    normalize(&target, octets_of(o->rest[0]));
    enum err e = record_history(o->store, buf_octets(&target), tell, t, &count);
    buf_release(&target);
    output_close(&t->output);
    return conclude(t, o, e, count);
}

enum cli_exit cli_history(const struct cli_options *o)
{
    struct telling t = {0};
    struct buf *const all[] = {
        &t.line, &t.text, &t.about, &t.before[OUTCOME], &t.before[SOFTWARE], &t.before[EXPOSED]};
    if (!store_is_named(o))
        return CLI_EXIT_USAGE;
    if (o->rest_count != 1) {
        fprintf(stderr, "smtpscan: history takes one host, address or domain\n");
        return CLI_EXIT_USAGE;
    }
    if (output_open(&t.output, o->output)) {
        (void)cli_complain("--output", o->output, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_init(all[i], RECORD_OCTETS_MAX);
    enum cli_exit status = tell_all(&t, o);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_release(all[i]);
    return status;
}
