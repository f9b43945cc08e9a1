/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../facts/facts.h"
#include "../smtp/pattern.h"
#include "../smtp/stanza.h"

/*
 * Texts by which products are known, among them servers that nobody can install to record a
 * specimen.  What a text says of its server is a claim, never proof.  Read from data/signatures
 * (docs/identification.md) or, in another form, by recog.h; read-only once all are read, but for
 * expressions that are compiled when they are first needed.
 */

/* Where a text is looked at.  From HELP on the name is also the first word of the stimuli whose
 * replies are meant. */
#define SIGNATURE_PLACE_MAP(X) \
    X(GREETING, "greeting") \
    X(ERROR, "error") \
    X(EHLO, "ehlo") \
    X(QUIT, "quit") \
    X(HELP, "help") \
    X(NOOP, "noop") \
    X(RSET, "rset") \
    X(VRFY, "vrfy") \
    X(EXPN, "expn") \
    X(MAIL, "mail") \
    X(RCPT, "rcpt")

#define X(id, name) SIGNATURE_##id,
enum signature_place { SIGNATURE_PLACE_MAP(X) SIGNATURE_PLACE__COUNT };
#undef X

enum signature_role { SIGNATURE_SOFTWARE, SIGNATURE_FRONT };

struct signature {
    struct octets product;
    uint32_t places; /* set of 1 << enum signature_place */
    enum signature_role role;
    struct stanza_values runs; /* products whose behaviour does not contradict this text */
    struct octets pattern, literal;
    struct smtp_regex *regex; /* NULL: not compiled yet */
    struct stanza_values examples, counters, sources;
    struct octets seen;     /* years, as written */
    const char *path;       /* where it stands */
    unsigned line;          /* of its first key */
    unsigned pattern_line;  /* 0: it has no pattern yet */
    uint32_t version_group; /* 0: the group named "version" */
    bool is_nocase;
    bool has_code;    /* the pattern is written for lines with their code */
    bool is_unproven; /* its product is of another vocabulary than ours: it contradicts nothing */
    bool is_broken;   /* its pattern does not compile */
};

/* What is looked at before a signature itself: two octets side by side that every match holds, as
 * first * 256 + second; 0 when none are known. */
struct signature_probe {
    uint32_t places;
    uint16_t pair;
};

struct signatures {
    struct arena *arena;
    struct smtp_regex_set *regexes;
    struct signature *items; /* in the order in which they are tried */
    size_t count, room;
    struct signature_probe *probes; /* one each */
    size_t probe_room;
};

/* Both must outlive what is read into *s. */
void signatures_init(struct signatures *s, struct arena *a, struct smtp_regex_set *regexes);

/* Reads one file and appends its signatures; borrows all of *f.  Expressions and examples are left
 * to signatures_verify. */
MUST_CHECK enum err signatures_load(struct signatures *s, const struct bundle_file *f,
                                    struct dialogue_problem *ret_problem);
/* Appends one that is complete but for its literal. */
MUST_CHECK enum err signatures_add(struct signatures *s, const struct signature *one);

/* Compiles every expression, holds it against its examples and counters, and sees to it that no
 * example is another product's by the order of the signatures.  ERR_SYNTAX with
 * *ret_path and *ret_problem set. */
MUST_CHECK enum err signatures_verify(struct signatures *s, const char **ret_path,
                                      struct dialogue_problem *ret_problem);

/* A signature that matched.  Octets are borrowed from the visit. */
struct signature_hit {
    const struct signature *signature;
    struct octets line, version; /* the line without its code; version may be none */
    const char *ask;             /* "greeting", "ehlo", "ehlo-tls", "helo", "quit", "starttls",
                                    "cut", or the stimulus */
};

/* Of each line that the visit heard, the first signature that matches; a signature counts once.
 * The greeting's come first, in the order of its lines.  How many there are, at most `max`. */
size_t signature_find(const struct signatures *s, const struct facts_visit *v,
                      struct signature_hit *ret, size_t max);

/* Whether a line matches; *ret_version is set then, and none when no version is named. */
bool signature_matches(const struct signatures *s, struct signature *one, struct octets line,
                       struct octets *ret_version);

/* Whether the text would be expected of a server that is found to be `product`: it says so, names
 * its family ("Dovecot" is true of "Dovecot LMTP"), runs it, or comes from what stands in front. */
bool signature_is_true_of(const struct signature *s, struct octets product);

/* Whether a product has a signature; ignores case, and *ret gets our spelling. */
bool signatures_name(const struct signatures *s, struct octets product, struct octets *ret);
const char *signature_place_name(enum signature_place place);
/* The place of that name; __COUNT when there is none. */
enum signature_place signature_place_of(struct octets name);
