/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../base/escape.h"
#include "../base/nearest.h"
#include "option_parts.h"

#define OPTIONS_MAX      160
#define LONG_BASE        256                        /* getopt's value of row 0 */
#define ARENA_OCTETS_MAX ((size_t)64 * 1024 * 1024) /* the line may be long */

/* ---- what getopt reads by ---- */

struct grammar {
    enum cli_command command;
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 2];
};

/* The options of the command alone: an abbreviation need not care for those of others. */
static void build_grammar(struct grammar *g, enum cli_command command)
{
    struct option_table table = option_table();
    size_t longs = 0, shorts = 0;
    assert(table.count <= OPTIONS_MAX);
    *g = (struct grammar){.command = command};
    g->shorts[shorts++] = ':'; /* a missing argument is told apart */
    for (size_t i = 0; i < table.count; i++) {
        const struct option_row *row = &table.rows[i];
        if (!option_is_of(row, command))
            continue;
        g->longs[longs++] =
            (struct option){.name = row->name,
                            .has_arg = row->argument ? required_argument : optional_argument,
                            .val = LONG_BASE + (int)i};
        if (row->letter)
            g->shorts[shorts++] = row->letter;
        if (row->letter && row->argument)
            g->shorts[shorts++] = ':';
    }
}

static const struct option_row *row_of(const struct grammar *g, int value)
{
    struct option_table table = option_table();
    for (size_t i = 0; i < table.count; i++)
        if (value == LONG_BASE + (int)i ||
            (value == table.rows[i].letter && option_is_of(&table.rows[i], g->command)))
            return &table.rows[i];
    return NULL;
}

/* ---- what it does not know ---- */

/* The options that the word may be short for; one is none, for getopt would have taken it. */
static bool say_ambiguous(const struct grammar *g, struct octets word)
{
    struct buf line;
    size_t count = 0;
    buf_init(&line, 1000);
    for (const struct option *l = g->longs; l->name; l++)
        if (octets_has_prefix(octets_of(l->name), word))
            buf_append_format(&line, "%s--%s", count++ ? ", " : "", l->name);
    bool is_it = word.size && count > 1;
    if (is_it)
        fprintf(stderr, "smtpscan: --%.*s: may be any of %.*s\n", (int)word.size,
                (const char *)word.at, (int)line.size, (const char *)line.data);
    buf_release(&line);
    return is_it;
}

static void say_unknown(const struct grammar *g, const char *shown, struct octets name)
{
    struct nearest near;
    char problem[160];
    nearest_init(&near, name);
    for (const struct option *l = g->longs; l->name; l++)
        (void)nearest_offer(&near, octets_of(l->name));
    if (near.found.size)
        snprintf(problem, sizeof problem, "no such option; did you mean --%.*s?",
                 (int)near.found.size, (const char *)near.found.at);
    else
        snprintf(problem, sizeof problem,
                 "no such option; smtpscan %s --help lists those there are",
                 command_name(g->command));
    (void)cli_complain(NULL, shown, problem);
}

/* `letter` is 0 where a long option is not known. */
static bool complain_unknown(const struct grammar *g, const char *word, int letter)
{
    struct option_table table = option_table();
    struct octets name = octets_of(word);
    const struct option_row *other = NULL;
    if (letter) {
        char shown[] = {'-', (char)letter, 0};
        for (size_t i = 0; i < table.count && !other; i++)
            other = table.rows[i].letter == letter ? &table.rows[i] : NULL;
        if (!other)
            say_unknown(g, shown, OCTETS_NONE);
    } else {
        struct octets rest = octets_sub(name, 2, name.size);
        name = octets_take_until(&rest, '=');
        other = option_named(name, g->command);
        if (!other && !say_ambiguous(g, name))
            say_unknown(g, word, name);
    }
    if (other)
        fprintf(stderr, "smtpscan: --%s does not go with %s\n", other->name,
                command_name(g->command));
    return false;
}

/* ---- the line ---- */

/* What getopt found on the line, in its order. */
struct line {
    struct option_setting *settings;
    size_t count, room;
    size_t words; /* that are options and their arguments; argv begins with them then */
};

static bool add_setting(struct line *l, struct arena *a, const struct option_row *row)
{
    void *items = l->settings;
    if (!arena_grow(a, &items, l->count, &l->room, sizeof *l->settings)) {
        fprintf(stderr, "smtpscan: %s\n", err_text(ERR_NOMEM));
        return false;
    }
    l->settings = items;
    l->settings[l->count++] = (struct option_setting){.row = row, .value = optarg ? optarg : "yes"};
    return true;
}

/* Options come first in argv then: getopt puts the rest behind them. */
static bool collect(struct line *l, struct arena *a, const struct grammar *g, int argc, char **argv)
{
    int value;
    opterr = 0;
    while ((value = getopt_long(argc, argv, g->shorts, g->longs, NULL)) != -1) {
        if (value == '?') /* getopt has stepped over the word that it does not know */
            return complain_unknown(g, argv[optind - 1], optopt);
        const struct option_row *row = row_of(g, value == ':' ? optopt : value);
        if (value == ':') {
            fprintf(stderr, "smtpscan: --%s: needs %s: %s\n", row->name, row->argument,
                    row->accepts);
            return false;
        }
        if (!add_setting(l, a, row))
            return false;
    }
    l->words = (size_t)optind - 1;
    return true;
}

static bool apply_line(struct cli_options *o, const struct line *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (!option_apply(o, l->settings[i].row, l->settings[i].value))
            return false;
    return true;
}

/* ---- commands that are none ---- */

/* The first word when no command was typed: with a slip in it a command is still no target.  A word
 * with a dot, a colon or a slash is meant as one, and so is what stands behind `scan`. */
static bool is_command_after_all(const char *word)
{
    static const char *const asked[] = {"help", "version"};
    struct nearest near;
    char problem[120];
    nearest_init(&near, octets_of(word));
    if (near.distance > 2 && strlen(word) <= 5)
        near.distance = 2; /* names of hosts may be as short */
    for (unsigned c = 0; c < CLI_COMMAND__COUNT; c++)
        (void)nearest_offer(&near, octets_of(command_name((enum cli_command)c)));
    bool is_option = false;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        is_option = nearest_offer(&near, octets_of(asked[i])) || is_option;
    if (!near.found.size || strpbrk(word, ".:/"))
        return false;
    if (near.distance == 0 && !is_option)
        snprintf(problem, sizeof problem, "a command comes first (a host: smtpscan scan NAME)");
    else
        snprintf(problem, sizeof problem,
                 "no such command; did you mean %s%.*s? (a host: smtpscan scan NAME)",
                 is_option ? "--" : "", (int)near.found.size, (const char *)near.found.at);
    (void)cli_complain(NULL, word, problem);
    return true;
}

/* ---- the whole ---- */

void options_default(struct cli_options *o)
{
    *o = (struct cli_options){
        .ports = {25, 465, 587, 2525},
        .port_count = 4,
        .shard = {.part = 0, .parts = 1},
        .level = FACTS_LEVEL_IDENTIFY,
        .fail_on = FINDING_SEVERITY__COUNT,
        .again_ms = 6 * 60 * 1000,
        .connect_ms = 5000,
        .greeting_ms = 60000,
        .reply_ms = 30000,
        .tls_ms = 15000,
        .visit_ms = 300000,
        .dns_ms = 3000,
        .retry_ms = 60000,
        .run = -1,
    };
}

/* A setting of the file as the first word that would set it on the line. */
static const char *word_of(struct arena *a, const struct option_setting *s)
{
    char word[64];
    bool is_no = !s->row->argument && strcmp(s->value, "no") == 0;
    snprintf(word, sizeof word, "--%s%s", s->row->name, is_no ? "=no" : "");
    return arena_copy_text(a, octets_of(word));
}

/* The words of the line, and before them those that would set what the file sets for the command. */
static bool set_words(struct cli_options *o, char **argv, size_t count)
{
    size_t n = 0;
    const char **words = arena_alloc_array(&o->arena, count + 2 * o->file_count + 1, sizeof *words);
    bool ok = words;
    for (size_t i = 0; i < o->file_count && ok; i++) {
        const struct option_setting *s = &o->file_settings[i];
        if (!option_is_of(s->row, o->command))
            continue;
        words[n] = word_of(&o->arena, s);
        ok = words[n++];
        if (s->row->argument)
            words[n++] = s->value;
    }
    for (size_t i = 0; i < count && ok; i++)
        words[n++] = argv[i];
    o->typed = words;
    o->typed_count = n;
    if (!ok)
        fprintf(stderr, "smtpscan: %s\n", err_text(ERR_NOMEM));
    return ok;
}

/* The family that the line names holds against the file's. */
static bool settle_family(struct cli_options *o, const struct cli_options *line)
{
    if (line->only_v4 != line->only_v6) {
        o->only_v4 = line->only_v4;
        o->only_v6 = line->only_v6;
    }
    if (!o->only_v4 || !o->only_v6)
        return true;
    const char *problem = "and --ipv4 exclude each other; without either both are used";
    for (size_t i = 0; i < o->file_count && !line->only_v6; i++)
        if (strcmp(o->file_settings[i].row->name, "ipv6") == 0)
            return cli_complain("--ipv6", o->file_settings[i].value, problem);
    fprintf(stderr, "smtpscan: --ipv6: %s\n", problem);
    return false;
}

static bool is_same_file(const char *one, const char *other)
{
    struct stat a, b;
    return strcmp(one, other) == 0 ||
           (stat(one, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) &&
            a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

static bool reads_records(const struct cli_options *o)
{
    return o->command == CLI_JUDGE || o->command == CLI_DIFF || o->command == CLI_REPORT ||
           o->command == CLI_IMPORT;
}

static size_t count_input(const char *const *paths, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += strcmp(paths[i], "-") == 0;
    return n;
}

/* Who reads it second would find nothing there. */
static bool reads_input_once(const struct cli_options *o)
{
    size_t n = count_input(o->lists, o->list_count) + count_input(o->excludes, o->exclude_count) +
               (reads_records(o) ? count_input((const char *const *)o->rest, o->rest_count) : 0);
    return n < 2 || cli_complain(NULL, "-", "standard input can be read but once");
}

/* What is written to the output would be written over the store, or over records that are read.
 * "-" is standard input and standard output, which are not the same. */
static bool keep_output_apart(struct cli_options *o)
{
    if (!o->output || strcmp(o->output, "-") == 0)
        return true;
    if (o->store && is_same_file(o->store, o->output))
        return cli_complain("--output", o->output, "is the store as well");
    for (size_t i = 0; reads_records(o) && i < o->rest_count; i++) {
        const char *run = strrchr(o->rest[i], '@'); /* FILE@N is of the store FILE */
        struct octets file = {(const uint8_t *)o->rest[i], run ? (size_t)(run - o->rest[i]) : 0};
        const char *store = arena_copy_text(&o->arena, file);
        if (is_same_file(o->rest[i], o->output) || (store && is_same_file(store, o->output)))
            return cli_complain("--output", o->output, "is read as well");
    }
    return true;
}

bool cli_options_parse(struct cli_options *ret, int argc, char **argv)
{
    struct grammar g;
    struct line line = {0};
    struct cli_options typed; /* by the line alone */
    options_default(ret);
    options_default(&typed);
    arena_init(&ret->arena, ARENA_OCTETS_MAX);
    if (argc > 1 && command_named(argv[1], &ret->command)) {
        ret->is_command_typed = true;
        argv++;
        argc--;
    }
    build_grammar(&g, ret->command);
    if (!collect(&line, &ret->arena, &g, argc, argv) || !apply_line(&typed, &line))
        return false;
    ret->help = typed.help;
    ret->version = typed.version;
    if (ret->help || ret->version)
        return true;
    ret->rest = argv + 1 + line.words;
    ret->rest_count = (size_t)argc - 1 - line.words;
    if (!ret->is_command_typed && ret->rest_count && is_command_after_all(ret->rest[0]))
        return false;
    /* Completions are the same whatever the file says, even when it is wrong. */
    if (ret->command == CLI_COMPLETION)
        typed.config_file = "none";
    return conf_file_apply(ret, typed.config_file) && apply_line(ret, &line) &&
           settle_family(ret, &typed) && reads_input_once(ret) && keep_output_apart(ret) &&
           set_words(ret, argv + 1, line.words);
}

void cli_options_release(struct cli_options *o)
{
    cli_complain_of_settings(NULL);
    arena_release(&o->arena);
}
