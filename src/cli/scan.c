/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "commands.h"
#include "interrupt.h"
#include "judgement.h"
#include "keeper.h"
#include "output.h"
#include "posture.h"
#include "progress.h"
#include "resume.h"
#include "setup.h"
#include "workers.h"

#include "../audit/tls_probe.h"
#include "../base/clock.h"
#include "../base/escape.h"
#include "../record/record.h"
#include "../report/text.h"
#include "../run/worker.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

/* One scan: where its results go, and how it ends. */
struct scan {
    const struct cli_options *options;
    struct setup setup;
    struct output output;
    struct progress progress;
    struct resume resume;
    struct keeper keeper;
    struct run *run;
    struct interrupt interrupt;
    struct workers workers;
    bool json;
    struct report_text_style style;
    struct judgement judgement;
    struct posture *posture; /* domains as a whole; NULL: none are wanted */
    struct buf line;
    struct net_timer flush; /* of records that wait for others of the same round */
    bool is_flushing;
    uint64_t started_ms;
    const char *shard;
};

static void flush(void *owner)
{
    struct scan *s = owner;
    s->is_flushing = false;
    output_flush(&s->output);
    if (s->output.error)
        run_interrupt(s->run);
}

/* Records are wanted, whatever is written as output. */
static bool wants_records(const struct scan *s)
{
    return s->json || s->keeper.path;
}

/*
 * Records that come in one round of the loop go out together: a system call for each would be a
 * twentieth of what a session costs.  Not with --resume, where a target is done when its record is
 * written; nor text, for somebody reads along.
 */
static void put(struct scan *s, struct octets piece)
{
    if (!s->json || s->options->resume) {
        output_write(&s->output, piece);
        return;
    }
    output_add(&s->output, piece);
    if (!s->is_flushing)
        net_timer_start(&s->flush, 0);
    s->is_flushing = true;
}

/* The record in s->line; where text is written it stands before that, for a record is one line. */
static struct octets take_record(const struct scan *s, struct octets *ret_piece)
{
    struct octets record = buf_octets(&s->line), rest = record;
    *ret_piece = record;
    if (s->json || !s->keeper.path)
        return s->json ? record : OCTETS_NONE;
    (void)octets_take_until(&rest, '\n');
    *ret_piece = rest;
    return octets_sub(record, 0, record.size - rest.size);
}

static void emit(struct scan *s)
{
    struct octets piece;
    if (buf_error(&s->line)) {
        /* A record that we cannot hold is our failure, and stops the run rather than losing it
         * silently. */
        s->output.error = s->output.error ? s->output.error : buf_error(&s->line);
    } else {
        struct octets record = take_record(s, &piece);
        progress_clear(&s->progress);
        put(s, piece);
        keeper_add(&s->keeper, record);
    }
    buf_clear(&s->line);
    if (s->output.error || keeper_has_failed(&s->keeper))
        run_interrupt(s->run);
}

/* Facts, and what follows from them, as a record, as text or as both. */
static uint32_t append_visit(struct scan *s, const struct facts_visit *v, bool with_record,
                             struct buf *out)
{
    struct judged judged;
    struct arena scratch;
    uint64_t failing = s->judgement.failing;
    arena_init(&scratch, VISIT_OCTETS_MAX);
    enum err e = judgement_of(&s->judgement, v, &scratch, &judged);
    if (!e && with_record)
        e = record_service(out, v, &judged.answers);
    if (!e && !s->json)
        report_text_service(out, &s->style, v, &judged.answers);
    if (e && !out->error)
        out->error = e;
    arena_release(&scratch);
    return (uint32_t)(s->judgement.failing - failing);
}

/* In a worker's process: text cannot be read again, which domains need. */
static uint32_t append_service(void *owner, const struct facts_visit *v, struct buf *out)
{
    struct scan *s = owner;
    return append_visit(s, v, wants_records(s) || s->posture, out);
}

static void on_service(void *owner, const struct facts_visit *v)
{
    struct scan *s = owner;
    (void)append_visit(s, v, wants_records(s), &s->line); /* the judgement has counted */
    emit(s);
    if (s->posture && posture_wants(s->posture))
        posture_seen(s->posture, v);
}

/* What a worker wrote is read again: it is all that this process has of the visit. */
static void look_at_record(struct scan *s, struct octets lines)
{
    struct octets record = octets_take_until(&lines, '\n');
    struct arena scratch;
    enum record_type type;
    struct facts_visit v;
    if (!s->posture || !posture_wants(s->posture))
        return;
    arena_init(&scratch, VISIT_OCTETS_MAX);
    if (record_read(record, &scratch, &type, &v) == ERR_OK && type == RECORD_SERVICE)
        posture_seen(s->posture, &v);
    arena_release(&scratch);
}

/* The same, of a worker. */
static void on_record(void *owner, struct octets record, uint32_t failing)
{
    struct scan *s = owner;
    struct octets wanted = record;
    if (s->posture && !wants_records(s))
        (void)octets_take_until(&wanted, '\n');
    s->judgement.failing += failing;
    buf_append(&s->line, wanted);
    emit(s);
    look_at_record(s, record);
}

/* In a process of its own. */
static void serve(void *owner, int fd)
{
    struct scan *s = owner;
    struct net_loop loop;
    const struct run_worker_records records = {.owner = s, .append = append_service};
    enum err e = net_loop_init(&loop);
    if (!e)
        e = run_worker_serve(&loop, fd, &s->setup.run.visit, &records);
    if (e)
        _exit(CLI_EXIT_FAILED);
}

static void tell_domain(void *owner, const struct posture_told *told)
{
    struct scan *s = owner;
    const struct run_options *o = &s->setup.run;
    const struct target *t = told->target;
    struct record_domain d = {.input = t->input,
                              .tag = t->tag,
                              .is_again = t->is_again,
                              .time_ms = told->facts ? told->facts->time_ms : clock_wall_ms(),
                              .resolution = told->resolution,
                              .ports = t->port ? &t->port : o->ports,
                              .port_count = t->port ? 1 : o->port_count,
                              .posture = told->facts,
                              .findings = told->findings};
    if (judgement_append_domain(&s->judgement, &d, wants_records(s), s->json ? NULL : &s->style,
                                &s->line))
        s->line.error = s->line.error ? s->line.error : ERR_NOMEM;
    emit(s);
}

/* A domain that is judged as a whole is told of when its servers have been visited. */
static void on_domain(void *owner, const struct target *t, const struct target_resolution *r)
{
    struct scan *s = owner;
    const struct run_options *o = &s->setup.run;
    const struct posture_told told = {.target = t, .resolution = r};
    const struct posture_ports ports = {t->port ? &t->port : o->ports, t->port ? 1 : o->port_count};
    if (!s->posture || !posture_take(s->posture, s->run, t, r, ports))
        tell_domain(s, &told);
}

static void on_bad_line(void *owner, const char *path, uint64_t number, const char *problem)
{
    struct scan *s = owner;
    progress_clear(&s->progress);
    fprintf(stderr, "%s:%llu: %s; line skipped\n", strcmp(path, "-") == 0 ? "standard input" : path,
            (unsigned long long)number, problem);
}

static void on_reserve(void *owner)
{
    struct scan *s = owner;
    resume_reserve(&s->resume);
}

static bool is_cut_short(const struct scan *s)
{
    return s->interrupt.has_come || s->resume.error || run_lost_workers(s->run);
}

static bool is_scan_cut_short(void *owner)
{
    struct scan *s = owner;
    return is_cut_short(s) || s->output.error || keeper_has_failed(&s->keeper);
}

static void write_run(struct scan *s)
{
    const struct run_counts *c = run_counts(s->run);
    struct record_run r = {.version = SMTPSCAN_VERSION,
                           .time_ms = clock_wall_ms(),
                           .duration_ms = clock_now_ms() - s->started_ms,
                           .targets = c->targets,
                           .skipped = c->skipped,
                           .services = c->services,
                           .joined = c->joined,
                           .retried = c->retried,
                           .endpoints_forgotten = c->endpoints_forgotten,
                           .dns_queries = setup_dns_counts(&s->setup).queries,
                           .dns_hits = setup_dns_counts(&s->setup).hits,
                           .dns_retried = c->names_retried,
                           .cost = c->cost,
                           .seed = s->setup.run.seed,
                           .concurrency = s->setup.run.concurrency,
                           .shard = s->shard,
                           .done_before = c->done_before,
                           .excluded = c->excluded,
                           .repeated = c->repeated,
                           .networks_forgotten = c->networks_forgotten,
                           .addresses_forgotten = c->addresses_forgotten,
                           .options = s->options->typed,
                           .option_count = s->options->typed_count,
                           .level =
                               s->setup.run.has_level ? facts_level_name(s->setup.run.level) : NULL,
                           .interrupted = is_cut_short(s),
                           .part = resume_part(&s->resume)};
    memcpy(r.by_outcome, c->by_outcome, sizeof r.by_outcome);
    if (wants_records(s) && !s->output.error) {
        if (record_run(&s->line, &r))
            s->line.error = ERR_NOMEM;
        emit(s);
    }
}

/* What the user must know beyond the results; the exit status. */
static enum cli_exit conclude(struct scan *s)
{
    const struct run_counts *c = run_counts(s->run);
    const char *path = NULL;
    enum err e = run_error(s->run, &path);
    if (c->skipped)
        fprintf(stderr, "smtpscan: %llu line%s skipped\n", (unsigned long long)c->skipped,
                c->skipped == 1 ? "" : "s");
    if (s->output.error) {
        fprintf(stderr, "smtpscan: %s: %s; what was written before is whole\n", s->output.path,
                s->output.error == ERR_SYS ? strerror(s->output.error_number)
                                           : err_text(s->output.error));
        return CLI_EXIT_FAILED;
    }
    if (keeper_say(&s->keeper) || resume_say(&s->resume))
        return CLI_EXIT_FAILED;
    if (run_lost_workers(s->run)) {
        fprintf(stderr, "smtpscan: --workers: a worker has gone, and the run with it; what was "
                        "written before is whole\n");
        return CLI_EXIT_FAILED;
    }
    if (s->interrupt.has_come) {
        fprintf(stderr, "smtpscan: interrupted; %llu of %llu endpoints%s not done\n",
                (unsigned long long)(c->endpoints_started - c->services + c->unfinished),
                (unsigned long long)c->endpoints_started,
                c->no_more_targets ? "" : " begun, and the targets behind them,");
        return CLI_EXIT_INTERRUPTED;
    }
    if (e) {
        fprintf(stderr, "smtpscan: %s: %s\n", path, e == ERR_SYS ? strerror(errno) : err_text(e));
        return e == ERR_SYS ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
    }
    if (s->judgement.failing)
        return CLI_EXIT_FINDINGS;
    /* Of what earlier parts did nothing is known but that it is done. */
    bool may_have_answers = c->by_outcome[FACTS_OUTCOME_ANSWERED] || c->done_before;
    return may_have_answers ? CLI_EXIT_DONE : CLI_EXIT_NO_ANSWER;
}

static void tell_what_was_derived(const struct scan *s)
{
    const struct limits *l = &s->setup.limits;
    fprintf(stderr, "smtpscan: --seed %llu\n", (unsigned long long)s->setup.run.seed);
    fprintf(stderr,
            "smtpscan: --concurrency %u, %u connections at once: %u files may be open, %llu MiB of "
            "memory\n",
            l->concurrency, l->connections, l->descriptors,
            (unsigned long long)(l->memory / (1024 * 1024)));
}

static enum cli_exit run_scan(struct scan *s)
{
    const struct run_sink sink = {.owner = s,
                                  .service = on_service,
                                  .record = on_record,
                                  .domain = on_domain,
                                  .bad_line = on_bad_line,
                                  .reserve = on_reserve};
    if (!workers_start(&s->workers, s->options->workers, serve, s))
        return CLI_EXIT_FAILED;
    s->setup.run.workers = s->workers.fds;
    s->setup.run.worker_count = s->workers.count;
    enum err e = run_new(&s->setup.loop, s->setup.resolver, &s->setup.run, &sink, &s->run);
    if (e) {
        fprintf(stderr, "smtpscan: %s\n", err_text(e));
        return CLI_EXIT_FAILED;
    }
    s->started_ms = clock_now_ms();
    if (s->options->verbose)
        tell_what_was_derived(s);
    net_timer_init(&s->setup.loop, &s->flush, flush, s);
    progress_start(&s->progress, &s->setup.loop, s->run);
    interrupt_watch(&s->interrupt, &s->setup, s->run);
    bool has_begun = keeper_start(&s->keeper) &&
                     resume_start(&s->resume, &s->setup.loop, s->run, &s->output, &s->keeper);
    if (has_begun) {
        run_start(s->run);
        net_loop_run(&s->setup.loop);
    }
    if (has_begun && s->posture)
        posture_finish(s->posture, is_scan_cut_short, s);
    progress_stop(&s->progress);
    if (has_begun)
        write_run(s);
    resume_finish(&s->resume, is_cut_short(s));
    keeper_finish(&s->keeper);
    net_timer_close(&s->flush, NULL);
    output_close(&s->output);
    enum cli_exit status = conclude(s);
    interrupt_ignore(&s->interrupt);
    run_free(s->run);
    workers_wait(&s->workers);
    return status;
}

/* Lists are opened here once, so that one that cannot be read is said before anything is asked. */
static bool lists_are_readable(const struct cli_options *o)
{
    for (size_t i = 0; i < o->list_count; i++) {
        struct target_list *list;
        if (strcmp(o->lists[i], "-") == 0)
            continue;
        if (target_list_open(o->lists[i], &list)) {
            fprintf(stderr, "smtpscan: --list: %s: %s\n", o->lists[i], strerror(errno));
            return false;
        }
        target_list_close(list);
    }
    return true;
}

static enum cli_exit open_output(struct scan *s, const struct cli_options *o)
{
    s->output.path = o->output;
    if (o->resume)
        return resume_prepare(&s->resume, &s->setup, &s->output);
    if (output_open(&s->output, o->output) == ERR_OK)
        return CLI_EXIT_DONE;
    fprintf(stderr, "smtpscan: --output: %s: %s\n", o->output, strerror(errno));
    return CLI_EXIT_USAGE;
}

/* The dialogues that visits play, and what DNS is asked beside them: all of the audit, but for that
 * of which nothing is wanted. */
static void select_checks(struct scan *s)
{
    const struct audit_knowledge *k = s->setup.knowledge;
    struct visit_options *v = &s->setup.run.visit;
    size_t kept = 0;
    for (size_t i = 0; i < k->program_count; i++)
        if (audit_wants_dialogue(&s->judgement.select, octets_of(k->programs[i]->name)))
            k->programs[kept++] = k->programs[i];
    v->checks = k->programs;
    v->check_count = kept;
    v->counts_connections = audit_select_has(&s->judgement.select, OCTETS("limit.connections"));
    v->probes_tls = audit_tls_probe_is_wanted(&s->judgement.select);
    v->probes_strict = audit_select_has(&s->judgement.select, OCTETS("tls.strict-fails"));
    struct standing_options *standing = &s->setup.run.standing;
    standing->loopback = s->options->resolver != NULL;
    standing->reverse = audit_select_has(&s->judgement.select, OCTETS("dns.fcrdns"));
    if (!audit_select_has(&s->judgement.select, OCTETS("dns.dnsbl")))
        standing->zone_count = 0;
}

static enum cli_exit scan(struct scan *s, const struct cli_options *o)
{
    bool is_complete;
    enum cli_exit status = resume_open(&s->resume, o, &is_complete);
    if (status || is_complete)
        return status;
    status = setup_init(&s->setup, o);
    if (status)
        return status;
    if (!judgement_init(&s->judgement, o, s->setup.database, s->setup.knowledge)) {
        setup_release(&s->setup);
        return CLI_EXIT_USAGE;
    }
    select_checks(s);
    bool is_audit = !s->setup.run.has_level || s->setup.run.level >= FACTS_LEVEL_AUDIT;
    if (is_audit && audit_domain_is_wanted(&s->judgement.select)) {
        enum err e = posture_new(o, &s->setup, &s->judgement, tell_domain, s, &s->posture);
        if (e) {
            fprintf(stderr, "smtpscan: %s: %s\n", e == ERR_NOT_FOUND ? "--trust-anchor" : "domains",
                    e == ERR_NOT_FOUND ? "holds no trust anchor that can be read" : err_text(e));
            judgement_release(&s->judgement);
            setup_release(&s->setup);
            return e == ERR_NOT_FOUND ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
        }
    }
    buf_init(&s->line, RECORD_OCTETS_MAX);
    status = progress_open(&s->progress, o) ? open_output(s, o) : CLI_EXIT_USAGE;
    if (!status)
        status = keeper_open(&s->keeper, o, &s->resume);
    if (!status) {
        bool terminal = output_is_terminal(&s->output);
        const char *no_colour = getenv("NO_COLOR");
        s->json = o->format == CLI_FORMAT_JSON || (o->format == CLI_FORMAT_FOUND_OUT && !terminal);
        s->style.colour = terminal && !o->no_colour && !(no_colour && *no_colour);
        s->style.verbose = o->verbose;
        status = run_scan(s);
    }
    keeper_close(&s->keeper);
    progress_release(&s->progress);
    buf_release(&s->line);
    judgement_release(&s->judgement);
    posture_close(s->posture);
    setup_release(&s->setup);
    posture_free(s->posture);
    return status;
}

enum cli_exit cli_scan(const struct cli_options *o)
{
    struct scan s = {.options = o, .shard = o->shard_text};
    if (!o->rest_count && !o->list_count) {
        fprintf(stderr, "smtpscan: nothing to scan: name a target or a list (--help)\n");
        return CLI_EXIT_USAGE;
    }
    if (!lists_are_readable(o))
        return CLI_EXIT_USAGE;
    enum cli_exit status = scan(&s, o);
    resume_close(&s.resume);
    return status;
}
