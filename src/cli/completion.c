/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "commands.h"
#include "completion_parts.h"
#include "output.h"
#include "setup.h"

#define OCTETS_MAX ((size_t)1024 * 1024)

/* A command that is not here takes files. */
static const struct {
    enum completion_value value;
    const char *words;
} operands[CLI_COMMAND__COUNT] = {
    [CLI_SCAN] = {COMPLETION_NOTHING, NULL},
    [CLI_LEARN] = {COMPLETION_NOTHING, NULL},
    [CLI_EXPLAIN] = {COMPLETION_NAMES, NULL},
    [CLI_HISTORY] = {COMPLETION_NOTHING, NULL},
    [CLI_QUERY] = {COMPLETION_NOTHING, NULL},
    [CLI_EXPORT] = {COMPLETION_NOTHING, NULL},
    [CLI_CONSENT] = {COMPLETION_NOTHING, NULL},
    [CLI_DATA] = {COMPLETION_WORDS, "lint|weigh|import-transcript|import-smtpscan"},
    [CLI_COMPLETION] = {COMPLETION_WORDS, CLI_SHELLS},
};

enum completion_value completion_of_option(const struct option_row *row)
{
    static const struct {
        const char *argument;
        enum completion_value value;
    } arguments[] = {{"FILE", COMPLETION_FILES},
                     {"STATE", COMPLETION_FILES},
                     {"DIR", COMPLETION_FOLDERS},
                     {"IDS", COMPLETION_IDS}};
    if (option_is_choice(row))
        return COMPLETION_WORDS;
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (strncmp(row->argument, arguments[i].argument, strlen(arguments[i].argument)) == 0)
            return arguments[i].value;
    return COMPLETION_NOTHING;
}

enum completion_value completion_of_command(enum cli_command command, const char **ret_words)
{
    *ret_words = operands[command].words;
    return operands[command].value;
}

void completion_words(struct buf *out, const char *words, const char *between)
{
    struct octets rest = octets_of(words);
    for (size_t i = 0; rest.size; i++) {
        buf_append_text(out, i ? between : "");
        buf_append(out, octets_take_until(&rest, '|'));
    }
}

/* Ids are letters, digits, dots and hyphens: no shell takes them for anything else. */
static void add_word(struct buf *out, struct octets word)
{
    buf_append_text(out, out->size ? " " : "");
    buf_append(out, word);
}

static void gather(struct buf *ids, struct buf *names, const struct identify_database *db,
                   const struct audit_knowledge *k)
{
    for (size_t i = 0; i < k->check_count; i++) {
        add_word(ids, k->checks[i].id);
        add_word(names, k->checks[i].id);
    }
    for (size_t i = 0; i < db->question_count; i++)
        if (db->questions[i].program)
            add_word(names, octets_of(db->questions[i].name));
}

static enum cli_exit write_out(const char *path, const struct buf *text, enum err e)
{
    struct output out;
    if (!e && (e = output_open(&out, path)) == ERR_OK) {
        output_write(&out, buf_octets(text));
        output_close(&out);
        return output_say(&out) ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
    }
    (void)cli_complain("--output", path ? path : "-", e == ERR_SYS ? strerror(errno) : err_text(e));
    return CLI_EXIT_FAILED;
}

static bool write_shell(const char *shell, const struct completion *c)
{
    static const struct {
        const char *name;
        void (*write)(const struct completion *c);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].write(c);
            return true;
        }
    return cli_complain("completion", shell, "takes " CLI_SHELLS);
}

enum cli_exit cli_completion(const struct cli_options *o)
{
    struct identify_database *database;
    struct audit_knowledge *knowledge;
    struct buf ids, names, text;
    enum cli_exit status = CLI_EXIT_USAGE;
    if (o->rest_count != 1) {
        fprintf(stderr, "smtpscan: completion takes the name of a shell: " CLI_SHELLS "\n");
        return CLI_EXIT_USAGE;
    }
    if (!setup_data(o, &database, &knowledge))
        return CLI_EXIT_FAILED;
    buf_init(&ids, OCTETS_MAX);
    buf_init(&names, OCTETS_MAX);
    buf_init(&text, OCTETS_MAX);
    gather(&ids, &names, database, knowledge);
    const struct completion c = {
        .out = &text, .ids = buf_octets(&ids), .names = buf_octets(&names)};
    if (write_shell(o->rest[0], &c)) {
        enum err e = buf_error(&ids) ? buf_error(&ids) : buf_error(&names);
        status = write_out(o->output, &text, e ? e : buf_error(&text));
    }
    buf_release(&text);
    buf_release(&names);
    buf_release(&ids);
    audit_knowledge_free(knowledge);
    identify_database_free(database);
    return status;
}
