/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "commands.h"
#include "comparison.h"
#include "interrupt.h"
#include "output.h"
#include "setup.h"

#include "../base/clock.h"

/* Records a specimen: one server, every question, masked. */
struct learning {
    const struct cli_options *options;
    struct setup setup;
    struct run *run;
    struct interrupt interrupt;
    struct buf specimen, said;
    bool is_contradicted;
    uint64_t answered;
};

static void name_specimen(const struct cli_options *o, struct buf *month, struct specimen *s)
{
    struct buf time;
    buf_init(&time, 64);
    clock_append_rfc3339(&time, clock_wall_ms());
    buf_append(month, octets_sub(buf_octets(&time), 0, 7));
    buf_release(&time);
    s->product = octets_of(o->product);
    s->version = octets_of(o->product_version);
    s->vendor = octets_of(o->vendor);
    s->front = octets_of(o->front);
    s->build = octets_of(o->build);
    s->config = octets_of(o->config ? o->config : "default");
    s->kind = OCTETS("live");
    s->seen = buf_octets(month);
    s->origin = octets_of(o->origin ? o->origin : "recorded by smtpscan learn");
    s->cpe = octets_of(o->cpe);
}

static enum err take_specimen(struct learning *l, const struct facts_visit *v, struct buf *month,
                              struct arena *scratch)
{
    struct specimen s;
    struct comparison c;
    enum err e = specimen_from_facts(v, scratch, &s);
    if (e)
        return e;
    name_specimen(l->options, month, &s);
    specimen_append(&l->specimen, &s, identify_stimulus_source, l->setup.database);
    e = comparison_make(l->setup.database, v, &s, scratch, &c);
    if (e)
        return e;
    l->is_contradicted = c.is_contradicted;
    if (c.is_contradicted)
        comparison_append_contradiction(&l->said, &c, l->options->force);
    if (!l->options->quiet)
        comparison_append_news(&l->said, &c);
    return ERR_OK;
}

static void on_service(void *owner, const struct facts_visit *v)
{
    struct learning *l = owner;
    struct arena scratch;
    struct buf month;
    if (v->outcome != FACTS_OUTCOME_ANSWERED || l->answered++)
        return;
    arena_init(&scratch, VISIT_OCTETS_MAX);
    buf_init(&month, 16);
    if (take_specimen(l, v, &month, &scratch))
        l->specimen.error = ERR_NOMEM;
    buf_release(&month);
    arena_release(&scratch);
}

static void on_domain(void *owner, const struct target *t, const struct target_resolution *r)
{
    (void)owner;
    if (r->outcome != FACTS_OUTCOME_ANSWERED)
        fprintf(stderr, "smtpscan: %.*s: %s\n", (int)t->input.size, (const char *)t->input.at,
                facts_outcome_name(r->outcome));
}

static void on_bad_line(void *owner, const char *path, uint64_t number, const char *problem)
{
    (void)owner, (void)path, (void)number, (void)problem; /* learn takes no lists */
}

static enum cli_exit write_specimen(struct learning *l)
{
    struct output out;
    if (l->interrupt.has_come) {
        fprintf(stderr, "smtpscan: interrupted: nothing was learnt\n");
        return CLI_EXIT_INTERRUPTED;
    }
    if (!l->answered) {
        fprintf(stderr, "smtpscan: no endpoint answered: nothing was learnt\n");
        return CLI_EXIT_NO_ANSWER;
    }
    if (l->answered > 1) {
        fprintf(
            stderr,
            "smtpscan: %llu endpoints answered: learn records one at a time, so name its port\n",
            (unsigned long long)l->answered);
        return CLI_EXIT_USAGE;
    }
    if (l->said.size)
        fwrite(l->said.data, 1, l->said.size, stderr);
    if (l->is_contradicted && !l->options->force)
        return CLI_EXIT_USAGE;
    if (buf_error(&l->specimen) || output_open(&out, l->options->output)) {
        fprintf(stderr, "smtpscan: --output: %s\n",
                buf_error(&l->specimen) ? "out of memory" : strerror(errno));
        return CLI_EXIT_FAILED;
    }
    output_write(&out, buf_octets(&l->specimen));
    output_close(&out);
    return output_say(&out) ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

enum cli_exit cli_learn(const struct cli_options *o)
{
    struct learning l = {.options = o};
    const struct run_sink sink = {
        .owner = &l, .service = on_service, .domain = on_domain, .bad_line = on_bad_line};
    if (o->rest_count != 1 || !o->product || !o->product_version) {
        fprintf(stderr,
                "smtpscan: learn needs one target, --product NAME and --product-version V\n");
        return CLI_EXIT_USAGE;
    }
    enum cli_exit status = setup_init(&l.setup, o);
    if (status)
        return status;
    buf_init(&l.specimen, (size_t)1024 * 1024);
    buf_init(&l.said, (size_t)64 * 1024);
    if (run_new(&l.setup.loop, l.setup.resolver, &l.setup.run, &sink, &l.run) == ERR_OK) {
        interrupt_watch(&l.interrupt, &l.setup, l.run);
        run_start(l.run);
        net_loop_run(&l.setup.loop);
        interrupt_ignore(&l.interrupt);
        run_free(l.run);
        status = write_specimen(&l);
    } else {
        fprintf(stderr, "smtpscan: %s\n", err_text(ERR_NOMEM));
        status = CLI_EXIT_FAILED;
    }
    buf_release(&l.said);
    buf_release(&l.specimen);
    setup_release(&l.setup);
    return status;
}
