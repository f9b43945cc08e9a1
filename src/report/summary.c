/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include <stdlib.h>

void summary_init(struct summary *s, struct arena *a)
{
    *s = (struct summary){.arena = a};
    intern_init(&s->ids, a);
    struct tally *all[] = {&s->outcomes, &s->software, &s->versions, &s->tls, &s->starttls};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tally_init(all[i], a);
}

uint32_t summary_group_number(const struct summary *s, struct octets id)
{
    return intern_find(&s->ids, id);
}

/* ---- what is exposed ---- */

/* NULL when memory is out. */
static struct summary_group *group_of(struct summary *s, const struct report_finding *f)
{
    uint32_t number = intern_find(&s->ids, f->id);
    if (number != INTERN_UNSEEN)
        return s->groups[number - 1];
    void *groups = s->groups;
    struct summary_group *g = arena_alloc(s->arena, sizeof *g);
    if (!g || !arena_grow(s->arena, &groups, s->group_count, &s->group_room, sizeof *s->groups))
        return NULL;
    s->groups = groups;
    g->check = f->check;
    g->severity = f->severity;
    if (!arena_copy(s->arena, f->id, &g->id) || !intern_add(&s->ids, g->id) ||
        !arena_copy(s->arena, f->title, &g->title))
        return NULL;
    s->groups[s->group_count++] = g;
    return g;
}

static bool add_findings(struct summary *s, const struct report_item *item,
                         const struct summary_row *row)
{
    for (size_t i = 0; i < item->finding_count; i++) {
        const struct report_finding *f = &item->findings[i];
        if (!report_finding_counts(f))
            continue;
        s->by_severity[f->severity]++;
        if (s->group_count == SUMMARY_GROUPS_MAX && intern_find(&s->ids, f->id) == INTERN_UNSEEN)
            continue;
        struct summary_group *g = group_of(s, f);
        if (!g)
            return false;
        g->total++;
        g->severity = f->severity > g->severity ? f->severity : g->severity;
        if (g->place_count < SUMMARY_PLACES_MAX)
            g->places[g->place_count++] = (struct summary_place){
                .name = row->name, .kind = item->kind, .number = row->number};
    }
    return true;
}

/* ---- certificates ---- */

static struct summary_certificate *find_certificate(struct summary *s, struct octets sha256)
{
    for (size_t i = 0; i < s->certificate_count; i++)
        if (octets_is_equal(s->certificates[i].sha256, sha256))
            return &s->certificates[i];
    return NULL;
}

/* Keeps those that end first, in that order. */
static bool add_certificate(struct summary *s, const struct report_item *item,
                            const struct summary_row *row)
{
    const struct report_certificate *leaf = item->tls.chain;
    if (!item->tls.chain_count || !leaf->not_after_ms)
        return true;
    struct summary_certificate *known = find_certificate(s, leaf->sha256);
    if (known) {
        known->seen++;
        return true;
    }
    size_t at = s->certificate_count;
    while (at > 0 && s->certificates[at - 1].not_after_ms > leaf->not_after_ms)
        at--;
    if (at == SUMMARY_CERTIFICATES_MAX)
        return true;
    struct summary_certificate c = {.name = row->name,
                                    .number = row->number,
                                    .not_before_ms = leaf->not_before_ms,
                                    .not_after_ms = leaf->not_after_ms,
                                    .seen = 1};
    if (!arena_copy(s->arena, leaf->sha256, &c.sha256) ||
        !arena_copy(s->arena, octets_sub(leaf->subject, 0, 120), &c.subject))
        return false;
    if (s->certificate_count < SUMMARY_CERTIFICATES_MAX)
        s->certificate_count++;
    for (size_t i = s->certificate_count - 1; i > at; i--)
        s->certificates[i] = s->certificates[i - 1];
    s->certificates[at] = c;
    return true;
}

/* ---- figures ---- */

static bool count_software(struct summary *s, const struct report_item *item,
                           const struct summary_row *row)
{
    const struct report_software *software = &item->software;
    if (!software->is_there)
        return true;
    s->altered += software->is_altered;
    if (!tally_add(&s->software, software->is_unknown ? OCTETS("unknown") : software->product))
        return false;
    return software->is_unknown || !software->low.size || tally_add(&s->versions, row->software);
}

static bool count_service(struct summary *s, const struct report_item *item,
                          const struct summary_row *row)
{
    if (item->time_ms && (!s->first_ms || item->time_ms < s->first_ms))
        s->first_ms = item->time_ms;
    if (item->time_ms > s->last_ms)
        s->last_ms = item->time_ms;
    if (!tally_add(&s->outcomes, item->outcome))
        return false;
    if (!item->has_answered)
        return true;
    s->answered++;
    s->by_worst[item->worst]++;
    if (item->tls.is_up && !tally_add(&s->tls, item->tls.version))
        return false;
    return tally_add(&s->starttls, octets_of(report_starttls_name(item->starttls))) &&
           count_software(s, item, row) && add_certificate(s, item, row);
}

/* ---- rows ---- */

static bool fill_row(struct summary *s, const struct report_item *item, struct summary_row *row)
{
    struct buf software;
    bool ok;
    *row = (struct summary_row){
        .has_answered = item->has_answered, .worst = item->worst, .exposed = item->exposed};
    buf_init(&software, 4096);
    if (item->software.is_there)
        report_software_append(&software, &item->software);
    ok = arena_copy(s->arena, octets_sub(item->name, 0, 300), &row->name) &&
         arena_copy(s->arena, octets_sub(buf_octets(&software), 0, 200), &row->software) &&
         arena_copy(s->arena, octets_sub(item->outcome, 0, 40), &row->outcome);
    buf_release(&software);
    return ok;
}

enum err summary_add(struct summary *s, const struct report_item *item,
                     struct summary_row **ret_row)
{
    bool is_service = item->kind == REPORT_SERVICE;
    struct summary_row **rows = is_service ? &s->rows : &s->domains;
    size_t *count = is_service ? &s->row_count : &s->domain_count,
           *room = is_service ? &s->row_room : &s->domain_room;
    void *at = *rows;
    if (!arena_grow(s->arena, &at, *count, room, sizeof **rows))
        return ERR_NOMEM;
    *rows = at;
    struct summary_row *row = &(*rows)[*count];
    if (!fill_row(s, item, row))
        return ERR_NOMEM;
    row->number = ++*count;
    if (!add_findings(s, item, row) || (is_service && !count_service(s, item, row)))
        return ERR_NOMEM;
    *ret_row = row;
    return ERR_OK;
}

/* ---- the worst first ---- */

/* What is exposed counts, then who answered at all. */
static unsigned gravity(enum finding_severity worst)
{
    return worst == SUMMARY_NONE ? 0 : (unsigned)worst + 1;
}

static int worst_row_first(const void *a, const void *b)
{
    const struct summary_row *x = a, *y = b;
    if (gravity(x->worst) != gravity(y->worst))
        return gravity(x->worst) < gravity(y->worst) ? 1 : -1;
    if (x->exposed != y->exposed)
        return x->exposed < y->exposed ? 1 : -1;
    if (x->has_answered != y->has_answered)
        return x->has_answered ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static int gravest_group_first(const void *a, const void *b)
{
    const struct summary_group *x = *(struct summary_group *const *)a,
                               *y = *(struct summary_group *const *)b;
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    return octets_compare(x->id, y->id);
}

void summary_sort(struct summary *s)
{
    if (s->row_count)
        qsort(s->rows, s->row_count, sizeof *s->rows, worst_row_first);
    if (s->domain_count)
        qsort(s->domains, s->domain_count, sizeof *s->domains, worst_row_first);
    if (s->group_count)
        qsort(s->groups, s->group_count, sizeof *s->groups, gravest_group_first);
    struct tally *all[] = {&s->outcomes, &s->software, &s->versions, &s->tls, &s->starttls};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tally_sort(all[i]);
}
