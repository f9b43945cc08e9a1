/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../smtp/program.h"
#include "provider.h"
#include "recog.h"
#include "signature.h"
#include "specimen.h"

/*
 * What we know: the questions, the specimens as keys, signatures and providers.  Built once from
 * the files of data/, read-only afterwards.
 */
#define IDENTIFY_PSEUDO_MAP(X) \
    X(GREETING, "greeting") \
    X(HELLO, "ehlo.hello") \
    X(KEYWORDS, "ehlo.keywords") \
    X(TLS_CHANGE, "ehlo.tls-change") \
    X(QUIT, "quit")

#define X(id, name) IDENTIFY_##id,
enum identify_pseudo { IDENTIFY_PSEUDO_MAP(X) IDENTIFY_PSEUDO__COUNT };
#undef X

/* How close a reaction is to a specimen's.  SIBLING: not its text, but that of another specimen of
 * the same class. */
#define IDENTIFY_LEVEL_MAP(X) X(TEXT) X(SIBLING) X(ENHANCED) X(CODE) X(CLASS) X(NONE)
#define X(id)                 IDENTIFY_LEVEL_##id,
enum identify_level { IDENTIFY_LEVEL_MAP(X) IDENTIFY_LEVEL__COUNT };
#undef X

struct identify_specimen {
    struct specimen about; /* its header; sections only while the database is built */
    const char *path;
    size_t class;                               /* index: product and front */
    struct reaction_keys *keys;                 /* for each question */
    uint8_t *errors;                            /* for each question: replies 4xx and 5xx it got */
    float (*background)[IDENTIFY_LEVEL__COUNT]; /* for each question: how often another class gives
                                                   such a level */
};

/* A product, and what stands in front of it if something does. */
struct identify_class {
    struct octets product, front;
    size_t *specimens; /* indices */
    size_t count;
};

/* A stimulus, or a part of the ordinary exchange (program is NULL). */
struct identify_question {
    const char *name;
    const struct smtp_program *program;
    float same[IDENTIFY_LEVEL__COUNT]; /* how often the same class, otherwise configured or of
                                          another version, gives such a level */
};

struct identify_database {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct intern texts;
    struct identify_question *questions; /* the pseudo-stimuli first, then stimuli by name */
    size_t question_count;
    struct identify_specimen *specimens;
    size_t specimen_count;
    struct identify_class *classes;
    size_t class_count;
    struct signatures signatures;
    struct providers providers;
};

/* On failure *ret_problem and *ret_path say where; nothing is to be freed. */
MUST_CHECK enum err identify_database_build(const struct bundle *files,
                                            struct identify_database **ret, const char **ret_path,
                                            struct dialogue_problem *ret_problem);
/* Compiles every expression of signatures and providers, and holds it against its examples.
 * database_build does so where the files are not those built in. */
MUST_CHECK enum err identify_database_verify(struct identify_database *db, const char **ret_path,
                                             struct dialogue_problem *ret_problem);
/* Appends a file of Recog to the signatures (recog.h); nothing of it is kept by reference. */
MUST_CHECK enum err identify_database_add_recog(struct identify_database *db,
                                                const struct bundle_file *f,
                                                struct recog_counts *counts,
                                                struct dialogue_problem *ret_problem);
void identify_database_free(struct identify_database *db);

/* The stimulus of that name, or NULL. */
const struct smtp_program *identify_stimulus(const struct identify_database *db,
                                             struct octets name);

/* The file of that stimulus, or NULL: what specimen_append asks for, with the database as owner. */
const struct dialogue *identify_stimulus_source(void *database, struct octets name);

/* How close `seen` is to a specimen's reaction to a question; NONE is a level too.  False when
 * either was not asked. */
bool identify_level_of(const struct identify_database *db, const struct identify_specimen *s,
                       size_t question, const struct reaction_keys *seen, enum identify_level *ret);

/* The keys of masked sections, for each question of the database.  `number` adds or finds. */
void identify_keys(const struct identify_database *db, const struct specimen *s,
                   reaction_number *number, void *table, struct reaction_keys *ret);
