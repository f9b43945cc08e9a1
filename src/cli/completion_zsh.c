/* SPDX-License-Identifier: Apache-2.0 */
#include "completion_parts.h"

/* A function for compinit; _arguments does the work, told the options of the command in use. */

/* Inside '...' of the shell and [...] of _arguments, where a colon ends too. */
static void write_text(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            buf_append_text(out, "'\\'");
        else if (strchr("[]:\\", *c))
            buf_append_text(out, "\\");
        buf_append_octet(out, (uint8_t)*c);
    }
}

static void write_value(struct buf *out, enum completion_value value, const char *words)
{
    switch (value) {
    case COMPLETION_FILES:
        buf_append_text(out, "_files");
        break;
    case COMPLETION_FOLDERS:
        buf_append_text(out, "_files -/");
        break;
    case COMPLETION_WORDS:
        buf_append_text(out, "(");
        completion_words(out, words, " ");
        buf_append_text(out, ")");
        break;
    case COMPLETION_IDS:
        buf_append_text(out, "_smtpscan_ids");
        break;
    case COMPLETION_NAMES:
        buf_append_text(out, "_smtpscan_names");
        break;
    case COMPLETION_NOTHING:
        buf_append_text(out, " "); /* the message alone */
        break;
    }
}

static void write_option(struct buf *out, const struct option_row *row, bool is_letter)
{
    buf_append_text(out, " \\\n            '*");
    if (is_letter)
        buf_append_format(out, "-%c%s", row->letter, row->argument ? "+" : "");
    else
        buf_append_format(out, "--%s%s", row->name, row->argument ? "=" : "");
    buf_append_text(out, "[");
    write_text(out, row->help);
    buf_append_text(out, "]");
    if (row->argument) {
        buf_append_text(out, ":");
        write_text(out, row->argument);
        buf_append_text(out, ":");
        write_value(out, completion_of_option(row), row->accepts);
    }
    buf_append_text(out, "'");
}

static void write_command(struct buf *out, enum cli_command command)
{
    struct option_table table = option_table();
    const char *words;
    enum completion_value value = completion_of_command(command, &words);
    buf_append_format(out, "    (%s)\n        _arguments -s -S", command_name(command));
    for (size_t i = 0; i < table.count; i++) {
        if (!option_is_of(&table.rows[i], command))
            continue;
        write_option(out, &table.rows[i], false);
        if (table.rows[i].letter)
            write_option(out, &table.rows[i], true);
    }
    buf_append_text(out, " \\\n            '*:argument:");
    if (value == COMPLETION_NOTHING)
        buf_append_text(out, "()"); /* a message would keep options from being put in */
    else
        write_value(out, value, words);
    buf_append_text(out, "'\n        ;;\n");
}

void completion_zsh(const struct completion *c)
{
    struct buf *out = c->out;
    buf_append_text(out, "#compdef smtpscan\n"
                         "# Completions of smtpscan for zsh; smtpscan completion zsh writes them.\n"
                         "\n"
                         "_smtpscan_ids() { _sequence _smtpscan_id \"$@\" }\n"
                         "_smtpscan_id() { compadd \"$@\" - ");
    buf_append(out, c->ids);
    buf_append_text(out, " }\n_smtpscan_names() { compadd \"$@\" - ");
    buf_append(out, c->names);
    buf_append_text(out, " }\n\n_smtpscan() {\n    local command=scan\n    local -a commands=(\n");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++) {
        buf_append_format(out, "        '%s:", command_name((enum cli_command)i));
        write_text(out, command_about((enum cli_command)i));
        buf_append_text(out, "'\n");
    }
    buf_append_text(out, "    )\n"
                         "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                         "        _describe command commands\n"
                         "        return\n"
                         "    fi\n"
                         "    if (( ${commands[(I)${words[2]}:*]} )); then\n"
                         "        command=$words[2]\n"
                         "        shift words\n"
                         "        (( CURRENT-- ))\n"
                         "    fi\n"
                         "    case $command in\n");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++)
        write_command(out, (enum cli_command)i);
    buf_append_text(out, "    esac\n"
                         "}\n"
                         "\n"
                         "_smtpscan \"$@\"\n");
}
