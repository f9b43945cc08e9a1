/* SPDX-License-Identifier: Apache-2.0 */
#include "completion_parts.h"

/* A line for each option: with which commands it goes, and what its argument is. */

/* Inside '...', where only these two need a backslash. */
static void write_text(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("'\\", *c))
            buf_append_octet(out, '\\');
        buf_append_octet(out, (uint8_t)*c);
    }
}

static void write_value(struct buf *out, enum completion_value value, const char *words)
{
    switch (value) {
    case COMPLETION_FILES:
        buf_append_text(out, " -r -F");
        break;
    case COMPLETION_FOLDERS:
        buf_append_text(out, " -x -a '(__fish_complete_directories)'");
        break;
    case COMPLETION_WORDS:
        buf_append_text(out, " -x -a '");
        completion_words(out, words, " ");
        buf_append_text(out, "'");
        break;
    case COMPLETION_IDS:
        buf_append_text(out, " -x -a '(__smtpscan_list)'");
        break;
    case COMPLETION_NAMES:
        buf_append_text(out, " -x -a '(__smtpscan_names)'");
        break;
    case COMPLETION_NOTHING:
        buf_append_text(out, " -x");
        break;
    }
}

static void write_function(struct buf *out, const char *name, struct octets words)
{
    buf_append_format(out, "function %s\n    string split ' ' -- '", name);
    buf_append(out, words);
    buf_append_text(out, "'\nend\n\n");
}

static void write_option(struct buf *out, const struct option_row *row)
{
    buf_append_text(out, "complete -c smtpscan -n '__smtpscan_is");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++)
        if (option_is_of(row, (enum cli_command)i))
            buf_append_format(out, " %s", command_name((enum cli_command)i));
    buf_append_format(out, "' -l %s", row->name);
    if (row->letter)
        buf_append_format(out, " -s %c", row->letter);
    if (row->argument)
        write_value(out, completion_of_option(row), row->accepts);
    buf_append_text(out, " -d '");
    write_text(out, row->help);
    buf_append_text(out, "'\n");
}

static void write_command(struct buf *out, enum cli_command command)
{
    const char *words, *name = command_name(command);
    enum completion_value value = completion_of_command(command, &words);
    buf_append_format(out, "complete -c smtpscan -n __smtpscan_is_first -a %s -d '", name);
    write_text(out, command_about(command));
    buf_append_text(out, "'\n");
    if (value == COMPLETION_NOTHING)
        return;
    buf_append_format(out, "complete -c smtpscan -n '__smtpscan_is_behind %s'", name);
    write_value(out, value, words);
    buf_append_text(out, "\n");
}

static const char functions[] =
    "# Whether no word was typed yet.\n"
    "function __smtpscan_is_first\n"
    "    test (count (commandline -opc)) = 1\n"
    "end\n"
    "\n"
    "# Whether the command is one of these; without one it is scan.\n"
    "function __smtpscan_is\n"
    "    set -l words (commandline -opc)\n"
    "    set -l command scan\n"
    "    contains -- \"$words[2]\" $__smtpscan_commands; and set command $words[2]\n"
    "    contains -- $command $argv\n"
    "end\n"
    "\n"
    "function __smtpscan_is_behind\n"
    "    not __smtpscan_is_first; and __smtpscan_is $argv\n"
    "end\n"
    "\n"
    "# The last of some that are parted by commas.\n"
    "function __smtpscan_list\n"
    "    set -l before (string match -r '^(?:--\\w+=)?(.*,)' -- (commandline -ct))[2]\n"
    "    test -n \"$before\"; or set before ''\n"
    "    printf '%s\\n' $before(__smtpscan_ids)\n"
    "end\n"
    "\n";

void completion_fish(const struct completion *c)
{
    struct option_table table = option_table();
    buf_append_text(c->out,
                    "# Completions of smtpscan for fish; smtpscan completion fish writes them.\n"
                    "\n"
                    "set -g __smtpscan_commands");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++)
        buf_append_format(c->out, " %s", command_name((enum cli_command)i));
    buf_append_text(c->out, "\n\n");
    buf_append_text(c->out, functions);
    write_function(c->out, "__smtpscan_ids", c->ids);
    write_function(c->out, "__smtpscan_names", c->names);
    buf_append_text(c->out, "complete -c smtpscan -f\n");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++)
        write_command(c->out, (enum cli_command)i);
    for (size_t i = 0; i < table.count; i++)
        write_option(c->out, &table.rows[i]);
}
