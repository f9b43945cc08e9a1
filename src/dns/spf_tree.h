/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "ask.h"
#include "spf.h"

/*
 * All that an SPF record leads to, whoever sends: each include and redirect with its record, each
 * name of an a, mx or exists with what it holds.  A pure machine as that of spf_check.h; it tells
 * the worst case, that no term ever matches, while spf_check.h tells one.
 */

#define SPF_FOUND_MAP(X) \
    X(RECORD, "record") \
    X(NO_RECORD, "no record") \
    X(NO_SUCH_NAME, "no such name") \
    X(MULTIPLE, "more than one record") \
    X(FAILED, "DNS failed") \
    X(BAD_DOMAIN, "malformed domain") \
    X(LOOP, "loop")                    /* a domain that this record came from */ \
    X(SENDER, "depends on the sender") /* macros: it is not followed */ \
    X(CUT, "not followed")             /* past our own bounds */

#define X(id, name) SPF_FOUND_##id,
enum spf_found { SPF_FOUND_MAP(X) SPF_FOUND__COUNT };
#undef X
const char *spf_found_name(enum spf_found f);

/* What a term's own question led to; for terms that ask nothing, and those never evaluated, all is
 * zero. */
struct spf_seen {
    bool is_lookup; /* it counts against the limit of ten */
    bool is_asked;  /* the next is known */
    enum dns_status status;
    unsigned exchanges; /* of an mx */
    struct octets name; /* what was asked for */
    struct octets
        missing; /* NXDOMAIN: the name with the fewest labels that does not exist either */
    const struct spf_node *child; /* of an include or redirect */
};

struct spf_node {
    const struct spf_node *parent; /* NULL for the domain's own */
    const struct spf_term *via;    /* the parent's include or redirect */
    struct octets domain;
    enum spf_found found;
    struct spf_record record; /* RECORD */
    struct spf_seen *seen;    /* by the record's terms */
    unsigned lookups, voids;  /* of this record and all below, counted each time they are met */
};

#define SPF_TREE_NODES_MAX     64
#define SPF_TREE_QUESTIONS_MAX 300

struct spf_tree {
    struct spf_node
        *nodes[SPF_TREE_NODES_MAX]; /* the domain's own first, parents before children */
    size_t count;
    bool is_cut; /* there is more than that: all counts are at least */
};

struct spf_walk;
/* The domain is borrowed. ERR_NOMEM past the arena's cap. */
MUST_CHECK enum err spf_walk_new(struct arena *a, struct octets domain, struct spf_walk **ret);
/* As spf_check_step and spf_check_answer. */
enum dns_step spf_walk_step(struct spf_walk *w, struct dns_question *ret);
void spf_walk_answer(struct spf_walk *w, const struct dns_answer *answer);
/* Once it is done. */
const struct spf_tree *spf_walk_tree(const struct spf_walk *w);
