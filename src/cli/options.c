/* SPDX-License-Identifier: Apache-2.0 */
#include "../report/format.h"
#include "../smtp/dialogue.h"
#include "option_parts.h"

/* What goes with scan goes with watch, which scans, unless that is taken away. */
#define ON(command) (1u << CLI_##command | (CLI_##command == CLI_SCAN ? 1u << CLI_WATCH : 0))
#define ASKS        (ON(SCAN) | ON(LEARN))
#define AUDITS      (ON(SCAN) | ON(JUDGE))
#define SELECTS     (AUDITS | ON(DIFF))
#define LOOKS_UP    (ASKS | ON(CONSENT))
#define HAS_DATA    (ASKS | SELECTS | ON(EXPLAIN) | ON(REPORT) | ON(DATA))
#define KEPT        (ON(HISTORY) | ON(QUERY) | ON(IMPORT) | ON(EXPORT))
#define ALL         (HAS_DATA | KEPT | ON(CONSENT) | ON(COMPLETION))

#define IN(group) OPTION_##group
#define COMMON    OPTION_COMMON
#define ONCE      OPTION_ONCE

#define FIELD(name) offsetof(struct cli_options, name)

static void *field(struct cli_options *o, const struct option_row *row)
{
    return (char *)o + row->offset;
}

static bool take_flag(struct cli_options *o, const struct option_row *row, const char *argument)
{
    bool is_yes = strcmp(argument, "yes") == 0;
    *(bool *)field(o, row) = is_yes;
    return is_yes || strcmp(argument, "no") == 0;
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

static bool take_report_format(struct cli_options *o, const struct option_row *row,
                               const char *argument)
{
    int i = choice(row->accepts, argument);
    o->report_format = i >= 0 ? (size_t)i : 0;
    return i >= 0;
}

static bool take_table(struct cli_options *o, const struct option_row *row, const char *argument)
{
    int i = choice(row->accepts, argument);
    o->by_finding = i == 1;
    return i >= 0;
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
    {"list",             'l', "FILE",     ON(SCAN), take_list,     0,                       "at most 16 lists", "targets or rows address,name,tag,port, one a line; - is standard input", IN(TARGETS) | COMMON | ONCE},
    {"exclude",           0,  "FILE",     ON(SCAN), take_exclude,  0,                       "at most 16 files", "never visit these: one address, network, range or name a line", IN(TARGETS) | COMMON},
    {"shard",             0,  "K/N",      ON(SCAN), take_shard,    0,                       "K/N, such as 2/8: K from 1 to N, N up to 65536", "only the K-th of N disjoint parts of the input", IN(TARGETS)},
    {"max-targets",       0,  "N",        ON(SCAN), take_targets_max, 0,                    "a number from 1 on", "end after so many", IN(TARGETS)},
    {"seed",              0,  "N",        ON(SCAN), take_seed,     0,                       "0 to 9007199254740991", "of the order in which networks are visited; default random", IN(TARGETS)},
    {"resume",            0,  "STATE",    ON(SCAN) & ~ON(WATCH), take_text,     FIELD(resume),           "a path", "keep there what is done, so that the same command goes on after a kill; needs --output", IN(TARGETS) | COMMON | ONCE},
    {"as",                0,  "KIND",     ASKS,     take_as,       0,                       "domain|host", "what names are; otherwise found out by asking for MX", IN(TARGETS) | COMMON},
    {"ports",            'p', "LIST",     ASKS,     take_ports,    0,                       "up to 16 ports from 1 to 65535, parted by commas", "which to visit; default 25,465,587,2525", IN(TARGETS) | COMMON},
    {"level",             0,  "LEVEL",    ON(SCAN), take_level,    0,                       "detect|identify|audit|full", "how far to ask; default audit for targets typed as arguments, identify for lists and networks", IN(ASKING) | COMMON},
    {"only",              0,  "IDS",      SELECTS | ON(CONSENT), take_text, FIELD(only),     "check ids parted by commas; relay.* is all of a kind", "only these checks (diff: or kinds of change)", IN(FINDINGS) | COMMON},
    {"skip",              0,  "IDS",      SELECTS,  take_text,     FIELD(skip),             "check ids parted by commas; relay.* is all of a kind", "not these checks (diff: or kinds of change)", IN(FINDINGS)},
    {"checks",            0,  "DIR",      AUDITS | ON(REPORT),   take_text,     FIELD(checks),           "a folder", "also play the checks of its *.smtp files", IN(FINDINGS)},
    {"baseline",          0,  "FILE",     AUDITS,   take_text,     FIELD(baseline),         "a path", "findings that are accepted: ID, or ID TARGET, one a line", IN(FINDINGS)},
    {"fail-on",           0,  "SEVERITY", SELECTS | ON(REPORT),   take_severity, 0,                       "info|low|medium|high|critical", "exit with 1 when a finding is exposed (diff: something changed) that is as grave or graver", IN(FINDINGS) | COMMON},
    {"greylist-wait",     0,  "DURATION", ON(SCAN), take_duration, FIELD(again_ms),         "a duration such as 30s, 6m", "how long to wait at most before a server that greylists is asked again; default 6m", IN(ASKING)},
    {"output",           'o', "FILE",     ALL & ~ON(IMPORT) & ~ON(WATCH), take_text, FIELD(output), "a path", "write there instead of standard output", IN(OUTPUT) | COMMON | ONCE},
    {"format",            0,  "FORMAT",   SELECTS,  take_format, 0,             "text|json", "json is one record a line; default text on a terminal, else json", IN(OUTPUT) | COMMON},
    {"format",            0,  "FORMAT",   ON(QUERY), take_query_format, 0,                  "text|tsv|csv|json", "json is one row a line; default text on a terminal, else tsv", IN(OUTPUT)},
    {"store",             0,  "FILE",     AUDITS | KEPT, take_text, FIELD(store),           "a path", "records are kept there as well, in SQLite; for other commands: where they are", IN(OUTPUT) | COMMON},
    {"run",               0,  "N",        ON(EXPORT), take_run,    0,                       "the number of a run, or -1 for the latest, -2 for the one before it", "which one; default the latest", IN(OUTPUT) | ONCE},
    {"format",            0,  "FORMAT",   ON(REPORT), take_report_format, 0,                REPORT_FORMATS, "what to make of the records; default html", IN(OUTPUT) | COMMON},
    {"table",             0,  "ROWS",     ON(REPORT), take_table,  0,                       "services|findings", "of csv: a row for each service and domain, or for each finding; default services", IN(OUTPUT)},
    {"every",             0,  "DURATION", ON(WATCH), take_duration, FIELD(every_ms),        "a duration such as 30m, 6h", "how often", IN(WATCH) | COMMON},
    {"once",              0,  NULL,       ON(WATCH), take_flag,    FIELD(once),             NULL, "one round, for cron and timers", IN(WATCH) | COMMON | ONCE},
    {"notify",            0,  "CMD",      ON(WATCH), take_text,    FIELD(notify),           "a command for the shell", "run when something changed, which it reads; default: written to standard output", IN(WATCH) | COMMON},
    {"status-file",       0,  "FILE",     ON(SCAN), take_text,     FIELD(status_file),      "a path", "how the run goes, one line of JSON a second, appended there", IN(OUTPUT)},
    {"metrics-file",      0,  "FILE",     ON(SCAN), take_text,     FIELD(metrics_file),     "a path", "the same as OpenMetrics text, put in its place each second", IN(OUTPUT)},
    {"transcript",        0,  NULL,       ON(SCAN), take_flag,     FIELD(transcript),       NULL, "keep every octet in the record", IN(OUTPUT)},
    {"domain",            0,  "NAME",     ASKS,     take_text,     FIELD(domain),           "a name", "the domain under test, where the target names none", IN(DOMAIN)},
    {"dkim-selector",     0,  "NAME",     ON(SCAN), take_selector, 0,                       "selectors parted by commas, at most 16 times", "also look for DKIM keys there; common ones are looked for anyway", IN(DOMAIN)},
    {"outsider",          0,  "ADDRESS",  ASKS,     take_text,     FIELD(outsider),         "an address", "a mailbox of yours elsewhere; default one at a reserved name", IN(DOMAIN)},
    {"ipv4",             '4', NULL,       ASKS,     take_flag,     FIELD(only_v4),          NULL, "IPv4 only", IN(TARGETS)},
    {"ipv6",             '6', NULL,       ASKS,     take_flag,     FIELD(only_v6),          NULL, "IPv6 only", IN(TARGETS)},
    {"ehlo",              0,  "NAME",     ASKS,     take_text,     FIELD(ehlo),             "a name", "who we say we are; default this host's name", IN(MANNERS)},
    {"timeout-connect",   0,  "DURATION", ASKS,     take_duration, FIELD(connect_ms),       "a duration such as 500ms, 5s, 2m", "to connect; default 5s", IN(MANNERS)},
    {"timeout-greeting",  0,  "DURATION", ASKS,     take_duration, FIELD(greeting_ms),      "a duration such as 500ms, 5s, 2m", "for the greeting; default 60s: greet pauses exist", IN(MANNERS)},
    {"timeout-reply",     0,  "DURATION", ASKS,     take_duration, FIELD(reply_ms),         "a duration such as 500ms, 5s, 2m", "for each reply; default 30s", IN(MANNERS)},
    {"timeout-tls",       0,  "DURATION", ASKS,     take_duration, FIELD(tls_ms),           "a duration such as 500ms, 5s, 2m", "for the handshake; default 15s", IN(MANNERS)},
    {"timeout-visit",     0,  "DURATION", ASKS,     take_duration, FIELD(visit_ms),         "a duration such as 500ms, 5s, 2m", "for a visit as a whole; default 5m", IN(MANNERS)},
    {"timeout-dns",       0,  "DURATION", LOOKS_UP, take_duration, FIELD(dns_ms),           "a duration such as 500ms, 5s, 2m", "for each of three tries; default 3s", IN(MANNERS)},
    {"retry-after",       0,  "DURATION", ON(SCAN), take_retry,    FIELD(retry_ms),         "a duration such as 500ms, 5s, 2m, or never", "over a list, ask who turned us away again then, and later; default 1m", IN(MANNERS)},
    {"concurrency",      'c', "N",        ON(SCAN), take_count,    FIELD(concurrency),      "1 to 100000", "targets visited at once; default derived from the descriptor limit", IN(MANNERS) | COMMON},
    {"rate",             'r', "N",        ON(SCAN), take_count,    FIELD(rate),             "1 to 100000", "new connections a second; default no limit but those of operators and networks", IN(MANNERS) | COMMON},
    {"workers",           0,  "N",        ON(SCAN), take_workers,  0,                        "1 to 64", "processes that visit, beside the one that runs and writes; default none", IN(MANNERS)},
    {"source",            0,  "ADDRESS,...", ASKS,  take_text,     FIELD(source),           "IP addresses of this machine, parted by commas", "connect from there, in turn", IN(MANNERS)},
    {"allow-special",     0,  NULL,       ASKS,     take_flag,     FIELD(allow_special),    NULL, "take special-use addresses that come out of DNS", IN(TARGETS)},
    {"resolver",          0,  "ADDRESS",  LOOKS_UP, take_text,     FIELD(resolver),         "an address, with a port if you like, or recursive", "ask this name server; recursive: none, but from the root on; default the system's", IN(TARGETS)},
    {"dnsbl",             0,  "ZONE,...", ON(SCAN), take_text,     FIELD(dnsbl),            "up to 8 names of zones, parted by commas", "at level audit and full, ask these lists of addresses too", IN(FINDINGS)},
    {"trust-anchor",      0,  "FILE",     ON(SCAN), take_text,     FIELD(trust_anchor),     "a path", "validate DNSSEC here, from the DS or DNSKEY records in it", IN(DOMAIN)},
    {"data",              0,  "DIR",      HAS_DATA, take_text,     FIELD(data),             "a folder", "stimuli, specimens, signatures from there; default built in", IN(KNOWLEDGE)},
    {"recog",             0,  "DIR",      ON(SCAN) | ON(JUDGE), take_text, FIELD(recog),    "a folder", "also take signatures from Recog's smtp_*.xml there", IN(KNOWLEDGE)},
    {"exhaustive",        0,  NULL,       ON(SCAN), take_flag,     FIELD(exhaustive),       NULL, "ask every question of the level, whatever it costs", IN(ASKING)},
    {"flat-priors",       0,  NULL,       ON(SCAN) | ON(JUDGE), take_flag, FIELD(flat_priors), NULL, "every product equally likely beforehand", IN(KNOWLEDGE)},
    {"ignore-greeting",   0,  NULL,       ON(SCAN) | ON(JUDGE), take_flag, FIELD(ignore_greeting), NULL, "identify by behaviour alone", IN(KNOWLEDGE)},
    {"product",           0,  "NAME",     ON(LEARN), take_text,    FIELD(product),          "a name", "what the server is", IN(SPECIMEN) | ONCE},
    {"product-version",   0,  "V",        ON(LEARN), take_text,    FIELD(product_version),  "a version", "of the product, as its maker counts", IN(SPECIMEN) | ONCE},
    {"vendor",            0,  "NAME",     ON(LEARN), take_text,    FIELD(vendor),           "a name", "its maker, when not the product's name", IN(SPECIMEN) | ONCE},
    {"config",            0,  "NAME",     ON(LEARN), take_text,    FIELD(config),           "a name", "how it is configured; default \"default\"", IN(SPECIMEN) | ONCE},
    {"build",             0,  "TEXT",     ON(LEARN), take_text,    FIELD(build),            "a text", "package and its version", IN(SPECIMEN) | ONCE},
    {"front",             0,  "NAME",     ON(LEARN), take_text,    FIELD(front),            "a name", "what stands before it: postscreen, spampd...", IN(SPECIMEN) | ONCE},
    {"origin",            0,  "HOST",     ASKS,     take_text,     FIELD(origin),           "a host or an address; for learn a text", "the host behind the MX: whether it takes mail directly (learn: where the server is from)", IN(ASKING)},
    {"cpe",               0,  "CPE",      ON(LEARN), take_text,    FIELD(cpe),              "a CPE 2.3 name", "of product and version", IN(SPECIMEN) | ONCE},
    {"force",             0,  NULL,       ON(LEARN), take_flag,    FIELD(force),            NULL, "write it though it contradicts what is known", IN(SPECIMEN) | ONCE},
    {"secret",            0,  "FILE",     ON(CONSENT), take_text,  FIELD(secret),           "a path", "the secret whose hash is in our records; default $XDG_CONFIG_HOME/smtpscan/secret", IN(CONSENT)},
    {"until",             0,  "DATE",     ON(CONSENT), take_text,  FIELD(until),            "a day such as 2026-12-31", "the last day of the consent; default in 30 days", IN(CONSENT) | ONCE},
    {"quiet",            'q', NULL,       ALL,      take_flag,     FIELD(quiet),            NULL, "no progress on standard error", IN(OUTPUT) | COMMON},
    {"verbose",          'v', NULL,       ALL,      take_flag,     FIELD(verbose),          NULL, "all evidence and all greeting lines in text", IN(OUTPUT) | COMMON},
    {"no-color",          0,  NULL,       ALL,      take_flag,     FIELD(no_colour),        NULL, "no colours; NO_COLOR in the environment does the same", IN(OUTPUT)},
    {"config",            0,  "FILE",     ALL & ~(ON(LEARN) | ON(COMPLETION)), take_text, FIELD(config_file),  "a path, or none", "defaults of options, as smtpscan.conf(5) tells; none: of no file", IN(GENERAL) | ONCE},
    {"help",             'h', NULL,       ALL,      take_flag,     FIELD(help),             NULL, "this text", IN(GENERAL) | COMMON | ONCE},
    {"version",           0,  NULL,       ALL,      take_flag,     FIELD(version),          NULL, "which version this is", IN(GENERAL) | COMMON | ONCE},
};
/* clang-format on */

static const struct {
    const char *name, *about;
} commands[CLI_COMMAND__COUNT] = {
#define X(id, name, about) {name, about},
    CLI_COMMAND_MAP(X)
#undef X
};

struct option_table option_table(void)
{
    return (struct option_table){rows, sizeof rows / sizeof *rows};
}

bool option_is_of(const struct option_row *row, enum cli_command command)
{
    return row->commands & 1u << command;
}

const struct option_row *option_named(struct octets name, enum cli_command command)
{
    const struct option_row *found = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (octets_is_equal(octets_of(rows[i].name), name) &&
            (!found || option_is_of(&rows[i], command)))
            found = &rows[i];
    return found;
}

bool option_is_choice(const struct option_row *row)
{
    return row->accepts && strchr(row->accepts, '|') && !strchr(row->accepts, ' ');
}

bool command_named(const char *word, enum cli_command *ret)
{
    for (unsigned c = 0; c < CLI_COMMAND__COUNT; c++)
        if (strcmp(word, commands[c].name) == 0) {
            *ret = (enum cli_command)c;
            return true;
        }
    return false;
}

const char *command_name(enum cli_command c)
{
    return commands[c].name;
}

const char *command_about(enum cli_command c)
{
    return commands[c].about;
}
