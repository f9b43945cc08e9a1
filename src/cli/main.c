/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

int main(int argc, char **argv)
{
    typedef enum cli_exit command(const struct cli_options *o);
    static command *const commands[CLI_COMMAND__COUNT] = {
        [CLI_SCAN] = cli_scan,       [CLI_LEARN] = cli_learn,
        [CLI_JUDGE] = cli_judge,     [CLI_DIFF] = cli_diff,
        [CLI_WATCH] = cli_watch,     [CLI_EXPLAIN] = cli_explain,
        [CLI_HISTORY] = cli_history, [CLI_QUERY] = cli_query,
        [CLI_IMPORT] = cli_import,   [CLI_EXPORT] = cli_export,
        [CLI_REPORT] = cli_report,   [CLI_CONSENT] = cli_consent,
        [CLI_DATA] = cli_data,       [CLI_COMPLETION] = cli_completion};
    struct cli_options o;
    enum cli_exit status = CLI_EXIT_DONE;
    if (!cli_options_parse(&o, argc, argv))
        status = CLI_EXIT_USAGE;
    else if (o.help && o.is_command_typed)
        cli_help_of(o.command);
    else if (o.help)
        cli_help();
    else if (o.version)
        printf("smtpscan %s\n", SMTPSCAN_VERSION);
    else
        status = commands[o.command](&o);
    cli_options_release(&o);
    return status;
}
