/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "judgement.h"
#include "output.h"
#include "seen.h"
#include "setup.h"
#include "store.h"

#include "../base/escape.h"
#include "../domain/survey.h"
#include "../record/stream.h"
#include "../run/operator.h"

/*
 * Judges the services of stored records with today's data, and domains with the services that stand
 * before them, as a scan writes them; other records go through as they are.
 */
#define SEEN_MAX ((size_t)65536) /* services kept for the domains behind them, some 1 KiB each */

struct judging {
    struct seen_ring ring;
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    struct output output;
    struct record_store_writer *store; /* NULL without --store */
    const char *store_path;
    bool has_said; /* stderr was told of a failure */
    struct buf line;
    struct judgement judgement;
    struct report_text_style style;
    bool json;
    uint64_t services;
};

static enum err judge_service(struct judging *g, const struct facts_visit *v, struct arena *a)
{
    struct judged judged;
    enum err e = judgement_of(&g->judgement, v, a, &judged);
    if (!e && (g->json || g->store))
        e = record_service(&g->line, v, &judged.answers);
    if (!e && !g->json)
        report_text_service(&g->line, &g->style, v, &judged.answers);
    g->services++;
    if (!seen_keep(&g->ring, v))
        e = e ? e : ERR_NOMEM;
    return e;
}

/* What the record's services showed, in their order. */
static bool join(const struct judging *g, const struct record_domain *d, struct arena *a,
                 struct facts_domain *facts)
{
    size_t count = d->resolution->endpoint_count * d->port_count;
    facts->seen = arena_alloc_array(a, count, sizeof *facts->seen);
    facts->expected_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct target_endpoint *e = &d->resolution->endpoints[i / d->port_count];
        const struct facts_seen *seen =
            seen_find(&g->ring, &e->address, d->ports[i % d->port_count]);
        if (!facts->seen || (seen && !seen_join(&facts->seen[i], seen, e->host, a)))
            return false;
    }
    facts->seen_count = seen_pack(facts->seen, count);
    return true;
}

static enum err judge_posture(struct judging *g, struct record_domain *d, struct arena *a)
{
    const struct facts_domain *kept = d->posture;
    struct finding_list findings = {0};
    struct facts_domain facts = {.input = kept->input,
                                 .tag = kept->tag,
                                 .name = kept->name,
                                 .organization = run_operator_of(kept->name),
                                 .time_ms = kept->time_ms};
    enum err e = domain_recall(kept, a, &facts);
    if (!e && !join(g, d, a, &facts))
        e = ERR_NOMEM;
    if (!e)
        e = judgement_of_domain(&g->judgement, &facts, a, &findings);
    d->posture = &facts;
    d->findings = &findings;
    return e ? e
             : judgement_append_domain(&g->judgement, d, g->json || g->store,
                                       g->json ? NULL : &g->style, &g->line);
}

/* A record that nothing is judged of goes through; what is hidden in it is shown, as of others. */
static void pass_on(struct judging *g, struct octets line)
{
    if (!g->json && !g->store)
        return;
    escape_json_hidden(&g->line, line);
    buf_append_octet(&g->line, '\n');
}

/* One without a posture, or with one of before all of it was kept, goes through as it is. */
static enum err judge_domain(struct judging *g, struct octets line, struct arena *a)
{
    struct record_domain d;
    enum err e = record_read_domain(line, a, &d);
    if (!e && d.posture)
        return judge_posture(g, &d, a);
    if (!e)
        pass_on(g, line);
    if (!e && !g->json)
        e = judgement_append_domain(&g->judgement, &d, false, &g->style, &g->line);
    return e;
}

/* Of what is in g->line: the record first, where there is a store; then text, if that is wanted. */
static enum err put(struct judging *g)
{
    struct octets all = buf_octets(&g->line), text = all;
    enum err e = buf_error(&g->line);
    if (!e && g->store && all.size) {
        e = store_put(g->store, octets_take_until(&text, '\n'));
        g->has_said = e && e != ERR_SYNTAX;
        if (g->has_said)
            store_say(g->store_path, e);
    }
    if (!e)
        output_write(&g->output, g->json ? all : text);
    g->has_said = g->has_said || g->output.error; /* it is told once, in the end */
    return e ? e : g->output.error;
}

static enum err judge_line(struct judging *g, struct octets line)
{
    struct facts_visit v;
    enum record_type type;
    struct arena a;
    arena_init(&a, RECORD_OCTETS_MAX);
    enum err e = record_read(line, &a, &type, &v);
    if (!e && type == RECORD_SERVICE) {
        e = judge_service(g, &v, &a);
    } else if (!e && type == RECORD_DOMAIN) {
        e = judge_domain(g, line, &a);
    } else if (!e) {
        pass_on(g, line);
    }
    if (!e)
        e = put(g);
    buf_clear(&g->line);
    arena_release(&a);
    return e;
}

static enum cli_exit judge_stream(struct judging *g, struct record_stream *s, const char *path)
{
    struct octets line;
    enum err e;
    while (!(e = record_stream_next(s, &line)) && line.size) {
        unsigned long long number = record_stream_line_number(s);
        enum err bad = judge_line(g, line);
        if (bad == ERR_SYNTAX)
            fprintf(stderr, "%s:%llu: no record of schema %d; line skipped\n", path, number,
                    RECORD_SCHEMA);
        else if (bad && !g->has_said)
            fprintf(stderr, "smtpscan: %s:%llu: %s\n", path, number, err_text(bad));
        if (bad && bad != ERR_SYNTAX)
            return CLI_EXIT_FAILED;
    }
    if (e)
        fprintf(stderr, "smtpscan: %s: %s\n", path, store_problem(e));
    return e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

static enum cli_exit judge_file(struct judging *g, const char *path)
{
    struct record_stream *s;
    enum err e = record_stream_open(&s, path);
    if (e) {
        fprintf(stderr, "smtpscan: %s: %s\n", path, store_problem(e));
        return CLI_EXIT_USAGE;
    }
    enum cli_exit status = judge_stream(g, s, path);
    record_stream_free(s);
    return status;
}

enum cli_exit cli_judge(const struct cli_options *o)
{
    struct judging g = {.store_path = o->store};
    enum cli_exit status = CLI_EXIT_DONE;
    if (!o->rest_count) {
        fprintf(stderr,
                "smtpscan: nothing to judge: name a file of records, or - for standard input\n");
        return CLI_EXIT_USAGE;
    }
    if (!setup_data(o, &g.database, &g.knowledge))
        return CLI_EXIT_USAGE;
    if (seen_ring_init(&g.ring, SEEN_MAX))
        return CLI_EXIT_FAILED;
    if (!judgement_init(&g.judgement, o, g.database, g.knowledge)) {
        seen_ring_release(&g.ring);
        audit_knowledge_free(g.knowledge);
        identify_database_free(g.database);
        return CLI_EXIT_USAGE;
    }
    if (output_open(&g.output, o->output)) {
        judgement_release(&g.judgement);
        seen_ring_release(&g.ring);
        fprintf(stderr, "smtpscan: --output: %s: %s\n", o->output, strerror(errno));
        audit_knowledge_free(g.knowledge);
        identify_database_free(g.database);
        return CLI_EXIT_USAGE;
    }
    enum err e = o->store ? record_store_writer_open(&g.store, o->store) : ERR_OK;
    if (e)
        status = store_refused(o->store, e);
    buf_init(&g.line, RECORD_OCTETS_MAX);
    g.json = o->format == CLI_FORMAT_JSON ||
             (o->format == CLI_FORMAT_FOUND_OUT && !output_is_terminal(&g.output));
    g.style.verbose = o->verbose;
    for (size_t i = 0; i < o->rest_count && status == CLI_EXIT_DONE; i++)
        status = judge_file(&g, o->rest[i]);
    e = g.store ? record_store_writer_commit(g.store, true) : ERR_OK;
    if (e && status == CLI_EXIT_DONE) {
        store_say(o->store, e);
        status = CLI_EXIT_FAILED;
    }
    record_store_writer_free(g.store);
    output_close(&g.output);
    buf_release(&g.line);
    judgement_release(&g.judgement);
    seen_ring_release(&g.ring);
    audit_knowledge_free(g.knowledge);
    identify_database_free(g.database);
    if (output_say(&g.output))
        status = CLI_EXIT_FAILED;
    if (status)
        return status;
    if (g.judgement.failing)
        return CLI_EXIT_FINDINGS;
    return g.services ? CLI_EXIT_DONE : CLI_EXIT_NO_ANSWER;
}
