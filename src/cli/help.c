/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "../base/buf.h"
#include "option_parts.h"

#define COLUMNS       80 /* where nobody says how wide it is */
#define COLUMNS_MIN   40
#define COLUMNS_MAX   100 /* longer lines are hard to read */
#define COMMAND_WIDTH 12
#define LEFT_MAX      26 /* what is longer has its text on the next line */

/* What stands on the page of a command beside its options.  A command that is not here has what
 * most have. */
static const struct {
    const char *operands;
    const char *examples[3][2]; /* what is typed, and what it does */
} pages[CLI_COMMAND__COUNT] = {
    [CLI_SCAN] = {"[TARGET...]",
                  {{"smtpscan example.org", "every MX of a domain"},
                   {"smtpscan mail.example.org:25", "one server"},
                   {"smtpscan -l hosts -p 25 -o out.ndjson", "a list, one record a line"}}},
    [CLI_LEARN] = {"--product NAME --product-version V TARGET",
                   {{"smtpscan learn 192.0.2.25:25 --product Exim --product-version 4.98 -o e.smtp",
                     "a specimen of it"}}},
    [CLI_JUDGE] = {"FILE...",
                   {{"smtpscan judge --format text out.ndjson", "the same records, as text"}}},
    [CLI_DIFF] = {"FIRST SECOND",
                  {{"smtpscan diff monday.ndjson tuesday.ndjson", "two files of records"},
                   {"smtpscan diff scans.db@-2 scans.db", "the last two runs of a store"},
                   {"smtpscan diff --only 'finding-*' --fail-on high a b", "what is exposed now"}}},
    [CLI_WATCH] = {"--store FILE --every DURATION [TARGET...]",
                   {{"smtpscan watch -l hosts --every 6h --store watch.db --notify ./tell",
                     "from now on"},
                    {"smtpscan watch -l hosts --once --store watch.db", "for cron"}}},
    [CLI_REPORT] = {"FILE...",
                    {{"smtpscan report -o report.html out.ndjson", "a page for a browser"},
                     {"smtpscan report --format sarif out.ndjson", "for code scanning"}}},
    [CLI_EXPLAIN] = {"[NAME...]", {{"smtpscan explain Exim CVE-2019-10149", "both"}}},
    [CLI_HISTORY] = {"--store FILE TARGET",
                     {{"smtpscan history --store scans.db mail.example.org",
                       "what was seen of it"}}},
    [CLI_QUERY] = {"--store FILE QUESTION",
                   {{"smtpscan query --store scans.db 'SELECT * FROM runs'",
                     "the runs in a store"}}},
    [CLI_IMPORT] = {"--store FILE FILE...",
                    {{"smtpscan import --store scans.db out.ndjson",
                      "a run of what is in a file"}}},
    [CLI_EXPORT] = {"--store FILE",
                    {{"smtpscan export --store scans.db --run -2", "the last run but one"}}},
    [CLI_CONSENT] = {"NAME",
                     {{"smtpscan consent --only relay.confirmed example.org",
                       "what to publish, and whether it is"}}},
    [CLI_DATA] = {"lint | weigh | import-transcript FILE... | import-smtpscan FILE",
                  {{"smtpscan data lint --data data", "whether a data folder is right"}}},
    [CLI_COMPLETION] = {CLI_SHELLS, {{"eval \"$(smtpscan completion bash)\"", "for this shell"}}},
};

static const char *const titles[OPTION_GROUP__COUNT] = {
#define X(id, title) title,
    OPTION_GROUP_MAP(X)
#undef X
};

static size_t columns_of_terminal(void)
{
    struct winsize w;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_col)
        return COLUMNS;
    return w.ws_col < COLUMNS_MIN ? COLUMNS_MIN : w.ws_col > COLUMNS_MAX ? COLUMNS_MAX : w.ws_col;
}

/* The text from the column on, its further lines beginning there as well; a line end behind it. */
static void print_wrapped(struct octets text, size_t column, size_t columns)
{
    size_t at = column;
    while (text.size) {
        struct octets word = octets_take_until(&text, ' ');
        if (at > column && at + 1 + word.size > columns) {
            printf("\n%*s", (int)column, "");
            at = column;
        }
        at +=
            (size_t)printf("%s%.*s", at > column ? " " : "", (int)word.size, (const char *)word.at);
    }
    printf("\n");
}

/* `left` in a column of its own, which is `width` wide. */
static void print_row(const char *left, struct octets text, size_t width, size_t columns)
{
    int printed = printf("  %s", left);
    if ((size_t)printed > width)
        printf("\n%*s", (int)width + 2, "");
    else
        printf("%*s", (int)width + 2 - printed, "");
    print_wrapped(text, width + 2, columns);
}

static void print_option(const struct option_row *row, size_t columns)
{
    char left[64];
    struct buf text;
    buf_init(&text, 1000);
    snprintf(left, sizeof left, "%c%c%c --%s%s%s", row->letter ? '-' : ' ',
             row->letter ? row->letter : ' ', row->letter ? ',' : ' ', row->name,
             row->argument ? " " : "", row->argument ? row->argument : "");
    buf_append_text(&text, row->help);
    if (option_is_choice(row))
        buf_append_format(&text, " (%s)", row->accepts);
    print_row(left, buf_octets(&text), LEFT_MAX, columns);
    buf_release(&text);
}

/* The options of the command that have all these bits, by group. */
static void print_options(enum cli_command command, unsigned bits, size_t columns)
{
    struct option_table table = option_table();
    for (unsigned n = 1; n <= OPTION_GROUP__COUNT; n++) {
        unsigned group = n % OPTION_GROUP__COUNT; /* the general ones come last */
        bool is_first = true;
        for (size_t i = 0; i < table.count; i++) {
            const struct option_row *row = &table.rows[i];
            if (!option_is_of(row, command) || (row->group & OPTION_GROUP_MASK) != group ||
                (row->group & bits) != bits)
                continue;
            if (is_first)
                printf("\n%s:\n", titles[group]);
            is_first = false;
            print_option(row, columns);
        }
    }
}

static void print_examples(enum cli_command command, size_t columns)
{
    for (size_t i = 0; i < 3 && pages[command].examples[i][0]; i++) {
        if (i == 0)
            printf("\nExamples:\n");
        print_row(pages[command].examples[i][0], octets_of(pages[command].examples[i][1]), 40,
                  columns);
    }
}

void cli_help(void)
{
    size_t columns = columns_of_terminal();
    printf("usage: smtpscan [COMMAND] [OPTIONS] [TARGET...]\n\n");
    print_wrapped(OCTETS("Identifies mail servers by how they behave, and says what they offer. "
                         "A target is a domain, a host, an address, HOST:PORT, [V6]:PORT, "
                         "NETWORK/BITS or FIRST-LAST."),
                  0, columns);
    printf("\nCommands:\n");
    for (unsigned c = 0; c < CLI_COMMAND__COUNT; c++)
        print_row(command_name((enum cli_command)c), octets_of(command_about((enum cli_command)c)),
                  COMMAND_WIDTH, columns);
    printf("\nThe commonest options of scan:\n");
    print_options(CLI_SCAN, OPTION_COMMON, columns);
    print_examples(CLI_SCAN, columns);
    printf("\nAll options of a command: smtpscan COMMAND --help.  More: man smtpscan\n");
}

void cli_help_of(enum cli_command command)
{
    size_t columns = columns_of_terminal();
    const char *operands = pages[command].operands;
    printf("usage: smtpscan %s [OPTIONS] ", command_name(command));
    print_wrapped(octets_of(operands ? operands : "[ARGUMENT...]"),
                  sizeof "usage: smtpscan  [OPTIONS] " - 1 + strlen(command_name(command)),
                  columns);
    printf("\n");
    print_wrapped(octets_of(command_about(command)), 0, columns);
    print_options(command, 0, columns);
    print_examples(command, columns);
    printf("\nMore: man smtpscan\n");
}
