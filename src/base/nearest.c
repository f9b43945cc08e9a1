/* SPDX-License-Identifier: Apache-2.0 */
#include "nearest.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is_same(struct octets a, size_t i, struct octets b, size_t k)
{
    return octet_to_lower(a.at[i]) == octet_to_lower(b.at[k]);
}

size_t nearest_distance(struct octets a, struct octets b)
{
    /* rows[i % 3][k]: from the first i octets of a to the first k of b */
    size_t rows[3][NEAREST_OCTETS_MAX + 1];
    if (a.size > NEAREST_OCTETS_MAX || b.size > NEAREST_OCTETS_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= b.size; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= b.size; k++) {
            row[k] = above[k - 1] + !is_same(a, i - 1, b, k - 1);
            row[k] = least(row[k], least(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && is_same(a, i - 1, b, k - 2) && is_same(a, i - 2, b, k - 1))
                row[k] = least(row[k], before[k - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}

void nearest_init(struct nearest *n, struct octets word)
{
    size_t slips = word.size == 0 ? 0 : word.size <= 3 ? 1 : word.size <= 7 ? 2 : 3;
    *n = (struct nearest){.word = word, .distance = slips + 1};
}

bool nearest_offer(struct nearest *n, struct octets name)
{
    size_t distance = nearest_distance(n->word, name);
    /* What keeps no octet of the word is not near, however short both are. */
    if (distance >= n->distance || distance >= name.size || distance >= n->word.size)
        return false;
    n->distance = distance;
    n->found = name;
    return true;
}
