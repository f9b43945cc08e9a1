/* SPDX-License-Identifier: Apache-2.0 */
#include "spf_lint.h"

#include "name.h"
#include "spf_check.h"

struct lint {
    struct arena *arena;
    spf_is_registry *is_registry;
    struct spf_flaws *flaws;
    bool is_out_of_memory;
    struct spf_flaw unread;      /* in place of those for which there is no memory */
    const struct spf_node *node; /* under inspection */
    bool is_own; /* its result is the domain's: the domain's own record, or led to by redirects */
};

static const char *const names[] = {
#define X(id, name) name,
    SPF_FLAW_MAP(X)
#undef X
};

const char *spf_flaw_name(enum spf_flaw_kind k)
{
    return names[k];
}

static struct spf_flaw *add(struct lint *l, enum spf_flaw_kind kind, const struct spf_term *term,
                            const char *what)
{
    struct spf_flaws *f = l->flaws;
    if (!arena_grow(l->arena, (void **)&f->at, f->count, &f->room, sizeof *f->at)) {
        l->is_out_of_memory = true;
        return &l->unread;
    }
    f->at[f->count] = (struct spf_flaw){
        .kind = kind, .node = l->node, .term = term, .at = term ? term->at : 0, .what = what};
    return &f->at[f->count++];
}

/* ---- the limits of RFC 7208 s4.6.4 ---- */

static void check_limits(struct lint *l, const struct spf_node *root)
{
    if (root->lookups > SPF_LIMITS.lookups)
        add(l, SPF_FLAW_LOOKUPS, NULL, "more than ten terms ask DNS");
    if (root->voids > SPF_LIMITS.voids)
        add(l, SPF_FLAW_VOID_LOOKUPS, NULL, "more than two terms ask for what is not there");
}

/* ---- terms ---- */

static void check_all(struct lint *l, const struct spf_record *r)
{
    if (r->all && r->all->qualifier == SPF_PLUS)
        add(l, SPF_FLAW_PLUS_ALL, r->all, "everybody may send");
    if (!l->is_own)
        return;
    if (r->all && r->all->qualifier == SPF_QUESTION)
        add(l, SPF_FLAW_NEUTRAL_ALL, r->all, "nothing is said of anybody else");
    if (!r->all && !r->redirect)
        add(l, SPF_FLAW_NEUTRAL_ALL, NULL, "neither all nor redirect: nothing is said of others");
}

static void check_width(struct lint *l, const struct spf_term *t)
{
    bool is_around = t->kind == SPF_A || t->kind == SPF_MX;
    if (t->qualifier != SPF_PLUS)
        return;
    if ((t->kind == SPF_IP4 || is_around) && t->bits4 < SPF_WIDE_BITS4)
        add(l, SPF_FLAW_TOO_WIDE, t, "more than a /14 of IPv4 may send");
    else if ((t->kind == SPF_IP6 || is_around) && t->bits6 < SPF_WIDE_BITS6)
        add(l, SPF_FLAW_TOO_WIDE, t, "more than a /32 of IPv6 may send");
}

/* Whether the missing name can be had by whoever registers it. */
static bool is_for_anybody(const struct lint *l, struct octets missing)
{
    size_t labels = dns_name_labels(missing);
    if (labels < 2)
        return false;
    struct octets parent = dns_name_suffix(missing, labels - 1);
    return l->is_registry ? l->is_registry(parent) : labels == 2;
}

static void check_missing(struct lint *l, const struct spf_term *t, const struct spf_seen *s)
{
    bool leads_on = t->kind == SPF_INCLUDE || t->kind == SPF_REDIRECT;
    if (is_for_anybody(l, s->missing))
        add(l, SPF_FLAW_TAKEOVER, t, "it names a domain that nobody holds")->name = s->missing;
    else if (leads_on)
        add(l, SPF_FLAW_VOID_INCLUDE, t, "it names what does not exist")->name = s->name;
}

/* What an include or redirect led to. */
static void check_child(struct lint *l, const struct spf_term *t, const struct spf_seen *s)
{
    switch (s->child->found) {
    case SPF_FOUND_NO_RECORD:
        add(l, SPF_FLAW_VOID_INCLUDE, t, "it names a domain without an SPF record")->name = s->name;
        return;
    case SPF_FOUND_BAD_DOMAIN:
        add(l, SPF_FLAW_VOID_INCLUDE, t, "it names what can be no domain")->name = s->name;
        return;
    case SPF_FOUND_LOOP:
        add(l, SPF_FLAW_LOOP, t, "it leads back to where it came from");
        return;
    case SPF_FOUND_MULTIPLE:
        add(l, SPF_FLAW_MULTIPLE, t, "it names a domain with several SPF records");
        return;
    case SPF_FOUND_RECORD:
    case SPF_FOUND_NO_SUCH_NAME:
    case SPF_FOUND_FAILED:
    case SPF_FOUND_SENDER:
    case SPF_FOUND_CUT:
    case SPF_FOUND__COUNT:
        return;
    }
}

static void check_term(struct lint *l, const struct spf_term *t, const struct spf_seen *s)
{
    check_width(l, t);
    if (t->kind == SPF_PTR) /* RFC 7208 s5.5: SHOULD NOT be published */
        add(l, SPF_FLAW_PTR, t, "ptr is slow, and the owners of addresses decide");
    if (s->exchanges > SPF_LIMITS.names)
        add(l, SPF_FLAW_LOOKUPS, t, "more than ten mail exchanges");
    if (s->is_asked && s->status == DNS_NO_SUCH_NAME)
        check_missing(l, t, s);
    if (s->child)
        check_child(l, t, s);
}

/* ---- records ---- */

static void check_record(struct lint *l, const struct spf_node *n)
{
    const struct spf_record *r = &n->record;
    for (size_t i = 0; i < r->problems.count; i++)
        add(l, SPF_FLAW_SYNTAX, NULL, r->problems.at[i].what)->at = r->problems.at[i].at;
    check_all(l, r);
    for (size_t i = 0; i < r->count; i++)
        check_term(l, &r->terms[i], &n->seen[i]);
}

static bool is_own(const struct spf_node *n)
{
    for (; n->parent; n = n->parent)
        if (n->via->kind != SPF_REDIRECT)
            return false;
    return true;
}

enum err spf_lint(const struct spf_tree *t, spf_is_registry *is_registry, struct arena *a,
                  struct spf_flaws *ret)
{
    struct lint l = {.arena = a, .is_registry = is_registry, .flaws = ret, .node = t->nodes[0]};
    enum spf_found found = t->nodes[0]->found;
    if (found == SPF_FOUND_NO_RECORD || found == SPF_FOUND_NO_SUCH_NAME)
        add(&l, SPF_FLAW_MISSING, NULL, "there is no SPF record");
    if (found == SPF_FOUND_MULTIPLE)
        add(&l, SPF_FLAW_MULTIPLE, NULL, "there are several SPF records");
    check_limits(&l, t->nodes[0]);
    for (size_t i = 0; i < t->count; i++) {
        l.node = t->nodes[i];
        l.is_own = is_own(l.node);
        if (l.node->found == SPF_FOUND_RECORD)
            check_record(&l, l.node);
    }
    return l.is_out_of_memory ? ERR_NOMEM : ERR_OK;
}
