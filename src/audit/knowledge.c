/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge.h"

#include "dialogues.h"

#define KNOWLEDGE_OCTETS_MAX ((size_t)64 * 1024 * 1024)

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

struct finding *audit_finding(const struct audit_check *c, struct arena *a,
                              struct finding_list *list)
{
    struct finding *f = finding_add(list, a);
    if (f) {
        f->id = c->id;
        f->title = c->title;
        f->severity = c->severity;
    }
    return f;
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

/* A stanza of data/checks: a rule over facts. */
static enum err add_check(struct audit_knowledge *k, const struct stanza *s,
                          struct dialogue_problem *problem)
{
    struct audit_check c = {0};
    enum err e = audit_check_fill(k, s, &c, problem);
    return e ? e : audit_check_add(k, &c, s->lines[0].number, problem);
}

/* cause WORDS, when /REGEX/ of a reply's first line, its code included */
static enum err add_cause(struct audit_knowledge *k, const struct stanza *s,
                          struct dialogue_problem *problem)
{
    struct smtp_regex *regex;
    struct octets pattern;
    void *at = k->causes;
    if (s->count != 2 || !octets_is_equal(s->lines[1].key, OCTETS("when")))
        return dialogue_problem_set(problem, s->lines[0].number, "a cause has one line: when",
                                    OCTETS_NONE);
    enum err e = stanza_regex(&s->lines[1], &pattern, problem);
    if (!e && (e = smtp_regex_compile_nocase(&k->regexes, pattern, &regex)) == ERR_SYNTAX)
        e = dialogue_problem_set(problem, s->lines[1].number, "no regular expression", pattern);
    if (e)
        return e;
    if (!arena_grow(&k->arena, &at, k->cause_count, &k->cause_room, sizeof *k->causes))
        return ERR_NOMEM;
    k->causes = at;
    k->causes[k->cause_count++] = (struct audit_cause){regex, s->lines[0].value};
    return ERR_OK;
}

static enum err load_file(struct audit_knowledge *k, const struct bundle_file *f, bool is_checks,
                          struct dialogue_problem *problem)
{
    struct stanza_reader r = {.rest = f->text};
    const struct stanza *s;
    enum err e = stanza_next(&r, &k->arena, &s);
    while (!e && s) {
        bool is_cause = octets_is_equal(s->lines[0].key, OCTETS("cause"));
        e = !is_checks ? add_published(k, f->path, s, problem)
            : is_cause ? add_cause(k, s, problem)
                       : add_check(k, s, problem);
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

static bool is_of(const char *path, const char *folder, const char *suffix)
{
    return octets_has_prefix(octets_of(path), octets_of(folder)) &&
           octets_has_suffix_nocase(octets_of(path), octets_of(suffix));
}

static enum err add_file(struct audit_knowledge *k, struct bundle_file f, bool is_temporary,
                         struct dialogue_problem *problem)
{
    if (is_temporary && !keep_file(k, &f))
        return ERR_NOMEM;
    if (octets_has_suffix_nocase(octets_of(f.path), OCTETS(".smtp")))
        return audit_dialogue_add(k, f.text, problem);
    return load_file(k, &f, is_of(f.path, "checks/", ".txt"), problem);
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
    arena_init_large(&k->arena, KNOWLEDGE_OCTETS_MAX);
    for (size_t i = 0; i < files->count && !e; i++) {
        const char *path = files->files[i].path;
        if (!is_of(path, "checks/", ".txt") && !is_of(path, "checks/", ".smtp") &&
            !is_of(path, "advisories/", ".txt"))
            continue;
        *ret_path = path;
        e = add_file(k, files->files[i], files->is_temporary, ret_problem);
    }
    if (!e)
        e = audit_dialogues_order(k);
    if (e)
        audit_knowledge_free(k);
    else
        *ret = k;
    return e;
}

enum err audit_knowledge_add(struct audit_knowledge *k, const struct bundle *files,
                             const char **ret_path, struct dialogue_problem *ret_problem)
{
    enum err e = ERR_OK;
    *ret_problem = (struct dialogue_problem){0};
    for (size_t i = 0; i < files->count && !e; i++) {
        *ret_path = files->files[i].path;
        e = add_file(k, files->files[i], true, ret_problem);
    }
    return e ? e : audit_dialogues_order(k);
}

void audit_knowledge_free(struct audit_knowledge *k)
{
    if (!k)
        return;
    smtp_regex_set_release(&k->regexes);
    arena_release(&k->arena);
    free(k);
}
