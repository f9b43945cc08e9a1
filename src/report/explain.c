/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include "../base/escape.h"
#include "../smtp/guard.h"
#include "explain_data.h"
#include "findings.h"
#include "page.h"
#include "paint.h"

#define PAGE_OCTETS_MAX ((size_t)64 * 1024 * 1024) /* of scratch */
#define TELLING_SHOWN   8
#define RANGES_COLUMN   (PAGE_INDENT + 28)

static void title(struct buf *out, const struct report_text_style *s, struct octets name)
{
    paint(out, s, BOLD);
    escape_visible(out, name);
    unpaint(out, s);
    buf_append_text(out, "\n");
}

/* A labelled line of words, wrapped; nothing when there is none. */
static void words(struct buf *out, const struct report_text_style *s, const char *name,
                  struct octets text)
{
    size_t column = PAGE_INDENT;
    if (!text.size)
        return;
    label(out, s, name);
    page_words(out, PAGE_INDENT, &column, text);
    buf_append_text(out, "\n");
}

/* All rows of a stanza with the key, a line for each. */
static void rows(struct buf *out, const struct report_text_style *s, const struct stanza *stanza,
                 const char *key)
{
    size_t from = 0;
    bool is_first = true;
    struct octets value = stanza_value(stanza, key, &from);
    for (; value.size; value = stanza_value(stanza, key, &from)) {
        words(out, s, is_first ? key : "", value);
        is_first = false;
    }
}

/* The same as one paragraph. */
static void paragraph(struct buf *out, const struct report_text_style *s,
                      const struct stanza *stanza, const char *key)
{
    size_t from = 0;
    struct buf text;
    struct octets value = stanza_value(stanza, key, &from);
    buf_init(&text, 64 * 1024);
    for (; value.size; value = stanza_value(stanza, key, &from)) {
        buf_append(&text, value);
        buf_append_text(&text, " ");
    }
    words(out, s, key, buf_octets(&text));
    buf_release(&text);
}

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

static void append_versions(struct buf *out, const struct report_text_style *s,
                            const struct identify_database *db, const struct identify_class *c,
                            struct octets *versions)
{
    size_t count = explain_versions(db, c->product, c->front, versions);
    label(out, s, "recorded");
    buf_append_format(out, "%zu specimen%s of %zu version%s", c->count, c->count == 1 ? "" : "s",
                      count, count == 1 ? "" : "s");
    if (c->front.size) {
        buf_append_text(out, " behind ");
        escape_visible(out, c->front);
    }
    buf_append_text(out, "\n");
    for (size_t i = count; i > 0; i--) { /* the newest first */
        size_t start = out->size;
        buf_append_text(out, "             ");
        escape_visible(out, versions[i - 1]);
        page_fill(out, out->size - start, 26);
        const struct specimen *first =
            append_configs(out, db, c->product, c->front, versions[i - 1]);
        page_fill(out, out->size - start, 54);
        escape_visible(out, first->build.size ? first->build : first->origin);
        buf_append_text(out, "\n");
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
                words(out, s, "before", c->product);
            append_versions(out, s, db, c, versions);
            any = true;
        }
    }
    if (!any)
        words(out, s, "recorded", OCTETS("nothing: it is not identified by how it behaves"));
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
        words(out, s, is_first ? "family" : "", other);
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

/* An example of each greeting that names the product. */
static void append_signatures(struct buf *out, const struct report_text_style *s,
                              const struct identify_database *db, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < db->claim_count; i++) {
        if (!octets_is_equal(db->claims[i].product, name))
            continue;
        words(out, s, is_first ? "greeting" : "", db->claims[i].example);
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

static bool concerns(const struct advisory *v, struct octets product)
{
    size_t from = 0;
    struct octets only = stanza_value(&v->rows, "only", &from);
    bool is_so = !only.size;
    for (; only.size && !is_so; only = stanza_value(&v->rows, "only", &from))
        is_so = octets_is_equal(only, product);
    return is_so;
}

static void append_published(struct buf *out, const struct report_text_style *s,
                             const struct advisory_product *p, struct octets name)
{
    bool is_first = true;
    for (size_t i = 0; i < p->advisory_count; i++) {
        const struct advisory *v = &p->advisories[i];
        if (!concerns(v, name))
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
    words(out, s, "ended", buf_octets(&line));
    buf_release(&line);
    paragraph(out, s, &p->eol, "about");
}

static void append_cpe(struct buf *out, const struct report_text_style *s,
                       const struct advisory_product *p)
{
    struct buf name;
    buf_init(&name, 1024);
    advisory_cpe_append(&name, p, OCTETS_NONE);
    words(out, s, "CPE", buf_octets(&name));
    buf_release(&name);
}

enum err report_explain_product(struct buf *out, const struct report_text_style *style,
                                const struct report_known *known, struct octets name)
{
    const struct advisory_product *p = audit_product(known->knowledge, name);
    struct arena a;
    arena_init(&a, PAGE_OCTETS_MAX);
    title(out, style, name);
    enum err e = append_recordings(out, style, known->database, name, &a);
    append_family(out, style, known->database, name);
    if (!e)
        e = append_telling(out, style, known->database, name, &a);
    append_signatures(out, style, known->database, name);
    if (p) {
        append_cpe(out, style, p);
        append_published(out, style, p, name);
        append_series(out, style, p);
    }
    arena_release(&a);
    return e ? e : buf_error(out);
}

/* ---- a stimulus ---- */

/* The versions of a class that are in the group, runs of neighbours as "LOW to HIGH". */
static void append_members(struct buf *out, const struct identify_database *db,
                           const struct explain_group *g, const struct identify_class *c,
                           struct octets *versions)
{
    size_t count = explain_versions(db, c->product, c->front, versions), run = 0;
    bool is_first = true;
    for (size_t i = 0; i <= count; i++) {
        bool is_in = false;
        for (size_t k = 0; i < count && k < g->count && !is_in; k++) {
            const struct identify_specimen *s = &db->specimens[g->specimens[k]];
            is_in = &db->classes[s->class] == c && octets_is_equal(s->about.version, versions[i]);
        }
        if (is_in) {
            run++;
            continue;
        }
        if (run) {
            buf_append_text(out, is_first ? " " : ", ");
            buf_append(out, versions[i - run]);
            if (run > 1) {
                buf_append_text(out, run > 2 ? " to " : ", ");
                buf_append(out, versions[i - 1]);
            }
            is_first = false;
        }
        run = 0;
    }
}

static void append_group(struct buf *out, const struct report_text_style *s,
                         const struct identify_database *db, const struct explain_group *g,
                         struct octets *versions)
{
    struct octets rest = g->text;
    struct buf who;
    size_t column = 4;
    bool is_first = true;
    buf_append_text(out, "\n");
    do {
        struct octets line = octets_take_until(&rest, '\n');
        buf_append_text(out, "  ");
        paint(out, s, GREEN);
        page_masked(out, octets_sub(line, 0, PAGE_WIDTH - 2));
        unpaint(out, s);
        buf_append_text(out, "\n");
    } while (rest.size);
    buf_init(&who, 64 * 1024);
    for (size_t i = 0; i < db->class_count; i++) {
        bool is_in = false;
        for (size_t k = 0; k < g->count && !is_in; k++)
            is_in = db->specimens[g->specimens[k]].class == i;
        if (!is_in)
            continue;
        buf_append_text(&who, is_first ? "" : "; ");
        buf_append(&who, db->classes[i].product);
        if (db->classes[i].front.size) {
            buf_append_text(&who, " behind ");
            buf_append(&who, db->classes[i].front);
        }
        append_members(&who, db, g, &db->classes[i], versions);
        is_first = false;
    }
    buf_append_text(out, "    ");
    page_words(out, 4, &column, buf_octets(&who));
    buf_append_text(out, "\n");
    buf_release(&who);
}

static void append_question(struct buf *out, const struct report_text_style *s,
                            const struct smtp_program *p)
{
    const struct dialogue *d = p->source;
    words(out, s, "about", dialogue_header(d, "about", NULL));
    label(out, s, "class");
    buf_append_format(out, "%s, in state %s, %u error%s expected\n", smtp_class_name(p->class),
                      smtp_state_name(p->state), p->errors, p->errors == 1 ? "" : "s");
    words(out, s, "needs", p->needs);
    words(out, s, "source", dialogue_header(d, "source", NULL));
    for (size_t i = 0; i < d->line_count; i++) {
        bool is_raw = d->lines[i].word == DIALOGUE_CLIENT_RAW;
        if (!is_raw && d->lines[i].word != DIALOGUE_CLIENT)
            continue;
        label(out, s, "sent");
        buf_append_text(out, is_raw ? "C= " : "C: ");
        page_masked(out, octets_sub(d->lines[i].text, 0, PAGE_WIDTH));
        buf_append_text(out, "\n");
    }
}

enum err report_explain_stimulus(struct buf *out, const struct report_text_style *style,
                                 const struct report_known *known, struct octets name)
{
    const struct identify_database *db = known->database;
    const struct smtp_program *p = identify_stimulus(db, name);
    struct explain_group *groups = NULL;
    struct arena a;
    size_t count = 0;
    arena_init(&a, PAGE_OCTETS_MAX);
    struct octets *versions = arena_alloc_array(&a, db->specimen_count, sizeof *versions);
    enum err e = versions ? explain_groups(db, name, &a, &groups, &count) : ERR_NOMEM;
    title(out, style, name);
    if (p)
        append_question(out, style, p);
    label(out, style, "answers");
    buf_append_format(out, "%zu different one%s recorded, masked\n", count, count == 1 ? "" : "s");
    for (size_t i = 0; !e && i < count; i++)
        append_group(out, style, db, &groups[i], versions);
    arena_release(&a);
    return e ? e : buf_error(out);
}

/* ---- findings and advisories ---- */

void report_explain_check(struct buf *out, const struct report_text_style *style,
                          const struct audit_check *check)
{
    title(out, style, check->id);
    words(out, style, "title", check->title);
    label(out, style, "severity");
    painted(out, style, report_severity_colour(check->severity),
            finding_severity_name(check->severity));
    buf_append_text(out, "\n");
    paragraph(out, style, &check->rows, "means");
    paragraph(out, style, &check->rows, "remedy");
    rows(out, style, &check->rows, "source");
}

/* Which recorded versions the advisory is about: what it can be found by. */
static void append_recorded(struct buf *out, const struct report_text_style *s,
                            const struct identify_database *db, const struct advisory *v,
                            struct octets product, struct octets *versions)
{
    struct buf line;
    size_t count = explain_versions(db, product, OCTETS_NONE, versions);
    buf_init(&line, 64 * 1024);
    for (size_t i = 0; i < count; i++) {
        if (!advisory_affects(v, product, versions[i]))
            continue;
        buf_append_text(&line, line.size ? ", " : "");
        buf_append(&line, versions[i]);
    }
    words(out, s, "recorded", line.size ? buf_octets(&line) : OCTETS("none of these versions"));
    buf_release(&line);
}

static void append_advisory(struct buf *out, const struct report_text_style *s,
                            const struct identify_database *db, const struct advisory *v,
                            struct octets product, struct octets *versions)
{
    words(out, s, "product", product);
    label(out, s, "severity");
    painted(out, s, report_severity_colour(v->severity), finding_severity_name(v->severity));
    buf_append_text(out, "\n");
    rows(out, s, &v->rows, "affects");
    words(out, s, "fixed", v->fixed);
    words(out, s, "exploited", v->exploited);
    paragraph(out, s, &v->rows, "about");
    append_recorded(out, s, db, v, product, versions);
    rows(out, s, &v->rows, "source");
}

enum err report_explain_advisory(struct buf *out, const struct report_text_style *style,
                                 const struct report_known *known, struct octets id)
{
    const struct audit_knowledge *k = known->knowledge;
    struct arena a;
    arena_init(&a, PAGE_OCTETS_MAX);
    struct octets *versions =
        arena_alloc_array(&a, known->database->specimen_count, sizeof *versions);
    title(out, style, id);
    for (size_t i = 0; versions && i < k->product_count; i++) {
        const struct advisory_product *p = &k->products[i];
        for (size_t n = 0; n < p->advisory_count; n++) {
            size_t from = 0;
            struct octets name;
            if (!octets_is_equal(p->advisories[n].id, id))
                continue;
            while ((name = stanza_value(&p->rows, "product", &from)).size)
                if (concerns(&p->advisories[n], name))
                    append_advisory(out, style, known->database, &p->advisories[n], name, versions);
        }
    }
    arena_release(&a);
    return versions ? buf_error(out) : ERR_NOMEM;
}
