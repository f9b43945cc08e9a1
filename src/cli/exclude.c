/* SPDX-License-Identifier: Apache-2.0 */
#include "exclude.h"

#include <errno.h>
#include <poll.h>

#define LINE_OCTETS_MAX ((size_t)16 * 1024)
#define PIPE_POLL_MS    20
#define TOLD_MAX        10 /* faults that are told one by one */

struct reading {
    struct target_exclude *exclude;
    struct arena line_arena;
    uint64_t faults;
};

static void tell(struct reading *r, const char *path, uint64_t number, const char *problem)
{
    if (r->faults++ < TOLD_MAX)
        fprintf(stderr, "%s:%llu: %s\n", path, (unsigned long long)number, problem);
}

static enum err take_line(struct reading *r, const char *path, const struct target_line *line)
{
    struct target t;
    const char *problem = line->problem;
    arena_release(&r->line_arena);
    enum err e = problem ? ERR_SYNTAX : target_parse(line->text, &r->line_arena, &t, &problem);
    if (!e && t.port) {
        e = ERR_SYNTAX;
        problem = "what is excluded is excluded at all ports: write it without one";
    }
    if (e == ERR_SYNTAX)
        tell(r, path, line->number, problem);
    else if (!e)
        return target_exclude_add(r->exclude, &t);
    return e == ERR_SYNTAX ? ERR_OK : e;
}

static enum err read_file(struct reading *r, const char *path)
{
    struct target_list *list;
    struct target_line line;
    enum err e = target_list_open(path, &list);
    if (e)
        return e;
    do {
        e = target_list_next(list, &line);
        if (!e)
            e = take_line(r, path, &line);
        else if (e == ERR_AGAIN)
            (void)poll(NULL, 0, PIPE_POLL_MS);
    } while (!e || e == ERR_AGAIN);
    int error_number = errno;
    target_list_close(list);
    errno = error_number;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum cli_exit exclude_read(const char *const *paths, size_t count, struct target_exclude **ret)
{
    struct reading r = {0};
    arena_init(&r.line_arena, LINE_OCTETS_MAX);
    enum err e = target_exclude_new(&r.exclude);
    enum cli_exit status = CLI_EXIT_DONE;
    for (size_t i = 0; i < count && !e; i++) {
        e = read_file(&r, paths[i]);
        if (e)
            fprintf(stderr, "smtpscan: --exclude: %s: %s\n", paths[i],
                    e == ERR_SYS ? strerror(errno) : err_text(e));
    }
    arena_release(&r.line_arena);
    if (r.faults)
        fprintf(stderr,
                "smtpscan: --exclude: %llu line%s no address, network, range or name: nothing is "
                "visited\n",
                (unsigned long long)r.faults, r.faults == 1 ? " is" : "s are");
    if (e || r.faults)
        status = e && e != ERR_SYS ? CLI_EXIT_FAILED : CLI_EXIT_USAGE;
    if (status) {
        target_exclude_free(r.exclude);
        return status;
    }
    target_exclude_sort(r.exclude);
    *ret = r.exclude;
    return CLI_EXIT_DONE;
}
