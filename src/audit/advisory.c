/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory.h"

#include "../base/clock.h"
#include "../identify/match.h"

static const char *const product_keys[] = {"product", "cpe", "source", NULL};
static const char *const advisory_keys[] = {"advisory", "only",      "affects", "severity", "about",
                                            "fixed",    "exploited", "source",  NULL};
static const char *const eol_keys[] = {"eol", "series", "about", "source", NULL};

/* Each row has a key of the list, and each but a bare "eol" a value. */
static enum err check_rows(const struct stanza *s, const char *const *keys,
                           struct dialogue_problem *problem)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct stanza_row *row = &s->rows[i];
        size_t k = 0;
        while (keys[k] && !octets_is_equal(row->key, octets_of(keys[k])))
            k++;
        if (!keys[k])
            return dialogue_problem_set(problem, row->line, "unknown word in this stanza",
                                        row->key);
        if (!row->value.size && !octets_is_equal(row->key, OCTETS("eol")))
            return dialogue_problem_set(problem, row->line, "a row has a value", row->key);
    }
    return ERR_OK;
}

static enum err must_have(const struct stanza *s, const char *key, struct dialogue_problem *problem)
{
    if (stanza_value(s, key, NULL).size)
        return ERR_OK;
    return dialogue_problem_set(problem, s->rows[0].line, "the stanza lacks", octets_of(key));
}

static bool day_of(struct octets day, uint64_t *ret_ms)
{
    struct buf time;
    buf_init(&time, 64);
    buf_append(&time, day);
    buf_append_text(&time, "T00:00:00Z");
    bool is_day = day.size == 10 && clock_parse_rfc3339(buf_octets(&time), ret_ms);
    buf_release(&time);
    return is_day;
}

/* "all", or [FIRST] to|before LAST */
static bool take_range(struct octets text, struct advisory_range *ret)
{
    struct advisory_range r = {0};
    struct octets word = octets_take_word(&text);
    if (octets_is_equal(word, OCTETS("all"))) {
        *ret = r;
        return text.size == 0;
    }
    if (!octets_is_equal(word, OCTETS("to")) && !octets_is_equal(word, OCTETS("before"))) {
        r.first = word;
        word = octets_take_word(&text);
    }
    r.is_last_affected = octets_is_equal(word, OCTETS("to"));
    r.last = octets_take_word(&text);
    if (!r.is_last_affected && !octets_is_equal(word, OCTETS("before")))
        return false;
    int order = r.first.size ? identify_version_compare(r.first, r.last) : -1;
    *ret = r;
    return r.last.size && text.size == 0 && (r.is_last_affected ? order <= 0 : order < 0);
}

static enum err take_ranges(const struct stanza *s, struct arena *a, struct advisory *v,
                            struct dialogue_problem *problem)
{
    v->ranges = arena_alloc_array(a, s->count, sizeof *v->ranges);
    if (!v->ranges)
        return ERR_NOMEM;
    for (size_t i = 0; i < s->count; i++) {
        if (!octets_is_equal(s->rows[i].key, OCTETS("affects")))
            continue;
        if (!take_range(s->rows[i].value, &v->ranges[v->range_count++]))
            return dialogue_problem_set(problem, s->rows[i].line,
                                        "affects [FIRST] to|before LAST, or all; not",
                                        s->rows[i].value);
    }
    return must_have(s, "affects", problem);
}

enum err advisory_take(const struct stanza *s, struct arena *a, struct advisory *ret,
                       struct dialogue_problem *ret_problem)
{
    struct octets severity = stanza_value(s, "severity", NULL);
    struct advisory v = {.id = s->rows[0].value,
                         .severity = finding_severity_of(severity),
                         .fixed = stanza_value(s, "fixed", NULL),
                         .exploited = stanza_value(s, "exploited", NULL),
                         .rows = *s};
    uint64_t ignored;
    enum err e = check_rows(s, advisory_keys, ret_problem);
    if (!e)
        e = must_have(s, "severity", ret_problem);
    if (!e && v.severity == FINDING_SEVERITY__COUNT)
        e = dialogue_problem_set(ret_problem, s->rows[0].line, "no such severity:", severity);
    if (!e && v.exploited.size && !day_of(v.exploited, &ignored))
        e = dialogue_problem_set(ret_problem, s->rows[0].line, "no day:", v.exploited);
    if (!e)
        e = must_have(s, "about", ret_problem);
    if (!e)
        e = must_have(s, "source", ret_problem);
    if (!e)
        e = take_ranges(s, a, &v, ret_problem);
    if (!e)
        *ret = v;
    return e;
}

enum err advisory_series_take(const struct stanza *s, struct arena *a,
                              struct advisory_product *product,
                              struct dialogue_problem *ret_problem)
{
    enum err e = check_rows(s, eol_keys, ret_problem);
    if (!e && product->series)
        e = dialogue_problem_set(ret_problem, s->rows[0].line, "a second eol of",
                                 OCTETS("one product"));
    if (!e)
        e = must_have(s, "source", ret_problem);
    if (e)
        return e;
    product->eol = *s;
    product->series = arena_alloc_array(a, s->count, sizeof *product->series);
    if (!product->series)
        return ERR_NOMEM;
    for (size_t i = 0; i < s->count; i++) {
        struct octets rest = s->rows[i].value;
        struct advisory_series series = {0};
        if (!octets_is_equal(s->rows[i].key, OCTETS("series")))
            continue;
        series.name = octets_take_word(&rest);
        series.ended = rest;
        if (!day_of(rest, &series.ended_ms))
            return dialogue_problem_set(ret_problem, s->rows[i].line, "series NAME YYYY-MM-DD, not",
                                        s->rows[i].value);
        product->series[product->series_count++] = series;
    }
    return ERR_OK;
}

enum err advisory_product_take(const struct stanza *s, struct advisory_product *ret,
                               struct dialogue_problem *ret_problem)
{
    struct advisory_product p = {.rows = *s, .cpe = stanza_value(s, "cpe", NULL)};
    enum err e = check_rows(s, product_keys, ret_problem);
    if (!e)
        e = must_have(s, "source", ret_problem);
    size_t colon = octets_find_octet(p.cpe, ':', 0);
    if (!e && p.cpe.size && (colon == 0 || colon + 1 >= p.cpe.size))
        e = dialogue_problem_set(ret_problem, s->rows[0].line, "cpe VENDOR:PRODUCT, not", p.cpe);
    if (!e)
        *ret = p;
    return e;
}

bool advisory_product_is(const struct advisory_product *p, struct octets product)
{
    for (size_t i = 0; i < p->rows.count; i++)
        if (octets_is_equal(p->rows.rows[i].key, OCTETS("product")) &&
            octets_is_equal(p->rows.rows[i].value, product))
            return true;
    return false;
}

struct octets advisory_upstream(struct octets version)
{
    size_t colon = octets_find_octet(version, ':', 0);
    if (colon < version.size)
        version = octets_sub(version, colon + 1, version.size);
    for (size_t i = 0; i < version.size; i++) {
        bool is_packaged =
            version.at[i] == '-' && i + 1 < version.size && octet_is_digit(version.at[i + 1]);
        if (version.at[i] == '+' || version.at[i] == '~' || is_packaged)
            return octets_sub(version, 0, i);
    }
    return version;
}

/* Whether no row says `only`, or one says this product. */
static bool is_about(const struct advisory *v, struct octets product)
{
    size_t from = 0;
    struct octets only = stanza_value(&v->rows, "only", &from);
    if (!only.size)
        return true;
    for (; only.size; only = stanza_value(&v->rows, "only", &from))
        if (octets_is_equal(only, product))
            return true;
    return false;
}

static bool is_in_range(const struct advisory_range *r, struct octets version)
{
    if (r->first.size && identify_version_compare(version, r->first) < 0)
        return false;
    if (!r->last.size)
        return true;
    int order = identify_version_compare(version, r->last);
    return order < 0 || (order == 0 && r->is_last_affected);
}

bool advisory_affects(const struct advisory *v, struct octets product, struct octets version)
{
    version = advisory_upstream(version);
    if (!is_about(v, product))
        return false;
    for (size_t i = 0; i < v->range_count; i++)
        if (is_in_range(&v->ranges[i], version))
            return true;
    return false;
}

const struct advisory_series *advisory_series_of(const struct advisory_product *p,
                                                 struct octets version)
{
    version = advisory_upstream(version);
    for (size_t i = 0; i < p->series_count; i++) {
        struct octets name = p->series[i].name;
        if (octets_has_prefix(version, name) &&
            (version.size == name.size || !octet_is_digit(version.at[name.size])))
            return &p->series[i];
    }
    return NULL;
}

void advisory_cpe_append(struct buf *out, const struct advisory_product *p, struct octets version)
{
    if (!p->cpe.size)
        return;
    version = advisory_upstream(version);
    buf_append_text(out, "cpe:2.3:a:");
    buf_append(out, p->cpe);
    buf_append_text(out, version.size ? ":" : ":*");
    for (size_t i = 0; i < version.size; i++) {
        uint8_t c = octet_to_lower(version.at[i]);
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '.' && c != '-' && c != '_')
            buf_append_octet(out, '\\');
        buf_append_octet(out, c);
    }
    buf_append_text(out, ":*:*:*:*:*:*:*");
}

void advisory_range_append(struct buf *out, const struct advisory_range *r)
{
    if (!r->last.size) {
        buf_append_text(out, "all");
        return;
    }
    buf_append(out, r->first);
    buf_append_text(out, r->first.size ? " " : "");
    buf_append_text(out, r->is_last_affected ? "to " : "before ");
    buf_append(out, r->last);
}
