/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "commands.h"
#include "folder.h"
#include "output.h"
#include "setup.h"

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
    s.kind = OCTETS("transcript");
    s.seen = OCTETS("2026-11");
    s.origin = t->id;
    specimen_append(out, &s, identify_stimulus_source, db);
    return buf_error(out);
}

/* FOLDER/ID.smtp */
static enum err write_specimen(const char *folder, struct octets id, struct octets text)
{
    char path[512];
    struct output out;
    for (size_t i = 0; i < id.size; i++)
        if (!octet_is_alpha(id.at[i]) && !octet_is_digit(id.at[i]) && !memchr("-_.", id.at[i], 3))
            return ERR_SYNTAX; /* a foreign id is no path */
    int n = snprintf(path, sizeof path, "%s/%.*s.smtp", folder, (int)id.size, (const char *)id.at);
    if (n < 0 || (size_t)n >= sizeof path || id.at[0] == '.')
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
        e = write_specimen(folder, t.id, buf_octets(&text));
    buf_release(&text);
    arena_release(&a);
    free((void *)json.at);
    return e;
}

static enum cli_exit import_transcripts(const struct cli_options *o, struct identify_database *db)
{
    const char *folder = o->output ? o->output : ".";
    if (mkdir(folder, 0777) && errno != EEXIST) {
        fprintf(stderr, "smtpscan: --output: %s: %s\n", folder, strerror(errno));
        return CLI_EXIT_USAGE;
    }
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
    for (size_t i = 0; i < db->specimen_count; i++)
        if (octets_is_equal(db->specimens[i].about.product, product) ||
            octets_is_equal(db->specimens[i].about.front, product))
            return true;
    for (size_t i = 0; i < db->claim_count; i++)
        if (octets_is_equal(db->claims[i].product, product))
            return true;
    return false;
}

/* A misspelt name would never be found: what is published is about products that are known. */
static bool names_are_known(const struct cli_options *o, const struct identify_database *db,
                            const struct audit_knowledge *k)
{
    for (size_t i = 0; i < k->product_count; i++) {
        const struct stanza *rows = &k->products[i].rows;
        for (size_t n = 0; n < rows->count; n++) {
            struct dialogue_problem problem;
            if (!octets_is_equal(rows->rows[n].key, OCTETS("product")) ||
                is_known(db, rows->rows[n].value))
                continue;
            setup_say_fault(o, k->products[i].path, &problem,
                            dialogue_problem_set(&problem, rows->rows[n].line,
                                                 "no specimen and no signature is of",
                                                 rows->rows[n].value));
            return false;
        }
    }
    return true;
}

static enum cli_exit lint(const struct cli_options *o, const struct identify_database *db,
                          const struct audit_knowledge *k)
{
    size_t advisories = 0;
    for (size_t i = 0; i < k->product_count; i++)
        advisories += k->products[i].advisory_count;
    if (!names_are_known(o, db, k))
        return CLI_EXIT_USAGE;
    printf("%zu stimuli, %zu specimens of %zu products and fronts, %zu signatures, "
           "%zu advisories: well-formed\n",
           db->question_count - IDENTIFY_PSEUDO__COUNT, db->specimen_count, db->class_count,
           db->claim_count, advisories);
    return CLI_EXIT_DONE;
}

enum cli_exit cli_data(const struct cli_options *o)
{
    const char *what = o->rest_count ? o->rest[0] : "";
    bool imports = strcmp(what, "import-transcript") == 0 && o->rest_count > 1;
    if (!imports && (strcmp(what, "lint") != 0 || o->rest_count != 1)) {
        fprintf(stderr, "smtpscan: data takes lint, or import-transcript FILE...\n");
        return CLI_EXIT_USAGE;
    }
    struct identify_database *db;
    struct audit_knowledge *k;
    if (!setup_data(o, &db, &k))
        return CLI_EXIT_USAGE;
    enum cli_exit status = imports ? import_transcripts(o, db) : lint(o, db, k);
    audit_knowledge_free(k);
    identify_database_free(db);
    return status;
}
