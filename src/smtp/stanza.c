/* SPDX-License-Identifier: Apache-2.0 */
#include "stanza.h"

static enum err add_line(struct stanza *s, struct arena *a, const struct stanza_line *line)
{
    void *at = s->lines;
    if (!arena_grow(a, &at, s->count, &s->room, sizeof *line))
        return ERR_NOMEM;
    s->lines = at;
    s->lines[s->count++] = *line;
    return ERR_OK;
}

enum err stanza_next(struct stanza_reader *r, struct arena *a, const struct stanza **ret)
{
    struct stanza *s = &r->stanza;
    s->count = 0;
    while (r->rest.size) {
        struct octets text = octets_trim(octets_take_until(&r->rest, '\n'));
        struct stanza_line line = {.number = ++r->number};
        if (!text.size && s->count)
            break;
        if (!text.size || text.at[0] == '#')
            continue;
        line.key = octets_take_word(&text);
        line.value = text;
        if (add_line(s, a, &line))
            return ERR_NOMEM;
    }
    *ret = s->count ? s : NULL;
    return ERR_OK;
}

bool stanza_values_has(const struct stanza_values *v, struct octets text)
{
    for (size_t i = 0; i < v->count; i++)
        if (octets_is_equal(v->at[i].text, text))
            return true;
    return false;
}

enum err stanza_regex(const struct stanza_line *line, struct octets *ret,
                      struct dialogue_problem *problem)
{
    struct octets value = line->value;
    if (value.size < 3 || value.at[0] != '/' || value.at[value.size - 1] != '/')
        return dialogue_problem_set(problem, line->number,
                                    "a regular expression stands between slashes, not", value);
    *ret = octets_sub(value, 1, value.size - 1);
    return ERR_OK;
}

enum err stanza_take_values(void *record, struct arena *a, const struct stanza_key *key,
                            const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct stanza_values *v = (void *)((char *)record + key->offset);
    void *at = v->at;
    (void)problem;
    if (!arena_grow(a, &at, v->count, &v->room, sizeof *v->at))
        return ERR_NOMEM;
    v->at = at;
    v->at[v->count++] = (struct stanza_value){.text = line->value, .number = line->number};
    return ERR_OK;
}

enum err stanza_take_text(void *record, struct arena *a, const struct stanza_key *key,
                          const struct stanza_line *line, struct dialogue_problem *problem)
{
    struct octets *field = (void *)((char *)record + key->offset);
    (void)a;
    if (field->size)
        return dialogue_problem_set(problem, line->number, "stands twice", line->key);
    *field = line->value;
    return ERR_OK;
}

static enum err take_line(void *record, struct arena *a, const struct stanza_key *keys,
                          const struct stanza_line *line, struct dialogue_problem *problem)
{
    size_t k = 0;
    while (keys[k].name && !octets_is_equal(octets_of(keys[k].name), line->key))
        k++;
    if (!keys[k].name)
        return dialogue_problem_set(problem, line->number, "unknown key", line->key);
    if (!line->value.size != !keys[k].take)
        return dialogue_problem_set(problem, line->number,
                                    keys[k].take ? "has no value" : "has a value", line->key);
    return keys[k].take ? keys[k].take(record, a, &keys[k], line, problem) : ERR_OK;
}

static bool has(const struct stanza *s, const char *key)
{
    for (size_t i = 0; i < s->count; i++)
        if (octets_is_equal(s->lines[i].key, octets_of(key)))
            return true;
    return false;
}

enum err stanza_fill(void *record, struct arena *a, const struct stanza_key *keys,
                     const struct stanza *s, struct dialogue_problem *problem)
{
    enum err e = ERR_OK;
    if (!octets_is_equal(s->lines[0].key, octets_of(keys[0].name)))
        return dialogue_problem_set(problem, s->lines[0].number, "cannot begin a stanza",
                                    s->lines[0].key);
    for (size_t i = 0; i < s->count && !e; i++)
        e = take_line(record, a, keys, &s->lines[i], problem);
    for (size_t k = 0; keys[k].name && !e; k++)
        if (keys[k].need == STANZA_MUST && !has(s, keys[k].name))
            e = dialogue_problem_set(problem, s->lines[0].number, "the stanza lacks",
                                     octets_of(keys[k].name));
    return e;
}
