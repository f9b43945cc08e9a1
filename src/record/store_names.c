/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "store_write_parts.h"

/*
 * Names that lead to records come in no order, and each in its turn would change a page of its own in
 * a large index.  Those of a transaction wait until its end and go in by their order: neighbours change
 * one page together, which is written once.
 */
#define NAMES_MAX  65536
#define TEXTS_MAX  ((size_t)4 * 1024 * 1024)
#define NAMES_ROOM 1024

struct store_name {
    struct octets text; /* in the texts, which may still move: `at` is set before they are sorted */
    size_t begin;
    int64_t record;
};

void store_names_init(struct store_names *n)
{
    *n = (struct store_names){0};
    buf_init(&n->texts, SIZE_MAX);
}

void store_names_clear(struct store_names *n)
{
    n->count = 0;
    buf_clear(&n->texts);
}

void store_names_release(struct store_names *n)
{
    free(n->at);
    buf_release(&n->texts);
}

bool store_names_is_full(const struct store_names *n)
{
    return n->count >= NAMES_MAX || n->texts.size >= TEXTS_MAX;
}

enum err store_names_add(struct store_names *n, struct octets name, int64_t record)
{
    if (n->count == n->room) {
        size_t room = n->room ? 2 * n->room : NAMES_ROOM;
        struct store_name *at = reallocarray(n->at, room, sizeof *at);
        if (!at)
            return ERR_NOMEM;
        n->at = at;
        n->room = room;
    }
    n->at[n->count++] =
        (struct store_name){.text.size = name.size, .begin = n->texts.size, .record = record};
    buf_append(&n->texts, name);
    return buf_error(&n->texts);
}

/* As the index has them, but for names with capitals, which are few. */
static int by_name(const void *left, const void *right)
{
    const struct store_name *a = left, *b = right;
    int order = octets_compare(a->text, b->text);
    return order ? order : (a->record > b->record) - (a->record < b->record);
}

enum err store_names_put(struct record_store_writer *w)
{
    struct store_names *n = &w->names;
    sqlite3_stmt *s = w->statements[STORE_ADD_TARGET];
    enum err e = ERR_OK;
    for (size_t i = 0; i < n->count; i++)
        n->at[i].text.at = n->texts.data + n->at[i].begin;
    if (n->count)
        qsort(n->at, n->count, sizeof *n->at, by_name);
    for (size_t i = 0; i < n->count && !e; i++) {
        int bad = sqlite3_bind_int64(s, 1, n->at[i].record);
        bad = bad ? bad : store_bind_text(s, 2, n->at[i].text);
        e = store_put_row(w, STORE_ADD_TARGET, bad);
    }
    store_names_clear(n);
    return e;
}
