/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <getopt.h>
#include <stdlib.h>

#include "../base/escape.h"
#include "../base/nearest.h"
#include "option_parts.h"

#define OPTIONS_MAX 160
#define LONG_BASE   256 /* getopt's value of row 0 */

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

static bool take_option(struct cli_options *o, const struct option_row *row, const char *argument)
{
    char what[40], takes[120];
    if (row->take(o, row, argument))
        return true;
    snprintf(what, sizeof what, "--%s", row->name);
    snprintf(takes, sizeof takes, "takes %s",
             row->argument ? row->accepts : "yes or no, if anything");
    return cli_complain(what, argument, takes);
}

static bool take_value(struct cli_options *o, const struct grammar *g, int value, const char *word)
{
    if (value == '?')
        return complain_unknown(g, word, optopt);
    const struct option_row *row = row_of(g, value == ':' ? optopt : value);
    if (value == ':') {
        fprintf(stderr, "smtpscan: --%s: needs %s: %s\n", row->name, row->argument, row->accepts);
        return false;
    }
    return take_option(o, row, optarg ? optarg : "yes");
}

static void set_defaults(struct cli_options *o)
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
    };
}

bool cli_options_parse(struct cli_options *ret, int argc, char **argv)
{
    struct grammar g;
    int value;
    set_defaults(ret);
    if (argc > 1 && command_named(argv[1], &ret->command)) {
        ret->is_command_typed = true;
        argv++;
        argc--;
    }
    build_grammar(&g, ret->command);
    opterr = 0;
    while ((value = getopt_long(argc, argv, g.shorts, g.longs, NULL)) != -1)
        if (!take_value(ret, &g, value,
                        argv[optind - 1])) /* getopt has stepped over the word it did not know */
            return false;
    ret->typed = argv + 1; /* getopt has put the options before the rest */
    ret->typed_count = (size_t)optind - 1;
    ret->rest = argv + optind;
    ret->rest_count = (size_t)(argc - optind);
    if (ret->only_v4 && ret->only_v6) {
        fprintf(stderr,
                "smtpscan: --ipv4 and --ipv6 exclude each other; without either both are used\n");
        return false;
    }
    return true;
}
