/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "draw.h"
#include "serve.h"

/* What the command line says. */
#define OPTIONS_WORKERS_MAX 64

struct options {
    struct draw_rules rules; /* without weights */
    uint16_t ports[SERVE_PORTS_MAX];
    size_t port_count;
    uint32_t workers;
    const char *only, *weights, *log;
    bool with_v6, awake, truth, help;
    char **rest; /* with --truth: addresses and networks */
    size_t rest_count;
};

/* False when something is wrong, which has been said. */
bool options_parse(struct options *ret, int argc, char **argv);
void options_help(void);

/* Sums up the products' weights: 1 each, or what the file says ("WEIGHT PRODUCT" a line; who is not
 * named has none).  False when something is wrong, which has been said. */
bool options_weigh(const struct options *o, struct cast *c, struct draw_rules *ret);
