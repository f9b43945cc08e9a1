/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>

#include "../base/escape.h"
#include "../base/nearest.h"
#include "conf.h"
#include "folder.h"
#include "option_parts.h"

#define FILE_OCTETS_MAX ((size_t)64 * 1024)
#define SYSTEM          "/etc/smtpscan.conf"
#define NONE            "none"

/* ---- which file ---- */

static const char *join(struct arena *a, const char *folder, const char *name)
{
    struct buf path;
    buf_init(&path, 8192);
    buf_append_text(&path, folder);
    buf_append_text(&path, name);
    const char *joined = buf_error(&path) ? NULL : arena_copy_text(a, buf_octets(&path));
    buf_release(&path);
    return joined;
}

/* A path that is not absolute is to be ignored (XDG Base Directory Specification 0.8). */
static const char *path_of_user(struct arena *a)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/')
        return join(a, config, "/smtpscan/smtpscan.conf");
    return home && home[0] == '/' ? join(a, home, "/.config/smtpscan/smtpscan.conf") : NULL;
}

/* `line` 0: of the file as a whole. */
static bool complain_at(const char *path, unsigned line, const char *problem)
{
    struct buf where;
    buf_init(&where, (size_t)64 * 1024);
    escape_visible(&where, octets_of(path));
    if (line)
        buf_append_format(&where, ":%u", line);
    fprintf(stderr, "smtpscan: %s%.*s: %s\n", line ? "" : "configuration file: ", (int)where.size,
            (const char *)where.data, problem);
    buf_release(&where);
    return false;
}

/* ERR_NOT_FOUND: there is none at that path, which may be NULL. */
static enum err read_at(const char *path, struct octets *ret)
{
    enum err e = path ? folder_read_file(path, FILE_OCTETS_MAX, ret) : ERR_NOT_FOUND;
    return e == ERR_SYS && (errno == ENOENT || errno == ENOTDIR) ? ERR_NOT_FOUND : e;
}

/* Without a file, *ret stays NULL.  False: a line on stderr said why it cannot be read. */
static bool find(struct cli_options *o, const char *named, struct octets *ret)
{
    const char *path = named && *named ? named : getenv("SMTPSCAN_CONFIG");
    bool is_named = path && *path;
    if (is_named && strcmp(path, NONE) == 0)
        return true;
    if (!is_named)
        path = path_of_user(&o->arena);
    enum err e = read_at(path, ret);
    if (e == ERR_NOT_FOUND && !is_named) {
        path = SYSTEM;
        e = read_at(path, ret);
    }
    if (!e)
        o->file_path = path;
    if (!e || (e == ERR_NOT_FOUND && !is_named))
        return true;
    return complain_at(path, 0,
                       e == ERR_LIMIT       ? "is larger than 64 KiB"
                       : e == ERR_NOT_FOUND ? "is not there"
                                            : strerror(errno));
}

/* ---- what it says ---- */

static bool complain_of_line(const struct cli_options *o, unsigned line, const char *problem)
{
    return complain_at(o->file_path, line, problem);
}

static bool complain_of_name(const struct cli_options *o, unsigned line, struct octets name)
{
    struct option_table table = option_table();
    struct nearest near;
    char problem[160];
    nearest_init(&near, name);
    for (size_t i = 0; i < table.count; i++)
        if (!(table.rows[i].group & OPTION_ONCE))
            (void)nearest_offer(&near, octets_of(table.rows[i].name));
    /* A name is letters, digits and hyphens: it needs no escape. */
    int shown = name.size > 60 ? 60 : (int)name.size;
    if (near.found.size)
        snprintf(problem, sizeof problem, "%.*s: no such option; did you mean %.*s?", shown,
                 (const char *)name.at, (int)near.found.size, (const char *)near.found.at);
    else
        snprintf(problem, sizeof problem,
                 "%.*s: no such option; names are those of options, without the hyphens", shown,
                 (const char *)name.at);
    return complain_of_line(o, line, problem);
}

/* Adds a setting to those that the file made; NULL when memory is out. */
static struct option_setting *add(struct cli_options *o, size_t *room)
{
    void *items = o->file_settings;
    if (!arena_grow(&o->arena, &items, o->file_count, room, sizeof *o->file_settings))
        return NULL;
    o->file_settings = items;
    return &o->file_settings[o->file_count++];
}

static bool take_settings(struct cli_options *o, struct octets text)
{
    struct conf c;
    struct octets name, value;
    size_t room = 0;
    conf_init(&c, text);
    while (conf_next(&c, &name, &value)) {
        const struct option_row *row = option_named(name, o->command);
        if (!row)
            return complain_of_name(o, c.line, name);
        struct option_setting *s = add(o, &room);
        const char *copy = arena_copy_text(&o->arena, value);
        if (!s || !copy)
            return complain_of_line(o, c.line, err_text(ERR_NOMEM));
        *s = (struct option_setting){.row = row, .value = copy, .line = c.line};
        if (row->group & OPTION_ONCE)
            return cli_complain(row->name, copy, "is told for each run, on the command line");
    }
    return !c.problem || complain_of_line(o, c.line, c.problem);
}

/* What is not for this command is tried all the same: a mistake shows at once. */
static bool apply_settings(struct cli_options *o)
{
    struct cli_options others;
    options_default(&others);
    for (size_t i = 0; i < o->file_count; i++) {
        const struct option_setting *s = &o->file_settings[i];
        bool is_ours = option_is_of(s->row, o->command);
        if (!option_apply(is_ours ? o : &others, s->row, s->value))
            return false;
    }
    return true;
}

bool conf_file_apply(struct cli_options *o, const char *named)
{
    struct octets text = OCTETS_NONE;
    bool ok = find(o, named, &text);
    cli_complain_of_settings(o);
    if (ok && o->file_path)
        ok = take_settings(o, text) && apply_settings(o);
    free((void *)(uintptr_t)text.at);
    return ok;
}
