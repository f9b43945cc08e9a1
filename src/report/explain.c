/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include "../base/escape.h"
#include "../identify/inform.h"
#include "../smtp/guard.h"
#include "explain_data.h"
#include "explain_parts.h"
#include "findings.h"
#include "page.h"
#include "paint.h"

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
    explain_words(out, s, "about", dialogue_header(d, "about", NULL));
    label(out, s, "class");
    buf_append_format(out, "%s, in state %s, %u error%s expected\n", smtp_class_name(p->class),
                      smtp_state_name(p->state), p->errors, p->errors == 1 ? "" : "s");
    explain_words(out, s, "needs", p->needs);
    if (d->kind == DIALOGUE_STIMULUS)
        explain_words(out, s, "source", dialogue_header(d, "source", NULL));
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

/* What the answer tells: bits of information over the specimens. */
static enum err append_information(struct buf *out, const struct report_text_style *s,
                                   const struct identify_database *db, struct octets name)
{
    struct identify_information told;
    size_t q = 0;
    while (q < db->question_count && !octets_is_equal(octets_of(db->questions[q].name), name))
        q++;
    if (q == db->question_count) /* "ehlo": its parts are the questions */
        return ERR_OK;
    enum err e = identify_inform(db, q, &told);
    if (e)
        return e;
    label(out, s, "tells");
    buf_append_format(out, "%.2f bits of the product, %.2f of the version once that is known\n",
                      told.product_bits, told.version_bits);
    return ERR_OK;
}

enum err report_explain_stimulus(struct buf *out, const struct report_text_style *style,
                                 const struct report_known *known, struct octets name)
{
    const struct identify_database *db = known->database;
    const struct smtp_program *p = identify_stimulus(db, name);
    struct explain_group *groups = NULL;
    struct arena a;
    size_t count = 0;
    arena_init(&a, EXPLAIN_OCTETS_MAX);
    struct octets *versions = arena_alloc_array(&a, db->specimen_count, sizeof *versions);
    enum err e = versions ? explain_groups(db, name, &a, &groups, &count) : ERR_NOMEM;
    explain_title(out, style, name);
    if (p)
        append_question(out, style, p);
    if (!e)
        e = append_information(out, style, db, name);
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
    explain_title(out, style, check->id);
    explain_words(out, style, "title", check->title);
    label(out, style, "severity");
    painted(out, style, report_severity_colour(check->severity),
            finding_severity_name(check->severity));
    buf_append_text(out, "\n");
    explain_paragraph(out, style, "means", &check->means);
    explain_paragraph(out, style, "remedy", &check->remedy);
    explain_values(out, style, "configure", &check->configure);
    if (check->program)
        append_question(out, style, check->program);
    explain_values(out, style, "source", &check->sources);
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
    explain_words(out, s, "recorded",
                  line.size ? buf_octets(&line) : OCTETS("none of these versions"));
    buf_release(&line);
}

static void append_affects(struct buf *out, const struct report_text_style *s,
                           const struct advisory *v)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < v->range_count; i++) {
        buf_clear(&text);
        advisory_range_append(&text, &v->ranges[i]);
        explain_words(out, s, i ? "" : "affects", buf_octets(&text));
    }
    buf_release(&text);
}

static void append_advisory(struct buf *out, const struct report_text_style *s,
                            const struct identify_database *db, const struct advisory *v,
                            struct octets product, struct octets *versions)
{
    explain_words(out, s, "product", product);
    label(out, s, "severity");
    painted(out, s, report_severity_colour(v->severity), finding_severity_name(v->severity));
    buf_append_text(out, "\n");
    append_affects(out, s, v);
    explain_words(out, s, "fixed", v->fixed);
    explain_words(out, s, "exploited", v->exploited);
    explain_paragraph(out, s, "about", &v->about);
    append_recorded(out, s, db, v, product, versions);
    explain_values(out, s, "source", &v->sources);
}

enum err report_explain_advisory(struct buf *out, const struct report_text_style *style,
                                 const struct report_known *known, struct octets id)
{
    const struct audit_knowledge *k = known->knowledge;
    struct arena a;
    arena_init(&a, EXPLAIN_OCTETS_MAX);
    struct octets *versions =
        arena_alloc_array(&a, known->database->specimen_count, sizeof *versions);
    explain_title(out, style, id);
    for (size_t i = 0; versions && i < k->product_count; i++) {
        const struct advisory_product *p = &k->products[i];
        for (size_t n = 0; n < p->advisory_count; n++) {
            const struct advisory *v = &p->advisories[n];
            if (!octets_is_equal(v->id, id))
                continue;
            for (size_t m = 0; m < p->names.count; m++)
                if (advisory_concerns(v, p->names.at[m].text))
                    append_advisory(out, style, known->database, v, p->names.at[m].text, versions);
        }
    }
    arena_release(&a);
    return versions ? buf_error(out) : ERR_NOMEM;
}
