/* SPDX-License-Identifier: Apache-2.0 */
#include "spf_tree.h"

#include "name.h"
#include "spf_check.h"
#include "spf_macro.h"

#define NAME_OCTETS  253
#define CLIMB_LABELS 8 /* from which on a missing name is followed up */

enum stage {
    STAGE_RECORD, /* asks for a node's record */
    STAGE_TERM,   /* asks for what a term names */
    STAGE_V6,     /* the same, IPv6 */
    STAGE_CLIMB,  /* asks whether the parent of a name that does not exist does */
    STAGE_NEXT,   /* goes on to the next term */
    STAGE_DONE
};

struct spf_walk {
    struct arena *arena;
    struct spf_tree tree;
    enum stage stage;
    size_t node_at, term_at; /* the next term to look at */
    struct spf_node *asked;  /* whose record is asked for */
    struct spf_seen *seen;   /* of the term under way; NULL for the first record */
    bool is_out_of_memory;
    size_t questions;
    struct dns_question question;
};

static const char *const found_names[] = {
#define X(id, name) name,
    SPF_FOUND_MAP(X)
#undef X
};

const char *spf_found_name(enum spf_found f)
{
    return found_names[f];
}

static bool keep(struct spf_walk *w, struct octets o, struct octets *ret)
{
    if (!arena_copy(w->arena, o, ret))
        w->is_out_of_memory = true;
    return !w->is_out_of_memory;
}

/* ---- names ---- */

/* The expansion with what is known without a sender; false when it takes more than that. */
static bool expand(struct spf_walk *w, const struct spf_node *n, struct octets spec,
                   struct octets *ret)
{
    struct spf_values values = {.of = {[2] = w->tree.nodes[0]->domain, [3] = n->domain}};
    if (spf_macro_letters(spec) & ~(unsigned)(SPF_LETTER_O | SPF_LETTER_D))
        return false;
    *ret = OCTETS_NONE;
    if (spf_macro_copy(w->arena, spec, &values, ret))
        w->is_out_of_memory = true;
    *ret = spf_macro_shorten(*ret);
    return true;
}

static void ask(struct spf_walk *w, struct octets name, enum dns_type type, enum stage stage)
{
    struct buf out;
    if (++w->questions > SPF_TREE_QUESTIONS_MAX) {
        w->tree.is_cut = true;
        w->stage = STAGE_DONE;
        return;
    }
    buf_init(&out, 4 * NAME_OCTETS);
    dns_name_append_escaped(&out, name);
    w->is_out_of_memory = w->is_out_of_memory || buf_error(&out);
    (void)keep(w, buf_octets(&out), &w->question.name);
    buf_release(&out);
    w->question.type = type;
    w->stage = stage;
}

/* ---- nodes ---- */

static bool is_loop(const struct spf_node *n, struct octets domain)
{
    for (; n; n = n->parent)
        if (octets_is_equal_nocase(n->domain, domain))
            return true;
    return false;
}

static void add_node(struct spf_walk *w, const struct spf_node *parent, const struct spf_term *via,
                     struct octets domain)
{
    w->stage = STAGE_NEXT;
    if (w->tree.count == SPF_TREE_NODES_MAX) {
        w->tree.is_cut = true;
        return;
    }
    struct spf_node *n = arena_alloc(w->arena, sizeof *n);
    w->is_out_of_memory = w->is_out_of_memory || !n;
    if (!n)
        return;
    *n = (struct spf_node){.parent = parent, .via = via, .domain = domain, .found = SPF_FOUND_CUT};
    w->tree.nodes[w->tree.count++] = n;
    w->asked = n;
    if (w->seen)
        w->seen->child = n;
    if (is_loop(parent, domain))
        n->found = SPF_FOUND_LOOP;
    else if (!spf_is_domain(domain))
        n->found = SPF_FOUND_BAD_DOMAIN;
    else
        ask(w, domain, DNS_TYPE_TXT, STAGE_RECORD);
}

/* A child that is not followed, for its domain takes the sender. */
static void add_unknown(struct spf_walk *w, const struct spf_node *parent,
                        const struct spf_term *via)
{
    add_node(w, parent, via, OCTETS_NONE);
    if (w->seen->child)
        w->asked->found = SPF_FOUND_SENDER;
}

static void take_record(struct spf_walk *w, const struct dns_answer *answer)
{
    struct spf_node *n = w->asked;
    struct octets text;
    size_t count;
    if (!spf_select(answer, w->arena, &text, &count) ||
        (count == 1 && spf_parse(text, w->arena, &n->record))) {
        w->is_out_of_memory = true;
        return;
    }
    n->seen = arena_alloc_array(w->arena, n->record.count, sizeof *n->seen);
    w->is_out_of_memory = w->is_out_of_memory || !n->seen;
    n->found = answer->status == DNS_FAILED         ? SPF_FOUND_FAILED
               : answer->status == DNS_NO_SUCH_NAME ? SPF_FOUND_NO_SUCH_NAME
               : count == 0                         ? SPF_FOUND_NO_RECORD
               : count > 1                          ? SPF_FOUND_MULTIPLE
                                                    : SPF_FOUND_RECORD;
}

/* ---- terms ---- */

/* Whether evaluation can come to it: not past an all, and to a redirect only without one (RFC 7208
 * s5.1, s6.1). */
static bool is_reached(const struct spf_record *r, const struct spf_term *t)
{
    return t->kind == SPF_REDIRECT ? !r->all : !r->all || t < r->all;
}

static void start_term(struct spf_walk *w, struct spf_node *n, const struct spf_term *t)
{
    struct spf_seen *seen = w->seen = &n->seen[t - n->record.terms];
    bool leads_on = t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT;
    if (!is_reached(&n->record, t) || !spf_term_is_lookup(t))
        return;
    seen->is_lookup = true;
    if (t->kind == SPF_PTR)
        return; /* it asks for a name of the sender's address */
    seen->name = n->domain;
    bool is_known = !t->domain.size || expand(w, n, t->domain, &seen->name);
    if (leads_on && is_known)
        add_node(w, n, t, seen->name);
    else if (leads_on)
        add_unknown(w, n, t);
    else if (is_known && dns_name_is_valid(seen->name))
        ask(w, seen->name, t->kind == SPF_MX ? DNS_TYPE_MX : DNS_TYPE_A, STAGE_TERM);
}

/* The counts of all that is below, children before their parents. */
static void count_all(struct spf_walk *w)
{
    for (size_t i = w->tree.count; i-- > 0;) {
        struct spf_node *n = w->tree.nodes[i];
        for (size_t k = 0; n->found == SPF_FOUND_RECORD && k < n->record.count; k++) {
            const struct spf_seen *s = &n->seen[k];
            bool is_void = s->status == DNS_NO_DATA || s->status == DNS_NO_SUCH_NAME;
            n->lookups += s->is_lookup + (s->child ? s->child->lookups : 0);
            n->voids += (s->is_asked && !s->child && is_void) + (s->child ? s->child->voids : 0);
        }
    }
}

static void move_on(struct spf_walk *w)
{
    if (w->node_at == w->tree.count) {
        w->stage = STAGE_DONE;
        return;
    }
    struct spf_node *n = w->tree.nodes[w->node_at];
    if (n->found == SPF_FOUND_RECORD && w->term_at < n->record.count) {
        start_term(w, n, &n->record.terms[w->term_at++]);
        return;
    }
    w->node_at++;
    w->term_at = 0;
}

/* ---- answers ---- */

/* The name does not exist: does the one above it? */
static void climb(struct spf_walk *w, struct octets missing)
{
    size_t labels = dns_name_labels(missing);
    w->seen->missing = missing;
    w->stage = STAGE_NEXT;
    if (labels > CLIMB_LABELS + 1)
        labels = CLIMB_LABELS + 1;
    if (labels > 2) /* top-level domains are there, or nobody could register below them */
        ask(w, dns_name_suffix(missing, labels - 1), DNS_TYPE_SOA, STAGE_CLIMB);
}

static void answer_climb(struct spf_walk *w, enum dns_status status)
{
    struct octets asked = w->seen->missing;
    size_t labels = dns_name_labels(asked);
    w->stage = STAGE_NEXT;
    if (status == DNS_NO_SUCH_NAME)
        climb(w, dns_name_suffix(asked, labels > CLIMB_LABELS + 1 ? CLIMB_LABELS : labels - 1));
}

static void answer_term(struct spf_walk *w, const struct dns_answer *a)
{
    struct spf_seen *s = w->seen;
    bool wants_v6 =
        w->stage == STAGE_TERM && w->question.type == DNS_TYPE_A && a->status == DNS_NO_DATA;
    s->is_asked = true;
    s->status = a->status;
    for (size_t i = 0; i < a->count; i++)
        s->exchanges += a->records[i].type == DNS_TYPE_MX;
    w->stage = STAGE_NEXT;
    if (a->status == DNS_NO_SUCH_NAME)
        climb(w, s->name);
    else if (wants_v6 && w->tree.nodes[w->node_at]->record.terms[w->term_at - 1].kind == SPF_A)
        ask(w, s->name, DNS_TYPE_AAAA, STAGE_V6);
}

static void answer_record(struct spf_walk *w, const struct dns_answer *a)
{
    w->stage = STAGE_NEXT;
    take_record(w, a);
    if (!w->seen)
        return;
    w->seen->is_asked = true;
    w->seen->status = a->status;
    if (a->status == DNS_NO_SUCH_NAME)
        climb(w, w->seen->name);
}

void spf_walk_answer(struct spf_walk *w, const struct dns_answer *answer)
{
    struct dns_answer a = *answer;
    bool has_type = false;
    for (size_t i = 0; i < a.count; i++)
        has_type = has_type || a.records[i].type == w->question.type;
    if (a.status == DNS_FOUND && !has_type)
        a.status = DNS_NO_DATA;
    a.count = a.status == DNS_FOUND ? a.count : 0;
    if (w->stage == STAGE_RECORD)
        answer_record(w, &a);
    else if (w->stage == STAGE_CLIMB)
        answer_climb(w, a.status);
    else if (w->stage == STAGE_TERM || w->stage == STAGE_V6)
        answer_term(w, &a);
}

/* ---- the machine ---- */

enum err spf_walk_new(struct arena *a, struct octets domain, struct spf_walk **ret)
{
    struct spf_walk *w = arena_alloc(a, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    w->arena = a;
    add_node(w, NULL, NULL, dns_name_without_dot(domain));
    if (w->is_out_of_memory)
        return ERR_NOMEM;
    *ret = w;
    return ERR_OK;
}

enum dns_step spf_walk_step(struct spf_walk *w, struct dns_question *ret)
{
    bool was_done = w->stage == STAGE_DONE && w->node_at == SIZE_MAX;
    while (w->stage == STAGE_NEXT && !w->is_out_of_memory)
        move_on(w);
    if (w->is_out_of_memory)
        return DNS_STEP_NOMEM;
    if (w->stage != STAGE_DONE) {
        *ret = w->question;
        return DNS_STEP_ASK;
    }
    if (!was_done)
        count_all(w);
    w->node_at = SIZE_MAX; /* counted */
    return DNS_STEP_DONE;
}

const struct spf_tree *spf_walk_tree(const struct spf_walk *w)
{
    return &w->tree;
}
