/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge.h"

#define KNOWLEDGE_OCTETS_MAX ((size_t)64 * 1024 * 1024)

#define FIELD(name) offsetof(struct audit_check, name)
static const struct stanza_key check_keys[] = {
    {"check", STANZA_MAY, stanza_take_text, FIELD(id)},
    {"title", STANZA_MUST, stanza_take_text, FIELD(title)},
    {"severity", STANZA_MUST, advisory_take_severity, FIELD(severity)},
    {"means", STANZA_MUST, stanza_take_values, FIELD(means)},
    {"remedy", STANZA_MUST, stanza_take_values, FIELD(remedy)},
    {"source", STANZA_MUST, stanza_take_values, FIELD(sources)},
    {0},
};

const struct advisory_product *audit_product(const struct audit_knowledge *k, struct octets product)
{
    for (size_t i = 0; i < k->product_count; i++)
        if (stanza_values_has(&k->products[i].names, product))
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
    struct advisory_product p;
    void *at = k->products;
    enum err e = advisory_product_take(s, &k->arena, &p, problem);
    for (size_t i = 0; !e && i < p.names.count; i++)
        if (audit_product(k, p.names.at[i].text))
            e = dialogue_problem_set(problem, p.names.at[i].number, "has a stanza already",
                                     p.names.at[i].text);
    if (e)
        return e;
    if (!arena_grow(&k->arena, &at, k->product_count, &k->product_room, sizeof p))
        return ERR_NOMEM;
    p.path = path;
    k->products = at;
    k->products[k->product_count++] = p;
    return ERR_OK;
}

static enum err add_advisory(struct audit_knowledge *k, struct advisory_product *p,
                             const struct stanza *s, struct dialogue_problem *problem)
{
    struct advisory v;
    void *at = p->advisories;
    enum err e = advisory_take(s, &k->arena, &v, problem);
    for (size_t i = 0; !e && i < p->advisory_count; i++)
        if (octets_is_equal(p->advisories[i].id, v.id))
            e = dialogue_problem_set(problem, s->lines[0].number, "stands twice", v.id);
    for (size_t i = 0; !e && i < v.only.count; i++)
        if (!stanza_values_has(&p->names, v.only.at[i].text))
            e = dialogue_problem_set(problem, v.only.at[i].number, "no product of this stanza",
                                     v.only.at[i].text);
    if (e)
        return e;
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
    struct octets kind = s->lines[0].key;
    if (octets_is_equal(kind, OCTETS("product")))
        return add_product(k, path, s, problem);
    struct advisory_product *p = k->product_count ? &k->products[k->product_count - 1] : NULL;
    if (!p || p->path != path)
        return dialogue_problem_set(problem, s->lines[0].number,
                                    "a file begins with a stanza of its product, not", kind);
    if (octets_is_equal(kind, OCTETS("advisory")))
        return add_advisory(k, p, s, problem);
    if (octets_is_equal(kind, OCTETS("eol")))
        return advisory_series_take(s, &k->arena, p, problem);
    return dialogue_problem_set(problem, s->lines[0].number,
                                "a stanza is a product, an advisory or eol, not", kind);
}

/* A stanza of data/checks. */
static enum err add_check(struct audit_knowledge *k, const struct stanza *s,
                          struct dialogue_problem *problem)
{
    struct audit_check c = {0};
    void *at = k->checks;
    enum err e = stanza_fill(&c, &k->arena, check_keys, s, problem);
    if (!e && audit_check(k, c.id))
        e = dialogue_problem_set(problem, s->lines[0].number, "stands twice", c.id);
    if (e)
        return e;
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
    const struct stanza *s;
    enum err e = stanza_next(&r, &k->arena, &s);
    while (!e && s) {
        e = is_checks ? add_check(k, s, problem) : add_published(k, f->path, s, problem);
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
