/* SPDX-License-Identifier: Apache-2.0 */
#include "provider.h"

#include "../smtp/reply.h"
#include "literal.h"

static const char *const by_names[PROVIDER_BY__COUNT] = {
#define X(id, name) name,
    PROVIDER_BY_MAP(X)
#undef X
};

const char *provider_by_name(enum provider_by by)
{
    return by_names[by];
}

void providers_init(struct providers *p, struct arena *a, struct smtp_regex_set *regexes)
{
    *p = (struct providers){.arena = a, .regexes = regexes};
}

/* ---- reading ---- */

/* A host name, or a dot and what all names end with. */
static enum err take_name(void *record, struct arena *a, const struct stanza_key *key,
                          const struct stanza_line *line, struct dialogue_problem *problem)
{
    for (size_t i = 0; i < line->value.size; i++)
        if (!octet_is_alpha(line->value.at[i]) && !octet_is_digit(line->value.at[i]) &&
            !memchr(".-_*", line->value.at[i], 4))
            return dialogue_problem_set(problem, line->number, "no host name", line->value);
    return stanza_take_values(record, a, key, line, problem);
}

/*
 * Which pairs of octets stand side by side, each as one of 64 bits.  A line that lacks a bit of the
 * literal's lacks the literal, and of a hundred providers that leaves one or two to look for.
 */
static uint64_t pairs_of(struct octets text)
{
    uint64_t pairs = 0;
    for (size_t i = 0; i + 1 < text.size; i++)
        pairs |= 1ull << ((text.at[i] * 7u + text.at[i + 1]) & 63);
    return pairs;
}

static enum err take_greeting(void *record, struct arena *a, const struct stanza_key *key,
                              const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct provider *one = record;
    void *at = one->greetings;
    struct provider_regex r = {.line = line->number};
    (void)key;
    enum err e = stanza_regex(line, &r.pattern, problem);
    if (e)
        return e;
    if (!arena_grow(a, &at, one->greeting_count, &one->greeting_room, sizeof r))
        return ERR_NOMEM;
    r.literal = literal_of(r.pattern, a);
    r.pairs = pairs_of(r.literal);
    one->greetings = at;
    one->greetings[one->greeting_count++] = r;
    return ERR_OK;
}

#define FIELD(name) offsetof(struct provider, name)
static const struct stanza_key keys[] = {
    {"provider", STANZA_MAY, stanza_take_text, FIELD(name)},
    {"about", STANZA_MAY, stanza_take_text, FIELD(about)},
    {"mx", STANZA_MAY, take_name, FIELD(mx)},
    {"certificate", STANZA_MAY, take_name, FIELD(certificates)},
    {"greeting", STANZA_MAY, take_greeting, 0},
    {"example", STANZA_MAY, stanza_take_values, FIELD(examples)},
    {"counter", STANZA_MAY, stanza_take_values, FIELD(counters)},
    {"runs", STANZA_MAY, stanza_take_values, FIELD(runs)},
    {"product", STANZA_MAY, stanza_take_text, FIELD(product)},
    {"source", STANZA_MUST, stanza_take_values, FIELD(sources)},
    {"seen", STANZA_MAY, stanza_take_text, FIELD(seen)},
    {0},
};

/* All bits for one without an expression: no line has them. */
static uint64_t pairs_of_all(const struct provider *one)
{
    uint64_t pairs = UINT64_MAX;
    for (size_t i = 0; i < one->greeting_count; i++)
        pairs &= one->greetings[i].pairs;
    return pairs;
}

static enum err add(struct providers *p, const struct provider *one,
                    struct dialogue_problem *problem)
{
    void *items = p->items, *pairs = p->pairs;
    const char *lacks = !one->mx.count && !one->certificates.count && !one->greeting_count
                            ? "is known by nothing: mx, certificate or greeting"
                        : one->greeting_count && !one->examples.count ? "lacks an example"
                        : one->examples.count && !one->greeting_count ? "lacks a greeting"
                                                                      : NULL;
    if (lacks)
        return dialogue_problem_set(problem, one->line, lacks, OCTETS_NONE);
    if (!arena_grow(p->arena, &items, p->count, &p->room, sizeof *one) ||
        !arena_grow(p->arena, &pairs, p->count, &p->pairs_room, sizeof *p->pairs))
        return ERR_NOMEM;
    p->items = items;
    p->pairs = pairs;
    p->pairs[p->count] = pairs_of_all(one);
    p->items[p->count++] = *one;
    return ERR_OK;
}

enum err providers_load(struct providers *p, const struct bundle_file *f,
                        struct dialogue_problem *ret_problem)
{
    struct stanza_reader r = {.rest = f->text};
    const struct stanza *stanza;
    enum err e = stanza_next(&r, p->arena, &stanza);
    while (!e && stanza) {
        struct provider one = {.path = f->path, .line = stanza->lines[0].number};
        e = stanza_fill(&one, p->arena, keys, stanza, ret_problem);
        if (!e)
            e = add(p, &one, ret_problem);
        if (!e)
            e = stanza_next(&r, p->arena, &stanza);
    }
    return e;
}

/* ---- matching ---- */

static enum err compile(const struct providers *p, struct provider_regex *r)
{
    return r->regex ? ERR_OK : smtp_regex_compile(p->regexes, r->pattern, &r->regex);
}

/* A line of a greeting without its code, and pairs_of it. */
struct greeting_line {
    struct octets text;
    uint64_t pairs;
};

static bool greets_so(const struct providers *p, const struct provider *one,
                      const struct greeting_line *line)
{
    for (size_t i = 0; line->text.size && i < one->greeting_count; i++) {
        struct provider_regex *r = &one->greetings[i];
        if ((r->pairs & ~line->pairs) ||
            (r->literal.size &&
             !memmem(line->text.at, line->text.size, r->literal.at, r->literal.size)))
            continue;
        if (!r->is_broken && compile(p, r))
            r->is_broken = true; /* also when memory is out: what cannot be run does not match */
        if (!r->is_broken && smtp_regex_matches(r->regex, line->text, NULL))
            return true;
    }
    return false;
}

static bool text_greets_so(const struct providers *p, const struct provider *one,
                           struct octets text)
{
    struct greeting_line line = {.text = text, .pairs = pairs_of(text)};
    return greets_so(p, one, &line);
}

static enum err verify(struct providers *p, struct provider *one, struct dialogue_problem *problem)
{
    for (size_t i = 0; i < one->greeting_count; i++) {
        enum err e = compile(p, &one->greetings[i]);
        if (e == ERR_SYNTAX)
            e = dialogue_problem_set(problem, one->greetings[i].line,
                                     "the regular expression does not compile",
                                     one->greetings[i].pattern);
        if (e)
            return e;
    }
    for (size_t i = 0; i < one->examples.count; i++)
        if (!text_greets_so(p, one, one->examples.at[i].text))
            return dialogue_problem_set(problem, one->examples.at[i].number,
                                        "the example does not match", one->examples.at[i].text);
    for (size_t i = 0; i < one->counters.count; i++)
        if (text_greets_so(p, one, one->counters.at[i].text))
            return dialogue_problem_set(problem, one->counters.at[i].number, "the counter matches",
                                        one->counters.at[i].text);
    return ERR_OK;
}

enum err providers_verify(struct providers *p, const char **ret_path,
                          struct dialogue_problem *ret_problem)
{
    for (size_t i = 0; i < p->count; i++) {
        enum err e = verify(p, &p->items[i], ret_problem);
        if (e) {
            *ret_path = p->items[i].path;
            return e;
        }
    }
    return ERR_OK;
}

bool provider_name_matches(struct octets pattern, struct octets name)
{
    if (name.size && name.at[name.size - 1] == '.')
        name.size--;
    if (pattern.size && pattern.at[0] == '.')
        return name.size > pattern.size && octets_has_suffix_nocase(name, pattern);
    return octets_is_equal_nocase(name, pattern);
}

static bool any_matches(const struct stanza_values *patterns, struct octets name)
{
    for (size_t i = 0; name.size && i < patterns->count; i++)
        if (provider_name_matches(patterns->at[i].text, name))
            return true;
    return false;
}

/* What a server says of itself, taken apart once for all providers. */
struct greeting {
    struct greeting_line lines[20]; /* of no honest greeting more is looked at */
    size_t count;
};

static void take_apart(const struct facts_reply *r, struct greeting *ret)
{
    size_t most = sizeof ret->lines / sizeof *ret->lines;
    ret->count = r->line_count < most ? r->line_count : most;
    for (size_t i = 0; i < ret->count; i++) {
        struct octets text = smtp_line_text(r->lines[i]);
        ret->lines[i] = (struct greeting_line){.text = text, .pairs = pairs_of(text)};
    }
}

static unsigned speaks_for(const struct providers *p, const struct provider *one,
                           const struct facts_visit *v, const struct greeting *greeting)
{
    unsigned by = 0;
    if (any_matches(&one->mx, v->host))
        by |= 1u << PROVIDER_BY_MX;
    const struct facts_certificate *leaf = v->tls.chain_count ? v->tls.chain : NULL;
    for (size_t i = 0; leaf && i < leaf->name_count; i++)
        if (any_matches(&one->certificates, leaf->names[i]))
            by |= 1u << PROVIDER_BY_CERTIFICATE;
    for (size_t i = 0; i < greeting->count; i++)
        if (greets_so(p, one, &greeting->lines[i]))
            by |= 1u << PROVIDER_BY_GREETING;
    return by;
}

struct search {
    const struct providers *providers;
    const struct facts_visit *visit;
    struct greeting greeting;
    struct provider_hit best; /* no provider: none yet */
};

static void look_at(struct search *s, const struct provider *one)
{
    struct provider_hit hit = {.provider = one,
                               .by = speaks_for(s->providers, one, s->visit, &s->greeting)};
    int count = __builtin_popcount(hit.by), most = __builtin_popcount(s->best.by);
    /* The lowest bit is the weightiest ground. */
    unsigned ground = hit.by & -hit.by, best = s->best.by & -s->best.by;
    bool is_first = ground == best && one < s->best.provider;
    if (count > most || (count && count == most && (ground < best || is_first)))
        s->best = hit;
}

/* Where only a greeting can speak, few providers are worth a closer look. */
static void look_by_greeting(struct search *s)
{
    const struct providers *p = s->providers;
    for (size_t n = 0; n < s->greeting.count; n++) {
        uint64_t lacks = ~s->greeting.lines[n].pairs;
        for (size_t i = 0; i < p->count; i++)
            if (!(p->pairs[i] & lacks))
                look_at(s, &p->items[i]);
    }
}

bool provider_find(const struct providers *p, const struct facts_visit *v, struct provider_hit *ret)
{
    struct search s = {.providers = p, .visit = v};
    if (!v->greeting.line_count && !v->tls.is_up)
        return false;
    take_apart(&v->greeting, &s.greeting);
    if (v->host.size || v->tls.chain_count)
        for (size_t i = 0; i < p->count; i++)
            look_at(&s, &p->items[i]);
    else
        look_by_greeting(&s);
    if (s.best.provider)
        *ret = s.best;
    return s.best.provider;
}
