/* SPDX-License-Identifier: Apache-2.0 */
#include "versions.h"

#include <math.h>

#define SET_HOLDS   0.95
#define CLAIM_HOLDS 0.95 /* a greeting that agrees with behaviour */

static int kind_of(uint8_t c)
{
    return octet_is_digit(c) ? 2 : octet_is_alpha(c) ? 1 : 0;
}

/* The next run of digits or of letters; separators are skipped. */
static struct octets take_run(struct octets *rest)
{
    while (rest->size && kind_of(rest->at[0]) == 0)
        *rest = octets_sub(*rest, 1, rest->size);
    size_t n = 0;
    while (n < rest->size && kind_of(rest->at[n]) == kind_of(rest->at[0]) && kind_of(rest->at[n]))
        n++;
    struct octets run = octets_sub(*rest, 0, n);
    *rest = octets_sub(*rest, n, rest->size);
    return run;
}

/*
 * What may stand at one place of a version, in release order: "rc", "beta" and the like lead to the
 * release, nothing is the release itself, other letters ("p1", "pl2") and then numbers come after
 * it.
 */
enum rank { RANK_BEFORE, RANK_NOTHING, RANK_LETTERS, RANK_NUMBER };

static enum rank rank_of(struct octets run, uint64_t *ret_number)
{
    /* clang-format off */
    static const char *const before[] = {"rc", "alpha", "beta", "pre", "dev", "a", "b"};
    /* clang-format on */
    if (!run.size)
        return RANK_NOTHING;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        if (octets_is_equal_nocase(run, octets_of(before[i])))
            return RANK_BEFORE;
    return octets_to_number(run, UINT64_MAX, ret_number) ? RANK_NUMBER : RANK_LETTERS;
}

int identify_version_compare(struct octets a, struct octets b)
{
    while (a.size || b.size) {
        struct octets x = take_run(&a), y = take_run(&b);
        uint64_t m = 0, n = 0;
        enum rank p = rank_of(x, &m), q = rank_of(y, &n);
        if (p != q)
            return p > q ? 1 : -1;
        int order = p == RANK_NUMBER ? (m > n) - (m < n) : octets_compare(x, y);
        if (order)
            return order;
    }
    return 0;
}

struct weighed {
    struct octets version, cpe;
    size_t release;
    double weight;
};

/* The versions of the class, each once; returns how many. */
static size_t gather(const struct identify_belief *b, const struct identify_answer *r,
                     struct weighed *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < b->db->specimen_count; i++) {
        const struct identify_specimen *s = &b->db->specimens[i];
        if ((b->options.excluded && b->options.excluded[i]) ||
            !octets_is_equal(s->about.product, r->product) ||
            !octets_is_equal(s->about.front, r->front))
            continue;
        size_t k = 0;
        while (k < count && ret[k].release != s->release)
            k++;
        if (k == IDENTIFY_VERSIONS_MAX)
            continue;
        if (k == count)
            ret[count++] = (struct weighed){.version = s->about.version,
                                            .cpe = s->about.cpe,
                                            .release = s->release,
                                            .weight = exp(b->db->model.version_temper *
                                                          (double)b->release_evidence[s->release])};
    }
    return count;
}

static void sort(struct weighed *w, size_t count, int (*order)(const void *, const void *))
{
    if (count)
        qsort(w, count, sizeof *w, order);
}

static int heavier_first(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return (x->weight < y->weight) - (x->weight > y->weight);
}

static int release_order(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return identify_version_compare(x->version, y->version);
}

void identify_versions(const struct identify_belief *b, struct identify_answer *r)
{
    struct weighed w[IDENTIFY_VERSIONS_MAX] = {0};
    size_t count = gather(b, r, w), taken = 0;
    double sum = 0, held = 0;
    for (size_t i = 0; i < count; i++)
        sum += w[i].weight;
    sort(w, count, heavier_first);
    /* Versions that react alike weigh alike: all of them are in, or none. */
    while (taken < count &&
           (held < SET_HOLDS * sum || w[taken].weight >= w[taken - 1].weight * 0.999))
        held += w[taken++].weight;
    sort(w, taken, release_order);
    for (size_t i = 0; i < taken; i++) {
        r->versions[i] = w[i].version;
        r->version_p[i] = w[i].weight / sum;
        r->cpe[i] = w[i].cpe;
    }
    r->version_count = taken;
}

bool identify_versions_allow(const struct identify_belief *b, const struct identify_answer *r,
                             struct octets version)
{
    struct weighed w[IDENTIFY_VERSIONS_MAX] = {0};
    size_t count = gather(b, r, w);
    if (!r->version_count)
        return true;
    struct octets low = r->versions[0], high = r->versions[r->version_count - 1];
    sort(w, count, release_order);
    for (size_t i = 0; i < count; i++) {
        /* The next below the set and the next above it are its widest bounds. */
        if (identify_version_compare(w[i].version, r->versions[0]) < 0)
            low = w[i].version;
        if (identify_version_compare(w[i].version, r->versions[r->version_count - 1]) > 0) {
            high = w[i].version;
            break;
        }
    }
    bool is_oldest =
        count && octets_is_equal(low, w[0].version) && octets_is_equal(low, r->versions[0]);
    bool is_newest = count && octets_is_equal(high, w[count - 1].version) &&
                     octets_is_equal(high, r->versions[r->version_count - 1]);
    return (is_oldest || identify_version_compare(version, low) >= 0) &&
           (is_newest || identify_version_compare(version, high) <= 0);
}

/* "7.1.0" is true of 7.1.0 and of 7.1.0.4498. */
static bool is_of(struct octets version, struct octets claimed)
{
    return octets_has_prefix(version, claimed) &&
           (version.size == claimed.size || !octet_is_digit(version.at[claimed.size]));
}

void identify_versions_narrow(struct identify_answer *r, struct octets version)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->version_count; i++) {
        if (!is_of(r->versions[i], version))
            continue;
        r->versions[kept] = r->versions[i];
        r->cpe[kept++] = r->cpe[i];
    }
    if (!kept) {
        r->versions[kept] = version;
        r->cpe[kept++] = OCTETS_NONE;
    }
    for (size_t i = 0; i < kept; i++)
        r->version_p[i] = CLAIM_HOLDS / (double)kept;
    r->version_count = kept;
}
