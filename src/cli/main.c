/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "commands.h"

#ifndef SMTPSCAN_VERSION
#define SMTPSCAN_VERSION "unknown"
#endif

/* Whoever starts us may have closed one of the first three files.  The next that is opened would get its
 * number, and what is meant for stderr would go to a mail server; so something stands there that can be
 * neither written nor read. */
static bool take_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    typedef enum cli_exit command(const struct cli_options *o);
    static command *const commands[CLI_COMMAND__COUNT] = {
        [CLI_SCAN] = cli_scan,       [CLI_LEARN] = cli_learn,          [CLI_JUDGE] = cli_judge,
        [CLI_DIFF] = cli_diff,       [CLI_WATCH] = cli_watch,          [CLI_EXPLAIN] = cli_explain,
        [CLI_HISTORY] = cli_history, [CLI_QUERY] = cli_query,          [CLI_IMPORT] = cli_import,
        [CLI_EXPORT] = cli_export,   [CLI_REPORT] = cli_report,        [CLI_CONSENT] = cli_consent,
        [CLI_DATA] = cli_data,       [CLI_COMPLETION] = cli_completion};
    struct cli_options o;
    enum cli_exit status = CLI_EXIT_DONE;
    if (!take_standard_files())
        return CLI_EXIT_FAILED;
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
    if ((fflush(stdout) || ferror(stdout)) && status == CLI_EXIT_DONE) {
        fprintf(stderr, "smtpscan: standard output: %s\n", strerror(errno));
        status = CLI_EXIT_FAILED;
    }
    return status;
}
