/* SPDX-License-Identifier: Apache-2.0 */
#include "inform.h"

#include <math.h>

/* Weights by text.  A text is looked for from behind: specimens of a class stand side by side. */
struct spread {
    uint32_t *texts;
    double *weights, sum;
    size_t count;
};

static void add(struct spread *s, uint32_t text, double weight)
{
    size_t at = s->count;
    while (at > 0 && s->texts[at - 1] != text)
        at--;
    if (at == 0) {
        at = ++s->count;
        s->texts[at - 1] = text;
        s->weights[at - 1] = 0;
    }
    s->weights[at - 1] += weight;
    s->sum += weight;
}

static double entropy(const struct spread *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->count && s->sum > 0; i++)
        sum -= s->weights[i] / s->sum * log2(s->weights[i] / s->sum);
    return sum;
}

static void clear(struct spread *s)
{
    s->count = 0;
    s->sum = 0;
}

struct inquiry {
    const struct identify_database *db;
    const struct identify_question *question;
    struct spread all, class, release;
};

static size_t known_of(const struct inquiry *q, const struct identify_class *c, size_t release)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += q->db->specimens[c->specimens[i]].release == release &&
             q->question->keys[c->specimens[i]].at[REACTION_TEXT];
    return n;
}

/* Adds one release to its class; returns its own entropy, or -1 when nothing is known of it. */
static double add_release(struct inquiry *q, const struct identify_class *c, size_t release)
{
    size_t known = known_of(q, c, release);
    clear(&q->release);
    for (size_t i = 0; i < c->count && known; i++) {
        uint32_t text = q->question->keys[c->specimens[i]].at[REACTION_TEXT];
        if (!text || q->db->specimens[c->specimens[i]].release != release)
            continue;
        add(&q->release, text, 1.0 / (double)known);
        add(&q->class, text, 1.0 / (double)known);
    }
    return known ? entropy(&q->release) : -1;
}

/* Bits that the answer tells of the release; -1 when fewer than two are known. */
static double inform_class(struct inquiry *q, const struct identify_class *c)
{
    double within = 0;
    size_t releases = 0;
    clear(&q->class);
    for (size_t i = 0; i < c->count; i++) {
        size_t release = q->db->specimens[c->specimens[i]].release, k = 0;
        while (q->db->specimens[c->specimens[k]].release != release)
            k++;
        double own = k == i ? add_release(q, c, release) : -1;
        if (own < 0)
            continue;
        within += own;
        releases++;
    }
    return releases > 1 ? entropy(&q->class) - within / (double)releases : -1;
}

static void inform(struct inquiry *q, struct identify_information *ret)
{
    double within = 0, versions = 0;
    size_t classes = 0, several = 0;
    for (size_t c = 0; c < q->db->class_count; c++) {
        double bits = inform_class(q, &q->db->classes[c]);
        if (q->class.count == 0)
            continue;
        within += entropy(&q->class);
        classes++;
        versions += bits >= 0 ? bits : 0;
        several += bits >= 0;
        for (size_t i = 0; i < q->class.count; i++)
            add(&q->all, q->class.texts[i], q->class.weights[i] / q->class.sum);
    }
    *ret = (struct identify_information){
        .product_bits = classes ? entropy(&q->all) - within / (double)classes : 0,
        .version_bits = several ? versions / (double)several : 0,
        .texts = q->all.count};
    for (size_t i = 0; i < q->db->specimen_count; i++)
        ret->specimens += q->question->keys[i].at[REACTION_TEXT] != 0;
}

static bool make_room(struct spread *s, struct arena *a, size_t texts)
{
    s->texts = arena_alloc_array(a, texts, sizeof *s->texts);
    s->weights = arena_alloc_array(a, texts, sizeof *s->weights);
    return s->texts && s->weights;
}

enum err identify_inform(const struct identify_database *db, size_t question,
                         struct identify_information *ret)
{
    struct inquiry q = {.db = db, .question = &db->questions[question]};
    struct arena a;
    arena_init(&a, (size_t)16 * 1024 * 1024);
    bool ok = make_room(&q.all, &a, db->specimen_count) &&
              make_room(&q.class, &a, db->specimen_count) &&
              make_room(&q.release, &a, db->specimen_count);
    if (ok)
        inform(&q, ret);
    arena_release(&a);
    return ok ? ERR_OK : ERR_NOMEM;
}
