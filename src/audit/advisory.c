/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory.h"

#include "../base/clock.h"
#include "../identify/match.h"

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

static enum err take_affects(void *record, struct arena *a, const struct stanza_key *key,
                             const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct advisory *v = record;
    struct advisory_range range;
    void *at = v->ranges;
    (void)key;
    if (!take_range(line->value, &range))
        return dialogue_problem_set(problem, line->number,
                                    "affects [FIRST] to|before LAST, or all; not", line->value);
    if (!arena_grow(a, &at, v->range_count, &v->range_room, sizeof range))
        return ERR_NOMEM;
    v->ranges = at;
    v->ranges[v->range_count++] = range;
    return ERR_OK;
}

static enum err take_day(void *record, struct arena *a, const struct stanza_key *key,
                         const struct stanza_line *line, struct dialogue_problem *problem)
{
    uint64_t ignored;
    if (!day_of(line->value, &ignored))
        return dialogue_problem_set(problem, line->number, "no day", line->value);
    return stanza_take_text(record, a, key, line, problem);
}

enum err advisory_take_severity(void *record, struct arena *a, const struct stanza_key *key,
                                const struct stanza_line *line, struct dialogue_problem *problem)
{
    enum finding_severity *field = (void *)((char *)record + key->offset);
    (void)a;
    *field = finding_severity_of(line->value);
    if (*field == FINDING_SEVERITY__COUNT)
        return dialogue_problem_set(problem, line->number, "no such severity", line->value);
    return ERR_OK;
}

static enum err take_series(void *record, struct arena *a, const struct stanza_key *key,
                            const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct advisory_product *p = record;
    struct octets rest = line->value;
    struct advisory_series series = {.name = octets_take_word(&rest)};
    void *at = p->series;
    (void)key;
    series.ended = rest;
    if (!day_of(rest, &series.ended_ms))
        return dialogue_problem_set(problem, line->number, "series NAME YYYY-MM-DD, not",
                                    line->value);
    if (!arena_grow(a, &at, p->series_count, &p->series_room, sizeof series))
        return ERR_NOMEM;
    p->series = at;
    p->series[p->series_count++] = series;
    return ERR_OK;
}

static enum err take_cpe(void *record, struct arena *a, const struct stanza_key *key,
                         const struct stanza_line *line, struct dialogue_problem *problem)
{
    size_t colon = octets_find_octet(line->value, ':', 0);
    if (colon == 0 || colon + 1 >= line->value.size)
        return dialogue_problem_set(problem, line->number, "cpe VENDOR:PRODUCT, not", line->value);
    return stanza_take_text(record, a, key, line, problem);
}

#define OF_ADVISORY(name) offsetof(struct advisory, name)
#define OF_PRODUCT(name)  offsetof(struct advisory_product, name)
static const struct stanza_key advisory_keys[] = {
    {"advisory", STANZA_MAY, stanza_take_text, OF_ADVISORY(id)},
    {"only", STANZA_MAY, stanza_take_values, OF_ADVISORY(only)},
    {"affects", STANZA_MUST, take_affects, 0},
    {"severity", STANZA_MUST, advisory_take_severity, OF_ADVISORY(severity)},
    {"about", STANZA_MUST, stanza_take_values, OF_ADVISORY(about)},
    {"fixed", STANZA_MAY, stanza_take_text, OF_ADVISORY(fixed)},
    {"exploited", STANZA_MAY, take_day, OF_ADVISORY(exploited)},
    {"source", STANZA_MUST, stanza_take_values, OF_ADVISORY(sources)},
    {0},
};
static const struct stanza_key eol_keys[] = {
    {"eol", STANZA_MAY, NULL, 0},
    {"series", STANZA_MAY, take_series, 0},
    {"about", STANZA_MAY, stanza_take_values, OF_PRODUCT(eol_about)},
    {"source", STANZA_MUST, stanza_take_values, OF_PRODUCT(eol_sources)},
    {0},
};
static const struct stanza_key product_keys[] = {
    {"product", STANZA_MAY, stanza_take_values, OF_PRODUCT(names)},
    {"cpe", STANZA_MAY, take_cpe, OF_PRODUCT(cpe)},
    {"source", STANZA_MUST, stanza_take_values, OF_PRODUCT(sources)},
    {0},
};

enum err advisory_take(const struct stanza *s, struct arena *a, struct advisory *ret,
                       struct dialogue_problem *ret_problem)
{
    *ret = (struct advisory){0};
    return stanza_fill(ret, a, advisory_keys, s, ret_problem);
}

enum err advisory_series_take(const struct stanza *s, struct arena *a,
                              struct advisory_product *product,
                              struct dialogue_problem *ret_problem)
{
    if (product->eol_sources.count)
        return dialogue_problem_set(ret_problem, s->lines[0].number, "a second eol of",
                                    product->names.at[0].text);
    return stanza_fill(product, a, eol_keys, s, ret_problem);
}

enum err advisory_product_take(const struct stanza *s, struct arena *a,
                               struct advisory_product *ret, struct dialogue_problem *ret_problem)
{
    *ret = (struct advisory_product){0};
    return stanza_fill(ret, a, product_keys, s, ret_problem);
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

bool advisory_concerns(const struct advisory *v, struct octets product)
{
    return !v->only.count || stanza_values_has(&v->only, product);
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
    if (!advisory_concerns(v, product))
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
