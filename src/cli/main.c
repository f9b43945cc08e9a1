/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

int main(int argc, char **argv)
{
    typedef enum cli_exit command(const struct cli_options *o);
    static command *const commands[CLI_COMMAND__COUNT] = {
        [CLI_SCAN] = cli_scan,       [CLI_LEARN] = cli_learn,     [CLI_JUDGE] = cli_judge,
        [CLI_EXPLAIN] = cli_explain, [CLI_HISTORY] = cli_history, [CLI_QUERY] = cli_query,
        [CLI_IMPORT] = cli_import,   [CLI_EXPORT] = cli_export,   [CLI_CONSENT] = cli_consent,
        [CLI_DATA] = cli_data};
    struct cli_options o;
    if (!cli_options_parse(&o, argc, argv))
        return CLI_EXIT_USAGE;
    if (o.help) {
        cli_options_help(o.command);
        return CLI_EXIT_DONE;
    }
    if (o.version) {
        printf("smtpscan %s\n", SMTPSCAN_VERSION);
        return CLI_EXIT_DONE;
    }
    return commands[o.command](&o);
}
