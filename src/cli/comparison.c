/* SPDX-License-Identifier: Apache-2.0 */
#include "comparison.h"

#include "../base/escape.h"

#define LINE_SHOWN_MAX 100 /* octets of a reply */
#define SHARE_SHOWN    0.001
#define NAMES_SHOWN    4 /* specimens that answer the same */

enum err comparison_make(const struct identify_database *db, const struct facts_visit *v,
                         const struct specimen *s, struct arena *a, struct comparison *ret)
{
    static const struct identify_options by_behaviour = {.ignore_greeting = true};
    struct comparison c = {.database = db, .product = s->product};
    enum err e = identify_match(db, v, &by_behaviour, a, &c.answer);
    if (!e)
        e = identify_news_of(db, s, a, &c.news);
    if (e)
        return e;
    /* Another product is only ever the answer with half of the probability or more.  That nothing
     * is recognised speaks against a product which is known well, and against no other. */
    c.is_contradicted =
        c.answer.is_unknown ? c.news.is_known : !octets_is_equal(c.answer.product, c.product);
    *ret = c;
    return ERR_OK;
}

static void append_line(struct buf *out, const char *ask, struct octets said)
{
    buf_append_format(out, "  %-18s ", ask);
    escape_visible(out, octets_sub(said, 0, LINE_SHOWN_MAX));
    buf_append_text(out, "\n");
}

/* Those that are worth a name. */
static void append_candidates(struct buf *out, const struct identify_answer *a)
{
    buf_append_text(out, "smtpscan: it may be:");
    for (size_t i = 0; i < a->candidate_count && (!i || a->candidates[i].p >= SHARE_SHOWN); i++) {
        buf_append_text(out, i ? ", " : " ");
        escape_visible(out, a->candidates[i].product);
        buf_append_format(out, " %.1f %%", a->candidates[i].p * 100);
    }
    if (a->is_unknown)
        buf_append_format(out, "; none of those known %.1f %%", a->confidence * 100);
    buf_append_text(out, "\n");
}

void comparison_append_contradiction(struct buf *out, const struct comparison *c, bool is_forced)
{
    const struct identify_answer *a = &c->answer;
    buf_append_text(out, is_forced ? "smtpscan: written all the same: "
                                   : "smtpscan: not written (--force does): ");
    if (!c->news.is_known) {
        buf_append_text(out, "no whole specimen of ");
        escape_visible(out, c->product);
        buf_append_text(out, " is known, and ");
    }
    buf_append_text(out, "by its behaviour this is ");
    escape_visible(out, a->is_unknown ? OCTETS("unknown") : a->product);
    if (c->news.is_known) {
        buf_append_text(out, ", not ");
        escape_visible(out, c->product);
    } else {
        buf_append_text(out, ": a mistaken name, or a fork?");
    }
    buf_append_text(out, "\n");
    append_candidates(out, a);
    if (a->evidence_count) {
        buf_append_text(out, "smtpscan: what tells most of ");
        escape_visible(out, a->product);
        buf_append_text(out, ":\n");
    }
    for (size_t i = 0; i < a->evidence_count; i++) {
        buf_append_format(out, "%+7.1f bits", a->evidence[i].bits);
        append_line(out, a->evidence[i].ask, a->evidence[i].reply);
    }
}

/* "4.96 default (bookworm-exim-default.smtp)" */
static void append_specimen(struct buf *out, const struct identify_specimen *s)
{
    struct octets path = octets_of(s->path), name = path;
    while (path.size)
        name = octets_take_until(&path, '/');
    escape_visible(out, s->about.version);
    buf_append_text(out, " ");
    escape_visible(out, s->about.config);
    buf_append_text(out, " (");
    escape_visible(out, name);
    buf_append_text(out, ")");
}

static void append_nearest(struct buf *out, const struct comparison *c)
{
    const struct identify_news *n = &c->news;
    if (n->same_count) {
        buf_append_text(out, "smtpscan: it answers as ");
        for (size_t i = 0; i < n->same_count && i < NAMES_SHOWN; i++) {
            buf_append_text(out, i ? ", " : "");
            append_specimen(out, &c->database->specimens[n->same[i]]);
        }
        if (n->same_count > NAMES_SHOWN)
            buf_append_format(out, " and %zu more", n->same_count - NAMES_SHOWN);
        buf_append_text(out, n->same_count == 1 ? " does\n" : " do\n");
    } else if (n->nearest != SIZE_MAX) {
        buf_append_text(out, "smtpscan: the nearest is ");
        append_specimen(out, &c->database->specimens[n->nearest]);
        buf_append_format(out, ": %zu of %zu answers alike\n", n->alike, n->compared);
    }
}

void comparison_append_news(struct buf *out, const struct comparison *c)
{
    const struct identify_news *n = &c->news;
    if (!n->is_known && c->is_contradicted)
        return;
    if (!n->is_known) {
        buf_append_text(out, "smtpscan: the first whole specimen of ");
        escape_visible(out, c->product);
        buf_append_text(out, "\n");
        return;
    }
    buf_append_format(out, "smtpscan: %s",
                      n->answer_count ? "new: answers that no specimen of "
                                      : "nothing new beside specimens of ");
    escape_visible(out, c->product);
    buf_append_text(out, n->answer_count ? " gives:\n" : "\n");
    for (size_t i = 0; i < n->answer_count && i < IDENTIFY_NEWS_MAX; i++)
        append_line(out, n->answers[i].ask, n->answers[i].said);
    if (n->answer_count > IDENTIFY_NEWS_MAX)
        buf_append_format(out, "  and %zu more\n", n->answer_count - IDENTIFY_NEWS_MAX);
    if (n->unasked)
        buf_append_format(out, "smtpscan: %zu questions were not asked of it before\n", n->unasked);
    append_nearest(out, c);
}
