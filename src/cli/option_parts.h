/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "options.h"

/*
 * The table of options, for what is made of it: the parser, --help, the completions, the
 * configuration file.
 */

/* Under which title --help shows an option.  General comes last there, and is what a row is that
 * says nothing. */
#define OPTION_GROUP_MAP(X) \
    X(GENERAL, "General") \
    X(TARGETS, "What to visit") \
    X(ASKING, "How far to ask") \
    X(MANNERS, "How fast, and who asks") \
    X(WATCH, "Again and again") \
    X(OUTPUT, "Output") \
    X(FINDINGS, "Findings") \
    X(DOMAIN, "The domain") \
    X(KNOWLEDGE, "Knowledge") \
    X(SPECIMEN, "The specimen") \
    X(CONSENT, "Consent")

#define X(id, title) OPTION_##id,
enum option_group { OPTION_GROUP_MAP(X) OPTION_GROUP__COUNT };
#undef X

/* Beside the group stands: */
#define OPTION_GROUP_MASK 0xffu
#define OPTION_COMMON     0x100u /* `smtpscan --help` shows it */
#define OPTION_ONCE       0x200u /* of one run: not for the configuration file */

struct option_row;
/* Takes the argument, a flag's being "yes" or "no"; false when it is not what the option accepts. */
typedef bool option_take(struct cli_options *o, const struct option_row *row, const char *argument);

struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* its name; NULL: a flag */
    unsigned commands;    /* a bit for each: 1u << CLI_SCAN... */
    option_take *take;
    size_t offset;       /* of the field, for takers that are not special */
    const char *accepts; /* for the message when the argument is wrong; "a|b": one of these words */
    const char *help;
    unsigned group; /* and the bits above */
};

/* An option with its argument, as it was given. */
struct option_setting {
    const struct option_row *row;
    const char *value; /* of a flag: yes or no */
    unsigned line;     /* of the configuration file */
};

struct option_table {
    const struct option_row *rows;
    size_t count;
};

struct option_table option_table(void);
bool option_is_of(const struct option_row *row, enum cli_command command);
/* The row of this name that goes with the command, else any of this name; NULL when there is none. */
const struct option_row *option_named(struct octets name, enum cli_command command);
/* Whether `accepts` lists words, one of which it takes. */
bool option_is_choice(const struct option_row *row);

void options_default(struct cli_options *ret);
/* Takes the value.  False when the option does not accept it: a line on stderr said so. */
MUST_CHECK bool option_apply(struct cli_options *o, const struct option_row *row,
                             const char *value);
/* Reads the configuration file, `named` or found, if there is one, and takes what it sets.  False: a
 * line on stderr said what is wrong, and where. */
MUST_CHECK bool conf_file_apply(struct cli_options *o, const char *named);
/* From now on a complaint of a value that these options have from their file says where there. */
void cli_complain_of_settings(const struct cli_options *o);

/* The command of this name; false when there is none. */
bool command_named(const char *word, enum cli_command *ret);
const char *command_name(enum cli_command c);
const char *command_about(enum cli_command c);
