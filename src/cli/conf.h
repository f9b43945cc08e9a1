/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * The text of a configuration file: a `name = value` a line, where a '#' at the start or behind a
 * blank begins a comment.  Which names there are is not known here.
 */
struct conf {
    struct octets rest;
    unsigned line;       /* of what was read last; 0: nothing was */
    const char *problem; /* NULL: none so far */
};

/* Borrows the text. */
void conf_init(struct conf *c, struct octets text);
/* The next setting, neither part of it empty, blanks around both cut off.  False at the end of the
 * text, and at a line that is none, of which `problem` says why. */
bool conf_next(struct conf *c, struct octets *ret_name, struct octets *ret_value);
