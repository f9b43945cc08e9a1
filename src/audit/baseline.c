/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline.h"

#include "../base/buf.h"
#include "select.h"

enum err audit_baseline_read(struct octets text, struct arena *a, struct audit_baseline *ret,
                             unsigned *ret_line)
{
    for (*ret_line = 1; text.size; ++*ret_line) {
        struct octets line = octets_take_until(&text, '\n');
        line = octets_trim(octets_take_until(&line, '#'));
        struct audit_accepted one;
        void *at = ret->at;
        if (!line.size)
            continue;
        one.id = octets_take_word(&line);
        one.where = octets_take_word(&line);
        if (line.size)
            return ERR_SYNTAX;
        if (!arena_grow(a, &at, ret->count, &ret->room, sizeof one))
            return ERR_NOMEM;
        ret->at = at;
        ret->at[ret->count++] = one;
    }
    return ERR_OK;
}

/* "mx.example.org", "mx.example.org:25", "192.0.2.1:25", "[2001:db8::1]:25" */
static bool is_name(struct octets where, struct octets name, uint16_t port)
{
    struct buf with_port;
    bool same = name.size && octets_is_equal_nocase(where, name);
    if (same || !name.size)
        return same;
    bool is_v6 = octets_find_octet(name, ':', 0) < name.size;
    buf_init(&with_port, 400);
    buf_append_text(&with_port, is_v6 ? "[" : "");
    buf_append(&with_port, name);
    buf_append_format(&with_port, "%s:%u", is_v6 ? "]" : "", port);
    same = !buf_error(&with_port) && octets_is_equal_nocase(where, buf_octets(&with_port));
    buf_release(&with_port);
    return same;
}

static bool is_there(struct octets where, const struct facts_visit *v)
{
    struct buf address;
    buf_init(&address, 80);
    address_append(&address, &v->address);
    bool is = !where.size || is_name(where, v->domain, v->port) ||
              is_name(where, v->host, v->port) || is_name(where, v->input, v->port) ||
              is_name(where, buf_octets(&address), v->port);
    buf_release(&address);
    return is;
}

bool audit_baseline_has(const struct audit_baseline *b, struct octets id,
                        const struct facts_visit *v)
{
    for (size_t i = 0; i < b->count; i++)
        if (audit_select_matches(b->at[i].id, id) && is_there(b->at[i].where, v))
            return true;
    return false;
}
