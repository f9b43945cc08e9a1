/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "data_parts.h"
#include "folder.h"
#include "output.h"
#include "setup.h"
#include "weigh.h"

#include "../base/nearest.h"
#include "../record/transcript.h"

#define TRANSCRIPT_OCTETS_MAX ((size_t)16 * 1024 * 1024)

static enum err append_transcript(struct identify_database *db, const struct record_transcript *t,
                                  struct arena *a, struct buf *out)
{
    struct specimen s;
    enum err e = specimen_from_facts(&t->visit, a, &s);
    if (e)
        return e;
    s.product = t->product;
    s.version = t->version;
    s.config = t->variant.size ? t->variant : OCTETS("default");
    s.build = t->package;
    s.kind = t->kind.size ? t->kind : OCTETS("transcript");
    s.seen = t->seen.size ? t->seen : OCTETS("2026-11");
    s.origin = t->origin.size ? t->origin : t->id;
    specimen_append(out, &s, identify_stimulus_source, db);
    return buf_error(out);
}

enum err data_write_specimen(const char *folder, struct octets id, struct octets text)
{
    char path[512];
    struct output out;
    for (size_t i = 0; i < id.size; i++)
        if (!octet_is_alpha(id.at[i]) && !octet_is_digit(id.at[i]) && !memchr("-_.", id.at[i], 3))
            return ERR_SYNTAX; /* a foreign id is no path */
    int n = snprintf(path, sizeof path, "%s/%.*s.smtp", folder, (int)id.size, (const char *)id.at);
    if (n < 0 || (size_t)n >= sizeof path || !id.size || id.at[0] == '.')
        return ERR_LIMIT;
    if (output_open(&out, path))
        return ERR_SYS;
    output_write(&out, text);
    output_close(&out);
    return out.error;
}

static enum err import_one(struct identify_database *db, const char *path, const char *folder)
{
    struct octets json;
    struct record_transcript t;
    struct arena a;
    struct buf text;
    enum err e = folder_read_file(path, TRANSCRIPT_OCTETS_MAX, &json);
    if (e)
        return e;
    arena_init(&a, (size_t)256 * 1024 * 1024);
    buf_init(&text, (size_t)1024 * 1024);
    e = record_transcript_read(json, db, &a, &t);
    if (!e)
        e = append_transcript(db, &t, &a, &text);
    if (!e)
        e = data_write_specimen(folder, t.id, buf_octets(&text));
    buf_release(&text);
    arena_release(&a);
    free((void *)json.at);
    return e;
}

const char *data_output_folder(const struct cli_options *o)
{
    const char *folder = o->output ? o->output : ".";
    if (!mkdir(folder, 0777) || errno == EEXIST)
        return folder;
    fprintf(stderr, "smtpscan: --output: %s: %s\n", folder, strerror(errno));
    return NULL;
}

static enum cli_exit import_transcripts(const struct cli_options *o, struct identify_database *db,
                                        const struct audit_knowledge *k)
{
    (void)k;
    const char *folder = data_output_folder(o);
    if (!folder)
        return CLI_EXIT_USAGE;
    for (size_t i = 1; i < o->rest_count; i++) {
        enum err e = import_one(db, o->rest[i], folder);
        if (!e)
            continue;
        fprintf(stderr, "smtpscan: %s: %s\n", o->rest[i],
                e == ERR_SYS ? strerror(errno) : err_text(e));
        return e == ERR_SYNTAX || e == ERR_SYS ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
    }
    printf("%zu specimens written to %s\n", o->rest_count - 1, folder);
    return CLI_EXIT_DONE;
}

/* Whether a specimen, its front or a signature has the name. */
static bool is_known(const struct identify_database *db, struct octets product)
{
    for (size_t i = 0; i < db->class_count; i++)
        if (octets_is_equal(db->classes[i].product, product) ||
            octets_is_equal(db->classes[i].front, product))
            return true;
    for (size_t i = 0; i < db->signatures.count; i++)
        if (octets_is_equal(db->signatures.items[i].product, product))
            return true;
    return false;
}

/* A misspelt name would never be found: what is published is about products that are known. */
static enum err verify_names(const struct identify_database *db, const struct audit_knowledge *k,
                             const char **ret_path, struct dialogue_problem *problem)
{
    for (size_t i = 0; i < k->product_count; i++) {
        const struct stanza_values *names = &k->products[i].names;
        *ret_path = k->products[i].path;
        for (size_t n = 0; n < names->count; n++)
            if (!is_known(db, names->at[n].text))
                return dialogue_problem_set(problem, names->at[n].number,
                                            "no specimen and no signature is of",
                                            names->at[n].text);
    }
    return ERR_OK;
}

static enum cli_exit lint(const struct cli_options *o, struct identify_database *db,
                          const struct audit_knowledge *k)
{
    struct dialogue_problem problem = {0};
    const char *path = "data";
    size_t advisories = 0;
    enum err e = identify_database_verify(db, &path, &problem);
    if (!e)
        e = verify_names(db, k, &path, &problem);
    if (e) {
        setup_say_fault(o, path, &problem, e);
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < k->product_count; i++)
        advisories += k->products[i].advisory_count;
    printf("%zu stimuli, %zu specimens of %zu products and fronts, %zu signatures, %zu providers, "
           "%zu advisories: well-formed\n",
           db->question_count - IDENTIFY_PSEUDO__COUNT, db->specimen_count, db->class_count,
           db->signatures.count, db->providers.count, advisories);
    return CLI_EXIT_DONE;
}

static enum cli_exit weigh(const struct cli_options *o, struct identify_database *db,
                           const struct audit_knowledge *k)
{
    (void)o;
    (void)k;
    return cli_data_weigh(db) == ERR_OK ? CLI_EXIT_DONE : CLI_EXIT_FAILED;
}

/* What `data` does, and with how many files. */
static const struct {
    const char *name;
    size_t files_least, files_most;
    enum cli_exit (*run)(const struct cli_options *o, struct identify_database *db,
                         const struct audit_knowledge *k);
} actions[] = {
    {"lint", 0, 0, lint},
    {"weigh", 0, 0, weigh},
    {"import-transcript", 1, SIZE_MAX, import_transcripts},
    {"import-smtpscan", 1, 1, data_import_fingerprints},
};

static enum cli_exit say_usage(const char *what)
{
    struct nearest near;
    nearest_init(&near, octets_of(what));
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        (void)nearest_offer(&near, octets_of(actions[i].name));
    bool is_slip = near.found.size && near.distance; /* else the files are too many or too few */
    fprintf(stderr,
            "smtpscan: data takes lint, weigh, import-transcript FILE..., or import-smtpscan FILE"
            "%s%.*s%s\n",
            is_slip ? "; did you mean " : "", is_slip ? (int)near.found.size : 0,
            (const char *)near.found.at, is_slip ? "?" : "");
    return CLI_EXIT_USAGE;
}

enum cli_exit cli_data(const struct cli_options *o)
{
    const char *what = o->rest_count ? o->rest[0] : "";
    size_t i = 0, files = o->rest_count ? o->rest_count - 1 : 0;
    while (i < sizeof actions / sizeof *actions &&
           (strcmp(what, actions[i].name) != 0 || files < actions[i].files_least ||
            files > actions[i].files_most))
        i++;
    if (i == sizeof actions / sizeof *actions)
        return say_usage(what);
    struct identify_database *db;
    struct audit_knowledge *k;
    if (!setup_data(o, &db, &k))
        return CLI_EXIT_USAGE;
    enum cli_exit status = actions[i].run(o, db, k);
    audit_knowledge_free(k);
    identify_database_free(db);
    return status;
}
