/* SPDX-License-Identifier: Apache-2.0 */
#include "stanza.h"

void stanza_reader_init(struct stanza_reader *r, struct octets text)
{
    *r = (struct stanza_reader){.rest = text};
}

bool stanza_take(struct stanza_reader *r, struct stanza_line *ret)
{
    while (r->rest.size) {
        struct octets line = octets_trim(octets_take_until(&r->rest, '\n'));
        r->number++;
        if (!line.size)
            r->is_inside = false;
        if (!line.size || line.at[0] == '#')
            continue;
        ret->is_first = !r->is_inside;
        ret->number = r->number;
        ret->key = octets_take_word(&line);
        ret->value = line;
        r->is_inside = true;
        return true;
    }
    return false;
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

enum err stanza_fill(void *record, struct arena *a, const struct stanza_key *keys, size_t key_count,
                     const struct stanza_line *line, struct dialogue_problem *problem)
{
    if (!line->value.size)
        return dialogue_problem_set(problem, line->number, "has no value", line->key);
    if (line->is_first != octets_is_equal(line->key, octets_of(keys[0].name)))
        return dialogue_problem_set(
            problem, line->number,
            line->is_first ? "cannot begin a stanza" : "can only begin a stanza", line->key);
    for (size_t k = 0; k < key_count; k++)
        if (octets_is_equal(octets_of(keys[k].name), line->key))
            return keys[k].take(record, a, &keys[k], line, problem);
    return dialogue_problem_set(problem, line->number, "unknown key", line->key);
}
