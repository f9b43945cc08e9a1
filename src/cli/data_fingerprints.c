/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "data_parts.h"
#include "folder.h"

#include "../base/intern.h"
#include "../record/fingerprint.h"

#define FILE_OCTETS_MAX  ((size_t)16 * 1024 * 1024)
#define ARENA_OCTETS_MAX ((size_t)256 * 1024 * 1024)
#define TEXT_OCTETS_MAX  ((size_t)64 * 1024)

struct importing {
    struct identify_database *db;
    const char *folder;
    struct arena arena;
    struct intern written; /* specimens by who they are and how they react, and ids */
    size_t specimens, repeated;
    size_t judged[RECORD_FINGERPRINT__COUNT];
};

/* Whether the text is new; ERR_NOMEM. */
static enum err remember(struct importing *im, struct octets text, bool *ret_is_new)
{
    size_t before = im->written.count;
    if (!intern_add(&im->written, text))
        return ERR_NOMEM;
    *ret_is_new = im->written.count > before;
    return ERR_OK;
}

/* Letters and digits in lower case, everything else one dash. */
static void append_slug(struct buf *out, struct octets o)
{
    for (size_t i = 0; i < o.size; i++) {
        uint8_t c = octet_to_lower(o.at[i]);
        bool kept = octet_is_alpha(c) || octet_is_digit(c) || c == '.';
        if (kept || (out->size && out->data[out->size - 1] != '-'))
            buf_append_octet(out, kept ? c : '-');
    }
    while (out->size && out->data[out->size - 1] == '-')
        out->size--;
}

/* PRODUCT-VERSION, and a number where that was taken. */
static enum err append_id(struct importing *im, const struct specimen *s, struct buf *id)
{
    bool is_new = false;
    append_slug(id, s->product);
    buf_append_text(id, "-");
    append_slug(id, s->version);
    size_t size = id->size;
    enum err e = buf_error(id);
    for (unsigned n = 1; !e && !is_new; n++) {
        id->size = size;
        if (n > 1)
            buf_append_format(id, "-%u", n);
        e = buf_error(id) ? buf_error(id) : remember(im, buf_octets(id), &is_new);
    }
    return e;
}

/* Two rows that differ only in what we do not ask are one specimen. */
static enum err write_one(struct importing *im, struct specimen *s)
{
    struct buf text, id;
    bool is_new = false;
    buf_init(&text, TEXT_OCTETS_MAX);
    buf_init(&id, 256);
    struct specimen nameless = *s;
    nameless.config = nameless.origin = OCTETS_NONE;
    specimen_append(&text, &nameless, identify_stimulus_source, im->db);
    enum err e = buf_error(&text);
    if (!e)
        e = remember(im, buf_octets(&text), &is_new);
    buf_clear(&text);
    if (!e && is_new) {
        specimen_append(&text, s, identify_stimulus_source, im->db);
        e = buf_error(&text) ? buf_error(&text) : append_id(im, s, &id);
        if (!e)
            e = data_write_specimen(im->folder, buf_octets(&id), buf_octets(&text));
    }
    if (!e) {
        im->specimens += is_new;
        im->repeated += !is_new;
    }
    buf_release(&id);
    buf_release(&text);
    return e;
}

static enum err import_row(struct importing *im, const struct record_fingerprint *f)
{
    struct specimen s;
    struct octets rest = f->versions;
    struct buf config, origin;
    enum err e = record_fingerprint_sections(f, &im->arena, &s);
    if (e)
        return e;
    buf_init(&config, 64);
    buf_init(&origin, 512);
    buf_append_text(&config, f->variant.size ? "variant " : "default");
    buf_append(&config, f->variant);
    buf_append_text(&origin, "smtpscan 0.5: ");
    buf_append(&origin, f->name);
    e = buf_error(&config) ? buf_error(&config) : buf_error(&origin);
    s.product = f->product;
    s.config = buf_octets(&config);
    s.kind = OCTETS("codes");
    s.seen = OCTETS("2003");
    s.origin = buf_octets(&origin);
    while (!e && rest.size) {
        s.version = octets_trim(octets_take_until(&rest, ','));
        if (s.version.size)
            e = write_one(im, &s);
    }
    buf_release(&origin);
    buf_release(&config);
    return e;
}

static enum err import_rows(struct importing *im, struct octets text)
{
    enum err e = ERR_OK;
    while (!e && text.size) {
        struct record_fingerprint f;
        enum record_fingerprint_judgement j =
            record_fingerprint_read(octets_take_until(&text, '\n'), &f);
        im->judged[j]++;
        if (j == RECORD_FINGERPRINT_GOOD)
            e = import_row(im, &f);
    }
    return e;
}

static void report(const struct importing *im)
{
    printf(
        "%zu rows taken: %zu specimens written to %s, %zu others equal to one of them in what is "
        "asked today\n",
        im->judged[RECORD_FINGERPRINT_GOOD], im->specimens, im->folder, im->repeated);
    for (unsigned j = RECORD_FINGERPRINT_NO_ROW + 1; j < RECORD_FINGERPRINT__COUNT; j++)
        if (im->judged[j])
            printf("%zu rows dropped: %s\n", im->judged[j],
                   record_fingerprint_text((enum record_fingerprint_judgement)j));
}

enum cli_exit data_import_fingerprints(const struct cli_options *o, struct identify_database *db,
                                       const struct audit_knowledge *k)
{
    (void)k;
    struct importing im = {.db = db, .folder = data_output_folder(o)};
    struct octets text = OCTETS_NONE;
    if (!im.folder)
        return CLI_EXIT_USAGE;
    enum err e = folder_read_file(o->rest[1], FILE_OCTETS_MAX, &text);
    arena_init(&im.arena, ARENA_OCTETS_MAX);
    intern_init(&im.written, &im.arena);
    bool was_read = !e;
    if (!e)
        e = import_rows(&im, text);
    arena_release(&im.arena);
    if (was_read)
        free((void *)(uintptr_t)text.at);
    if (e) {
        fprintf(stderr, "smtpscan: %s: %s\n", o->rest[1],
                e == ERR_SYS ? strerror(errno) : err_text(e));
        return e == ERR_SYS ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
    }
    report(&im);
    return CLI_EXIT_DONE;
}
