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

size_t identify_question_of(const struct identify_database *db, struct octets name)
{
    size_t from = IDENTIFY_PSEUDO__COUNT, to = db->question_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = octets_compare(octets_of(db->questions[middle].name), name);
        if (order == 0)
            return middle;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    for (size_t q = 0; q < IDENTIFY_PSEUDO__COUNT; q++)
        if (octets_is_equal(octets_of(db->questions[q].name), name))
            return q;
    return db->question_count;
}

const struct smtp_program *identify_stimulus(const struct identify_database *db, struct octets name)
{
    size_t q = identify_question_of(db, name);
    return q < db->question_count ? db->questions[q].program : NULL;
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

void identify_keys_hello(const struct reaction *plain, const struct reaction *tls,
                         reaction_number *number, void *table,
                         struct reaction_keys ret[IDENTIFY_PSEUDO__COUNT])
{
    /* Where TLS comes first there is no plain EHLO: the one under TLS stands for both. */
    const struct reaction *hello = plain ? plain : tls;
    if (hello) {
        reaction_keys_hello(hello, number, table, &ret[IDENTIFY_HELLO]);
        reaction_keys_keywords(hello, number, table, &ret[IDENTIFY_KEYWORDS]);
    }
    if (plain && tls)
        reaction_keys_change(plain, tls, number, table, &ret[IDENTIFY_TLS_CHANGE]);
}

void identify_keys(const struct identify_database *db, const struct specimen *s,
                   reaction_number *number, void *table, struct reaction_keys *ret)
{
    memset(ret, 0, db->question_count * sizeof *ret);
    identify_keys_hello(section(s, "ehlo"), section(s, "ehlo-tls"), number, table, ret);
    for (size_t i = 0; i < s->section_count; i++) {
        size_t q = identify_question_of(db, s->sections[i].ask);
        if (q < db->question_count)
            reaction_keys(&s->sections[i].reaction, number, table, &ret[q]);
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

static uint32_t lines_of(const struct smtp_template *t)
{
    uint32_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        for (size_t at = 0; at < t->parts[i].text.size; at++)
            n += t->parts[i].text.at[at] == '\n' ? t->parts[i].times : 0;
    return n ? n : 1;
}

static uint32_t commands_of(const struct smtp_program *p)
{
    const struct smtp_template *text = &p->steps[0].text;
    bool says_hello = text->count && octets_find_nocase(text->parts[0].text, OCTETS("LO"), 0) == 2;
    /* MAIL before and RSET behind; or the RSET alone; or a proper EHLO anew. */
    uint32_t n = p->state == SMTP_STATE_MAIL                        ? 2
                 : p->class == SMTP_CLASS_TRANSACTION || says_hello ? 1
                                                                    : 0;
    for (size_t i = 0; i < p->step_count; i++)
        n += p->steps[i].op == SMTP_OP_SEND ? p->steps[i].repeat * lines_of(&p->steps[i].text) : 0;
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
        db->questions[db->question_count++] = (struct identify_question){
            .name = programs->name, .program = programs, .commands = commands_of(programs)};
    return e;
}

static uint8_t count_errors(const struct reaction *r)
{
    uint8_t n = 0;
    for (size_t i = 0; r && i < r->reply_count; i++) {
        size_t first = i ? r->reply_ends[i - 1] : 0;
        uint16_t code = first < r->reply_ends[i] ? smtp_line_code(r->lines[first]) : 0;
        n = (uint8_t)(n + (code >= 400 && code < 600 && n < UINT8_MAX));
    }
    return n;
}

/* A 221 is the end of a QUIT that was understood, and nobody's displeasure. */
static bool hangs_up(const struct reaction *r)
{
    uint16_t code = r->line_count ? smtp_line_code(r->lines[r->line_count - 1]) : 0;
    return r->ended != FACTS_ENDED_OPEN && code != 221;
}

/* Its keys.  Servers of a kind say the same: most reactions are some other's word for word, whose keys
 * are theirs. */
static enum err keys_of(struct identify_database *db, const struct reaction *r, struct buf *text,
                        struct reaction_keys *ret)
{
    buf_clear(text);
    reaction_append(text, r);
    size_t number = intern_add(&db->texts, buf_octets(text));
    while (db->keys_room <= number) {
        void *keys = db->keys_of_text;
        if (!arena_grow(&db->arena, &keys, db->keys_room, &db->keys_room, sizeof *ret))
            return ERR_NOMEM;
        db->keys_of_text = keys;
    }
    struct reaction_keys *known = &db->keys_of_text[number];
    if (!known->at[REACTION_TEXT])
        reaction_keys(r, add_text, &db->texts, known);
    *ret = *known;
    return ERR_OK;
}

/* Enters it in the columns of the questions. */
static enum err enter_specimen(struct identify_database *db, const struct specimen *s, size_t row)
{
    struct reaction_keys hello[IDENTIFY_PSEUDO__COUNT] = {0};
    struct buf text;
    enum err e = ERR_OK;
    buf_init(&text, REACTION_TEXT_MAX);
    identify_keys_hello(section(s, "ehlo"), section(s, "ehlo-tls"), add_text, &db->texts, hello);
    for (size_t q = 0; q < IDENTIFY_PSEUDO__COUNT; q++)
        db->questions[q].keys[row] = hello[q];
    for (size_t i = 0; i < s->section_count && !e; i++) {
        const struct reaction *r = &s->sections[i].reaction;
        size_t q = identify_question_of(db, s->sections[i].ask);
        if (q >= db->question_count)
            continue;
        e = keys_of(db, r, &text, &db->questions[q].keys[row]);
        if (q < IDENTIFY_PSEUDO__COUNT)
            continue;
        db->questions[q].errors[row] = count_errors(r);
        db->questions[q].hangs_up[row] = hangs_up(r);
    }
    for (size_t q = 0; q < db->question_count; q++)
        db->specimens[row].known += db->questions[q].keys[row].at[REACTION_TEXT] != 0;
    buf_release(&text);
    return e;
}

static enum err load_specimen(struct identify_database *db, const struct bundle_file *f,
                              struct dialogue_problem *problem)
{
    struct dialogue d;
    struct arena lines; /* of the dialogue: the specimen does without them */
    struct identify_specimen *s = &db->specimens[db->specimen_count];
    arena_init(&lines, DATABASE_OCTETS_MAX);
    enum err e = dialogue_parse(f->text, &lines, &d, problem);
    if (!e)
        e = specimen_take(&d, &db->arena, &s->about, problem);
    arena_release(&lines);
    if (e)
        return e;
    s->path = f->path;
    return enter_specimen(db, &s->about, db->specimen_count++);
}

static enum err load_model(struct identify_database *db, const struct bundle_file *f,
                           struct dialogue_problem *problem)
{
    return identify_model_read(f->text, &db->model, problem);
}

static enum err load_limits(struct identify_database *db, const struct bundle_file *f,
                            struct dialogue_problem *problem)
{
    return identify_limits_read(f->text, &db->limits, problem);
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

static int by_name(const void *a, const void *b)
{
    const struct identify_question *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Paths sort otherwise: "help-mail.smtp" before "help.smtp". */
static void sort_stimuli(struct identify_database *db)
{
    qsort(db->questions + IDENTIFY_PSEUDO__COUNT, db->question_count - IDENTIFY_PSEUDO__COUNT,
          sizeof *db->questions, by_name);
}

static enum err make_columns(struct identify_database *db, const struct bundle *files)
{
    size_t rows = count_under(files, "specimens/");
    for (size_t i = 0; i < db->question_count; i++) {
        struct identify_question *q = &db->questions[i];
        q->keys = arena_alloc_array(&db->arena, rows, sizeof *q->keys);
        q->errors = arena_alloc_array(&db->arena, rows, sizeof *q->errors);
        q->voice_of = arena_alloc_array(&db->arena, rows, sizeof *q->voice_of);
        q->release = arena_alloc_array(&db->arena, rows, sizeof *q->release);
        q->hangs_up = arena_alloc_array(&db->arena, rows, sizeof *q->hangs_up);
        if (!q->keys || !q->errors || !q->hangs_up || !q->voice_of || !q->release)
            return ERR_NOMEM;
    }
    return ERR_OK;
}

enum err identify_database_build(const struct bundle *files, struct identify_database **ret,
                                 const char **ret_path, struct dialogue_problem *ret_problem)
{
    struct identify_database *db = calloc(1, sizeof *db);
    *ret_path = "data";
    *ret_problem = (struct dialogue_problem){0};
    if (!db)
        return ERR_NOMEM;
    arena_init_large(&db->arena, DATABASE_OCTETS_MAX);
    intern_init(&db->texts, &db->arena);
    signatures_init(&db->signatures, &db->arena, &db->regexes);
    providers_init(&db->providers, &db->arena, &db->regexes);
    db->model = identify_model_standard;
    enum err e = make_room(db, files);
    if (!e)
        e = load_folder(db, files, "stimuli/", load_stimulus, ret_path, ret_problem);
    sort_stimuli(db);
    if (!e)
        e = load_folder(db, files, "signatures/", load_signatures, ret_path, ret_problem);
    if (!e)
        e = load_folder(db, files, "providers/", load_providers, ret_path, ret_problem);
    if (!e && files->is_temporary) { /* what is built in was verified by the tests */
        e = identify_database_verify(db, ret_path, ret_problem);
        *ret_path = callers_path(files, *ret_path);
    }
    if (!e)
        e = load_folder(db, files, "model.txt", load_model, ret_path, ret_problem);
    if (!e)
        e = load_folder(db, files, "limits.txt", load_limits, ret_path, ret_problem);
    if (!e)
        e = make_columns(db, files);
    if (!e)
        e = load_folder(db, files, "specimens/", load_specimen, ret_path, ret_problem);
    if (!e)
        e = identify_database_classes(db);
    if (!e)
        e = identify_database_weigh(db, NULL);
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
