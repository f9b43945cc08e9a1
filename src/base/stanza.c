/* SPDX-License-Identifier: Apache-2.0 */
#include "stanza.h"

enum err stanza_next(struct stanza_reader *r, struct arena *a, struct stanza *ret)
{
    struct stanza s = {0};
    size_t room = 0;
    while (r->rest.size) {
        struct octets line = octets_take_until(&r->rest, '\n');
        r->line++;
        if (line.size && line.at[0] == '#')
            continue;
        line = octets_trim(line);
        if (!line.size && s.count)
            break;
        if (!line.size)
            continue;
        void *at = s.rows;
        if (!arena_grow(a, &at, s.count, &room, sizeof *s.rows))
            return ERR_NOMEM;
        s.rows = at;
        struct octets key = octets_take_word(&line);
        s.rows[s.count++] = (struct stanza_row){.key = key, .value = line, .line = r->line};
    }
    *ret = s;
    return ERR_OK;
}

struct octets stanza_value(const struct stanza *s, const char *key, size_t *from)
{
    for (size_t i = from ? *from : 0; i < s->count; i++) {
        if (!octets_is_equal(s->rows[i].key, octets_of(key)))
            continue;
        if (from)
            *from = i + 1;
        return s->rows[i].value;
    }
    if (from)
        *from = s->count;
    return OCTETS_NONE;
}
