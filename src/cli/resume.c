/* SPDX-License-Identifier: Apache-2.0 */
#include "resume.h"

#include <errno.h>
#include <unistd.h>

#include "../base/clock.h"
#include "given.h"
#include "keeper.h"

#define EVERY_MS 1000

/* Targets that may be begun before the next state is written: as many as take two seconds.  After
 * a kill all of them count as perhaps asked. */
#define AHEAD_MIN ((uint64_t)256)
#define AHEAD_MAX ((uint64_t)128 * 1024)
#define AHEAD_MS  2000

/* Over a shorter time no rate is taken: the first targets are begun all at once. */
#define RATE_MS_MIN 100

/* ---- the state that is found ---- */

static enum cli_exit complain(const struct resume *r, const char *problem)
{
    (void)cli_complain("--resume", r->option, problem);
    return CLI_EXIT_USAGE;
}

static enum cli_exit check_options(const struct resume *r, const struct cli_options *o)
{
    if (!o->output || strcmp(o->output, "-") == 0)
        return complain(r, "needs --output FILE: standard output cannot be cut back to whole lines "
                           "and gone on with");
    if (o->format == CLI_FORMAT_TEXT)
        return complain(r, "needs --format json: text has no lines that stand by themselves");
    return CLI_EXIT_DONE;
}

/* All that is not the same is named. */
static enum cli_exit compare(const struct resume *r, const struct cli_options *o,
                             const struct run_state *old)
{
    struct buf text;
    struct octets name;
    size_t all = r->state.given_count + old->given_count;
    buf_init(&text, 4000);
    for (size_t i = 0; (i = run_state_difference(&r->state, old, i, &name)) < all; i++) {
        buf_append_text(&text, text.size ? ", " : "");
        given_describe(&text, o, name);
    }
    if (o->has_seed && o->seed != old->seed) {
        buf_append_text(&text, text.size ? ", " : "");
        buf_append_text(&text, "--seed");
    }
    bool differs = text.size > 0;
    buf_append_octet(&text, 0);
    if (differs)
        fprintf(stderr,
                "smtpscan: --resume: %s: the run was begun with something else: %s; nothing is "
                "visited\n",
                r->option, text.data ? (const char *)text.data : "");
    buf_release(&text);
    return differs ? CLI_EXIT_USAGE : CLI_EXIT_DONE;
}

static enum cli_exit take_old(struct resume *r, const struct cli_options *o)
{
    struct run_state old;
    struct run_state_problem problem;
    enum err e = run_state_parse(buf_octets(&r->old), &old, &problem);
    if (e == ERR_SYNTAX) {
        fprintf(stderr, "smtpscan: --resume: %s:%llu: %s; nothing is visited\n", r->option,
                (unsigned long long)problem.line, problem.text);
        return CLI_EXIT_USAGE;
    }
    if (e) {
        fprintf(stderr, "smtpscan: --resume: %s\n", err_text(e));
        return CLI_EXIT_FAILED;
    }
    enum cli_exit status = compare(r, o, &old);
    r->earlier = old.done;
    r->again_below = old.reserved;
    r->state.seed = old.seed;
    r->state.part = old.part;
    r->state.output = old.output;
    r->state.reserved = old.reserved;
    r->state.is_complete = old.is_complete;
    return status;
}

static enum cli_exit find_state(struct resume *r)
{
    enum err e = statefile_open(&r->file, r->option);
    if (e == ERR_SYS && errno == EWOULDBLOCK)
        return complain(r, "another process is at this run");
    if (e == ERR_SYS && errno == EINVAL)
        return complain(r, "is no regular file");
    if (!e)
        e = statefile_read(&r->file, &r->old);
    if (e == ERR_SYS || e == ERR_LIMIT)
        return complain(r, e == ERR_SYS ? strerror(errno) : "this is no file of --resume");
    return e ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

enum cli_exit resume_open(struct resume *r, const struct cli_options *o, bool *ret_is_complete)
{
    *r = (struct resume){.option = o->resume, .state.part = 1, .file = {.fd = -1, .folder = -1}};
    *ret_is_complete = false;
    if (!r->option)
        return CLI_EXIT_DONE;
    arena_init(&r->arena, (size_t)64 * 1024);
    buf_init(&r->old, RUN_STATE_OCTETS_MAX);
    buf_init(&r->text, RUN_STATE_OCTETS_MAX);
    enum cli_exit status = check_options(r, o);
    if (!status)
        status = given_gather(o, &r->arena, &r->state) ? CLI_EXIT_DONE : CLI_EXIT_USAGE;
    if (!status)
        status = find_state(r);
    r->begins = !status && r->old.size == 0;
    if (!status && !r->begins)
        status = take_old(r, o);
    if (!status && r->state.is_complete) {
        *ret_is_complete = true;
        fprintf(
            stderr,
            "smtpscan: --resume: %s: this run is complete: %llu target%s in %llu part%s; nobody "
            "is visited\n",
            r->option, (unsigned long long)run_done_count(&r->earlier),
            run_done_count(&r->earlier) == 1 ? "" : "s", (unsigned long long)r->state.part,
            r->state.part == 1 ? "" : "s");
    }
    return status;
}

enum cli_exit resume_prepare(struct resume *r, struct setup *setup, struct output *output)
{
    const char *problem = NULL;
    if (r->begins)
        r->state.seed = setup->run.seed;
    else
        r->state.part++;
    setup->run.seed = r->state.seed;
    setup->run.done = &r->earlier;
    setup->run.again_below = r->again_below;
    if (output_continue(output, output->path, r->state.output, r->begins, &problem) == ERR_OK)
        return CLI_EXIT_DONE;
    (void)cli_complain("--output", output->path, problem ? problem : strerror(errno));
    return CLI_EXIT_USAGE;
}

/* ---- the state that is written ---- */

/* What is known now, as text.  The output's length is taken before its content is brought to disk,
 * and never more is called done than what stands in there. */
static enum err describe(struct resume *r)
{
    enum err e = run_ledger_done(run_ledger(r->run), &r->state.done);
    if (e)
        return e;
    r->state.output = output_size(r->output);
    buf_clear(&r->text);
    run_state_append(&r->text, &r->state);
    run_done_clear(&r->state.done);
    return buf_error(&r->text);
}

static void fail(struct resume *r, enum err e)
{
    if (!r->error) {
        r->error = e;
        r->error_number = errno;
    }
}

static void save(struct resume *r)
{
    enum err e;
    if (fsync(r->output->fd)) {
        r->is_output_at_fault = r->is_output_at_fault || !r->error;
        fail(r, ERR_SYS);
    } else if ((e = keeper_sync(r->keeper))) {
        r->is_store_at_fault = r->is_store_at_fault || !r->error;
        fail(r, e);
    } else if (statefile_replace(&r->file, buf_octets(&r->text))) {
        fail(r, ERR_SYS);
    }
}

static void work(uv_work_t *w)
{
    save(w->data);
}

static void worked(uv_work_t *w, int status)
{
    struct resume *r = w->data;
    (void)status; /* nobody cancels it */
    r->is_busy = false;
    if (r->error)
        run_interrupt(r->run);
    else
        run_reserve(r->run, r->state.reserved - r->ahead / 2, r->state.reserved);
}

static void reserve(struct resume *r)
{
    uint64_t now = clock_now_ms(), ms = now - r->saved_ms, taken = run_ledger(r->run)->next;
    uint64_t rate = (taken - r->taken) * AHEAD_MS / (ms > RATE_MS_MIN ? ms : RATE_MS_MIN);
    r->ahead = rate < AHEAD_MIN ? AHEAD_MIN : rate > AHEAD_MAX ? AHEAD_MAX : rate;
    uint64_t end = taken > UINT64_MAX - r->ahead ? UINT64_MAX : taken + r->ahead;
    if (end > r->state.reserved) /* never less than what may have been begun */
        r->state.reserved = end;
    r->taken = taken;
    r->saved_ms = now;
}

void resume_reserve(struct resume *r)
{
    if (r->is_busy || r->error)
        return;
    reserve(r);
    enum err e = describe(r);
    r->work.data = r;
    r->is_busy = true;
    if (!e && uv_queue_work(&r->loop->uv, &r->work, work, worked) == 0)
        return;
    r->is_busy = false;
    fail(r, e ? e : ERR_NOMEM);
    run_interrupt(r->run);
}

static void tick(void *owner)
{
    struct resume *r = owner;
    if (run_ledger(r->run)->next != r->taken || output_size(r->output) != r->state.output)
        resume_reserve(r);
    net_timer_start(&r->timer, EVERY_MS);
}

bool resume_start(struct resume *r, struct net_loop *l, struct run *run, struct output *output,
                  struct keeper *keeper)
{
    if (!r->option)
        return true;
    r->loop = l;
    r->run = run;
    r->output = output;
    r->keeper = keeper;
    net_timer_init(l, &r->timer, tick, r);
    r->saved_ms = clock_now_ms();
    reserve(r);
    /* Nobody was asked yet: what earlier parts reserved and did not begin is not known, and stays. */
    enum err e = run_done_add_from(&r->state.done, &r->earlier, 0);
    r->state.output = output_size(output);
    run_state_append(&r->text, &r->state);
    run_done_clear(&r->state.done);
    if (!e)
        e = buf_error(&r->text);
    if (e)
        fail(r, e);
    else
        save(r);
    run_reserve(run, r->state.reserved - r->ahead / 2, r->state.reserved);
    net_timer_start(&r->timer, EVERY_MS);
    return !r->error;
}

static bool is_all_done(const struct resume *r)
{
    const char *path;
    const struct run_done *d = &r->state.done;
    uint64_t taken = run_ledger(r->run)->next;
    bool covers =
        taken == 0 || (d->count == 1 && d->ranges[0].first == 0 && d->ranges[0].end >= taken);
    return covers && run_counts(r->run)->no_more_targets && !run_error(r->run, &path);
}

void resume_finish(struct resume *r, bool is_interrupted)
{
    if (!r->option)
        return;
    while (r->is_busy)
        uv_run(&r->loop->uv, UV_RUN_ONCE);
    net_timer_close(&r->timer, NULL);
    uint64_t taken = run_ledger(r->run)->next;
    enum err e = run_ledger_done(run_ledger(r->run), &r->state.done);
    /* Nothing is begun any more: what was reserved beyond was not asked in this part. */
    r->state.reserved = taken > r->again_below ? taken : r->again_below;
    r->state.is_complete = !is_interrupted && !r->output->error && !r->error && is_all_done(r);
    r->state.output = output_size(r->output);
    buf_clear(&r->text);
    run_state_append(&r->text, &r->state);
    if (!e)
        e = buf_error(&r->text);
    if (e)
        fail(r, e);
    else if (!r->is_output_at_fault && !r->is_store_at_fault)
        save(r);
}

/* ---- else ---- */

bool resume_say(const struct resume *r)
{
    if (!r->error || r->is_store_at_fault)
        return false;
    fprintf(stderr, "smtpscan: %s: %s; what was written before is whole\n",
            r->is_output_at_fault ? r->output->path : r->option,
            r->error == ERR_SYS ? strerror(r->error_number) : err_text(r->error));
    return true;
}

unsigned resume_part(const struct resume *r)
{
    return (unsigned)r->state.part;
}

void resume_close(struct resume *r)
{
    if (!r->option)
        return;
    run_done_release(&r->earlier);
    run_done_release(&r->state.done);
    buf_release(&r->old);
    buf_release(&r->text);
    arena_release(&r->arena);
    statefile_close(&r->file);
}
