/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/random.h"
#include "../record/store.h"
#include "difference.h"
#include "notify.h"

/*
 * Steady monitoring: round by round the targets are scanned into a store, by a process of its own so
 * that nothing is left of it, and held against the run before.
 */
#define TEXT_OCTETS_MAX ((size_t)1024 * 1024 * 1024)
#define PAUSE_MIN_MS    ((uint64_t)1000)

struct watch {
    const struct cli_options *options;
    struct notify notify;
    uint64_t before; /* the run that the next is held against; 0: none.  One that was killed or
                        interrupted is nothing to go by */
};

/* The number of the store's run; 0: it has none, or is not there yet. */
static uint64_t find_run(const char *path, int64_t wanted)
{
    struct record_store_reader *r;
    if (record_store_reader_open(&r, path, wanted))
        return 0;
    uint64_t run = record_store_reader_run(r);
    record_store_reader_free(r);
    return run;
}

/* ---- a scan ---- */

/* A command may hold a token or an address: the record of the run does without. */
static void hide_command(const struct cli_options *o)
{
    uintptr_t command = (uintptr_t)o->notify;
    for (size_t i = 0; command && i < o->typed_count; i++) {
        uintptr_t word = (uintptr_t)o->typed[i];
        if (command == word)
            o->typed[i] = "...";
        else if (command > word && command <= word + strlen(o->typed[i]))
            o->typed[i] = "--notify=...";
    }
}

static _Noreturn void scan(const struct watch *w)
{
    struct cli_options o = *w->options;
    hide_command(&o);
    o.command = CLI_SCAN;
    o.format = CLI_FORMAT_JSON;
    o.output = "/dev/null"; /* the store has it all */
    o.fail_on = FINDING_SEVERITY__COUNT;
    (void)setpgid(0, 0);
    (void)signal(SIGTTOU, SIG_IGN); /* of a terminal that stops who writes from behind */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &w->notify.original, NULL);
    _exit((int)cli_scan(&o));
}

/* A watch goes on until it is ended; a round is interrupted. */
static enum cli_exit ended(const struct watch *w)
{
    return w->options->once ? CLI_EXIT_INTERRUPTED : CLI_EXIT_DONE;
}

/* The status that the scan ended with. */
static enum cli_exit run_scan(struct watch *w)
{
    int status = 0;
    (void)fflush(NULL); /* or the child would write it once more */
    pid_t child = fork();
    if (child < 0) {
        fprintf(stderr, "smtpscan: watch: %s\n", strerror(errno));
        return CLI_EXIT_FAILED;
    }
    if (!child)
        scan(w);
    (void)setpgid(child, child); /* whoever is first */
    (void)notify_wait(&w->notify, child, 0, &status);
    if (WIFEXITED(status))
        return (enum cli_exit)WEXITSTATUS(status);
    fprintf(stderr, "smtpscan: watch: the scan was ended by signal %d\n", WTERMSIG(status));
    return CLI_EXIT_FAILED;
}

/* ---- what changed ---- */

static void set_number(const char *name, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    (void)setenv(name, text, 1);
}

/* Counts alone: what servers said is in the text. */
static void set_environment(const struct watch *w, const struct record_changes *c, uint64_t run)
{
    static const char *const names[FINDING_SEVERITY__COUNT] = {
        "SMTPSCAN_INFO", "SMTPSCAN_LOW", "SMTPSCAN_MEDIUM", "SMTPSCAN_HIGH", "SMTPSCAN_CRITICAL"};
    set_number("SMTPSCAN_CHANGES", c->changed);
    for (size_t i = 0; i < FINDING_SEVERITY__COUNT; i++)
        set_number(names[i], c->by_severity[i]);
    set_number("SMTPSCAN_RUN", run);
    set_number("SMTPSCAN_RUN_BEFORE", w->before);
}

static enum cli_exit tell(struct watch *w, const struct difference *d, uint64_t run)
{
    const struct cli_options *o = w->options;
    const struct report_text_style style = {.verbose = o->verbose};
    struct buf text;
    buf_init(&text, TEXT_OCTETS_MAX);
    enum err e = difference_write(d, &style, o->format == CLI_FORMAT_JSON, &text);
    bool ok = !e;
    if (e)
        fprintf(stderr, "smtpscan: watch: %s\n", err_text(e));
    set_environment(w, &d->changes, run);
    if (!e && !o->notify)
        ok = fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0;
    notify_hold(&w->notify);
    if (!e && o->notify)
        ok = notify_run(&w->notify, o->notify, buf_octets(&text));
    buf_release(&text);
    return ok ? CLI_EXIT_FINDINGS : CLI_EXIT_FAILED;
}

/* Sets the two paths and what is said when a signal ends it: nobody else would tell these changes. */
static bool name_runs(const struct watch *w, uint64_t run, char *paths[RECORD_DIFF__COUNT],
                      char **ret_words)
{
    const char *store = w->options->store;
    return asprintf(&paths[0], "%s@%llu", store, (unsigned long long)w->before) >= 0 &&
           asprintf(&paths[1], "%s@%llu", store, (unsigned long long)run) >= 0 &&
           asprintf(ret_words,
                    "smtpscan: watch: ended before it was told what changed: smtpscan diff %s %s\n",
                    paths[0], paths[1]) >= 0;
}

static enum cli_exit compare(struct watch *w, uint64_t run)
{
    const struct cli_options *o = w->options;
    char *paths[RECORD_DIFF__COUNT] = {NULL, NULL}, *words = NULL;
    struct difference d;
    enum cli_exit status = CLI_EXIT_FAILED;
    bool is_named = name_runs(w, run, paths, &words);
    if (is_named) {
        notify_let_end(&w->notify, (int)ended(w), words);
        status = difference_read(&d, (const char *const *)paths, (struct audit_select){0});
    }
    if (!status) {
        if (!o->quiet)
            fprintf(stderr, "smtpscan: watch: run %llu: %llu change%s since run %llu\n",
                    (unsigned long long)run, (unsigned long long)d.changes.changed,
                    d.changes.changed == 1 ? "" : "s", (unsigned long long)w->before);
        if (difference_is_grave(&d, o))
            status = tell(w, &d, run);
        difference_release(&d);
    }
    if (is_named)
        notify_hold(&w->notify);
    free(paths[0]);
    free(paths[1]);
    free(words);
    return status;
}

/* ---- a round ---- */

/* A scan that failed leaves the run before in its place. */
static enum cli_exit go_round(struct watch *w)
{
    const char *store = w->options->store;
    uint64_t old = find_run(store, RECORD_STORE_LATEST);
    enum cli_exit status = run_scan(w);
    if (w->notify.is_ending)
        return ended(w);
    bool is_whole =
        status == CLI_EXIT_DONE || status == CLI_EXIT_FINDINGS || status == CLI_EXIT_NO_ANSWER;
    uint64_t run = find_run(store, RECORD_STORE_LATEST);
    if (!is_whole || run == old) {
        fprintf(stderr, "smtpscan: watch: the scan failed (status %d): nothing is compared\n",
                (int)status);
        return is_whole ? CLI_EXIT_FAILED : status;
    }
    status = CLI_EXIT_DONE;
    if (w->before)
        status = compare(w, run);
    else if (!w->options->quiet)
        fprintf(stderr, "smtpscan: watch: run %llu is the first: nothing to compare it with\n",
                (unsigned long long)run);
    w->before = run;
    return status;
}

/* Within a tenth of the time on either side, so that many watches do not come to beat together. */
static uint64_t next_pause(const struct cli_options *o, uint64_t spent_ms)
{
    uint32_t drawn;
    uint64_t every = o->every_ms;
    if (random_fill(&drawn, sizeof drawn))
        drawn = UINT32_MAX / 2;
    every = every - every / 10 + every / 5 * drawn / UINT32_MAX;
    return every > spent_ms + PAUSE_MIN_MS ? every - spent_ms : PAUSE_MIN_MS;
}

static const char *missing(const struct cli_options *o)
{
    if (!o->store)
        return "needs --store FILE: where runs are kept";
    if (!o->rest_count && !o->list_count)
        return "needs targets: arguments, or --list FILE";
    if (!o->every_ms && !o->once)
        return "needs --every DURATION, or --once";
    for (size_t i = 0; i < o->list_count && !o->once; i++)
        if (strcmp(o->lists[i], "-") == 0)
            return "can read standard input but once: --list takes a file, or give --once";
    /* The scan is no process of the foreground: it would be stopped as soon as it reads. */
    for (size_t i = 0; i < o->list_count; i++)
        if (strcmp(o->lists[i], "-") == 0 && isatty(STDIN_FILENO))
            return "cannot read targets from a terminal: --list takes a file, or a pipe";
    return NULL;
}

enum cli_exit cli_watch(const struct cli_options *o)
{
    struct watch w = {.options = o};
    const char *problem = missing(o);
    if (problem) {
        fprintf(stderr, "smtpscan: watch %s\n", problem);
        return CLI_EXIT_USAGE;
    }
    notify_init(&w.notify);
    w.before = find_run(o->store, RECORD_STORE_WHOLE);
    for (bool is_first = true;; is_first = false) {
        uint64_t begun = clock_now_ms();
        enum cli_exit status = go_round(&w);
        if (w.notify.is_ending)
            return ended(&w);
        if (o->once || (is_first && status == CLI_EXIT_USAGE))
            return status;
        notify_sleep(&w.notify, next_pause(o, clock_now_ms() - begun));
        if (w.notify.is_ending)
            return ended(&w);
    }
}
