/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge.h"

#define KNOWLEDGE_OCTETS_MAX ((size_t)64 * 1024 * 1024)

static const char *const check_words[] = {"check", "title",  "severity",
                                          "means", "remedy", "source"};

const struct advisory_product *audit_product(const struct audit_knowledge *k, struct octets product)
{
    for (size_t i = 0; i < k->product_count; i++)
        if (advisory_product_is(&k->products[i], product))
            return &k->products[i];
    return NULL;
}

const struct audit_check *audit_check(const struct audit_knowledge *k, struct octets id)
{
    for (size_t i = 0; i < k->check_count; i++)
        if (octets_is_equal(k->checks[i].id, id))
            return &k->checks[i];
    return NULL;
}

static enum err add_product(struct audit_knowledge *k, const char *path, const struct stanza *s,
                            struct dialogue_problem *problem)
{
    void *at = k->products;
    if (!arena_grow(&k->arena, &at, k->product_count, &k->product_room, sizeof *k->products))
        return ERR_NOMEM;
    k->products = at;
    for (size_t i = 0; i < s->count; i++)
        if (octets_is_equal(s->rows[i].key, OCTETS("product")) &&
            audit_product(k, s->rows[i].value))
            return dialogue_problem_set(problem, s->rows[i].line,
                                        "has a stanza already:", s->rows[i].value);
    enum err e = advisory_product_take(s, &k->products[k->product_count], problem);
    if (e)
        return e;
    k->products[k->product_count++].path = path;
    return ERR_OK;
}

static enum err add_advisory(struct audit_knowledge *k, struct advisory_product *p,
                             const struct stanza *s, struct dialogue_problem *problem)
{
    struct advisory v;
    enum err e = advisory_take(s, &k->arena, &v, problem);
    if (e)
        return e;
    for (size_t i = 0; i < p->advisory_count; i++)
        if (octets_is_equal(p->advisories[i].id, v.id))
            return dialogue_problem_set(problem, s->rows[0].line, "stands here twice:", v.id);
    size_t from = 0;
    for (struct octets only; (only = stanza_value(s, "only", &from)).size;)
        if (!advisory_product_is(p, only))
            return dialogue_problem_set(problem, s->rows[0].line,
                                        "only: no product of this stanza:", only);
    void *at = p->advisories;
    if (!arena_grow(&k->arena, &at, p->advisory_count, &p->advisory_room, sizeof v))
        return ERR_NOMEM;
    p->advisories = at;
    p->advisories[p->advisory_count++] = v;
    return ERR_OK;
}

/* A stanza of data/advisories: what is not a product is about the last one before it in the file. */
static enum err add_published(struct audit_knowledge *k, const char *path, const struct stanza *s,
                              struct dialogue_problem *problem)
{
    struct octets kind = s->rows[0].key;
    if (octets_is_equal(kind, OCTETS("product")))
        return add_product(k, path, s, problem);
    struct advisory_product *p = k->product_count ? &k->products[k->product_count - 1] : NULL;
    if (!p || p->path != path)
        return dialogue_problem_set(problem, s->rows[0].line,
                                    "a file begins with a stanza of its product, not", kind);
    if (octets_is_equal(kind, OCTETS("advisory")))
        return add_advisory(k, p, s, problem);
    if (octets_is_equal(kind, OCTETS("eol")))
        return advisory_series_take(s, &k->arena, p, problem);
    return dialogue_problem_set(problem, s->rows[0].line,
                                "a stanza is a product, an advisory or eol, not", kind);
}

/* A stanza of data/checks. */
static enum err add_check(struct audit_knowledge *k, const struct stanza *s,
                          struct dialogue_problem *problem)
{
    struct audit_check c = {.id = stanza_value(s, "check", NULL),
                            .title = stanza_value(s, "title", NULL),
                            .severity = finding_severity_of(stanza_value(s, "severity", NULL)),
                            .rows = *s};
    for (size_t w = 0; w < sizeof check_words / sizeof *check_words; w++)
        if (!stanza_value(s, check_words[w], NULL).size)
            return dialogue_problem_set(problem, s->rows[0].line, "the stanza lacks",
                                        octets_of(check_words[w]));
    for (size_t i = 0; i < s->count; i++) {
        size_t w = 0;
        while (w < sizeof check_words / sizeof *check_words &&
               !octets_is_equal(s->rows[i].key, octets_of(check_words[w])))
            w++;
        if (w == sizeof check_words / sizeof *check_words)
            return dialogue_problem_set(problem, s->rows[i].line, "unknown word in this stanza",
                                        s->rows[i].key);
    }
    if (c.severity == FINDING_SEVERITY__COUNT)
        return dialogue_problem_set(problem, s->rows[0].line,
                                    "no such severity:", stanza_value(s, "severity", NULL));
    if (audit_check(k, c.id))
        return dialogue_problem_set(problem, s->rows[0].line, "stands here twice:", c.id);
    void *at = k->checks;
    if (!arena_grow(&k->arena, &at, k->check_count, &k->check_room, sizeof c))
        return ERR_NOMEM;
    k->checks = at;
    k->checks[k->check_count++] = c;
    return ERR_OK;
}

static enum err load_file(struct audit_knowledge *k, const struct bundle_file *f, bool is_checks,
                          struct dialogue_problem *problem)
{
    struct stanza_reader r = {.rest = f->text};
    struct stanza s;
    enum err e = stanza_next(&r, &k->arena, &s);
    while (!e && s.count) {
        e = is_checks ? add_check(k, &s, problem) : add_published(k, f->path, &s, problem);
        if (!e)
            e = stanza_next(&r, &k->arena, &s);
    }
    return e;
}

/* A copy that lives as long as what is read from it. */
static bool keep_file(struct audit_knowledge *k, struct bundle_file *f)
{
    f->path = arena_copy_text(&k->arena, octets_of(f->path));
    return f->path && arena_copy(&k->arena, f->text, &f->text);
}

static bool is_of(const char *path, const char *folder)
{
    return octets_has_prefix(octets_of(path), octets_of(folder)) &&
           octets_has_suffix_nocase(octets_of(path), OCTETS(".txt"));
}

enum err audit_knowledge_build(const struct bundle *files, struct audit_knowledge **ret,
                               const char **ret_path, struct dialogue_problem *ret_problem)
{
    struct audit_knowledge *k = calloc(1, sizeof *k);
    enum err e = ERR_OK;
    *ret_path = "data";
    *ret_problem = (struct dialogue_problem){0};
    if (!k)
        return ERR_NOMEM;
    arena_init(&k->arena, KNOWLEDGE_OCTETS_MAX);
    for (size_t i = 0; i < files->count && !e; i++) {
        struct bundle_file f = files->files[i];
        bool is_checks = is_of(f.path, "checks/");
        if (!is_checks && !is_of(f.path, "advisories/"))
            continue;
        *ret_path = f.path;
        if (files->is_temporary && !keep_file(k, &f))
            e = ERR_NOMEM;
        else
            e = load_file(k, &f, is_checks, ret_problem);
    }
    if (e)
        audit_knowledge_free(k);
    else
        *ret = k;
    return e;
}

void audit_knowledge_free(struct audit_knowledge *k)
{
    if (!k)
        return;
    arena_release(&k->arena);
    free(k);
}
