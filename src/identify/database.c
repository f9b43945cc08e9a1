/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include "../smtp/reply.h"
#include "database_parts.h"

#define DATABASE_OCTETS_MAX ((size_t)256 * 1024 * 1024)

static const char *const pseudo_names[IDENTIFY_PSEUDO__COUNT] = {
#define X(id, name) name,
    IDENTIFY_PSEUDO_MAP(X)
#undef X
};

const struct smtp_program *identify_stimulus(const struct identify_database *db, struct octets name)
{
    for (size_t i = IDENTIFY_PSEUDO__COUNT; i < db->question_count; i++)
        if (octets_is_equal(octets_of(db->questions[i].name), name))
            return db->questions[i].program;
    return NULL;
}

const struct dialogue *identify_stimulus_source(void *database, struct octets name)
{
    const struct smtp_program *p = identify_stimulus(database, name);
    return p ? p->source : NULL;
}

static const struct reaction *section(const struct specimen *s, const char *ask)
{
    for (size_t i = 0; i < s->section_count; i++)
        if (octets_is_equal(s->sections[i].ask, octets_of(ask)))
            return &s->sections[i].reaction;
    return NULL;
}

void identify_keys(const struct identify_database *db, const struct specimen *s,
                   reaction_number *number, void *table, struct reaction_keys *ret)
{
    const struct reaction *plain = section(s, "ehlo"), *tls = section(s, "ehlo-tls");
    /* Where TLS comes first there is no plain EHLO: the one under TLS stands for both. */
    const struct reaction *hello = plain ? plain : tls;
    memset(ret, 0, db->question_count * sizeof *ret);
    if (hello) {
        reaction_keys_hello(hello, number, table, &ret[IDENTIFY_HELLO]);
        reaction_keys_keywords(hello, number, table, &ret[IDENTIFY_KEYWORDS]);
    }
    if (plain && tls)
        reaction_keys_change(plain, tls, number, table, &ret[IDENTIFY_TLS_CHANGE]);
    for (size_t i = 0; i < db->question_count; i++) {
        const struct reaction *r = section(s, db->questions[i].name);
        if (r)
            reaction_keys(r, number, table, &ret[i]);
    }
}

/* ---- loading ---- */

static uint32_t add_text(void *table, struct octets text)
{
    return intern_add(table, text);
}

static bool is_under(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

static size_t count_under(const struct bundle *files, const char *folder)
{
    size_t n = 0;
    for (size_t i = 0; i < files->count; i++)
        n += is_under(files->files[i].path, folder);
    return n;
}

static enum err load_stimulus(struct identify_database *db, const struct bundle_file *f,
                              struct dialogue_problem *problem)
{
    struct smtp_program *programs;
    size_t count;
    struct dialogue *d = arena_alloc(&db->arena, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    enum err e = dialogue_parse(f->text, &db->arena, d, problem);
    if (!e && d->kind != DIALOGUE_STIMULUS)
        e = dialogue_problem_set(problem, 1, "not a stimulus", OCTETS_NONE);
    if (!e)
        e = smtp_program_compile(d, &db->arena, &db->regexes, &programs, &count, problem);
    if (!e)
        db->questions[db->question_count++] =
            (struct identify_question){.name = programs->name, .program = programs};
    return e;
}

static void count_errors(const struct identify_database *db, struct identify_specimen *s)
{
    for (size_t q = IDENTIFY_PSEUDO__COUNT; q < db->question_count; q++) {
        const struct reaction *r = section(&s->about, db->questions[q].name);
        for (size_t i = 0; r && i < r->reply_count; i++) {
            size_t first = i ? r->reply_ends[i - 1] : 0;
            uint16_t code = first < r->reply_ends[i] ? smtp_line_code(r->lines[first]) : 0;
            if (code >= 400 && code < 600 && s->errors[q] < UINT8_MAX)
                s->errors[q]++;
        }
    }
}

static enum err load_specimen(struct identify_database *db, const struct bundle_file *f,
                              struct dialogue_problem *problem)
{
    struct dialogue d;
    struct identify_specimen *s = &db->specimens[db->specimen_count];
    enum err e = dialogue_parse(f->text, &db->arena, &d, problem);
    if (!e)
        e = specimen_take(&d, &db->arena, &s->about, problem);
    if (e)
        return e;
    s->path = f->path;
    s->keys = arena_alloc_array(&db->arena, db->question_count, sizeof *s->keys);
    s->background = arena_alloc_array(&db->arena, db->question_count, sizeof *s->background);
    s->errors = arena_alloc(&db->arena, db->question_count);
    if (!s->keys || !s->background || !s->errors)
        return ERR_NOMEM;
    identify_keys(db, &s->about, add_text, &db->texts, s->keys);
    count_errors(db, s);
    db->specimen_count++;
    return ERR_OK;
}

static enum err load_signatures(struct identify_database *db, const struct bundle_file *f,
                                struct dialogue_problem *problem)
{
    return signatures_load(&db->signatures, f, problem);
}

static enum err load_providers(struct identify_database *db, const struct bundle_file *f,
                               struct dialogue_problem *problem)
{
    return providers_load(&db->providers, f, problem);
}

typedef enum err load(struct identify_database *db, const struct bundle_file *f,
                      struct dialogue_problem *problem);

/* A copy that lives as long as the database. */
static bool keep_file(struct identify_database *db, struct bundle_file *f)
{
    f->path = arena_copy_text(&db->arena, octets_of(f->path));
    return f->path && arena_copy(&db->arena, f->text, &f->text);
}

static enum err load_folder(struct identify_database *db, const struct bundle *files,
                            const char *folder, load *one, const char **ret_path,
                            struct dialogue_problem *problem)
{
    for (size_t i = 0; i < files->count; i++) {
        if (!is_under(files->files[i].path, folder))
            continue;
        struct bundle_file f = files->files[i];
        if (files->is_temporary && !keep_file(db, &f))
            return ERR_NOMEM;
        enum err e = one(db, &f, problem);
        if (e) {
            *ret_path = files->files[i].path;
            return e;
        }
    }
    return ERR_OK;
}

static enum err make_room(struct identify_database *db, const struct bundle *files)
{
    size_t questions = IDENTIFY_PSEUDO__COUNT + count_under(files, "stimuli/");
    db->questions = arena_alloc_array(&db->arena, questions, sizeof *db->questions);
    db->specimens =
        arena_alloc_array(&db->arena, count_under(files, "specimens/"), sizeof *db->specimens);
    if (!db->questions || !db->specimens)
        return ERR_NOMEM;
    for (size_t i = 0; i < IDENTIFY_PSEUDO__COUNT; i++)
        db->questions[db->question_count++].name = pseudo_names[i];
    return ERR_OK;
}

enum err identify_database_verify(struct identify_database *db, const char **ret_path,
                                  struct dialogue_problem *ret_problem)
{
    enum err e = signatures_verify(&db->signatures, ret_path, ret_problem);
    return e ? e : providers_verify(&db->providers, ret_path, ret_problem);
}

enum err identify_database_add_recog(struct identify_database *db, const struct bundle_file *f,
                                     struct recog_counts *counts,
                                     struct dialogue_problem *ret_problem)
{
    struct octets *names = arena_alloc_array(&db->arena, db->class_count, sizeof *names);
    if (!names)
        return ERR_NOMEM;
    for (size_t i = 0; i < db->class_count; i++)
        names[i] = db->classes[i].product;
    return recog_load(&db->signatures, &(struct recog_names){.at = names, .count = db->class_count},
                      f, counts, ret_problem);
}

/* The same path as the caller has it, which outlives the database. */
static const char *callers_path(const struct bundle *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->files[i].path, path) == 0)
            return files->files[i].path;
    return "data";
}

enum err identify_database_build(const struct bundle *files, struct identify_database **ret,
                                 const char **ret_path, struct dialogue_problem *ret_problem)
{
    struct identify_database *db = calloc(1, sizeof *db);
    *ret_path = "data";
    *ret_problem = (struct dialogue_problem){0};
    if (!db)
        return ERR_NOMEM;
    arena_init(&db->arena, DATABASE_OCTETS_MAX);
    intern_init(&db->texts, &db->arena);
    signatures_init(&db->signatures, &db->arena, &db->regexes);
    providers_init(&db->providers, &db->arena, &db->regexes);
    enum err e = make_room(db, files);
    if (!e)
        e = load_folder(db, files, "stimuli/", load_stimulus, ret_path, ret_problem);
    if (!e)
        e = load_folder(db, files, "signatures/", load_signatures, ret_path, ret_problem);
    if (!e)
        e = load_folder(db, files, "providers/", load_providers, ret_path, ret_problem);
    if (!e && files->is_temporary) { /* what is built in was verified by the tests */
        e = identify_database_verify(db, ret_path, ret_problem);
        *ret_path = callers_path(files, *ret_path);
    }
    if (!e)
        e = load_folder(db, files, "specimens/", load_specimen, ret_path, ret_problem);
    if (!e)
        e = identify_database_classes(db);
    if (!e)
        identify_database_weigh(db);
    if (e)
        identify_database_free(db);
    else
        *ret = db;
    return e;
}

void identify_database_free(struct identify_database *db)
{
    if (!db)
        return;
    smtp_regex_set_release(&db->regexes);
    arena_release(&db->arena);
    free(db);
}
