/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/escape.h"
#include "../base/nearest.h"
#include "option_parts.h"

/* Whose configuration file a value may be from. */
static const struct cli_options *options;

void cli_complain_of_settings(const struct cli_options *o)
{
    options = o;
}

static const struct option_setting *setting_of(const char *value)
{
    for (size_t i = 0; options && i < options->file_count; i++)
        if (options->file_settings[i].value == value)
            return &options->file_settings[i];
    return NULL;
}

bool cli_complain(const char *what, const char *argument, const char *problem)
{
    const struct option_setting *s = setting_of(argument);
    struct buf line;
    buf_init(&line, (size_t)64 * 1024); /* a path may be long */
    if (s) {
        escape_visible(&line, octets_of(options->file_path));
        buf_append_format(&line, ":%u: %s: ", s->line, s->row->name);
    } else if (what) {
        buf_append_format(&line, "%s: ", what);
    }
    escape_visible(&line, octets_sub(octets_of(argument), 0, 80));
    fprintf(stderr, "smtpscan: %.*s: %s\n", (int)line.size,
            line.size ? (const char *)line.data : "", problem);
    buf_release(&line);
    return false;
}

/* What is near among words parted by '|'. */
static struct octets nearest_choice(const char *accepts, const char *argument)
{
    struct octets rest = octets_of(accepts);
    struct nearest near;
    nearest_init(&near, octets_of(argument));
    while (rest.size)
        (void)nearest_offer(&near, octets_take_until(&rest, '|'));
    return near.found;
}

bool option_apply(struct cli_options *o, const struct option_row *row, const char *value)
{
    char what[40], takes[200];
    const char *accepts = row->argument ? row->accepts : "yes|no";
    if (row->take(o, row, value))
        return true;
    struct octets near = OCTETS_NONE;
    if (!row->argument || option_is_choice(row))
        near = nearest_choice(accepts, value);
    snprintf(what, sizeof what, "--%s", row->name);
    snprintf(takes, sizeof takes, near.size ? "takes %s; did you mean %.*s?" : "takes %s", accepts,
             (int)near.size, (const char *)near.at);
    return cli_complain(what, value, takes);
}
