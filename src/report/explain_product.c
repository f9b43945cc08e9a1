/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/escape.h"
#include "explain.h"
#include "explain_data.h"
#include "explain_parts.h"
#include "findings.h"
#include "page.h"
#include "paint.h"

#define TELLING_SHOWN  8
#define RANGES_COLUMN  (PAGE_INDENT + 28)
#define PARTIAL_COLUMN (PAGE_INDENT + 12)

/* ---- recordings ---- */

static bool is_recording(const struct specimen *s, struct octets product, struct octets front,
                         struct octets version)
{
    return octets_is_equal(s->product, product) && octets_is_equal(s->front, front) &&
           octets_is_equal(s->version, version);
}

/* The configurations recorded of a version, each once, and the first specimen of it. */
static const struct specimen *append_configs(struct buf *out, const struct identify_database *db,
                                             struct octets product, struct octets front,
                                             struct octets version)
{
    const struct specimen *first = NULL;
    for (size_t i = 0; i < db->specimen_count; i++) {
        const struct specimen *s = &db->specimens[i].about;
        bool is_new = is_recording(s, product, front, version);
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !is_recording(&db->specimens[k].about, product, front, version) ||
                     !octets_is_equal(db->specimens[k].about.config, s->config);
        if (!is_new)
            continue;
        buf_append_text(out, first ? ", " : "");
        escape_visible(out, s->config);
        first = first ? first : s;
    }
    return first;
}

/* Where what is known of a version in part was taken from, a line for each specimen. */
static void append_partial(struct buf *out, const struct identify_database *db,
                           const struct identify_class *c, struct octets version)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct specimen *s = &db->specimens[c->specimens[i]].about;
        size_t column = PARTIAL_COLUMN;
        struct buf text;
        if (!octets_is_equal(s->version, version) || !explain_is_partial(db, s))
            continue;
        buf_init(&text, 4096);
        buf_append_format(&text, "%zu answer%s, ", s->section_count,
                          s->section_count == 1 ? "" : "s");
        buf_append(&text, s->kind);
        buf_append_text(&text, ", seen ");
        buf_append(&text, s->seen);
        buf_append_text(&text, ": ");
        buf_append(&text, s->origin);
        buf_append_text(out, "               partial: ");
        page_words(out, PARTIAL_COLUMN, &column, buf_octets(&text));
        buf_append_text(out, "\n");
        buf_release(&text);
    }
}

static void append_counts(struct buf *out, const struct identify_database *db,
                          const struct identify_class *c, size_t versions)
{
    size_t partial = 0;
    for (size_t i = 0; i < c->count; i++)
        partial += explain_is_partial(db, &db->specimens[c->specimens[i]].about);
    buf_append_format(out, "%zu specimen%s of %zu version%s", c->count, c->count == 1 ? "" : "s",
                      versions, versions == 1 ? "" : "s");
    if (partial)
        buf_append_format(out, ", %zu partial", partial);
    if (c->front.size) {
        buf_append_text(out, " behind ");
        escape_visible(out, c->front);
    }
    buf_append_text(out, "\n");
}

static void append_versions(struct buf *out, const struct report_text_style *s,
                            const struct identify_database *db, const struct identify_class *c,
                            struct octets *versions)
{
    size_t count = explain_versions(db, c->product, c->front, versions);
    label(out, s, "recorded");
    append_counts(out, db, c, count);
    for (size_t i = count; i > 0; i--) { /* the newest first */
        size_t start = out->size;
        buf_append_text(out, "             ");
        escape_visible(out, versions[i - 1]);
        page_fill(out, out->size - start, 26);
        const struct specimen *first =
            append_configs(out, db, c->product, c->front, versions[i - 1]);
        if (!explain_is_partial(db, first)) {
            page_fill(out, out->size - start, 54);
            escape_visible(out, first->build.size ? first->build : first->origin);
        }
        buf_append_text(out, "\n");
        append_partial(out, db, c, versions[i - 1]);
    }
}

static enum err append_recordings(struct buf *out, const struct report_text_style *s,
                                  const struct identify_database *db, struct octets name,
                                  struct arena *a)
{
    struct octets *versions = arena_alloc_array(a, db->specimen_count, sizeof *versions);
    bool any = false;
    if (!versions)
        return ERR_NOMEM;
    for (int behind = 0; behind < 2; behind++) { /* what stands behind nothing comes first */
        for (size_t i = 0; i < db->class_count; i++) {
            const struct identify_class *c = &db->classes[i];
            bool is_front = c->front.size && octets_is_equal(c->front, name);
            if ((c->front.size > 0) != (behind > 0) ||
                (!octets_is_equal(c->product, name) && !is_front))
                continue;
            if (is_front)
                explain_words(out, s, "before", c->product);
            append_versions(out, s, db, c, versions);
            any = true;
        }
    }
    if (!any)
        explain_words(out, s, "recorded",
                      OCTETS("nothing: it is not identified by how it behaves"));
    return ERR_OK;
}

/* A greeting may name a family: "Dovecot" is true of "Dovecot LMTP". */
static void append_family(struct buf *out, const struct report_text_style *s,
                          const struct identify_database *db, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < db->class_count; i++) {
        struct octets other = db->classes[i].product;
        if (db->classes[i].front.size || octets_is_equal(other, name) ||
            !octets_has_prefix(other, name) || other.at[name.size] != ' ')
            continue;
        explain_words(out, s, is_first ? "family" : "", other);
        is_first = false;
    }
}

/* The first line of a reaction's text. */
static void append_first_line(struct buf *out, struct octets text)
{
    struct octets line = octets_take_until(&text, '\n');
    size_t start = out->size;
    page_masked(out, octets_sub(line, 0, 60));
    if (line.size > 60 || text.size)
        buf_append_text(out, " ...");
    if (out->size == start)
        buf_append_text(out, "(nothing)");
}

static enum err append_telling(struct buf *out, const struct report_text_style *s,
                               const struct identify_database *db, struct octets name,
                               struct arena *a)
{
    struct explain_telling t[TELLING_SHOWN];
    size_t count;
    enum err e = explain_telling(db, name, a, t, TELLING_SHOWN, &count);
    for (size_t i = 0; !e && i < count; i++) {
        label(out, s, i ? "" : "says");
        size_t start = out->size;
        escape_visible(out, t[i].ask);
        page_fill(out, out->size - start, 20);
        append_first_line(out, t[i].text);
        if (t[i].within < 0.995)
            buf_append_format(out, "  (%.0f %% of it)", t[i].within * 100);
        if (t[i].others)
            buf_append_format(out, "  (%zu other%s too)", t[i].others, t[i].others == 1 ? "" : "s");
        buf_append_text(out, "\n");
    }
    return e;
}

/* ---- signatures and providers ---- */

/* When and where something was seen. */
static void append_seen(struct buf *out, const struct report_text_style *s, struct octets seen,
                        const struct stanza_values *sources)
{
    struct buf text;
    size_t column = PAGE_INDENT + 2;
    buf_init(&text, 64 * 1024);
    if (seen.size) {
        buf_append_text(&text, "seen ");
        buf_append(&text, seen);
    }
    for (size_t i = 0; i < sources->count; i++) {
        buf_append_text(&text, text.size ? "; " : "");
        buf_append(&text, sources->at[i].text);
    }
    label(out, s, "");
    buf_append_text(out, "  ");
    page_words(out, PAGE_INDENT + 2, &column, buf_octets(&text));
    buf_append_text(out, "\n");
    buf_release(&text);
}

static void append_signature(struct buf *out, const struct report_text_style *s,
                             const struct signature *one, const char *name)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (unsigned i = 0; i < SIGNATURE_PLACE__COUNT; i++)
        if (one->places & 1u << i) {
            buf_append_text(&text, text.size ? ", " : "");
            buf_append_text(&text, signature_place_name((enum signature_place)i));
        }
    buf_append_text(&text, one->role == SIGNATURE_FRONT ? " of a front: " : ": ");
    buf_append(&text, one->examples.count ? one->examples.at[0].text : one->pattern);
    explain_words(out, s, name, buf_octets(&text));
    buf_release(&text);
    append_seen(out, s, one->seen, &one->sources);
}

static void append_signatures(struct buf *out, const struct report_text_style *s,
                              const struct signatures *all, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < all->count; i++) {
        if (!octets_is_equal(all->items[i].product, name))
            continue;
        append_signature(out, s, &all->items[i], is_first ? "signature" : "");
        is_first = false;
    }
}

/* What it may call itself without contradicting its behaviour. */
static void append_guises(struct buf *out, const struct report_text_style *s,
                          const struct signatures *all, struct octets name)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    for (size_t i = 0; i < all->count; i++) {
        const struct signature *one = &all->items[i];
        bool is_new = stanza_values_has(&one->runs, name);
        for (size_t k = 0; k < i && is_new; k++)
            is_new = !octets_is_equal(all->items[k].product, one->product) ||
                     !stanza_values_has(&all->items[k].runs, name);
        if (!is_new)
            continue;
        buf_append_text(&text, text.size ? ", " : "");
        buf_append(&text, one->product);
    }
    explain_words(out, s, "greets as", buf_octets(&text));
    buf_release(&text);
}

static void append_providers(struct buf *out, const struct report_text_style *s,
                             const struct providers *all, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < all->count; i++) {
        const struct provider *one = &all->items[i];
        bool is_own = octets_is_equal(one->product, name);
        struct buf text;
        if (!is_own && !stanza_values_has(&one->runs, name))
            continue;
        buf_init(&text, 4096);
        buf_append(&text, one->name);
        buf_append_text(&text, is_own ? ", with its own product" : ", which runs it");
        explain_words(out, s, is_first ? "provider" : "", buf_octets(&text));
        append_seen(out, s, one->seen, &one->sources);
        buf_release(&text);
        is_first = false;
    }
}

/* ---- what is published ---- */

/* Ranges, wrapped under their first; the line ends behind them. */
static void append_ranges(struct buf *out, const struct advisory *v)
{
    struct buf text;
    size_t column = RANGES_COLUMN;
    buf_init(&text, 4096);
    for (size_t i = 0; i < v->range_count; i++) {
        buf_append_text(&text, i ? ", " : "");
        advisory_range_append(&text, &v->ranges[i]);
    }
    buf_append_text(&text, v->exploited.size ? "; exploited" : "");
    page_words(out, RANGES_COLUMN, &column, buf_octets(&text));
    buf_append_text(out, "\n");
    buf_release(&text);
}

static void append_published(struct buf *out, const struct report_text_style *s,
                             const struct advisory_product *p, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < p->advisory_count; i++) {
        const struct advisory *v = &p->advisories[i];
        if (!advisory_concerns(v, name))
            continue;
        label(out, s, is_first ? "published" : "");
        size_t start = out->size;
        escape_visible(out, v->id);
        page_fill(out, out->size - start, 18);
        painted(out, s, report_severity_colour(v->severity), finding_severity_name(v->severity));
        page_fill(out, strlen(finding_severity_name(v->severity)), 10);
        append_ranges(out, v);
        is_first = false;
    }
}

static void append_series(struct buf *out, const struct report_text_style *s,
                          const struct advisory_product *p)
{
    struct buf line;
    if (!p->series_count)
        return;
    buf_init(&line, 64 * 1024);
    for (size_t i = 0; i < p->series_count; i++) {
        buf_append_text(&line, i ? ", " : "");
        buf_append(&line, p->series[i].name);
        buf_append_text(&line, " on ");
        buf_append(&line, p->series[i].ended);
    }
    explain_words(out, s, "ended", buf_octets(&line));
    buf_release(&line);
    explain_paragraph(out, s, "about", &p->eol_about);
}

static void append_cpe(struct buf *out, const struct report_text_style *s,
                       const struct advisory_product *p)
{
    struct buf name;
    buf_init(&name, 1024);
    advisory_cpe_append(&name, p, OCTETS_NONE);
    explain_words(out, s, "CPE", buf_octets(&name));
    buf_release(&name);
}

enum err report_explain_product(struct buf *out, const struct report_text_style *style,
                                const struct report_known *known, struct octets name)
{
    const struct advisory_product *p = audit_product(known->knowledge, name);
    struct arena a;
    arena_init(&a, EXPLAIN_OCTETS_MAX);
    explain_title(out, style, name);
    enum err e = append_recordings(out, style, known->database, name, &a);
    append_family(out, style, known->database, name);
    if (!e)
        e = append_telling(out, style, known->database, name, &a);
    append_signatures(out, style, &known->database->signatures, name);
    append_guises(out, style, &known->database->signatures, name);
    append_providers(out, style, &known->database->providers, name);
    if (p) {
        append_cpe(out, style, p);
        append_published(out, style, p, name);
        append_series(out, style, p);
    }
    arena_release(&a);
    return e ? e : buf_error(out);
}
