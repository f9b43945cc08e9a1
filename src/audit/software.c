/* SPDX-License-Identifier: Apache-2.0 */
#include "software.h"

/* Surer than this it is said as a finding, else as an open question: a false alarm is worse. */
#define P_EXPOSED 0.9
/* And what is more likely so than not gives it its severity. */
#define P_LIKELY 0.5

#define REASON \
    "by version alone: a distribution's package may carry the fixes under an older number, and a " \
    "configuration may not be affected"
#define REASON_EOL \
    "by version alone: a distribution may go on maintaining its package after its authors stopped"
#define REASON_UNSURE "the versions that behave like this are not all in range; "

/* What is asked of each version that is left possible. */
typedef bool applies(const void *what, struct octets product, struct octets version);

static double sum_of(const struct identify_answer *r, struct octets product, applies *is_so,
                     const void *what)
{
    double p = 0;
    /* Where no version is known, only what holds for all of them holds. */
    if (!r->version_count && is_so(what, product, OCTETS_NONE))
        p = 1;
    for (size_t i = 0; i < r->version_count; i++)
        if (is_so(what, product, r->versions[i]))
            p += r->version_p[i];
    return p * r->confidence;
}

/* ---- advisories ---- */

static bool is_affected(const void *what, struct octets product, struct octets version)
{
    const struct advisory *v = what;
    if (version.size)
        return advisory_affects(v, product, version);
    return v->range_count == 1 && !v->ranges[0].first.size && !v->ranges[0].last.size &&
           advisory_affects(v, product, version);
}

static bool is_affected_by_any(const void *what, struct octets product, struct octets version)
{
    const struct advisory_product *p = what;
    for (size_t i = 0; i < p->advisory_count; i++)
        if (is_affected(&p->advisories[i], product, version))
            return true;
    return false;
}

static int graver_first(const void *a, const void *b)
{
    const struct finding_possible *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    if (x->p < y->p || x->p > y->p)
        return x->p < y->p ? 1 : -1;
    return octets_compare(y->id, x->id); /* the newer first */
}

/* The gravest of what is more likely so than not; of all, when nothing is. */
static enum finding_severity gravest(const struct finding *f)
{
    for (size_t i = 0; i < f->possible_count; i++)
        if (f->possible[i].p >= P_LIKELY)
            return f->possible[i].severity;
    return f->possible[0].severity;
}

static enum err append_text(struct arena *a, struct octets text, struct octets *ret)
{
    return arena_copy(a, text, ret) ? ERR_OK : ERR_NOMEM;
}

/* "Exim 4.96 to 4.99 (98 %)": what the finding rests on. */
static enum err add_evidence(struct finding *f, const struct identify_answer *r,
                             struct octets product, struct arena *a)
{
    struct buf text;
    buf_init(&text, 1024);
    buf_append(&text, product);
    if (r->version_count) {
        buf_append_text(&text, " ");
        buf_append(&text, r->versions[0]);
    }
    if (r->version_count > 1) {
        buf_append_text(&text, " to ");
        buf_append(&text, r->versions[r->version_count - 1]);
    }
    buf_append_format(&text, " (%.0f %%)", r->confidence * 100);
    f->evidence = arena_alloc(a, sizeof *f->evidence);
    enum err e = f->evidence ? append_text(a, buf_octets(&text), f->evidence) : ERR_NOMEM;
    f->evidence_count = e ? 0 : 1;
    buf_release(&text);
    return e;
}

static void conclude(struct finding *f, const char *reason, const char *unsure)
{
    bool is_likely = f->p >= P_EXPOSED;
    f->verdict = is_likely ? FINDING_EXPOSED : FINDING_UNTESTABLE;
    f->reason = octets_of(is_likely ? reason : unsure);
    qsort(f->possible, f->possible_count, sizeof *f->possible, graver_first);
}

/* A finding of the check, or NULL when the data does not have it. */
static struct finding *begin(const struct audit_knowledge *k, const char *id, size_t room,
                             struct arena *a, struct finding_list *list)
{
    const struct audit_check *check = audit_check(k, octets_of(id));
    struct finding *f = check ? audit_finding(check, a, list) : NULL;
    if (!f)
        return NULL;
    f->possible = arena_alloc_array(a, room, sizeof *f->possible);
    return f;
}

static enum err find_affected(const struct audit_knowledge *k, const struct advisory_product *p,
                              const struct identify_answer *r, struct octets product,
                              struct arena *a, struct finding_list *list)
{
    double any = sum_of(r, product, is_affected_by_any, p);
    if (any < AUDIT_SOFTWARE_P_MIN || !audit_check(k, OCTETS("svc.cve")))
        return ERR_OK;
    struct finding *f = begin(k, "svc.cve", p->advisory_count, a, list);
    if (!f || !f->possible)
        return ERR_NOMEM;
    f->p = any;
    for (size_t i = 0; i < p->advisory_count; i++) {
        const struct advisory *v = &p->advisories[i];
        double likely = sum_of(r, product, is_affected, v);
        if (likely < AUDIT_SOFTWARE_P_MIN)
            continue;
        f->possible[f->possible_count++] =
            (struct finding_possible){.id = v->id,
                                      .p = likely,
                                      .severity = v->severity,
                                      .about = v->about.at[0].text,
                                      .fixed = v->fixed,
                                      .is_exploited = v->exploited.size > 0};
    }
    if (!f->possible_count) { /* each alone too unlikely to be said */
        list->count--;
        return ERR_OK;
    }
    conclude(f, REASON, REASON_UNSURE REASON);
    f->severity = gravest(f);
    return add_evidence(f, r, product, a);
}

/* ---- ends of life ---- */

struct ended {
    const struct advisory_product *product;
    const struct advisory_series *series; /* NULL: any */
    uint64_t time_ms;
};

static bool is_ended(const void *what, struct octets product, struct octets version)
{
    const struct ended *e = what;
    const struct advisory_series *s = advisory_series_of(e->product, version);
    (void)product;
    return s && s->ended_ms <= e->time_ms && (!e->series || s == e->series);
}

static enum err find_ended(const struct audit_knowledge *k, const struct advisory_product *p,
                           const struct identify_answer *r, uint64_t time_ms, struct arena *a,
                           struct finding_list *list)
{
    struct ended ended = {.product = p, .time_ms = time_ms};
    double any = sum_of(r, r->product, is_ended, &ended);
    if (any < AUDIT_SOFTWARE_P_MIN || !audit_check(k, OCTETS("svc.eol")))
        return ERR_OK;
    struct finding *f = begin(k, "svc.eol", p->series_count, a, list);
    if (!f || !f->possible)
        return ERR_NOMEM;
    f->p = any;
    for (size_t i = 0; i < p->series_count; i++) {
        ended.series = &p->series[i];
        double likely = sum_of(r, r->product, is_ended, &ended);
        if (likely >= AUDIT_SOFTWARE_P_MIN)
            f->possible[f->possible_count++] =
                (struct finding_possible){.id = p->series[i].name,
                                          .p = likely,
                                          .severity = f->severity,
                                          .ended = p->series[i].ended};
    }
    if (!f->possible_count) {
        list->count--;
        return ERR_OK;
    }
    conclude(f, REASON_EOL, REASON_UNSURE REASON_EOL);
    return add_evidence(f, r, r->product, a);
}

/* What stands in front is software too, of a version that nobody knows. */
static enum err find_front(const struct audit_knowledge *k, const struct identify_answer *answer,
                           struct arena *a, struct finding_list *list)
{
    const struct advisory_product *p = audit_product(k, answer->front);
    struct identify_answer front = {.product = answer->front, .confidence = answer->confidence};
    return p ? find_affected(k, p, &front, answer->front, a, list) : ERR_OK;
}

enum err audit_software(const struct audit_knowledge *k, const struct identify_answer *answer,
                        uint64_t time_ms, struct arena *a, struct finding_list *list)
{
    if (answer->is_unknown)
        return ERR_OK;
    const struct advisory_product *p = audit_product(k, answer->product);
    enum err e = p ? find_affected(k, p, answer, answer->product, a, list) : ERR_OK;
    if (!e && p)
        e = find_ended(k, p, answer, time_ms, a, list);
    if (!e && answer->front.size)
        e = find_front(k, answer, a, list);
    return e;
}

enum err audit_cpe(const struct audit_knowledge *k, struct identify_answer *answer, struct arena *a)
{
    const struct advisory_product *p =
        answer->is_unknown ? NULL : audit_product(k, answer->product);
    struct buf name;
    enum err e = ERR_OK;
    if (!p || !p->cpe.size)
        return ERR_OK;
    buf_init(&name, 512);
    for (size_t i = 0; i < answer->version_count && !e; i++) {
        buf_clear(&name);
        advisory_cpe_append(&name, p, answer->versions[i]);
        e = buf_error(&name);
        if (!e)
            e = append_text(a, buf_octets(&name), &answer->cpe[i]);
    }
    buf_release(&name);
    return e;
}
