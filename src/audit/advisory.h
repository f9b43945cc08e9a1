/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "../smtp/stanza.h"
#include "finding.h"

/*
 * What is published about products: advisories with the releases that they affect, ends of life of
 * series, and the name in the CPE dictionary.  Read from data/advisories; docs/advisories.md tells
 * the form.
 */
struct advisory_range {
    struct octets first, last; /* none: open */
    bool is_last_affected;
};

struct advisory {
    struct octets id;
    enum finding_severity severity;
    struct octets fixed, exploited; /* releases; the day since which attacks are known.  Or none. */
    struct stanza_values only; /* of several products of its stanza, these; none: all of them */
    struct stanza_values about, sources;
    struct advisory_range *ranges;
    size_t range_count, range_room;
};

/* A series of releases and the day on which its maintenance ended. */
struct advisory_series {
    struct octets name, ended;
    uint64_t ended_ms;
};

/* Of one product, or of several that share everything. */
struct advisory_product {
    const char *path; /* the file it stands in */
    struct stanza_values names, sources;
    struct octets cpe; /* "vendor:product", or none */
    struct advisory *advisories;
    size_t advisory_count, advisory_room;
    struct advisory_series *series;
    size_t series_count, series_room;
    struct stanza_values eol_about, eol_sources;
};

/* Reads one stanza's advisory, series or product.  ERR_SYNTAX with *ret_problem; what is filled is
 * not to be used then. */
MUST_CHECK enum err advisory_take(const struct stanza *s, struct arena *a, struct advisory *ret,
                                  struct dialogue_problem *ret_problem);
MUST_CHECK enum err advisory_series_take(const struct stanza *s, struct arena *a,
                                         struct advisory_product *product,
                                         struct dialogue_problem *ret_problem);
MUST_CHECK enum err advisory_product_take(const struct stanza *s, struct arena *a,
                                          struct advisory_product *ret,
                                          struct dialogue_problem *ret_problem);
/* Of a key of a stanza, into an enum finding_severity. */
stanza_take_key advisory_take_severity;

/* Whether the advisory, in a stanza of several products, is about this one. */
bool advisory_concerns(const struct advisory *v, struct octets product);

/* The release that a packaged version was made from: "1:2.3.13+dfsg1-2" is 2.3.13.  Numbers behind
 * a hyphen are the packager's, letters ("4.98-RC1") the authors'. */
struct octets advisory_upstream(struct octets version);

/* Whether the advisory is about this version of the product. */
bool advisory_affects(const struct advisory *v, struct octets product, struct octets version);

/* The series that the version is of, or NULL. */
const struct advisory_series *advisory_series_of(const struct advisory_product *p,
                                                 struct octets version);

/* The CPE 2.3 name of a version (NISTIR 7695, formatted string); nothing where the product has none. */
void advisory_cpe_append(struct buf *out, const struct advisory_product *p, struct octets version);

/* A range in words: "4.87 to 4.91", "before 4.94.2", "all". */
void advisory_range_append(struct buf *out, const struct advisory_range *r);
