/* SPDX-License-Identifier: Apache-2.0 */
#include "judgement.h"

#include <errno.h>
#include <string.h>

#include <libpsl.h>

#include "../audit/software.h"
#include "../base/escape.h"
#include "../base/nearest.h"
#include "../report/domain.h"
#include "folder.h"

#define BASELINE_OCTETS_MAX ((size_t)4 * 1024 * 1024)

static bool read_baseline(struct judgement *j, const char *path)
{
    unsigned line = 0;
    enum err e = folder_read_file(path, BASELINE_OCTETS_MAX, &j->baseline_text);
    if (e) {
        fprintf(stderr, "smtpscan: --baseline: %s: %s\n", path,
                e == ERR_SYS ? strerror(errno) : err_text(e));
        return false;
    }
    e = audit_baseline_read(j->baseline_text, &j->arena, &j->baseline, &line);
    if (e)
        fprintf(stderr, "smtpscan: --baseline: %s:%u: takes ID, or ID and a target, one a line\n",
                path, line);
    return !e;
}

static bool is_known(const void *owner, struct octets pattern)
{
    const struct audit_knowledge *k = owner;
    for (size_t i = 0; i < k->check_count; i++)
        if (audit_select_matches(pattern, k->checks[i].id))
            return true;
    return false;
}

static bool is_list_of_ids(const struct audit_knowledge *k, const char *option, const char *list)
{
    struct octets unknown = audit_select_unknown(octets_of(list), is_known, k);
    struct nearest near;
    struct buf shown;
    if (!unknown.size)
        return true;
    nearest_init(&near, unknown);
    for (size_t i = 0; i < k->check_count; i++)
        (void)nearest_offer(&near, k->checks[i].id);
    buf_init(&shown, 400);
    escape_visible(&shown, octets_sub(unknown, 0, 60));
    buf_append_text(&shown, near.found.size ? "; did you mean " : " (smtpscan explain lists them)");
    escape_visible(&shown, near.found);
    buf_append_text(&shown, near.found.size ? "?" : "");
    fprintf(stderr, "smtpscan: %s: no check is called %.*s\n", option, (int)shown.size,
            (const char *)shown.data);
    buf_release(&shown);
    return false;
}

bool judgement_init(struct judgement *j, const struct cli_options *o,
                    const struct identify_database *database,
                    const struct audit_knowledge *knowledge)
{
    *j = (struct judgement){
        .database = database,
        .knowledge = knowledge,
        .identify = {.ignore_greeting = o->ignore_greeting, .flat_priors = o->flat_priors},
        .select = {.only = octets_of(o->only), .skip = octets_of(o->skip)},
        .fail_on = o->fail_on};
    arena_init(&j->arena, 3 * BASELINE_OCTETS_MAX);
    bool ok = (!o->only || is_list_of_ids(knowledge, "--only", o->only)) &&
              (!o->skip || is_list_of_ids(knowledge, "--skip", o->skip)) &&
              (!o->baseline || read_baseline(j, o->baseline));
    if (!ok)
        judgement_release(j);
    return ok;
}

static void weigh_findings(struct judgement *j, const struct facts_visit *v,
                           struct finding_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct finding *f = &list->at[i];
        f->is_accepted =
            f->verdict == FINDING_EXPOSED && audit_baseline_has(&j->baseline, f->id, v);
        j->failing += f->verdict == FINDING_EXPOSED && !f->is_accepted && f->severity >= j->fail_on;
    }
}

enum err judgement_of(struct judgement *j, const struct facts_visit *v, struct arena *a,
                      struct judged *ret)
{
    ret->provider = (struct provider_hit){0};
    ret->findings = (struct finding_list){0};
    ret->answers = (struct audit_answers){.findings = &ret->findings};
    if (provider_find(&j->database->providers, v, &ret->provider))
        ret->answers.provider = &ret->provider;
    if (v->outcome != FACTS_OUTCOME_ANSWERED || v->level < FACTS_LEVEL_IDENTIFY)
        return ERR_OK;
    enum err e = identify_match(j->database, v, &j->identify, a, &ret->software);
    if (!e)
        e = audit_cpe(j->knowledge, &ret->software, a);
    if (e)
        return e;
    ret->answers.software = &ret->software;
    const struct audit_input in = {.known = j->knowledge,
                                   .visit = v,
                                   .software = &ret->software,
                                   .provider = ret->answers.provider,
                                   .select = j->select};
    e = audit_service(&in, a, &ret->findings);
    if (!e)
        weigh_findings(j, v, &ret->findings);
    return e;
}

/* ---- domains ---- */

static bool is_registry(struct octets name)
{
    char text[256];
    if (name.size >= sizeof text)
        return false;
    memcpy(text, name.at, name.size);
    text[name.size] = 0;
    return psl_is_public_suffix(psl_builtin(), text);
}

enum err judgement_of_domain(struct judgement *j, const struct facts_domain *d, struct arena *a,
                             struct finding_list *ret)
{
    const struct facts_visit where = {.input = d->name, .domain = d->name};
    const struct audit_domain_input in = {
        .known = j->knowledge, .domain = d, .is_registry = is_registry, .select = j->select};
    enum err e = audit_domain(&in, a, ret);
    if (!e)
        weigh_findings(j, &where, ret);
    return e;
}

enum err judgement_append_domain(const struct judgement *j, const struct record_domain *d,
                                 bool with_record, const struct report_text_style *style,
                                 struct buf *out)
{
    enum err e = with_record ? record_domain(out, d) : ERR_OK;
    if (e || !style)
        return e;
    report_text_domain(out, style, d->input, d->resolution);
    if (d->posture)
        report_text_posture(out, style, d->posture, d->findings, j->knowledge);
    return ERR_OK;
}

void judgement_release(struct judgement *j)
{
    free((void *)j->baseline_text.at);
    arena_release(&j->arena);
}
