/* SPDX-License-Identifier: Apache-2.0 */
#include "completion_parts.h"

/*
 * One function: which command it is, then by the word before what its argument may be, else the
 * options or what stands behind the command.  It needs nothing of the bash-completion package.  bash
 * parts words at '=' too, so that `--level=full` are three.
 */
static const char head[] =
    "# Completions of smtpscan for bash; smtpscan completion bash writes them.\n"
    "\n"
    "_smtpscan_files()\n"
    "{\n"
    "    local IFS=$'\\n'\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    COMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n"
    "}\n"
    "\n"
    "_smtpscan_words()\n"
    "{\n"
    "    COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
    "}\n"
    "\n"
    "# The last of some that are parted by commas.\n"
    "_smtpscan_list()\n"
    "{\n"
    "    local before=\n"
    "    [[ $cur == *,* ]] && before=${cur%,*},\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n"
    "}\n"
    "\n"
    "_smtpscan()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $prev == = ]]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n";

static const char tail[] = "}\n"
                           "\n"
                           "complete -F _smtpscan smtpscan\n";

static void write_value(const struct completion *c, enum completion_value value, const char *words)
{
    struct buf *out = c->out;
    switch (value) {
    case COMPLETION_FILES:
        buf_append_text(out, "_smtpscan_files -f");
        break;
    case COMPLETION_FOLDERS:
        buf_append_text(out, "_smtpscan_files -d");
        break;
    case COMPLETION_WORDS:
        buf_append_text(out, "_smtpscan_words '");
        completion_words(out, words, " ");
        buf_append_text(out, "'");
        break;
    case COMPLETION_IDS:
        buf_append_text(out, "_smtpscan_list '");
        buf_append(out, c->ids);
        buf_append_text(out, "'");
        break;
    case COMPLETION_NAMES:
        buf_append_text(out, "_smtpscan_words '");
        buf_append(out, c->names);
        buf_append_text(out, "'");
        break;
    case COMPLETION_NOTHING:
        buf_append_text(out, ":");
        break;
    }
}

static void write_commands(struct buf *out, const char *between)
{
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++) {
        buf_append_text(out, i ? between : "");
        buf_append_text(out, command_name((enum cli_command)i));
    }
}

/* The options of all commands that have an argument: what may stand behind them. */
static void write_arguments(const struct completion *c)
{
    struct option_table table = option_table();
    buf_append_text(c->out, "    case $command:$prev in\n");
    for (size_t i = 0; i < table.count; i++) {
        const struct option_row *row = &table.rows[i];
        const char *between = "    ";
        if (!row->argument)
            continue;
        for (unsigned k = 0; k < CLI_COMMAND__COUNT; k++) {
            const char *command = command_name((enum cli_command)k);
            if (!option_is_of(row, (enum cli_command)k))
                continue;
            buf_append_format(c->out, "%s%s:--%s", between, command, row->name);
            between = "|";
            if (row->letter)
                buf_append_format(c->out, "|%s:-%c", command, row->letter);
        }
        buf_append_text(c->out, ") ");
        write_value(c, completion_of_option(row), row->accepts);
        buf_append_text(c->out, "; return ;;\n");
    }
    buf_append_text(c->out, "    esac\n");
}

static void write_names(struct buf *out, enum cli_command command)
{
    struct option_table table = option_table();
    for (size_t i = 0; i < table.count; i++) {
        if (!option_is_of(&table.rows[i], command))
            continue;
        buf_append_format(out, " --%s", table.rows[i].name);
        if (table.rows[i].letter)
            buf_append_format(out, " -%c", table.rows[i].letter);
    }
}

void completion_bash(const struct completion *c)
{
    struct buf *out = c->out;
    buf_append_text(out, head);
    buf_append_text(out, "    if ((COMP_CWORD > 1)); then\n"
                         "        case ${COMP_WORDS[1]} in\n        ");
    write_commands(out, "|");
    buf_append_format(out,
                      ") command=${COMP_WORDS[1]} ;;\n"
                      "        *) command=%s ;;\n"
                      "        esac\n"
                      "    elif [[ $cur != -* ]]; then\n"
                      "        _smtpscan_words '",
                      command_name(CLI_SCAN));
    write_commands(out, " ");
    buf_append_format(out,
                      "'\n        return\n"
                      "    else\n"
                      "        command=%s\n"
                      "    fi\n",
                      command_name(CLI_SCAN));
    write_arguments(c);
    buf_append_text(out, "    case $command:$cur in\n");
    for (unsigned i = 0; i < CLI_COMMAND__COUNT; i++) {
        const char *words, *name = command_name((enum cli_command)i);
        enum completion_value value = completion_of_command((enum cli_command)i, &words);
        buf_append_format(out, "    %s:-*) _smtpscan_words '", name);
        write_names(out, (enum cli_command)i);
        buf_append_format(out, "' ;;\n    %s:*) ", name);
        write_value(c, value, words);
        buf_append_text(out, " ;;\n");
    }
    buf_append_text(out, "    esac\n");
    buf_append_text(out, tail);
}
