/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"

#include <errno.h>

#include "given.h"
#include "store.h"

#include "../record/record.h"

#define EVERY_NS ((uint64_t)1000 * 1000 * 1000)
/* What may wait for a store that is slower than the run; then the run waits.  A record that is larger
 * waits alone. */
#define WAITING_OCTETS_MAX ((size_t)16 * 1024 * 1024)

/* ---- opened ---- */

/* Whether a line of the output ends at `at`, or it begins there. */
static bool is_line_end(FILE *output, uint64_t at)
{
    return at == 0 || (fseeko(output, (off_t)at - 1, SEEK_SET) == 0 && getc(output) == '\n');
}

/* What the output holds behind the first `octets` of it. */
static enum err put_rest(struct record_store_writer *w, FILE *output, uint64_t octets)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    enum err e = fseeko(output, (off_t)octets, SEEK_SET) ? ERR_SYS : ERR_OK;
    while (!e && (size = getline(&line, &room, output)) > 0)
        e = store_put(w, (struct octets){(const uint8_t *)line, (size_t)size - 1});
    free(line);
    return e || !ferror(output) ? e : ERR_SYS;
}

/* The store may lack what was written last, or, when the machine was switched off, be ahead of the
 * output, by which it goes. */
static enum err catch_up(struct record_store_writer *w, const char *path, uint64_t octets)
{
    FILE *output = fopen(path, "re");
    enum err e = output ? ERR_OK : ERR_SYS;
    if (!e && !is_line_end(output, octets)) {
        e = record_store_writer_empty(w);
        octets = 0;
    }
    if (!e)
        e = put_rest(w, output, octets);
    if (!e)
        e = record_store_writer_commit(w, true);
    if (output)
        (void)fclose(output); /* read only: nothing is lost */
    return e;
}

static enum err go_on(struct record_store_writer *w, const struct cli_options *o,
                      const struct resume *r)
{
    char text[GIVEN_NAME_OCTETS + 1];
    uint64_t octets = 0;
    if (!given_name(&r->state, text))
        return ERR_NOMEM;
    struct octets name = octets_of(text);
    enum err e = r->begins ? ERR_NOT_FOUND : record_store_writer_continue(w, name, &octets);
    if (e == ERR_NOT_FOUND)
        e = record_store_writer_begin(w, name);
    return e ? e : catch_up(w, o->output, octets);
}

enum cli_exit keeper_open(struct keeper *k, const struct cli_options *o, const struct resume *r)
{
    *k = (struct keeper){.path = o->store};
    if (!k->path)
        return CLI_EXIT_DONE;
    enum err e = record_store_writer_open(&k->writer, k->path);
    if (!e && r->option)
        e = go_on(k->writer, o, r);
    if (!e)
        return CLI_EXIT_DONE;
    enum cli_exit status = store_refused(k->path, e);
    record_store_writer_free(k->writer);
    k->writer = NULL;
    k->path = NULL;
    return status;
}

/* ---- the thread ---- */

/* Under the lock: waits until a thousand have come, a second has gone by, or somebody wants all of it. */
static void wait_for_some(struct keeper *k)
{
    uint64_t end = uv_hrtime() + EVERY_NS, now;
    while (k->taken - k->kept < STORE_BATCH && k->wanted_on_disk <= k->on_disk && !k->is_ending &&
           (now = uv_hrtime()) < end)
        (void)uv_cond_timedwait(&k->changed, &k->lock, end - now);
}

static enum err keep(struct record_store_writer *w, struct octets lines, bool to_disk)
{
    enum err e = ERR_OK;
    while (lines.size && !e)
        e = store_put(w, octets_take_until(&lines, '\n'));
    return e ? e : record_store_writer_commit(w, to_disk);
}

static void work(void *owner)
{
    struct keeper *k = owner;
    struct buf lines;
    buf_init(&lines, 0);
    uv_mutex_lock(&k->lock);
    while (!k->error && (!k->is_ending || k->kept < k->taken)) {
        wait_for_some(k);
        struct buf filled = k->waiting;
        uint64_t taken = k->taken;
        bool to_disk = k->wanted_on_disk > k->on_disk || k->is_ending;
        lines.cap = filled.cap;
        buf_clear(&lines);
        k->waiting = lines;
        lines = filled;
        uv_mutex_unlock(&k->lock);
        enum err e = keep(k->writer, buf_octets(&lines), to_disk);
        int error_number = errno;
        uv_mutex_lock(&k->lock);
        k->kept = taken;
        k->on_disk = to_disk ? taken : k->on_disk;
        if (!k->error) {
            k->error = e;
            k->error_number = error_number;
        }
        uv_cond_broadcast(&k->changed);
    }
    uv_mutex_unlock(&k->lock);
    buf_release(&lines);
}

bool keeper_start(struct keeper *k)
{
    if (!k->path)
        return true;
    buf_init(&k->waiting, RECORD_OCTETS_MAX + WAITING_OCTETS_MAX);
    k->has_thread = !uv_mutex_init(&k->lock) && !uv_cond_init(&k->changed) &&
                    !uv_thread_create(&k->thread, work, k);
    if (!k->has_thread)
        store_say(k->path, ERR_NOMEM);
    return k->has_thread;
}

static uint64_t count_lines(struct octets lines)
{
    uint64_t n = 0;
    for (size_t at = 0; (at = octets_find_octet(lines, '\n', at)) < lines.size; at++)
        n++;
    return n;
}

void keeper_add(struct keeper *k, struct octets lines)
{
    if (!k->has_thread || !lines.size)
        return;
    uv_mutex_lock(&k->lock);
    while (!k->error && k->waiting.size && k->waiting.size + lines.size > WAITING_OCTETS_MAX)
        uv_cond_wait(&k->changed, &k->lock);
    bool was_few = k->taken - k->kept < STORE_BATCH;
    if (!k->error)
        buf_append(&k->waiting, lines);
    if (buf_error(&k->waiting) && !k->error)
        k->error = buf_error(&k->waiting);
    k->taken += count_lines(lines);
    if (was_few && k->taken - k->kept >= STORE_BATCH)
        uv_cond_broadcast(&k->changed);
    uv_mutex_unlock(&k->lock);
}

enum err keeper_sync(struct keeper *k)
{
    if (!k->has_thread)
        return ERR_OK;
    uv_mutex_lock(&k->lock);
    uint64_t wanted = k->taken;
    k->wanted_on_disk = wanted > k->wanted_on_disk ? wanted : k->wanted_on_disk;
    uv_cond_broadcast(&k->changed);
    while (!k->error && k->on_disk < wanted)
        uv_cond_wait(&k->changed, &k->lock);
    enum err e = k->error;
    int error_number = k->error_number;
    uv_mutex_unlock(&k->lock);
    errno = error_number;
    return e;
}

void keeper_finish(struct keeper *k)
{
    if (!k->has_thread)
        return;
    uv_mutex_lock(&k->lock);
    k->is_ending = true;
    uv_cond_broadcast(&k->changed);
    uv_mutex_unlock(&k->lock);
    (void)uv_thread_join(&k->thread);
    k->has_thread = false;
    uv_cond_destroy(&k->changed);
    uv_mutex_destroy(&k->lock);
}

bool keeper_has_failed(struct keeper *k)
{
    if (!k->has_thread)
        return k->error;
    uv_mutex_lock(&k->lock);
    bool has_failed = k->error;
    uv_mutex_unlock(&k->lock);
    return has_failed;
}

bool keeper_say(const struct keeper *k)
{
    if (!k->error)
        return false;
    errno = k->error_number;
    fprintf(stderr, "smtpscan: --store: %s: %s; what was written before is whole\n", k->path,
            store_problem(k->error));
    return true;
}

void keeper_close(struct keeper *k)
{
    keeper_finish(k);
    record_store_writer_free(k->writer);
    buf_release(&k->waiting);
    k->writer = NULL;
}
