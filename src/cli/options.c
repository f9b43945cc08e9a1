/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>

#include "../base/escape.h"
#include "../smtp/dialogue.h"

#define ON(command) (1u << CLI_##command)
#define ASKS        (ON(SCAN) | ON(LEARN))
#define AUDITS      (ON(SCAN) | ON(JUDGE))
#define LOOKS_UP    (ASKS | ON(CONSENT))
#define HAS_DATA    (ASKS | ON(JUDGE) | ON(EXPLAIN) | ON(DATA))
#define KEPT        (ON(HISTORY) | ON(QUERY) | ON(IMPORT) | ON(EXPORT))
#define ALL         (HAS_DATA | KEPT | ON(CONSENT))

struct option_row;
/* Takes the argument; false when it is not what the option accepts. */
typedef bool take(struct cli_options *o, const struct option_row *row, const char *argument);

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* its name; NULL: a flag */
    unsigned commands;
    take *take;
    size_t offset;       /* of the field, for takers that are not special */
    const char *accepts; /* for the message when the argument is wrong */
    const char *help;
};

#define FIELD(name) offsetof(struct cli_options, name)

static void *field(struct cli_options *o, const struct option_row *row)
{
    return (char *)o + row->offset;
}

static bool take_flag(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)argument;
    *(bool *)field(o, row) = true;
    return true;
}

static bool take_text(struct cli_options *o, const struct option_row *row, const char *argument)
{
    *(const char **)field(o, row) = argument;
    return argument[0] != 0;
}

static bool take_duration(struct cli_options *o, const struct option_row *row, const char *argument)
{
    uint32_t ms;
    if (!dialogue_duration(octets_of(argument), &ms) || ms == 0)
        return false;
    *(uint32_t *)field(o, row) = ms;
    return true;
}

static bool take_workers(struct cli_options *o, const struct option_row *row, const char *argument)
{
    uint64_t n;
    (void)row;
    if (!octets_to_number(octets_of(argument), CLI_WORKERS_MAX, &n) || n == 0)
        return false;
    o->workers = (uint32_t)n;
    return true;
}

static bool take_retry(struct cli_options *o, const struct option_row *row, const char *argument)
{
    if (strcmp(argument, "never") != 0)
        return take_duration(o, row, argument);
    o->retry_ms = 0;
    return true;
}

static bool take_count(struct cli_options *o, const struct option_row *row, const char *argument)
{
    uint64_t n;
    if (!octets_to_number(octets_of(argument), 100000, &n) || n == 0)
        return false;
    *(uint32_t *)field(o, row) = (uint32_t)n;
    return true;
}

/* The place of `argument` among names parted by '|'; -1 when it is none of them. */
static int choice(const char *names, const char *argument)
{
    struct octets rest = octets_of(names);
    for (int i = 0; rest.size; i++)
        if (octets_is_equal(octets_take_until(&rest, '|'), octets_of(argument)))
            return i;
    return -1;
}

static bool take_as(struct cli_options *o, const struct option_row *row, const char *argument)
{
    int i = choice(row->accepts, argument);
    o->as = i == 0 ? TARGET_AS_DOMAIN : TARGET_AS_HOST;
    return i >= 0;
}

static bool take_level(struct cli_options *o, const struct option_row *row, const char *argument)
{
    int i = choice(row->accepts, argument);
    if (i >= 0)
        o->level = (enum facts_level)i;
    o->has_level = i >= 0;
    return i >= 0;
}

static bool take_severity(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)row;
    o->fail_on = finding_severity_of(octets_of(argument));
    return o->fail_on != FINDING_SEVERITY__COUNT;
}

static bool take_format(struct cli_options *o, const struct option_row *row, const char *argument)
{
    int i = choice(row->accepts, argument);
    o->format = i == 0 ? CLI_FORMAT_TEXT : CLI_FORMAT_JSON;
    return i >= 0;
}

static bool take_query_format(struct cli_options *o, const struct option_row *row,
                              const char *argument)
{
    int i = choice(row->accepts, argument);
    o->query_format = i >= 0 ? (enum cli_query_format)(i + 1) : CLI_QUERY_FOUND_OUT;
    return i >= 0;
}

static bool take_run(struct cli_options *o, const struct option_row *row, const char *argument)
{
    uint64_t n;
    bool is_back = argument[0] == '-';
    (void)row;
    if (!octets_to_number(octets_of(argument + is_back), INT64_MAX, &n) || !n)
        return false;
    o->run = is_back ? -(int64_t)n : (int64_t)n;
    return true;
}

static bool take_list(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)row;
    if (o->list_count == CLI_LISTS_MAX)
        return false;
    o->lists[o->list_count++] = argument;
    return true;
}

static bool take_ports(struct cli_options *o, const struct option_row *row, const char *argument)
{
    struct octets rest = octets_of(argument);
    (void)row;
    o->port_count = 0;
    do {
        uint64_t port;
        bool is_new = true;
        if (!octets_to_number(octets_trim(octets_take_until(&rest, ',')), UINT16_MAX, &port) ||
            port == 0)
            return false;
        for (size_t i = 0; i < o->port_count; i++)
            is_new = is_new && o->ports[i] != port;
        if (is_new && o->port_count == RUN_PORTS_MAX)
            return false;
        if (is_new)
            o->ports[o->port_count++] = (uint16_t)port;
    } while (rest.size);
    return true;
}

static bool take_exclude(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)row;
    if (o->exclude_count == CLI_LISTS_MAX)
        return false;
    o->excludes[o->exclude_count++] = argument;
    return true;
}

static bool take_selector(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)row;
    if (o->selector_count == CLI_LISTS_MAX || !*argument)
        return false;
    for (const char *c = argument; *c; c++)
        if (!octet_is_alpha((uint8_t)*c) && !octet_is_digit((uint8_t)*c) && !strchr("-_.,", *c))
            return false;
    o->selectors[o->selector_count++] = argument;
    return true;
}

static bool take_shard(struct cli_options *o, const struct option_row *row, const char *argument)
{
    struct octets of = octets_of(argument), part = octets_take_until(&of, '/');
    uint64_t k, n;
    (void)row;
    if (!octets_to_number(of, CLI_SHARDS_MAX, &n) || !octets_to_number(part, n, &k) || k == 0)
        return false;
    o->shard = (struct target_shard){.part = (uint32_t)k - 1, .parts = (uint32_t)n};
    o->shard_text = argument;
    return true;
}

static bool take_seed(struct cli_options *o, const struct option_row *row, const char *argument)
{
    (void)row;
    o->has_seed = octets_to_number(octets_of(argument), CLI_SEED_MAX, &o->seed);
    return o->has_seed;
}

static bool take_targets_max(struct cli_options *o, const struct option_row *row,
                             const char *argument)
{
    (void)row;
    return octets_to_number(octets_of(argument), UINT64_MAX, &o->targets_max) && o->targets_max;
}

/* clang-format off */
static const struct option_row rows[] = {
    {"list",             'l', "FILE",     ON(SCAN), take_list,     0,                       "at most 16 lists", "targets or rows address,name,tag,port, one a line; - is standard input"},
    {"exclude",           0,  "FILE",     ON(SCAN), take_exclude,  0,                       "at most 16 files", "never visit these: one address, network, range or name a line"},
    {"shard",             0,  "K/N",      ON(SCAN), take_shard,    0,                       "K/N, such as 2/8: K from 1 to N, N up to 65536", "only the K-th of N disjoint parts of the input"},
    {"max-targets",       0,  "N",        ON(SCAN), take_targets_max, 0,                    "a number from 1 on", "end after so many"},
    {"seed",              0,  "N",        ON(SCAN), take_seed,     0,                       "0 to 9007199254740991", "of the order in which networks are visited; default random"},
    {"resume",            0,  "STATE",    ON(SCAN), take_text,     FIELD(resume),           "a path", "keep there what is done, so that the same command goes on after a kill; needs --output"},
    {"as",                0,  "KIND",     ASKS,     take_as,       0,                       "domain|host", "what names are; otherwise found out by asking for MX"},
    {"ports",            'p', "LIST",     ASKS,     take_ports,    0,                       "up to 16 ports from 1 to 65535, parted by commas", "default 25,465,587,2525"},
    {"level",             0,  "LEVEL",    ON(SCAN), take_level,    0,                       "detect|identify|audit|full", "how far to ask; default audit for targets typed as arguments, identify for lists and networks"},
    {"only",              0,  "IDS",      AUDITS | ON(CONSENT), take_text, FIELD(only),     "check ids parted by commas; relay.* is all of a kind", "only these checks"},
    {"skip",              0,  "IDS",      AUDITS,   take_text,     FIELD(skip),             "check ids parted by commas; relay.* is all of a kind", "not these checks"},
    {"checks",            0,  "DIR",      AUDITS,   take_text,     FIELD(checks),           "a folder", "also play the checks of its *.smtp files"},
    {"baseline",          0,  "FILE",     AUDITS,   take_text,     FIELD(baseline),         "a path", "findings that are accepted: ID, or ID TARGET, one a line"},
    {"fail-on",           0,  "SEVERITY", AUDITS,   take_severity, 0,                       "info|low|medium|high|critical", "exit with 1 when a finding is exposed that is as grave or graver"},
    {"greylist-wait",     0,  "DURATION", ON(SCAN), take_duration, FIELD(again_ms),         "a duration such as 30s, 6m", "how long to wait at most before a server that greylists is asked again; default 6m"},
    {"output",           'o', "FILE",     ALL & ~ON(IMPORT), take_text, FIELD(output), "a path", "write there instead of standard output"},
    {"format",            0,  "FORMAT",   ON(SCAN) | ON(JUDGE), take_format, 0,             "text|json", "json is one record a line; default text on a terminal, else json"},
    {"format",            0,  "FORMAT",   ON(QUERY), take_query_format, 0,                  "text|tsv|csv|json", "json is one row a line; default text on a terminal, else tsv"},
    {"store",             0,  "FILE",     AUDITS | KEPT, take_text, FIELD(store),          "a path", "records are kept there as well, in SQLite; for other commands: where they are"},
    {"run",               0,  "N",        ON(EXPORT), take_run,    0,                       "the number of a run, or -1 for the latest, -2 for the one before it", "which one; default the latest"},
    {"status-file",       0,  "FILE",     ON(SCAN), take_text,     FIELD(status_file),      "a path", "how the run goes, one line of JSON a second, appended there"},
    {"metrics-file",      0,  "FILE",     ON(SCAN), take_text,     FIELD(metrics_file),     "a path", "the same as OpenMetrics text, put in its place each second"},
    {"transcript",        0,  NULL,       ON(SCAN), take_flag,     FIELD(transcript),       NULL, "keep every octet in the record"},
    {"domain",            0,  "NAME",     ASKS,     take_text,     FIELD(domain),           "a name", "the domain under test, where the target names none"},
    {"dkim-selector",     0,  "NAME",     ON(SCAN), take_selector, 0,                       "selectors parted by commas, at most 16 times", "also look for DKIM keys there; common ones are looked for anyway"},
    {"outsider",          0,  "ADDRESS",  ASKS,     take_text,     FIELD(outsider),         "an address", "a mailbox of yours elsewhere; default one at a reserved name"},
    {"ipv4",             '4', NULL,       ASKS,     take_flag,     FIELD(only_v4),          NULL, "IPv4 only"},
    {"ipv6",             '6', NULL,       ASKS,     take_flag,     FIELD(only_v6),          NULL, "IPv6 only"},
    {"ehlo",              0,  "NAME",     ASKS,     take_text,     FIELD(ehlo),             "a name", "who we say we are; default this host's name"},
    {"timeout-connect",   0,  "DURATION", ASKS,     take_duration, FIELD(connect_ms),       "a duration such as 500ms, 5s, 2m", "default 5s"},
    {"timeout-greeting",  0,  "DURATION", ASKS,     take_duration, FIELD(greeting_ms),      "a duration such as 500ms, 5s, 2m", "default 60s: greet pauses exist"},
    {"timeout-reply",     0,  "DURATION", ASKS,     take_duration, FIELD(reply_ms),         "a duration such as 500ms, 5s, 2m", "default 30s"},
    {"timeout-tls",       0,  "DURATION", ASKS,     take_duration, FIELD(tls_ms),           "a duration such as 500ms, 5s, 2m", "default 15s"},
    {"timeout-visit",     0,  "DURATION", ASKS,     take_duration, FIELD(visit_ms),         "a duration such as 500ms, 5s, 2m", "default 5m"},
    {"timeout-dns",       0,  "DURATION", LOOKS_UP, take_duration, FIELD(dns_ms),           "a duration such as 500ms, 5s, 2m", "for each of three tries; default 3s"},
    {"retry-after",       0,  "DURATION", ON(SCAN), take_retry,    FIELD(retry_ms),         "a duration such as 500ms, 5s, 2m, or never", "over a list, ask who turned us away again then, and later; default 1m"},
    {"concurrency",      'c', "N",        ON(SCAN), take_count,    FIELD(concurrency),      "1 to 100000", "targets visited at once; default derived from the descriptor limit"},
    {"rate",             'r', "N",        ON(SCAN), take_count,    FIELD(rate),             "1 to 100000", "new connections a second; default no limit but those of operators and networks"},
    {"workers",           0,  "N",        ON(SCAN), take_workers,  0,                        "1 to 64", "processes that visit, beside the one that runs and writes; default none"},
    {"source",            0,  "ADDRESS,...", ASKS,  take_text,     FIELD(source),           "IP addresses of this machine, parted by commas", "connect from there, in turn"},
    {"allow-special",     0,  NULL,       ASKS,     take_flag,     FIELD(allow_special),    NULL, "take special-use addresses that come out of DNS"},
    {"resolver",          0,  "ADDRESS",  LOOKS_UP, take_text,     FIELD(resolver),         "an address, with a port if you like", "ask this name server; default the system's"},
    {"dnsbl",             0,  "ZONE,...", ON(SCAN), take_text,     FIELD(dnsbl),            "up to 8 names of zones, parted by commas", "at level audit and full, ask these lists of addresses too"},
    {"trust-anchor",      0,  "FILE",     ON(SCAN), take_text,     FIELD(trust_anchor),     "a path", "validate DNSSEC here, from the DS or DNSKEY records in it"},
    {"data",              0,  "DIR",      HAS_DATA, take_text,     FIELD(data),             "a folder", "stimuli, specimens, signatures from there; default built in"},
    {"recog",             0,  "DIR",      ON(SCAN) | ON(JUDGE), take_text, FIELD(recog),    "a folder", "also take signatures from Recog's smtp_*.xml there"},
    {"exhaustive",        0,  NULL,       ON(SCAN), take_flag,     FIELD(exhaustive),       NULL, "ask every question of the level, whatever it costs"},
    {"flat-priors",       0,  NULL,       ON(SCAN) | ON(JUDGE), take_flag, FIELD(flat_priors), NULL, "every product equally likely beforehand"},
    {"ignore-greeting",   0,  NULL,       ON(SCAN) | ON(JUDGE), take_flag, FIELD(ignore_greeting), NULL, "identify by behaviour alone"},
    {"product",           0,  "NAME",     ON(LEARN), take_text,    FIELD(product),          "a name", "what the server is"},
    {"product-version",   0,  "V",        ON(LEARN), take_text,    FIELD(product_version),  "a version", "of the product, as its maker counts"},
    {"vendor",            0,  "NAME",     ON(LEARN), take_text,    FIELD(vendor),           "a name", "its maker, when not the product's name"},
    {"config",            0,  "NAME",     ON(LEARN), take_text,    FIELD(config),           "a name", "how it is configured; default \"default\""},
    {"build",             0,  "TEXT",     ON(LEARN), take_text,    FIELD(build),            "a text", "package and its version"},
    {"front",             0,  "NAME",     ON(LEARN), take_text,    FIELD(front),            "a name", "what stands before it: postscreen, spampd..."},
    {"origin",            0,  "HOST",     ASKS,     take_text,     FIELD(origin),           "a host or an address; for learn a text", "the host behind the MX: whether it takes mail directly (learn: where the server is from)"},
    {"cpe",               0,  "CPE",      ON(LEARN), take_text,    FIELD(cpe),              "a CPE 2.3 name", "of product and version"},
    {"force",             0,  NULL,       ON(LEARN), take_flag,    FIELD(force),            NULL, "write it though it contradicts what is known"},
    {"secret",            0,  "FILE",     ON(CONSENT), take_text,  FIELD(secret),           "a path", "the secret whose hash is in our records; default $XDG_CONFIG_HOME/smtpscan/secret"},
    {"until",             0,  "DATE",     ON(CONSENT), take_text,  FIELD(until),            "a day such as 2026-12-31", "the last day of the consent; default in 30 days"},
    {"quiet",            'q', NULL,       ALL,      take_flag,     FIELD(quiet),            NULL, "no progress on standard error"},
    {"verbose",          'v', NULL,       ALL,      take_flag,     FIELD(verbose),          NULL, "all evidence and all greeting lines in text"},
    {"no-color",          0,  NULL,       ALL,      take_flag,     FIELD(no_colour),        NULL, "no colours; NO_COLOR in the environment does the same"},
    {"help",             'h', NULL,       ALL,      take_flag,     FIELD(help),             NULL, "this text"},
    {"version",           0,  NULL,       ALL,      take_flag,     FIELD(version),          NULL, "which version this is"},
};
/* clang-format on */
#define ROWS      (sizeof rows / sizeof *rows)
#define LONG_BASE 256 /* getopt's value of row 0 */

static const struct {
    const char *name, *about;
} commands[CLI_COMMAND__COUNT] = {
#define X(id, name, about) {name, about},
    CLI_COMMAND_MAP(X)
#undef X
};

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
        .run = -1,
    };
}

/* One name may stand in several rows, for commands that mean different things by it. */
static size_t first_named(const char *name)
{
    size_t i = 0;
    while (strcmp(rows[i].name, name) != 0)
        i++;
    return i;
}

static void build_getopt(struct option *longs, char *shorts)
{
    size_t n = 0;
    shorts[n++] = ':'; /* a missing argument is told apart */
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){.name = rows[i].name,
                                   .has_arg = rows[i].argument ? required_argument : no_argument,
                                   .val = LONG_BASE + (int)first_named(rows[i].name)};
        if (rows[i].letter)
            shorts[n++] = rows[i].letter;
        if (rows[i].letter && rows[i].argument)
            shorts[n++] = ':';
    }
    longs[ROWS] = (struct option){0};
    shorts[n] = 0;
}

/* The row of the command's; if it has none, the first. */
static const struct option_row *row_of(int value, enum cli_command command)
{
    const struct option_row *first = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        if (value != LONG_BASE + (int)first_named(rows[i].name) &&
            !(rows[i].letter && value == rows[i].letter))
            continue;
        if (rows[i].commands & 1u << command)
            return &rows[i];
        first = first ? first : &rows[i];
    }
    return first;
}

bool cli_complain(const char *what, const char *argument, const char *problem)
{
    struct buf shown;
    buf_init(&shown, 400);
    escape_visible(&shown, octets_sub(octets_of(argument), 0, 80));
    fprintf(stderr, "smtpscan: %s: %.*s: %s\n", what, (int)shown.size,
            shown.size ? (const char *)shown.data : "", problem);
    buf_release(&shown);
    return false;
}

static bool take_option(struct cli_options *o, int value, const char *word)
{
    const struct option_row *row = row_of(value == ':' ? optopt : value, o->command);
    if (value == '?' || !row)
        return cli_complain("option", word, "unknown or ambiguous; --help lists those there are");
    if (!(row->commands & 1u << o->command)) {
        fprintf(stderr, "smtpscan: --%s does not go with %s\n", row->name,
                commands[o->command].name);
        return false;
    }
    if (value == ':') {
        fprintf(stderr, "smtpscan: --%s: needs %s: %s\n", row->name, row->argument, row->accepts);
        return false;
    }
    if (row->take(o, row, optarg))
        return true;
    char what[40], takes[120];
    snprintf(what, sizeof what, "--%s", row->name);
    snprintf(takes, sizeof takes, "takes %s", row->accepts);
    return cli_complain(what, optarg, takes);
}

bool cli_options_parse(struct cli_options *ret, int argc, char **argv)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    int value;
    set_defaults(ret);
    for (unsigned c = 0; argc > 1 && c < CLI_COMMAND__COUNT; c++)
        if (strcmp(argv[1], commands[c].name) == 0) {
            ret->command = (enum cli_command)c;
            argv++;
            argc--;
            break;
        }
    build_getopt(longs, shorts);
    opterr = 0;
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
        if (!take_option(ret, value,
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

void cli_options_help(enum cli_command command)
{
    printf("usage: smtpscan [COMMAND] [OPTIONS] [TARGET...]\n\n"
           "Identifies mail servers by how they behave, and says what they offer.\n"
           "A target is a domain, a host, an address, HOST:PORT, [V6]:PORT \n"
           "NETWORK/BITS or FIRST-LAST.\n\nCommands:\n");
    for (size_t c = 0; c < CLI_COMMAND__COUNT; c++)
        printf("  %-8s %s\n", commands[c].name, commands[c].about);
    printf("\nOptions of %s:\n", commands[command].name);
    for (size_t i = 0; i < ROWS; i++) {
        char left[64];
        if (!(rows[i].commands & 1u << command))
            continue;
        snprintf(left, sizeof left, "%c%c%c --%s %s", rows[i].letter ? '-' : ' ',
                 rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ', rows[i].name,
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-32s %s\n", left, rows[i].help);
    }
    printf("\nExamples:\n"
           "  smtpscan example.org                 every MX of a domain\n"
           "  smtpscan mail.example.org:25         one server\n"
           "  smtpscan -l hosts -p 25 -o out.ndjson  a list, one record a line\n");
}
