/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/bundle.h"
#include "../facts/facts.h"
#include "../smtp/pattern.h"
#include "../smtp/stanza.h"

/*
 * Who runs a server, where that is a known provider: told by the name that DNS gave, the names in
 * the certificate, and the greeting.  It says nothing about the software.  Read from data/providers
 * (docs/identification.md); read-only once all are read, but for expressions that are compiled when
 * they are first needed.
 */
#define PROVIDER_BY_MAP(X) \
    X(MX, "mx") \
    X(CERTIFICATE, "certificate") \
    X(GREETING, "greeting")

#define X(id, name) PROVIDER_BY_##id,
enum provider_by { PROVIDER_BY_MAP(X) PROVIDER_BY__COUNT };
#undef X

struct provider_regex {
    struct octets pattern, literal;
    uint64_t pairs;           /* of the literal: see pairs_of */
    struct smtp_regex *regex; /* NULL: not compiled yet */
    unsigned line;
    bool is_broken;
};

struct provider {
    struct octets name, about, seen;
    struct octets product; /* the product that it is, when it is one of its own; else none */
    struct stanza_values mx, certificates, runs, examples, counters, sources;
    struct provider_regex *greetings;
    size_t greeting_count, greeting_room;
    const char *path;
    unsigned line;
};

struct providers {
    struct arena *arena;
    struct smtp_regex_set *regexes;
    struct provider *items;
    uint64_t *pairs; /* of each: what every line has that one of its expressions matches */
    size_t count, room, pairs_room;
};

/* Both must outlive what is read into *p. */
void providers_init(struct providers *p, struct arena *a, struct smtp_regex_set *regexes);

/* Reads one file and appends its providers; borrows all of *f.  Expressions and examples are left
 * to providers_verify. */
MUST_CHECK enum err providers_load(struct providers *p, const struct bundle_file *f,
                                   struct dialogue_problem *ret_problem);
/* Compiles every expression and holds examples and counters against them.  ERR_SYNTAX with
 * *ret_path and *ret_problem set. */
MUST_CHECK enum err providers_verify(struct providers *p, const char **ret_path,
                                     struct dialogue_problem *ret_problem);

struct provider_hit {
    const struct provider *provider;
    unsigned by; /* set of 1 << enum provider_by */
};

/* The provider that most of the three speak for; where they are as many, a name in DNS comes before
 * a certificate, and that before a greeting.  False when nothing does, or when nothing was heard of
 * the server. */
MUST_CHECK bool provider_find(const struct providers *p, const struct facts_visit *v,
                              struct provider_hit *ret);
const char *provider_by_name(enum provider_by by);

/* Whether a host name is `pattern`, or, where that begins with a dot, any name below it. */
bool provider_name_matches(struct octets pattern, struct octets name);
