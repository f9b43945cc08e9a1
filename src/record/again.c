/* SPDX-License-Identifier: Apache-2.0 */
#include "again.h"

#include <stdlib.h>

#include "../base/json_walk.h"

#define OCTETS_MAX     ((size_t)64 * 1024 * 1024)
#define KEY_OCTETS_MAX ((size_t)4096)

void record_again_init(struct record_again *a)
{
    *a = (struct record_again){0};
    arena_init(&a->arena, OCTETS_MAX);
    intern_init(&a->keys, &a->arena);
}

void record_again_release(struct record_again *a)
{
    free(a->last);
    arena_release(&a->arena);
    *a = (struct record_again){0};
}

/* The values as they are written; HT is in none of them.  False when they are too long to be ours. */
static bool put_key(struct buf *key, struct octets line)
{
    static const char *const members[] = {"type", "input", "address", "port"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        buf_append(key, json_walk_find(line, members[i]));
        buf_append_octet(key, '\t');
    }
    return !buf_error(key);
}

static bool is_marked(struct octets line)
{
    return octets_find(line, OCTETS("\"again\""), 0) < line.size &&
           octets_is_equal(json_walk_find(line, "again"), OCTETS("true"));
}

static bool make_room(struct record_again *a, uint32_t number)
{
    size_t room = a->room ? 2 * a->room : 256;
    if (number < a->room)
        return true;
    uint64_t *last = reallocarray(a->last, room, sizeof *last);
    if (!last)
        return false;
    a->last = last;
    a->room = room;
    return true;
}

enum err record_again_gather(struct record_again *a, struct octets line, uint64_t place)
{
    struct buf key;
    if (!is_marked(line))
        return ERR_OK;
    buf_init(&key, KEY_OCTETS_MAX);
    bool is_kept =
        put_key(&key, line) && (a->keys.count < RECORD_AGAIN_MAX ||
                                intern_find(&a->keys, buf_octets(&key)) != INTERN_UNSEEN);
    uint32_t number = is_kept ? intern_add(&a->keys, buf_octets(&key)) : 0;
    buf_release(&key);
    a->forgotten += !number;
    if (!number)
        return ERR_OK;
    if (!make_room(a, number))
        return ERR_NOMEM;
    a->last[number] = place;
    return ERR_OK;
}

bool record_again_is_replaced(const struct record_again *a, struct octets line, uint64_t place)
{
    struct buf key;
    if (!a->keys.count)
        return false;
    buf_init(&key, KEY_OCTETS_MAX);
    uint32_t number = put_key(&key, line) ? intern_find(&a->keys, buf_octets(&key)) : INTERN_UNSEEN;
    buf_release(&key);
    return number != INTERN_UNSEEN && place < a->last[number];
}
