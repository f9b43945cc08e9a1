/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

#define EVERY_MS        1000
#define COLUMNS_DEFAULT 80
#define TEXT_OCTETS_MAX ((size_t)64 * 1024)

/* ---- what there is to tell ---- */

static uint64_t memory_octets(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss * 1024;
}

static struct report_status look(struct progress *p, bool is_last)
{
    const struct run_counts *c = run_counts(p->run);
    struct run_load load = run_load(p->run);
    uint64_t now_ms = clock_now_ms();
    struct report_status s = {.version = SMTPSCAN_VERSION,
                              .time_ms = clock_wall_ms(),
                              .started_ms = p->started_wall_ms,
                              .elapsed_ms = now_ms - p->started_ms,
                              .part = 1,
                              .is_last = is_last,
                              .targets = c->targets,
                              .endpoints = c->endpoints_started,
                              .services = c->services,
                              .is_total = c->no_more_targets && load.resolving == 0,
                              .in_flight = load.in_flight,
                              .queued = load.queued,
                              .per_second = report_rate_add(&p->rate, now_ms, c->services),
                              .cost = c->cost,
                              .memory_octets = memory_octets() + load.memory};
    memcpy(s.by_outcome, c->by_outcome, sizeof s.by_outcome);
    return s;
}

/* ---- the terminal ---- */

static size_t columns_of_terminal(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col;
}

static void show(struct progress *p, const struct report_status *s)
{
    const struct run_counts *c = run_counts(p->run);
    size_t columns = columns_of_terminal();
    if (c->endpoints_started < 2 && c->names < 2)
        return;
    buf_clear(&p->text);
    report_status_line(&p->text, s, columns - 1); /* a full line would wrap on some */
    if (buf_error(&p->text))
        return;
    fprintf(stderr, "\r\x1b[K%.*s", (int)p->text.size, (const char *)p->text.data);
    p->is_shown = true;
}

void progress_clear(struct progress *p)
{
    if (p->is_shown)
        fputs("\r\x1b[K", stderr);
    p->is_shown = false;
}

/* ---- files ---- */

static void write_status(struct progress *p, const struct report_status *s)
{
    if (!p->status.path || p->status.error)
        return;
    buf_clear(&p->text);
    report_status_json(&p->text, s);
    p->status.error = buf_error(&p->text);
    if (!p->status.error)
        output_write(&p->status, buf_octets(&p->text));
    if (!p->status.error)
        return;
    progress_clear(p);
    fprintf(stderr, "smtpscan: --status-file: %s: %s; not written any more\n", p->status.path,
            p->status.error == ERR_SYS ? strerror(p->status.error_number)
                                       : err_text(p->status.error));
}

/* Written beside its place and put there whole: a reader never sees half of it. */
static enum err replace(const char *path, struct octets text)
{
    struct output o = {.path = path};
    struct buf name;
    buf_init(&name, 4096);
    buf_append_text(&name, path);
    buf_append(&name, (struct octets){(const uint8_t *)".new", sizeof ".new"}); /* with its NUL */
    if (buf_error(&name)) {
        buf_release(&name);
        errno = ENOMEM;
        return ERR_SYS;
    }
    const char *beside = (const char *)name.data;
    (void)unlink(beside); /* one that a killed run has left; never written through a link */
    o.fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int number = errno;
    if (o.fd >= 0) {
        output_write(&o, text);
        output_close(&o);
        if (!o.error && rename(beside, path))
            o = (struct output){.error = ERR_SYS, .error_number = errno};
        if (o.error)
            (void)unlink(beside);
        number = o.error_number;
    } else {
        o.error = ERR_SYS;
    }
    buf_release(&name);
    errno = number;
    return o.error;
}

/* Tried again each second: a disk may get room. */
static void write_metrics(struct progress *p, const struct report_status *s)
{
    if (!p->metrics)
        return;
    buf_clear(&p->text);
    report_status_metrics(&p->text, s);
    enum err e = buf_error(&p->text);
    if (!e)
        e = replace(p->metrics, buf_octets(&p->text));
    if (!e || p->has_complained)
        return;
    int number = errno;
    p->has_complained = true;
    progress_clear(p);
    fprintf(stderr, "smtpscan: --metrics-file: %s: %s\n", p->metrics,
            e == ERR_SYS ? strerror(number) : err_text(e));
}

/* ---- once a second ---- */

static void tell(struct progress *p, bool is_last)
{
    struct report_status s = look(p, is_last);
    write_status(p, &s);
    write_metrics(p, &s);
    if (p->has_terminal && !is_last)
        show(p, &s);
}

static void tick(void *owner)
{
    struct progress *p = owner;
    net_timer_start(&p->timer, EVERY_MS);
    tell(p, false);
}

/* What is put in place of the file must not take that of a device or a folder. */
static bool may_be_replaced(const char *path)
{
    struct stat s;
    if (stat(path, &s) == 0)
        return S_ISREG(s.st_mode) || cli_complain("--metrics-file", path, "is no regular file");
    return errno == ENOENT || cli_complain("--metrics-file", path, strerror(errno));
}

bool progress_open(struct progress *p, const struct cli_options *o)
{
    *p = (struct progress){.metrics = o->metrics_file, .status = {.fd = -1}};
    p->has_terminal = !o->quiet && isatty(STDERR_FILENO) == 1;
    buf_init(&p->text, TEXT_OCTETS_MAX);
    if (p->metrics && !may_be_replaced(p->metrics))
        return false;
    if (p->metrics && replace(p->metrics, OCTETS("# EOF\n"))) /* metrics of nothing yet */
        return cli_complain("--metrics-file", p->metrics, strerror(errno));
    if (o->status_file && output_append(&p->status, o->status_file))
        return cli_complain("--status-file", o->status_file, strerror(errno));
    return true;
}

void progress_start(struct progress *p, struct net_loop *l, const struct run *run)
{
    p->run = run;
    p->started_ms = clock_now_ms();
    p->started_wall_ms = clock_wall_ms();
    net_timer_init(l, &p->timer, tick, p);
    if (p->has_terminal || p->status.path || p->metrics)
        net_timer_start(&p->timer, EVERY_MS);
    tell(p, false);
}

void progress_stop(struct progress *p)
{
    progress_clear(p);
    tell(p, true);
    net_timer_close(&p->timer, NULL);
}

void progress_release(struct progress *p)
{
    if (p->status.fd >= 0)
        output_close(&p->status);
    buf_release(&p->text);
}
