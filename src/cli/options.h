/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/finding.h"
#include "../run/run.h"

/* The command line as one table: the parser, --help, the completions, the configuration file and
 * the checks of the documentation read its rows. */
#define CLI_COMMAND_MAP(X) \
    X(SCAN, "scan", "visit targets and say who answers (the default)") \
    X(LEARN, "learn", "record a specimen of a server that is known") \
    X(JUDGE, "judge", "identify stored records anew") \
    X(DIFF, "diff", "what changed between two scans") \
    X(WATCH, "watch", "scan again and again into a store, and tell what changed") \
    X(EXPLAIN, "explain", "what is known of a product, stimulus, finding or advisory") \
    X(HISTORY, "history", "what a store holds of a host, an address or a domain, run by run") \
    X(QUERY, "query", "rows of a store, by SQL that only reads") \
    X(IMPORT, "import", "put files of records into a store, each as a run") \
    X(EXPORT, "export", "the records of a run, out of a store as they went in") \
    X(REPORT, "report", "a web page, or a file for other programs, from stored records") \
    X(CONSENT, "consent", "the record by which a domain consents, and what is published of it") \
    X(DATA, "data", "check a data folder, weigh its questions, import specimens of others") \
    X(COMPLETION, "completion", "completions of commands and options for bash, zsh or fish")

#define X(id, name, about) CLI_##id,
enum cli_command { CLI_COMMAND_MAP(X) CLI_COMMAND__COUNT };
#undef X

struct option_setting;

enum cli_format { CLI_FORMAT_FOUND_OUT, CLI_FORMAT_TEXT, CLI_FORMAT_JSON };

enum cli_query_format {
    CLI_QUERY_FOUND_OUT,
    CLI_QUERY_TEXT,
    CLI_QUERY_TSV,
    CLI_QUERY_CSV,
    CLI_QUERY_JSON
};

#define CLI_SHELLS "bash|zsh|fish"

#define CLI_LISTS_MAX   16
#define CLI_SHARDS_MAX  65536
#define CLI_WORKERS_MAX 64
#define CLI_SEED_MAX    ((uint64_t)9007199254740991) /* 2^53 - 1: what any reader of JSON can hold */

struct cli_options {
    enum cli_command command;
    bool is_command_typed;
    const char *lists[CLI_LISTS_MAX];
    size_t list_count;
    enum target_as as;
    uint16_t ports[RUN_PORTS_MAX];
    size_t port_count;
    enum facts_level level;
    bool has_level;
    const char *selectors[CLI_LISTS_MAX]; /* --dkim-selector */
    size_t selector_count;
    const char *only, *skip, *checks, *baseline;
    enum finding_severity fail_on; /* __COUNT: nothing makes the run fail */
    uint32_t again_ms;
    const char *output;
    enum cli_format format;
    size_t report_format; /* its place in REPORT_FORMATS */
    bool by_finding;      /* report: --table findings */
    bool transcript, only_v4, only_v6, allow_special, exhaustive, ignore_greeting, flat_priors;
    bool force; /* learn: though it contradicts what is known */
    bool quiet, verbose, no_colour, help, version;
    const char *status_file, *metrics_file;
    const char *domain, *outsider, *ehlo, *resolver, *trust_anchor, *data, *recog, *source, *resume;
    const char *dnsbl;
    const char *store;
    int64_t run; /* of the store: its number, or -1 for the latest, -2 for the one before it */
    enum cli_query_format query_format;
    const char *secret, *until; /* consent */
    uint32_t retry_ms;          /* 0: never */
    uint32_t every_ms;          /* watch; 0: not given */
    bool once;
    const char *notify;
    uint32_t connect_ms, greeting_ms, reply_ms, tls_ms, visit_ms, dns_ms;
    uint32_t concurrency; /* 0: derived */
    uint32_t workers;     /* 0: this process visits */
    uint32_t rate;        /* 0: no limit */
    const char *excludes[CLI_LISTS_MAX];
    size_t exclude_count;
    const char *shard_text; /* NULL: all */
    struct target_shard shard;
    uint64_t seed, targets_max; /* targets_max 0: all */
    bool has_seed;
    /* learn */
    const char *product, *product_version, *vendor, *config, *build, *front, *origin, *cpe;
    /* from the configuration file, if there is one */
    const char *config_file; /* --config, as typed */
    const char *file_path;
    struct option_setting *file_settings;
    size_t file_count;
    /* the options, word by word as typed, those of the file first: for the record of the run, which
     * holds no secrets */
    const char **typed;
    size_t typed_count;
    /* what is no option */
    char **rest;
    size_t rest_count;
    struct arena arena; /* what the file set, and the words */
};

/* One line on stderr: what (NULL: the argument speaks for itself), the argument cut and escaped, and
 * what is wrong with it.  False, always. */
bool cli_complain(const char *what, const char *argument, const char *problem);

/* Reads the configuration file and the line.  False when one cannot be understood: a line on
 * stderr has said what is wrong and what is accepted.  Either way *ret is released afterwards; it
 * borrows argv, and must stay where it is. */
MUST_CHECK bool cli_options_parse(struct cli_options *ret, int argc, char **argv);
void cli_options_release(struct cli_options *o);

/* What there is, and the commonest options. */
void cli_help(void);
/* All options of one command. */
void cli_help_of(enum cli_command command);
