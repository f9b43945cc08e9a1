/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>

/* Takes the argument; false when it is not what the option accepts. */
typedef bool take(struct options *o, const char *argument);

static bool to_number(struct octets text, double max, double *ret)
{
    char copy[32], *end;
    if (!text.size || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
    double n = strtod(copy, &end);
    if (*end || !(n >= 0 && n <= max))
        return false;
    *ret = n;
    return true;
}

static bool to_count(const char *argument, uint64_t max, uint32_t *ret)
{
    uint64_t n;
    if (!octets_to_number(octets_of(argument), max, &n))
        return false;
    *ret = (uint32_t)n;
    return true;
}

static bool take_ports(struct options *o, const char *argument)
{
    struct octets rest = octets_of(argument);
    o->port_count = 0;
    do {
        uint64_t port;
        if (o->port_count == SERVE_PORTS_MAX ||
            !octets_to_number(octets_take_until(&rest, ','), UINT16_MAX, &port))
            return false;
        o->ports[o->port_count++] = (uint16_t)port;
    } while (rest.size);
    return true;
}

static bool take_seed(struct options *o, const char *argument)
{
    return octets_to_number(octets_of(argument), UINT64_MAX, &o->rules.seed);
}

static bool take_workers(struct options *o, const char *argument)
{
    return to_count(argument, OPTIONS_WORKERS_MAX, &o->workers) && o->workers;
}

/* NAME=SHARE,... */
static bool take_odd(struct options *o, const char *argument)
{
    double sum = 0;
    for (struct octets rest = octets_of(argument); rest.size;) {
        struct octets number = octets_take_until(&rest, ',');
        struct octets name = octets_take_until(&number, '=');
        unsigned i = DRAW_NONE + 1;
        while (i < DRAW_ODDITY__COUNT &&
               !octets_is_equal(name, octets_of(draw_oddity_name((enum draw_oddity)i))))
            i++;
        if (i == DRAW_ODDITY__COUNT || !to_number(number, 1, &o->rules.odd[i]))
            return false;
    }
    for (unsigned i = 0; i < DRAW_ODDITY__COUNT; i++)
        sum += o->rules.odd[i];
    return sum <= 1.0001;
}

static bool take_starttls(struct options *o, const char *argument)
{
    return to_number(octets_of(argument), 1, &o->rules.starttls);
}

static bool take_latency(struct options *o, const char *argument)
{
    return to_number(octets_of(argument), 1e6, &o->rules.latency_ms);
}

static bool take_cap(struct options *o, const char *argument)
{
    return to_number(octets_of(argument), 1e6, &o->rules.latency_cap_ms);
}

static bool take_tarpit(struct options *o, const char *argument)
{
    return to_count(argument, 1000000, &o->rules.tarpit_ms);
}

static bool take_weights(struct options *o, const char *argument)
{
    o->weights = argument;
    return true;
}

static bool take_only(struct options *o, const char *argument)
{
    o->only = argument;
    return true;
}

static bool take_log(struct options *o, const char *argument)
{
    o->log = argument;
    return true;
}

static bool take_v6(struct options *o, const char *argument)
{
    (void)argument;
    return o->with_v6 = true;
}

static bool take_awake(struct options *o, const char *argument)
{
    (void)argument;
    return o->awake = true;
}

static bool take_truth(struct options *o, const char *argument)
{
    (void)argument;
    return o->truth = true;
}

static bool take_help(struct options *o, const char *argument)
{
    (void)argument;
    return o->help = true;
}

/* clang-format off */
static const struct {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag */
    take *take;
    const char *help;
} rows[] = {
    {"ports",       'p', "LIST",  take_ports,    "parted by commas; 0 is any that is free; default 2500"},
    {"seed",        's', "N",     take_seed,     "another seed is another fleet; default 1"},
    {"workers",      0,  "N",     take_workers,  "processes that share the ports; default 1"},
    {"ipv6",        '6', NULL,    take_v6,       "also on [::]"},
    {"odd",          0,  "LIST",  take_odd,      "ODDITY=SHARE,... of the addresses; default none"},
    {"starttls",     0,  "SHARE", take_starttls, "of those that offer it; the others' keyword is left out; default 1"},
    {"latency",      0,  "MS",    take_latency,  "mean of a reply's, drawn for each address; default 0"},
    {"latency-cap",  0,  "MS",    take_cap,      "no address is slower; default 2000"},
    {"tarpit",       0,  "MS",    take_tarpit,   "how long a tarpit holds back each reply; default 6000"},
    {"weights",      0,  "FILE",  take_weights,  "\"WEIGHT PRODUCT\" a line; default: all products alike"},
    {"only",         0,  "GLOB",  take_only,     "specimens whose path under data/ matches"},
    {"log",          0,  "FILE",  take_log,      "append a line for each connection: milliseconds since 1970, address, port"},
    {"awake",        0,  NULL,    take_awake,    "never sleep while a connection is open: no client pays for waking the fleet"},
    {"truth",        0,  NULL,    take_truth,    "print who the addresses (arguments, or lines of standard input) are"},
    {"help",        'h', NULL,    take_help,     "this text"},
};
/* clang-format on */
#define ROWS      (sizeof rows / sizeof *rows)
#define LONG_BASE 256

bool options_parse(struct options *ret, int argc, char **argv)
{
    struct option longs[ROWS + 1] = {0};
    char shorts[2 * ROWS + 1];
    size_t n = 0;
    int value;
    *ret = (struct options){
        .rules = {.seed = 1, .starttls = 1, .latency_cap_ms = 2000, .tarpit_ms = 6000},
        .ports = {2500},
        .port_count = 1,
        .workers = 1};
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){.name = rows[i].name,
                                   .has_arg = rows[i].argument ? required_argument : no_argument,
                                   .val = LONG_BASE + (int)i};
        if (rows[i].letter)
            shorts[n++] = rows[i].letter;
        if (rows[i].letter && rows[i].argument)
            shorts[n++] = ':';
    }
    shorts[n] = 0;
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        size_t i = 0;
        while (i < ROWS && value != LONG_BASE + (int)i && value != rows[i].letter)
            i++;
        if (i == ROWS || value == '?')
            return false; /* getopt has said why */
        if (!rows[i].take(ret, optarg)) {
            fprintf(stderr, "fleet: --%s: not \"%s\": %s\n", rows[i].name, optarg, rows[i].help);
            return false;
        }
    }
    ret->rest = argv + optind;
    ret->rest_count = (size_t)(argc - optind);
    if (ret->rest_count && !ret->truth)
        fprintf(stderr, "fleet: addresses go with --truth alone\n");
    return !ret->rest_count || ret->truth;
}

void options_help(void)
{
    printf("usage: fleet [OPTIONS]\n       fleet --truth [OPTIONS] [ADDRESS|NETWORK/BITS]...\n\n"
           "Plays recorded mail servers, one for each address of 127.0.0.0/8.\n\n");
    for (size_t i = 0; i < ROWS; i++)
        printf("  %c%c%c --%-12s %-6s %s\n", rows[i].letter ? '-' : ' ',
               rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ', rows[i].name,
               rows[i].argument ? rows[i].argument : "", rows[i].help);
    printf("\nOddities, at most one for each address:\n");
    for (unsigned i = DRAW_NONE + 1; i < DRAW_ODDITY__COUNT; i++)
        printf("  %-10s %s\n", draw_oddity_name((enum draw_oddity)i),
               draw_oddity_about((enum draw_oddity)i));
}

/* ---- weights ---- */

static bool read_weights(const char *path, const struct cast *c, double *weights)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t room = 0, number = 0;
    bool is_well = f != NULL;
    for (ssize_t n; is_well && (n = getline(&line, &room, f)) > 0;) {
        struct octets name = octets_trim((struct octets){(const uint8_t *)line, (size_t)n});
        struct octets weight = octets_take_word(&name);
        size_t i = 0;
        number++;
        while (i < c->product_count && !octets_is_equal(name, c->products[i].name))
            i++;
        is_well = i < c->product_count && to_number(weight, 1e9, &weights[i]);
    }
    if (!is_well)
        fprintf(stderr, "fleet: --weights: %s:%zu: cannot be read, or is no WEIGHT PRODUCT\n", path,
                number);
    free(line);
    if (f)
        (void)fclose(f);
    return is_well;
}

bool options_weigh(const struct options *o, struct cast *c, struct draw_rules *ret)
{
    *ret = o->rules;
    ret->weights = arena_alloc_array(&c->arena, c->product_count, sizeof *ret->weights);
    if (!ret->weights)
        return false;
    for (size_t i = 0; i < c->product_count; i++)
        ret->weights[i] = o->weights ? 0 : 1;
    if (o->weights && !read_weights(o->weights, c, ret->weights))
        return false;
    for (size_t i = 1; i < c->product_count; i++)
        ret->weights[i] += ret->weights[i - 1];
    if (ret->weights[c->product_count - 1] > 0)
        return true;
    fprintf(stderr, "fleet: --weights: nothing is left\n");
    return false;
}
