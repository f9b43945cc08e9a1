/* SPDX-License-Identifier: Apache-2.0 */
#include "dmarc.h"
#include "name.h"

#define NAME_OCTETS 1100 /* _dmarc and a name, each octet escaped */

struct dmarc_walk {
    struct arena *arena;
    struct dmarc_walked result;
    struct octets domain;
    bool is_done, is_out_of_memory;
    struct dns_question question;
};

/* ---- what came of it ---- */

static const struct dmarc_step *step_of(const struct dmarc_walked *r, struct octets domain)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->steps[i].record && octets_is_equal(r->steps[i].domain, domain))
            return &r->steps[i];
    return NULL;
}

/* s4.10.2, from the longest name to the shortest.  The walk ends at psd=n and psd=y, so that none
 * but the last record can say either. */
static struct octets organization(const struct dmarc_walk *w, const struct dmarc_step *last)
{
    if (!last)
        return w->domain;
    bool is_start = last == &w->result.steps[0];
    if (last->record->psd == DMARC_PSD_Y && !is_start)
        return dns_name_suffix(w->domain, dns_name_labels(last->domain) + 1);
    return last->domain;
}

/* Whether DNS failed for a name between the domain and the one of the policy, whose record would
 * come before it. */
static bool is_doubtful(const struct dmarc_walked *r)
{
    for (const struct dmarc_step *s = r->steps; r->policy && s < r->policy; s++)
        if (s->status == DNS_FAILED)
            return true;
    return false;
}

/* s4.10.1: the domain's own record, its organization's, that of the public suffix. */
static void conclude(struct dmarc_walk *w)
{
    struct dmarc_walked *r = &w->result;
    const struct dmarc_step *last = NULL;
    for (size_t i = 0; i < r->count; i++)
        last = r->steps[i].record ? &r->steps[i] : last;
    r->organization = organization(w, last);
    r->policy = step_of(r, w->domain);
    if (!r->policy)
        r->policy = step_of(r, r->organization);
    if (!r->policy && last && last->record->psd == DMARC_PSD_Y)
        r->policy = last;
    if (is_doubtful(r))
        r->policy = NULL;
    w->is_done = true;
}

/* ---- the way ---- */

static void ask(struct dmarc_walk *w, struct octets domain)
{
    struct buf name;
    w->result.steps[w->result.count].domain = domain;
    buf_init(&name, NAME_OCTETS);
    buf_append_text(&name, "_dmarc.");
    dns_name_append_escaped(&name, domain);
    w->question.type = DNS_TYPE_TXT;
    if (buf_error(&name) || !arena_copy(w->arena, buf_octets(&name), &w->question.name))
        w->is_out_of_memory = true;
    buf_release(&name);
}

/* s4.10 steps 3, 4 and 7: eight labels and more lead to seven. */
static void climb(struct dmarc_walk *w, struct octets from)
{
    size_t labels = dns_name_labels(from);
    if (labels <= 1 || w->result.count == DMARC_STEPS_MAX)
        conclude(w);
    else
        ask(w, dns_name_suffix(from, labels < 8 ? labels - 1 : 7));
}

enum err dmarc_walk_new(struct arena *a, struct octets domain, struct dmarc_walk **ret)
{
    struct dmarc_walk *w = arena_alloc(a, sizeof *w);
    if (!w || !arena_copy(a, dns_name_without_dot(domain), &w->domain))
        return ERR_NOMEM;
    w->arena = a;
    if (dns_name_is_valid(w->domain))
        ask(w, w->domain);
    else
        conclude(w);
    if (w->is_out_of_memory)
        return ERR_NOMEM;
    *ret = w;
    return ERR_OK;
}

/* The one record of the answer, parsed; NULL when there is none or more than one, which are all
 * discarded. */
static const struct dmarc_record *read_record(struct dmarc_walk *w, const struct dns_answer *a,
                                              size_t *ret_count)
{
    struct octets text = OCTETS_NONE;
    *ret_count = 0;
    for (size_t i = 0; a->status == DNS_FOUND && i < a->count; i++)
        if (a->records[i].type == DNS_TYPE_TXT && dmarc_is_record(a->records[i].text)) {
            text = a->records[i].text;
            ++*ret_count;
        }
    if (*ret_count != 1)
        return NULL;
    struct dmarc_record *r = arena_alloc(w->arena, sizeof *r);
    if (!r || !arena_copy(w->arena, text, &text)) {
        w->is_out_of_memory = true;
        return NULL;
    }
    dmarc_parse(text, r);
    return r;
}

void dmarc_walk_answer(struct dmarc_walk *w, const struct dns_answer *answer)
{
    struct dmarc_step *s = &w->result.steps[w->result.count++];
    s->status = answer->status;
    s->record = read_record(w, answer, &s->count);
    w->result.has_failed = w->result.has_failed || answer->status == DNS_FAILED;
    if (s->record && s->record->psd != DMARC_PSD_U)
        conclude(w);
    else
        climb(w, s->domain);
}

enum dns_step dmarc_walk_step(struct dmarc_walk *w, struct dns_question *ret)
{
    if (w->is_out_of_memory)
        return DNS_STEP_NOMEM;
    if (w->is_done)
        return DNS_STEP_DONE;
    *ret = w->question;
    return DNS_STEP_ASK;
}

const struct dmarc_walked *dmarc_walk_result(const struct dmarc_walk *w)
{
    return &w->result;
}
