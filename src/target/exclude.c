/* SPDX-License-Identifier: Apache-2.0 */
#include "exclude.h"

#include <stdlib.h>

#define NAMES_OCTETS_MAX ((size_t)UINT32_MAX)

struct range_v4 {
    uint32_t first, last;
};

struct range_v6 {
    struct address_number first, last;
};

struct target_exclude {
    struct range_v4 *v4;
    struct range_v6 *v6;
    size_t v4_count, v4_room, v6_count, v6_room;
    uint8_t *names; /* each behind an octet that is its length; the first octet is none's */
    size_t names_size, names_room;
    uint32_t *table; /* places in names, 0 is none; open addressing */
    size_t table_count, table_room;
};

enum err target_exclude_new(struct target_exclude **ret)
{
    struct target_exclude *x = calloc(1, sizeof *x);
    if (!x)
        return ERR_NOMEM;
    x->names_size = 1;
    *ret = x;
    return ERR_OK;
}

void target_exclude_free(struct target_exclude *x)
{
    if (!x)
        return;
    free(x->v4);
    free(x->v6);
    free(x->names);
    free(x->table);
    free(x);
}

/* Room for `more` items behind the first `count`; the old place is kept on failure. */
static bool grow(void **items, size_t count, size_t more, size_t *room, size_t octets_each)
{
    if (count + more <= *room)
        return true;
    size_t wanted = *room + *room / 2 + more + 64;
    void *at = reallocarray(*items, wanted, octets_each);
    if (!at)
        return false;
    *items = at;
    *room = wanted;
    return true;
}

/* ---- addresses ---- */

static bool is_below(struct address_number a, struct address_number b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static enum err add_range(struct target_exclude *x, const struct target *t)
{
    struct address end = target_last(t);
    struct address_number first = address_to_number(&t->address), last = address_to_number(&end);
    void *v4 = x->v4, *v6 = x->v6;
    if (t->address.family == 4) {
        if (!grow(&v4, x->v4_count, 1, &x->v4_room, sizeof *x->v4))
            return ERR_NOMEM;
        x->v4 = v4;
        x->v4[x->v4_count++] = (struct range_v4){(uint32_t)first.low, (uint32_t)last.low};
        return ERR_OK;
    }
    if (!grow(&v6, x->v6_count, 1, &x->v6_room, sizeof *x->v6))
        return ERR_NOMEM;
    x->v6 = v6;
    x->v6[x->v6_count++] = (struct range_v6){first, last};
    return ERR_OK;
}

static int compare_v4(const void *a, const void *b)
{
    const struct range_v4 *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static int compare_v6(const void *a, const void *b)
{
    const struct range_v6 *x = a, *y = b;
    return is_below(y->first, x->first) - is_below(x->first, y->first);
}

/* By their beginnings, and those that overlap as one: then the last that begins at an address or
 * before is the only one that may hold it. */
void target_exclude_sort(struct target_exclude *x)
{
    size_t kept = 0;
    if (x->v4_count)
        qsort(x->v4, x->v4_count, sizeof *x->v4, compare_v4);
    for (size_t i = 0; i < x->v4_count; i++)
        if (!kept || x->v4[i].first > x->v4[kept - 1].last)
            x->v4[kept++] = x->v4[i];
        else if (x->v4[i].last > x->v4[kept - 1].last)
            x->v4[kept - 1].last = x->v4[i].last;
    x->v4_count = kept;

    kept = 0;
    if (x->v6_count)
        qsort(x->v6, x->v6_count, sizeof *x->v6, compare_v6);
    for (size_t i = 0; i < x->v6_count; i++)
        if (!kept || is_below(x->v6[kept - 1].last, x->v6[i].first))
            x->v6[kept++] = x->v6[i];
        else if (is_below(x->v6[kept - 1].last, x->v6[i].last))
            x->v6[kept - 1].last = x->v6[i].last;
    x->v6_count = kept;
}

static bool has_v4(const struct target_exclude *x, uint32_t first, uint32_t last)
{
    size_t low = 0, high = x->v4_count; /* all below `low` begin at `first` or before */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x->v4[middle].first <= first)
            low = middle + 1;
        else
            high = middle;
    }
    return low && last <= x->v4[low - 1].last;
}

static bool has_v6(const struct target_exclude *x, struct address_number first,
                   struct address_number last)
{
    size_t low = 0, high = x->v6_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (!is_below(first, x->v6[middle].first))
            low = middle + 1;
        else
            high = middle;
    }
    return low && !is_below(x->v6[low - 1].last, last);
}

bool target_exclude_has_range(const struct target_exclude *x, const struct address *first,
                              const struct address *last)
{
    struct address_number f = address_to_number(first), l = address_to_number(last);
    return first->family == 4 ? has_v4(x, (uint32_t)f.low, (uint32_t)l.low) : has_v6(x, f, l);
}

bool target_exclude_has_address(const struct target_exclude *x, const struct address *a)
{
    struct address inner;
    return target_exclude_has_range(x, a, a) ||
           (address_unwrap(a, &inner) && target_exclude_has_range(x, &inner, &inner));
}

/* ---- names ---- */

static struct octets name_at(const struct target_exclude *x, uint32_t place)
{
    return (struct octets){x->names + place + 1, x->names[place]};
}

/* FNV-1a, as octets_hash, but of the name in lower case. */
static uint64_t hash_of(struct octets name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ octet_to_lower(name.at[i])) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static uint32_t *find_place(const struct target_exclude *x, struct octets name)
{
    size_t at = hash_of(name) & (x->table_room - 1);
    while (x->table[at] && !octets_is_equal_nocase(name_at(x, x->table[at]), name))
        at = (at + 1) & (x->table_room - 1);
    return &x->table[at];
}

static bool widen_table(struct target_exclude *x)
{
    if (x->table_count * 2 < x->table_room)
        return true;
    size_t room = x->table_room ? x->table_room * 2 : 1024, old_room = x->table_room;
    uint32_t *old = x->table, *table = calloc(room, sizeof *table);
    if (!table)
        return false;
    x->table = table;
    x->table_room = room;
    for (size_t i = 0; i < old_room; i++)
        if (old[i])
            *find_place(x, name_at(x, old[i])) = old[i];
    free(old);
    return true;
}

static enum err add_name(struct target_exclude *x, struct octets name)
{
    void *names = x->names;
    if (name.size > TARGET_NAME_OCTETS || x->names_size > NAMES_OCTETS_MAX - 256)
        return ERR_NOMEM;
    if (!grow(&names, x->names_size, 1 + name.size, &x->names_room, 1))
        return ERR_NOMEM;
    x->names = names;
    if (!widen_table(x))
        return ERR_NOMEM;
    uint32_t *place = find_place(x, name);
    if (*place)
        return ERR_OK;
    *place = (uint32_t)x->names_size;
    x->table_count++;
    x->names[x->names_size] = (uint8_t)name.size;
    memcpy(x->names + x->names_size + 1, name.at, name.size);
    x->names_size += 1 + name.size;
    return ERR_OK;
}

enum err target_exclude_add(struct target_exclude *x, const struct target *t)
{
    return t->kind == TARGET_NAME ? add_name(x, t->name) : add_range(x, t);
}

bool target_exclude_has_name(const struct target_exclude *x, struct octets name)
{
    struct octets rest = name;
    if (name.size && name.at[name.size - 1] == '.')
        rest.size--; /* DNS may write the root's dot */
    while (rest.size && x->table_count) {
        if (*find_place(x, rest))
            return true;
        (void)octets_take_until(&rest, '.');
    }
    return false;
}
