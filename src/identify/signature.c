/* SPDX-License-Identifier: Apache-2.0 */
#include "signature.h"

#include "literal.h"

static const char *const places[SIGNATURE_PLACE__COUNT] = {
#define X(id, name) name,
    SIGNATURE_PLACE_MAP(X)
#undef X
};

const char *signature_place_name(enum signature_place place)
{
    return places[place];
}

enum signature_place signature_place_of(struct octets name)
{
    unsigned i = 0;
    while (i < SIGNATURE_PLACE__COUNT && !octets_is_equal(octets_of(places[i]), name))
        i++;
    return (enum signature_place)i;
}

void signatures_init(struct signatures *s, struct arena *a, struct smtp_regex_set *regexes)
{
    *s = (struct signatures){.arena = a, .regexes = regexes};
}

/* The pair of the literal that is least like everyday words. */
static uint16_t rarest_pair(struct octets literal)
{
    uint16_t pair = 0;
    int best = -1;
    for (size_t i = 0; i + 1 < literal.size; i++) {
        int rarity = 0;
        for (size_t k = i; k < i + 2; k++)
            rarity += octet_is_alpha(literal.at[k]) ? literal.at[k] < 'a' : literal.at[k] != ' ';
        if (rarity <= best)
            continue;
        best = rarity;
        pair = (uint16_t)(literal.at[i] << 8 | literal.at[i + 1]);
    }
    return pair;
}

enum err signatures_add(struct signatures *s, const struct signature *one)
{
    void *items = s->items, *probes = s->probes;
    if (!arena_grow(s->arena, &items, s->count, &s->room, sizeof *one) ||
        !arena_grow(s->arena, &probes, s->count, &s->probe_room, sizeof *s->probes))
        return ERR_NOMEM;
    s->items = items;
    s->probes = probes;
    struct signature *added = &s->items[s->count];
    *added = *one;
    if (!one->is_nocase)
        added->literal = literal_of(one->pattern, s->arena);
    s->probes[s->count++] =
        (struct signature_probe){.places = one->places, .pair = rarest_pair(added->literal)};
    return ERR_OK;
}

bool signatures_name(const struct signatures *s, struct octets product, struct octets *ret)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].is_unproven || !octets_is_equal_nocase(s->items[i].product, product))
            continue;
        *ret = s->items[i].product;
        return true;
    }
    return false;
}

bool signature_is_true_of(const struct signature *s, struct octets product)
{
    return s->role == SIGNATURE_FRONT || s->is_unproven || octets_has_prefix(product, s->product) ||
           stanza_values_has(&s->runs, product);
}

/* ---- reading ---- */

static enum err take_in(void *record, struct arena *a, const struct stanza_key *key,
                        const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct signature *one = record;
    (void)a;
    (void)key;
    for (struct octets rest = line->value; rest.size;) {
        struct octets word = octets_take_word(&rest);
        enum signature_place place = signature_place_of(word);
        if (place == SIGNATURE_PLACE__COUNT)
            return dialogue_problem_set(problem, line->number, "no place to look at", word);
        one->places |= 1u << place;
    }
    return ERR_OK;
}

static enum err take_match(void *record, struct arena *a, const struct stanza_key *key,
                           const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct signature *one = record;
    (void)a;
    (void)key;
    if (one->pattern_line)
        return dialogue_problem_set(problem, line->number, "stands twice", line->key);
    one->pattern_line = line->number;
    return stanza_regex(line, &one->pattern, problem);
}

static enum err take_role(void *record, struct arena *a, const struct stanza_key *key,
                          const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct signature *one = record;
    (void)a;
    (void)key;
    bool is_front = octets_is_equal(line->value, OCTETS("front"));
    if (!is_front && !octets_is_equal(line->value, OCTETS("software")))
        return dialogue_problem_set(problem, line->number, "a role is front or software, not",
                                    line->value);
    one->role = is_front ? SIGNATURE_FRONT : SIGNATURE_SOFTWARE;
    return ERR_OK;
}

#define FIELD(name) offsetof(struct signature, name)
static const struct stanza_key keys[] = {
    {"signature", STANZA_MAY, stanza_take_text, FIELD(product)},
    {"in", STANZA_MUST, take_in, 0},
    {"match", STANZA_MUST, take_match, 0},
    {"example", STANZA_MUST, stanza_take_values, FIELD(examples)},
    {"counter", STANZA_MAY, stanza_take_values, FIELD(counters)},
    {"source", STANZA_MUST, stanza_take_values, FIELD(sources)},
    {"seen", STANZA_MAY, stanza_take_text, FIELD(seen)},
    {"runs", STANZA_MAY, stanza_take_values, FIELD(runs)},
    {"role", STANZA_MAY, take_role, 0},
    {0},
};

enum err signatures_load(struct signatures *s, const struct bundle_file *f,
                         struct dialogue_problem *ret_problem)
{
    struct stanza_reader r = {.rest = f->text};
    const struct stanza *stanza;
    enum err e = stanza_next(&r, s->arena, &stanza);
    while (!e && stanza) {
        struct signature one = {.path = f->path, .line = stanza->lines[0].number};
        e = stanza_fill(&one, s->arena, keys, stanza, ret_problem);
        if (!e)
            e = signatures_add(s, &one);
        if (!e)
            e = stanza_next(&r, s->arena, &stanza);
    }
    return e;
}

/* ---- matching ---- */

static enum err compile(const struct signatures *s, struct signature *one)
{
    if (one->regex)
        return ERR_OK;
    return one->is_nocase ? smtp_regex_compile_nocase(s->regexes, one->pattern, &one->regex)
                          : smtp_regex_compile(s->regexes, one->pattern, &one->regex);
}

bool signature_matches(const struct signatures *s, struct signature *one, struct octets line,
                       struct octets *ret_version)
{
    if (one->is_broken || !line.size)
        return false;
    if (one->literal.size && !memmem(line.at, line.size, one->literal.at, one->literal.size))
        return false;
    if (compile(s, one)) {
        one->is_broken = true; /* also when memory is out: what cannot be run does not match */
        return false;
    }
    if (one->version_group)
        return smtp_regex_matches_numbered(one->regex, line, one->version_group, ret_version);
    return smtp_regex_matches_named(one->regex, line, "version", ret_version);
}

static enum err verify_values(const struct signatures *s, struct signature *one,
                              const struct stanza_values *values, bool expected,
                              struct dialogue_problem *problem)
{
    struct octets version;
    for (size_t i = 0; i < values->count; i++)
        if (signature_matches(s, one, values->at[i].text, &version) != expected)
            return dialogue_problem_set(problem, values->at[i].number,
                                        expected ? "the example does not match"
                                                 : "the counter matches",
                                        values->at[i].text);
    return ERR_OK;
}

/* The first match counts: an example that an earlier signature of another product takes, at a place
 * of both, would never be found. */
static enum err verify_order(const struct signatures *s, const struct signature *one,
                             struct dialogue_problem *problem)
{
    struct octets version;
    for (size_t i = 0; i < one->examples.count; i++)
        for (struct signature *other = s->items; other < one; other++)
            if ((other->places & one->places) && !octets_is_equal(other->product, one->product) &&
                signature_matches(s, other, one->examples.at[i].text, &version))
                return dialogue_problem_set(problem, one->examples.at[i].number,
                                            "the example is taken by an earlier signature",
                                            other->product);
    return ERR_OK;
}

enum err signatures_verify(struct signatures *s, const char **ret_path,
                           struct dialogue_problem *ret_problem)
{
    for (size_t i = 0; i < s->count; i++) {
        struct signature *one = &s->items[i];
        enum err e = compile(s, one);
        if (e == ERR_SYNTAX)
            e = dialogue_problem_set(ret_problem, one->pattern_line,
                                     "the regular expression does not compile", one->pattern);
        if (!e)
            e = verify_values(s, one, &one->examples, true, ret_problem);
        if (!e)
            e = verify_values(s, one, &one->counters, false, ret_problem);
        if (!e)
            e = verify_order(s, one, ret_problem);
        if (e) {
            *ret_path = one->path;
            return e;
        }
    }
    return ERR_OK;
}
