/* SPDX-License-Identifier: Apache-2.0 */
#include "posture.h"

#include "../base/clock.h"
#include "../dns/dkim_selectors.h"
#include "../run/operator.h"
#include "seen.h"

#define SLOTS 8192

/* An endpoint that a domain leads to. */
struct wait {
    struct wait *chained; /* of the same slot */
    struct ward *ward;
    struct address address;
    uint16_t port;
    struct octets host;
    struct facts_seen *to; /* where what it shows is kept */
};

/* A domain under way. */
struct ward {
    struct ward *next;
    struct posture *posture;
    struct run *run;
    struct run_mark *mark; /* the target, held until it is told */
    struct arena arena;
    struct target target;
    struct target_resolution resolution;
    struct facts_domain facts;
    struct wait *waits;
    size_t wait_count, waiting;
    bool is_begun, is_surveyed, is_told;
};

struct posture {
    const struct cli_options *options;
    struct setup *setup;
    struct judgement *judgement;
    posture_tell *tell;
    void *owner;
    struct https *https;
    struct validator *validator;
    struct domain_options survey;
    struct domain_selector selectors[DOMAIN_SELECTORS_MAX];
    struct ward *first, **end; /* in the order of their coming */
    size_t open, surveys;
    struct wait *slots[SLOTS];
    struct seen_ring ring;
    struct net_timer next; /* begins surveys and sweeps from the loop, not from within an end */
    bool is_closing, has_timer, is_last;
};

static struct wait **slot_of(struct posture *p, const struct address *a, uint16_t port)
{
    struct octets o = {a->octets, a->family == 4 ? 4 : sizeof a->octets};
    return &p->slots[(octets_hash(o) + port) % SLOTS];
}

/* ---- ends ---- */

static void unlink_waits(struct ward *w)
{
    for (size_t i = 0; i < w->wait_count; i++) {
        struct wait *one = &w->waits[i];
        struct wait **at = slot_of(w->posture, &one->address, one->port);
        while (*at && *at != one)
            at = &(*at)->chained;
        if (*at)
            *at = one->chained;
    }
    w->wait_count = 0;
}

static void tell(struct ward *w, bool with_facts)
{
    struct posture *p = w->posture;
    struct finding_list findings = {0};
    struct posture_told told = {.target = &w->target, .resolution = &w->resolution};
    if (w->is_told)
        return;
    w->is_told = true;
    unlink_waits(w);
    w->facts.seen_count = seen_pack(w->facts.seen, w->facts.expected_count);
    if (with_facts &&
        judgement_of_domain(p->judgement, &w->facts, &w->arena, &findings) == ERR_OK) {
        told.facts = &w->facts;
        told.findings = &findings;
    }
    p->tell(p->owner, &told);
    run_let_go(w->run, w->mark);
    p->open--;
    net_timer_start(&p->next, 0); /* it is freed there */
}

/* Without a resolver the run was cut short: what is known then is not all. */
static void end_if_done(struct ward *w)
{
    if (w->is_surveyed && !w->waiting && w->posture->setup->resolver)
        tell(w, true);
}

static void on_surveyed(void *owner)
{
    struct ward *w = owner;
    struct posture *p = w->posture;
    p->surveys--;
    w->is_surveyed = true;
    if (p->is_closing)
        return;
    if (w->is_told)
        net_timer_start(&p->next, 0);
    else
        end_if_done(w);
}

static void free_ward(struct ward *w)
{
    arena_release(&w->arena);
    free(w);
}

static void begin(struct ward *w)
{
    struct posture *p = w->posture;
    w->is_begun = true;
    if (domain_survey(&p->survey, &w->arena, &w->facts, on_surveyed, w)) {
        tell(w, false);
        w->is_surveyed = true;
        return;
    }
    p->surveys++;
}

/* Begins what there is room for, and frees those that are over. */
static void on_next(void *owner)
{
    struct posture *p = owner;
    struct ward **at = &p->first, *w;
    while ((w = *at)) {
        if (w->is_told && (w->is_surveyed || !w->is_begun)) {
            *at = w->next;
            free_ward(w);
            continue;
        }
        if (!w->is_begun && !w->is_told && p->surveys < POSTURE_SURVEYS_MAX)
            begin(w);
        at = &w->next;
    }
    p->end = at;
    if (p->is_last && !p->open)
        net_loop_stop(&p->setup->loop);
}

/* ---- beginnings ---- */

static bool is_typed(const struct posture *p, const struct target *t)
{
    const struct run_options *r = &p->setup->run;
    for (size_t i = 0; i < r->target_count; i++)
        if (r->targets[i].kind == TARGET_NAME && octets_is_equal(r->targets[i].name, t->name))
            return true;
    return false;
}

/* A name is a domain when it has exchanges or says that it has none; without MX records, when
 * somebody has registered it, or the user says so. */
static bool is_domain(const struct posture *p, const struct target *t,
                      const struct target_resolution *r)
{
    if (t->kind != TARGET_NAME || p->options->as == TARGET_AS_HOST || t->port)
        return false;
    if (r->outcome == FACTS_OUTCOME_NO_MAIL || r->is_domain)
        return true;
    bool is_there = r->outcome == FACTS_OUTCOME_ANSWERED || r->outcome == FACTS_OUTCOME_NO_ADDRESS;
    return is_there && (p->options->as == TARGET_AS_DOMAIN ||
                        octets_is_equal(run_operator_of(t->name), t->name));
}

static bool is_wanted(const struct posture *p, const struct target *t)
{
    const struct run_options *r = &p->setup->run;
    return r->has_level ? r->level >= FACTS_LEVEL_AUDIT : is_typed(p, t);
}

static bool copy_endpoints(struct ward *w, const struct target_resolution *r)
{
    struct target_resolution *to = &w->resolution;
    to->endpoints = arena_alloc_array(&w->arena, r->endpoint_count, sizeof *to->endpoints);
    to->notes = arena_alloc_array(&w->arena, r->note_count, sizeof *to->notes);
    if ((r->endpoint_count && !to->endpoints) || (r->note_count && !to->notes))
        return false;
    for (size_t i = 0; i < r->endpoint_count; i++) {
        to->endpoints[i] = r->endpoints[i];
        if (!arena_copy(&w->arena, r->endpoints[i].host, &to->endpoints[i].host))
            return false;
    }
    for (size_t i = 0; i < r->note_count; i++) {
        to->notes[i] = r->notes[i];
        if (!arena_copy(&w->arena, r->notes[i].host, &to->notes[i].host) ||
            !arena_copy(&w->arena, r->notes[i].detail, &to->notes[i].detail))
            return false;
    }
    return true;
}

static bool copy(struct ward *w, const struct target *t, const struct target_resolution *r)
{
    struct arena *a = &w->arena;
    w->target = *t;
    w->resolution = *r;
    bool ok = arena_copy(a, t->input, &w->target.input) &&
              arena_copy(a, t->name, &w->target.name) && arena_copy(a, t->tag, &w->target.tag) &&
              arena_copy(a, r->reason, &w->resolution.reason) && copy_endpoints(w, r);
    w->facts = (struct facts_domain){.input = w->target.input,
                                     .tag = w->target.tag,
                                     .name = w->target.name,
                                     .organization = run_operator_of(w->target.name),
                                     .time_ms = clock_wall_ms()};
    return ok;
}

/* Waits for each endpoint whose visit is to come; of one that was visited it takes what is still
 * known. */
static bool expect(struct ward *w, struct posture_ports ports)
{
    struct posture *p = w->posture;
    size_t count = w->resolution.endpoint_count * ports.count;
    w->waits = arena_alloc_array(&w->arena, count, sizeof *w->waits);
    w->facts.seen = arena_alloc_array(&w->arena, count, sizeof *w->facts.seen);
    if (count && (!w->waits || !w->facts.seen))
        return false;
    w->facts.expected_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct target_endpoint *e = &w->resolution.endpoints[i / ports.count];
        uint16_t port = ports.at[i % ports.count];
        const struct facts_seen *seen = seen_find(&p->ring, &e->address, port);
        if (seen && !seen_join(&w->facts.seen[i], seen, e->host, &w->arena))
            return false;
        if (seen || !run_expects(w->run, &e->address, port))
            continue;
        struct wait *one = &w->waits[w->wait_count++];
        struct wait **slot = slot_of(p, &e->address, port);
        *one = (struct wait){*slot, w, e->address, port, e->host, &w->facts.seen[i]};
        *slot = one;
        w->waiting++;
    }
    return true;
}

bool posture_take(struct posture *p, struct run *run, const struct target *t,
                  const struct target_resolution *r, struct posture_ports ports)
{
    if (!is_domain(p, t, r) || !is_wanted(p, t) || p->is_closing)
        return false;
    struct ward *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct ward){.posture = p, .run = run};
    arena_init(&w->arena, DOMAIN_OCTETS_MAX);
    if (!copy(w, t, r) || !expect(w, ports)) {
        unlink_waits(w);
        free_ward(w);
        return false;
    }
    w->mark = run_hold(run);
    *p->end = w;
    p->end = &w->next;
    p->open++;
    net_timer_start(&p->next, 0);
    return true;
}

bool posture_wants(const struct posture *p)
{
    return p->has_timer && (p->open || p->options->has_level || p->setup->run.target_count > 1);
}

void posture_seen(struct posture *p, const struct facts_visit *v)
{
    struct facts_seen *seen = seen_keep(&p->ring, v);
    struct wait **at = slot_of(p, &v->address, v->port), *one;
    while ((one = *at)) {
        if (one->port != v->port || !address_is_equal(&one->address, &v->address)) {
            at = &one->chained;
            continue;
        }
        *at = one->chained;
        struct ward *w = one->ward;
        /* Without memory it is as if it had not been visited. */
        if (seen && !seen_join(one->to, seen, one->host, &w->arena))
            *one->to = (struct facts_seen){0};
        one->chained = NULL;
        w->waiting--;
        end_if_done(w); /* which unlinks the others of its own */
        at = slot_of(p, &v->address, v->port);
    }
}

/* ---- the whole ---- */

static void add_selectors(struct posture *p, const struct cli_options *o)
{
    struct octets rest = OCTETS_NONE;
    struct dkim_selector one;
    size_t n = 0;
    for (size_t i = 0; i < o->selector_count; i++) {
        rest = octets_of(o->selectors[i]);
        while (rest.size && n < DOMAIN_SELECTORS_MAX) {
            struct octets name = octets_trim(octets_take_until(&rest, ','));
            if (name.size)
                p->selectors[n++] = (struct domain_selector){name, true};
        }
    }
    for (size_t i = 0; i < bundle_built_in.count; i++)
        if (strcmp(bundle_built_in.files[i].path, "dkim-selectors.txt") == 0)
            rest = bundle_built_in.files[i].text;
    while (n < DOMAIN_SELECTORS_MAX && dkim_selector_next(&rest, &one))
        p->selectors[n++] = (struct domain_selector){one.name, false};
    p->survey.selectors = p->selectors;
    p->survey.selector_count = n;
}

enum err posture_new(const struct cli_options *o, struct setup *setup, struct judgement *judgement,
                     posture_tell *tell_of, void *owner, struct posture **ret)
{
    struct posture *p = calloc(1, sizeof *p);
    if (!p)
        return ERR_NOMEM;
    *p = (struct posture){.options = o,
                          .setup = setup,
                          .judgement = judgement,
                          .tell = tell_of,
                          .owner = owner,
                          .has_timer = true,
                          .survey = {.resolver = &setup->resolver,
                                     .allow_special = o->allow_special,
                                     .policy_port = 443,
                                     .policy_ms = 4 * o->connect_ms}};
    p->end = &p->first;
    add_selectors(p, o);
    enum err e = https_new(&setup->loop, &p->https);
    p->survey.https = p->https;
    if (!e && o->trust_anchor)
        e = validator_new(&setup->loop, o->resolver, o->trust_anchor, 3 * o->dns_ms, &p->validator);
    p->survey.validator = p->validator;
    if (!e)
        e = seen_ring_init(&p->ring, POSTURE_SEEN_MAX);
    if (e) {
        validator_free(p->validator);
        https_free(p->https);
        free(p);
        return e;
    }
    net_timer_init(&setup->loop, &p->next, on_next, p);
    *ret = p;
    return ERR_OK;
}

/* Visits that were never told of, such as those of a run cut short, leave domains behind. */
static void tell_the_rest(struct posture *p, bool with_facts)
{
    for (struct ward *w = p->first; w; w = w->next)
        if (!w->is_told && (!with_facts || w->is_surveyed))
            tell(w, with_facts);
}

void posture_finish(struct posture *p, bool (*is_cut_short)(void *owner), void *owner)
{
    p->is_last = true;
    while (p->open && !is_cut_short(owner)) {
        for (struct ward *w = p->first; w; w = w->next)
            w->waiting = 0; /* no visit comes any more */
        tell_the_rest(p, true);
        if (p->open)
            net_loop_run(&p->setup->loop);
    }
    tell_the_rest(p, false);
}

void posture_close(struct posture *p)
{
    if (!p)
        return;
    p->is_closing = true;
    https_free(p->https);
    validator_free(p->validator);
    net_timer_close(&p->next, NULL);
}

void posture_free(struct posture *p)
{
    if (!p)
        return;
    while (p->first) {
        struct ward *w = p->first;
        p->first = w->next;
        free_ward(w);
    }
    seen_ring_release(&p->ring);
    free(p);
}
