/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../smtp/program.h"
#include "limits.h"
#include "model.h"
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
 * the same class.  CODE_ONLY: the same code, and no more is known of one of them. */
#define IDENTIFY_LEVEL_MAP(X) X(TEXT) X(SIBLING) X(ENHANCED) X(CODE) X(CLASS) X(NONE) X(CODE_ONLY)
#define X(id)                 IDENTIFY_LEVEL_##id,
enum identify_level { IDENTIFY_LEVEL_MAP(X) IDENTIFY_LEVEL__COUNT };
#undef X

/* How near a release comes to what was heard, by the nearest of its specimens.  REFUTED: it was
 * recorded in a configuration in which another release says just that. */
enum identify_near {
    IDENTIFY_NEAR_TEXT,
    IDENTIFY_NEAR_CODES,
    IDENTIFY_NEAR_NOT,
    IDENTIFY_NEAR_CODES_REFUTED,
    IDENTIFY_NEAR_NOT_REFUTED,
    IDENTIFY_NEAR__COUNT
};

#define IDENTIFY_WHOLE 20

struct identify_specimen {
    struct specimen about; /* as it was read */
    const char *path;
    size_t class;    /* index: product and front */
    size_t release;  /* number: class and version; alike for all configurations of it */
    uint32_t config; /* bit: its configuration, among those of its class */
    size_t known;    /* questions whose answer it holds; WHOLE or more: it was recorded by us */
};

/* A product, and what stands in front of it if something does. */
struct identify_class {
    struct octets product, front;
    size_t product_number; /* alike for all classes of the product */
    double prior;          /* all classes' add up to 1 */
    uint32_t *specimens;   /* indices */
    uint32_t *releases;    /* of each of them */
    size_t count;
};

/* Specimens of one class that say the same to a question; `evidence`: the nats that each level of
 * likeness to it is worth. */
struct identify_voice {
    uint32_t class;
    struct reaction_keys keys;
    float evidence[IDENTIFY_LEVEL__COUNT];
};

#define IDENTIFY_SILENT UINT32_MAX

/* A stimulus, or a part of the ordinary exchange (program is NULL), with what each specimen says
 * to it and what that is worth. */
struct identify_question {
    const char *name;
    const struct smtp_program *program;
    uint32_t commands;             /* lines that it takes, way there and back included */
    struct reaction_keys *keys;    /* for each specimen; text 0: not known */
    uint8_t *errors;               /* for each specimen: replies 4xx and 5xx */
    uint32_t *voice_of;            /* for each specimen: its voice, or SILENT */
    struct identify_voice *voices; /* those of a class side by side */
    size_t voice_count;
    float same[IDENTIFY_LEVEL__COUNT];      /* how often the same class, otherwise configured or of
                                          another version, gives such a level */
    float (*release)[IDENTIFY_NEAR__COUNT]; /* for each class: nats for a release of it that comes
                                               so near */
    bool *hangs_up;      /* for each specimen: the connection does not outlive the question */
    float entropy, risk; /* over all specimens alike: bits of the answer, errors to expect */
    float hang_up_risk;  /* the share of them that hang up */
};

struct identify_database {
    struct arena arena;
    struct smtp_regex_set regexes;
    struct intern texts;
    struct reaction_keys *keys_of_text; /* by number of a text, where it was seen as a whole one */
    size_t keys_room;
    struct identify_question *questions; /* the pseudo-stimuli first, then stimuli by name */
    size_t question_count;
    struct identify_specimen *specimens;
    size_t specimen_count;
    struct identify_class *classes;
    size_t class_count, product_count, release_count;
    struct identify_model model;
    struct identify_limits limits;
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

/* The question of that name, or the count of questions.  Stimuli are sorted by name. */
size_t identify_question_of(const struct identify_database *db, struct octets name);

/* The stimulus of that name, or NULL. */
const struct smtp_program *identify_stimulus(const struct identify_database *db,
                                             struct octets name);

/* The file of that stimulus, or NULL: what specimen_append asks for, with the database as owner. */
const struct dialogue *identify_stimulus_source(void *database, struct octets name);

/* How close one reaction is to another, `is_sibling` saying whether its class gives that text. */
enum identify_level identify_level_of(const struct reaction_keys *own,
                                      const struct reaction_keys *seen, bool is_sibling);
enum identify_near identify_near_of(const struct reaction_keys *a, const struct reaction_keys *b);
/* The same of a release that was recorded in the configurations `own`, of its class's that say what
 * was heard. */
enum identify_near identify_near_refuted(enum identify_near near, uint32_t own, uint32_t says);

/* Counts the weights anew as if the marked specimens were not known (one flag each; NULL: all are
 * known).  What a database is built with; measuring does it again. */
MUST_CHECK enum err identify_database_weigh(struct identify_database *db, const bool *excluded);

/* The keys of the two EHLO replies, where they were seen (else NULL), at their pseudo-stimuli. */
void identify_keys_hello(const struct reaction *plain, const struct reaction *tls,
                         reaction_number *number, void *table,
                         struct reaction_keys ret[IDENTIFY_PSEUDO__COUNT]);

/* The keys of masked sections, for each question of the database.  `number` adds or finds. */
void identify_keys(const struct identify_database *db, const struct specimen *s,
                   reaction_number *number, void *table, struct reaction_keys *ret);
