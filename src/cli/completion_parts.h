/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "option_parts.h"

/* What completions are written from, beside the table of options, and one writer for each shell. */

/* What an argument is, as far as a shell can help with it. */
enum completion_value {
    COMPLETION_FILES,
    COMPLETION_FOLDERS,
    COMPLETION_WORDS, /* one of some */
    COMPLETION_IDS,   /* of checks, parted by commas */
    COMPLETION_NAMES, /* that explain knows */
    COMPLETION_NOTHING
};

struct completion {
    struct buf *out;
    struct octets ids;   /* of all checks, parted by blanks */
    struct octets names; /* of checks and stimuli, the same */
};

/* Of an option that has an argument. */
enum completion_value completion_of_option(const struct option_row *row);
/* Of what stands behind a command; *ret_words is set for words, parted by '|'. */
enum completion_value completion_of_command(enum cli_command command, const char **ret_words);
/* Words parted by '|', with `between` between them. */
void completion_words(struct buf *out, const char *words, const char *between);

void completion_bash(const struct completion *c);
void completion_zsh(const struct completion *c);
void completion_fish(const struct completion *c);
