/* SPDX-License-Identifier: Apache-2.0 */
#include "specimen.h"

/* What the header says, in the order in which it is written. */
/* clang-format off */
#define FIELD(name, must) {#name, offsetof(struct specimen, name), must}
static const struct {
    const char *key;
    size_t offset;
    bool must;
} fields[] = {
    FIELD(product, true), FIELD(vendor, false), FIELD(version, true), FIELD(front, false), FIELD(build, false),
    FIELD(config, true), FIELD(kind, true), FIELD(seen, true), FIELD(origin, true), FIELD(cpe, false),
};
#undef FIELD
/* clang-format on */
#define FIELDS (sizeof fields / sizeof *fields)

static struct octets *field_of(struct specimen *s, size_t i)
{
    return (struct octets *)(void *)((char *)s + fields[i].offset);
}

static enum err take_header(const struct dialogue *d, struct specimen *s,
                            struct dialogue_problem *problem)
{
    uint64_t masks;
    for (size_t i = 0; i < FIELDS; i++) {
        struct octets value = dialogue_header(d, fields[i].key, NULL);
        if (fields[i].must && !value.size)
            return dialogue_problem_set(problem, 1, "a specimen says its",
                                        octets_of(fields[i].key));
        *field_of(s, i) = value;
    }
    if (!octets_to_number(dialogue_header(d, "masks", NULL), 1000, &masks) || masks != MASK_VERSION)
        return dialogue_problem_set(problem, 1, "masked by another version (masks)", OCTETS_NONE);
    return ERR_OK;
}

/* The replies of one section: its lines up to the next "@". */
static enum err take_section(const struct dialogue *d, size_t *at, struct arena *a,
                             struct specimen_section *ret, struct dialogue_problem *problem)
{
    struct reaction *r = &ret->reaction;
    size_t lines = 0;
    ret->ask = octets_trim(d->lines[(*at)++].text);
    while (*at + lines < d->line_count && d->lines[*at + lines].word != DIALOGUE_SECTION)
        lines++;
    r->lines = arena_alloc_array(a, lines, sizeof *r->lines);
    r->reply_ends = arena_alloc_array(a, lines, sizeof *r->reply_ends);
    if (!r->lines || !r->reply_ends)
        return ERR_NOMEM;
    size_t open = 0; /* lines of the reply under way */
    for (; *at < d->line_count && d->lines[*at].word != DIALOGUE_SECTION; (*at)++) {
        const struct dialogue_line *l = &d->lines[*at];
        bool ends = l->word == DIALOGUE_CLOSED || l->word == DIALOGUE_TIMEOUT;
        if (r->ended != FACTS_ENDED_OPEN)
            return dialogue_problem_set(problem, l->number, "nothing follows an ending",
                                        OCTETS_NONE);
        if (l->word == DIALOGUE_SERVER) {
            r->lines[r->line_count++] = l->text;
            open++;
        } else if (l->word == DIALOGUE_NEXT && open) {
            r->reply_ends[r->reply_count++] = r->line_count;
            open = 0;
        }
        if (ends)
            r->ended = l->word == DIALOGUE_CLOSED ? FACTS_ENDED_CLOSED : FACTS_ENDED_TIMEOUT;
    }
    if (open)
        r->reply_ends[r->reply_count++] = r->line_count;
    return ERR_OK;
}

enum err specimen_take(const struct dialogue *d, struct arena *a, struct specimen *ret,
                       struct dialogue_problem *ret_problem)
{
    struct specimen s = {0};
    size_t sections = 0;
    if (d->kind != DIALOGUE_SPECIMEN)
        return dialogue_problem_set(ret_problem, 1, "not a specimen", OCTETS_NONE);
    enum err e = take_header(d, &s, ret_problem);
    if (e)
        return e;
    for (size_t i = 0; i < d->line_count; i++)
        sections += d->lines[i].word == DIALOGUE_SECTION;
    if (d->line_count && d->lines[0].word != DIALOGUE_SECTION)
        return dialogue_problem_set(ret_problem, d->lines[0].number,
                                    "replies stand under an @ line", OCTETS_NONE);
    s.sections = arena_alloc_array(a, sections, sizeof *s.sections);
    if (!s.sections)
        return ERR_NOMEM;
    for (size_t at = 0; at < d->line_count;) {
        e = take_section(d, &at, a, &s.sections[s.section_count++], ret_problem);
        if (e)
            return e;
    }
    *ret = s;
    return ERR_OK;
}

enum err specimen_mask(const struct facts_reaction *seen, const struct mask *m, struct arena *a,
                       struct reaction *ret)
{
    /* Stimuli that say EHLO or LHLO are named so; their replies list keywords. */
    bool is_hello = strncmp(seen->ask, "ehlo", 4) == 0 || strncmp(seen->ask, "lhlo", 4) == 0;
    return reaction_mask(seen, is_hello, m, a, ret);
}

static enum err add_section(struct specimen *s, struct arena *a, const struct mask *m,
                            const struct facts_reaction *seen)
{
    if (seen->reply_count == 0 && seen->ended == FACTS_ENDED_OPEN)
        return ERR_OK;
    struct specimen_section *section = &s->sections[s->section_count++];
    section->ask = octets_of(seen->ask);
    return specimen_mask(seen, m, a, &section->reaction);
}

static enum err add_reply(struct specimen *s, const char *ask, struct arena *a,
                          const struct mask *m, const struct facts_reply *reply)
{
    struct facts_reply copy = *reply;
    struct facts_reaction seen = {
        .ask = ask, .replies = &copy, .reply_count = reply->line_count ? 1 : 0};
    return add_section(s, a, m, &seen);
}

static int by_ask(const void *a, const void *b)
{
    const struct specimen_section *x = a, *y = b;
    return octets_compare(x->ask, y->ask);
}

enum err specimen_from_facts(const struct facts_visit *v, struct arena *a, struct specimen *ret)
{
    struct specimen s = {0};
    struct mask m;
    mask_init(&m, v);
    s.sections = arena_alloc_array(a, v->reaction_count + 4, sizeof *s.sections);
    if (!s.sections)
        return ERR_NOMEM;
    enum err e = add_reply(&s, "greeting", a, &m, &v->greeting);
    if (!e)
        e = add_reply(&s, "ehlo", a, &m, &v->ehlo);
    if (!e)
        e = add_reply(&s, "ehlo-tls", a, &m, &v->ehlo_tls);
    size_t first = s.section_count;
    for (size_t i = 0; i < v->reaction_count && !e; i++)
        e = add_section(&s, a, &m, &v->reactions[i]);
    /* By name, whatever the order of asking was: two recordings of one server are compared by eye. */
    if (s.section_count > first)
        qsort(s.sections + first, s.section_count - first, sizeof *s.sections, by_ask);
    if (!e)
        e = add_reply(&s, "quit", a, &m, &v->quit);
    if (!e)
        *ret = s;
    return e;
}

static void append_question(struct buf *out, const struct dialogue *d)
{
    for (size_t i = 0; d && i < d->line_count; i++) {
        if (d->lines[i].word != DIALOGUE_CLIENT && d->lines[i].word != DIALOGUE_CLIENT_RAW)
            continue;
        buf_append_text(out, d->lines[i].word == DIALOGUE_CLIENT ? "C: " : "C= ");
        buf_append(out, d->lines[i].text);
        buf_append_text(out, "\n");
    }
}

static void append_section(struct buf *out, const struct specimen_section *section)
{
    const struct reaction *r = &section->reaction;
    size_t line = 0;
    for (size_t i = 0; i < r->reply_count; i++) {
        if (i)
            buf_append_text(out, "next\n");
        for (; line < r->reply_ends[i]; line++) {
            buf_append_text(out, "S: ");
            buf_append(out, r->lines[line]);
            buf_append_text(out, "\n");
        }
    }
    if (r->ended != FACTS_ENDED_OPEN)
        buf_append_format(out, "%s\n", facts_ended_name(r->ended));
}

void specimen_append(struct buf *out, const struct specimen *s, specimen_question *question,
                     void *owner)
{
    struct specimen copy = *s;
    buf_append_text(out, "specimen\n");
    for (size_t i = 0; i < FIELDS; i++) {
        struct octets value = *field_of(&copy, i);
        if (!value.size)
            continue;
        buf_append_format(out, "%-8s ", fields[i].key);
        buf_append(out, value);
        buf_append_text(out, "\n");
    }
    buf_append_format(out, "masks    %d\n", MASK_VERSION);
    for (size_t i = 0; i < s->section_count; i++) {
        buf_append_text(out, "@ ");
        buf_append(out, s->sections[i].ask);
        buf_append_text(out, "\n");
        append_question(out, question(owner, s->sections[i].ask));
        append_section(out, &s->sections[i]);
    }
}
